-- Web.Get, Web.Post and Web.Request: requests to other servers with a function that is called with what comes of them.

local expect = require("cc.expect").expect

return function(env, load, manager)
    local scheduler = manager.scheduler

    local function finish(callback, response, message, failing)
        local handle = response or failing
        local body, status = message, 0
        if handle then
            status = handle.getResponseCode()
            body = handle.readAll()
            handle.close()
        end
        if callback then callback(response ~= nil, status, body) end
    end

    -- Makes the request in a task of its own, which calls the callback.
    local function start(options, callback)
        scheduler:start(load, "web", function()
            finish(callback, env.http.get(options)) -- any method
        end)
    end

    local function encoded(body, headers)
        if type(body) ~= "table" then return body, headers end
        local all = { ["Content-Type"] = "application/json" }
        for name, value in pairs(headers or {}) do all[name] = value end
        return env.textutils.serializeJSON(body, { unicode_strings = true, allow_repetitions = true }), all
    end

    env.Web = {
        Get = function(url, callback, headers)
            expect(1, url, "string")
            expect(2, callback, "function", "nil")
            expect(3, headers, "table", "nil")
            start({ url = url, headers = headers, method = "GET", binary = true }, callback)
        end,
        Post = function(url, body, callback, headers)
            expect(1, url, "string")
            expect(2, body, "string", "table", "nil")
            expect(3, callback, "function", "nil")
            expect(4, headers, "table", "nil")
            body, headers = encoded(body or "", headers)
            start({ url = url, body = body, headers = headers, method = "POST", binary = true }, callback)
        end,
        Request = function(options, callback)
            expect(1, options, "table")
            expect(2, callback, "function", "nil")
            local body, headers = encoded(options.body, options.headers)
            start({
                url = options.url, method = options.method and options.method:upper() or body and "POST" or "GET", body = body, headers = headers,
                timeout = options.timeout, redirect = options.redirect, binary = true,
            }, callback)
        end,
    }
end
