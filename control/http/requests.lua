-- What facades do with all requests, whatever they are for: what the listener lets through, an id for each request, a line in the log.

local digest = require "luart.digest"

---@class control.http.requests
local requests = {}

---Options of manager:listen for a facade. Host, Origin and the size of requests are the listener's affair: it refuses what is foreign or too
---large before any Lua sees it.
---@param section table the facade's settings: bindto, port, allowed_hosts, origins
---@param limits table the settings' section [limits]
---@return table options
function requests.listenOptions(section, limits)
    local hosts = section.allowed_hosts
    return {
        port = section.port, host = section.bindto, origins = section.origins,
        allowed_hosts = hosts and hosts[1] and hosts or nil, -- an empty list would be nobody on an address that is not the loopback's
        max_body = limits.body, max_buffered = limits.body and math.max(268435456, 2 * limits.body), max_header = limits.header,
        max_connections = limits.connections, max_waiting = limits.waiting,
        -- The facade's own answer, 504, comes first.
        response_timeout = limits.answer_time and limits.answer_time + 5,
    }
end

---The address of a listener for people and programs: "http://127.0.0.1:5460".
---@param section table bindto
---@param port integer the one that it has got
---@param scheme? string "http" unless given
---@return string
function requests.address(section, port, scheme)
    local host = section.bindto or "127.0.0.1"
    if host:find(":", 1, true) then host = "[" .. host .. "]" end
    return ("%s://%s:%d"):format(scheme or "http", host, port)
end

---Has a facade, whose settings have been read anew, serve as they say: its port stays open, unless there is to be another one, or none. Throws if that can't
---be opened; then the old one and the old settings stay.
---@param facade table with section, listener, address, manager, start and stop
---@param before table its section of the settings before
---@param port { listen: (fun(): table), options: (fun(): table), close: fun(listener: table) } opens the port of the settings; what its listener takes; ends a listener
function requests.follow(facade, before, port)
    local now = facade.section
    if not now.enabled then return facade:stop() end
    if not facade.listener then return facade:start() end
    if now.bindto == before.bindto and now.port == before.port then
        facade.listener:replace(port.options())
        return
    end
    local old = facade.listener
    local ok, opened = pcall(port.listen)
    if not ok then
        facade.section = before
        error(opened, 0)
    end
    facade.listener, facade.address = opened, requests.address(now, opened.port)
    facade.manager:spawn(port.close, old)
end

local prefix, number = digest.toHex(digest.random(6)) .. "-", 0

---The id of a request: the one that a client, or the proxy in front of us, has given, up to 64 letters, digits, and . _ : -; else a new one.
---@param given string? the header X-Request-Id
---@return string
function requests.id(given)
    if given and #given <= 64 and given:find("^[%w._:-]+$") then return given end
    number = number + 1
    return prefix .. ("%08x"):format(number % 2 ^ 32)
end

---A middleware that gives each request an id, `req.id`, which is the header X-Request-Id of the answer as well. A client, or the proxy in front of us,
---may give it in that header: up to 64 letters, digits, and . _ : -.
---@param req cc.http.Request
---@param res cc.http.Response
---@param next fun()
function requests.identify(req, res, next)
    req.id = requests.id(req.headers["X-Request-Id"])
    res:header("X-Request-Id", req.id)
    return next()
end

---Writes a line about a request to the log, unless that was done already. What stands in its query is left out, since that may be a secret.
---It is for those whose handler has failed, in the router's onError; the middleware of logger does it for all others.
---@param req cc.http.Request
---@param status integer
function requests.done(req, status)
    local entry = req.logEntry
    if not entry then return end
    req.logEntry = nil
    local ms = os.epoch("utc") - entry.start
    entry.logs:write(entry.source, "info", ("%s %s %d %d ms"):format(req.method, req.path, status, ms), {
        id = req.id, address = entry.address, method = req.method, path = req.path, status = status, ms = ms,
    })
end

---Makes a middleware by which each request has a line in the log.
---@param logs Logs
---@param source string
---@param enabled fun(): boolean asked for each request
---@return fun(req: cc.http.Request, res: cc.http.Response, next: fun())
function requests.logger(logs, source, enabled)
    return function(req, res, next)
        if not enabled() then return next() end
        req.logEntry = { logs = logs, source = source, start = os.epoch("utc"), address = req.address }
        next()
        requests.done(req, res.code)
    end
end

return requests
