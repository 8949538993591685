-- A web server in a few lines. Run it, then open http://127.0.0.1:8080/ or ask it with curl. Ctrl-C ends it.
--
--   luart examples/hello-server.lua [PORT]

local port = tonumber((...)) or 8080
local served = 0

local function answer(request, response)
    served = served + 1
    response.setResponseHeader("Content-Type", "text/plain; charset=utf-8")
    response.write("Hello from luart!\n")
    response.write(("You sent %s %s; this is answer number %d.\n"):format(request.getMethod(), request.getURL(), served))
    response.close()
end

http.listen(port, answer, {
    on_listen = function(actual)
        print(("Listening on http://127.0.0.1:%d/ ..."):format(actual))
    end,
})
