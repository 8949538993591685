-- A reverse proxy: passes requests on to another server, and its responses back while they arrive.
--
--   luart --allow-private examples/reverse-proxy.lua http://127.0.0.1:9000 [PORT]
--
-- Addresses of this machine and of its network need --allow-private. Compressed responses are passed on uncompressed, as http.get
-- gives them.

local router = require "cc.http.router"

local upstream, port = ...
if not upstream then
    printError("Usage: reverse-proxy.lua URL [PORT]")
    return
end
upstream = upstream:gsub("/+$", "")

-- Headers that are about a connection, not about what goes over it (RFC 9110 §7.6.1), and those that are made anew.
local OWN = {
    ["connection"] = true, ["keep-alive"] = true, ["proxy-authenticate"] = true, ["proxy-authorization"] = true,
    ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
    ["host"] = true, ["content-length"] = true, ["content-encoding"] = true, ["accept-encoding"] = true, ["date"] = true,
}

local function passedOn(headers)
    local dropped = {}
    for name in (headers.Connection or ""):gmatch("[^,%s]+") do dropped[name:lower()] = true end
    local kept = {}
    for name, value in pairs(headers) do
        if not OWN[name:lower()] and not dropped[name:lower()] then kept[name] = value end
    end
    return kept
end

local app = router.new()

-- All requests go through middleware, whatever their path, and this one passes none on.
app:use(function(req, res)
    local headers = passedOn(req.headers)
    headers["X-Forwarded-For"] = (headers["X-Forwarded-For"] and headers["X-Forwarded-For"] .. ", " or "") .. req.address
    headers["X-Forwarded-Host"] = req.headers.Host
    local body = req:text()
    -- Path and query as they came: decoded and encoded again they might be others.
    local ok, response, message, failing = pcall(http.get, {
        url = upstream .. req.path .. (req.rawQuery ~= "" and "?" .. req.rawQuery or ""),
        method = req.method, body = body ~= "" and body or nil, headers = headers,
        redirect = false, stream = true, timeout = 10,
    })
    if not ok then
        if response == "Terminated" then error(response, 0) end
        router.fail(501, "the proxy can't make this request")
    end
    response = response or failing
    if not response then
        local hint = message == "Domain not permitted" and "; for this machine and its network start luart with --allow-private" or ""
        printError(upstream .. ": " .. message .. hint)
        router.fail(message == "Timed out" and 504 or 502)
    end
    res:status((response.getResponseCode()))
    for name in pairs(passedOn(response.getResponseHeaders())) do
        res:header(name, response.getResponseHeaderValues(name)) -- a header may come several times, as Set-Cookie does
    end
    local done, failure = pcall(function()
        for piece in response.read, 16384 do res:write(piece):flush() end
    end)
    response.close()
    if not done then error(failure, 0) end
    res:close()
end)

app:listen(tonumber(port) or 8080, {
    on_listen = function(actual) print(("Listening on http://127.0.0.1:%d/ for %s ..."):format(actual, upstream)) end,
})
