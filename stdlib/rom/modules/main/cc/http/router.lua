-- Routes the requests of an HTTP server to functions, by method and path.
--
--   local router = require "cc.http.router"
--   local app = router.new()
--   app:get("/hello/:name", function(req, res)
--       res:json({ hello = req.params.name })
--   end)
--   app:listen(8080)

local expectModule = require "cc.expect"
local expect, field = expectModule.expect, expectModule.field
local problem = require "cc.http.problem"
local requestModule = require "cc.http.request"
local responseModule = require "cc.http.response"
local routes = require "cc.http.routes"
local url = require "cc.http.url"

local find, format, gsub = string.find, string.format, string.gsub
local error, pcall, tostring, type, xpcall = error, pcall, tostring, type, xpcall
local traceback = debug.traceback
local newRequest, newResponse, newProblem, isProblem = requestModule.new, responseModule.new, problem.new, problem.is
local split = url.split

---@alias cc.http.Handler fun(req: cc.http.Request, res: cc.http.Response, next: fun())

---@class cc.http.RouterOptions
---@field max_body? integer Bytes of a body that handlers read at once, with text, json or form; 1 MiB unless given: 413. The listener has a limit of its own for all bodies, max_body.
---@field debug? boolean Whether clients see errors of handlers, with where they were raised; false unless given.
---@field log? fun(text: string) Gets the errors of handlers; printError unless given.

---@class cc.http.router
local router = {}

---A router. Options count for the one that listens, not for those mounted in it.
---@class cc.http.Router
---@field package options cc.http.RouterOptions
---@field package routes { method: string, path: string, segments: string[], handlers: function[] }[]
---@field package middleware function[]
---@field package mounts { prefix: string, segments: string[], router: cc.http.Router }[]
---@field package tree? cc.http.RouteTree
---@field package version integer
---@field package max integer
---@field package onFailure? fun(failure: cc.http.Problem, req: cc.http.Request, res: cc.http.Response)
local Router = {}
Router.__index = Router

-- Counts what is added to any router: a tree of an older version has to be made anew.
local version = 0

---Makes a router.
---@param options? cc.http.RouterOptions
---@return cc.http.Router
function router.new(options)
    expect(1, options, "table", "nil")
    options = options or {}
    local max = field(options, "max_body", "number", "nil") or 1048576
    field(options, "debug", "boolean", "nil")
    field(options, "log", "function", "nil")
    return setmetatable({
        options = options, max = max, routes = {}, middleware = {}, mounts = {}, tree = nil, version = -1, onFailure = nil,
    }, Router)
end

local function add(self, method, path, ...)
    if getmetatable(self) ~= Router then error("call it with a colon: app:get(…)", 3) end
    if type(path) ~= "string" then error("bad argument #1 (string expected, got " .. type(path) .. ")", 3) end
    local handlers = { ... }
    if #handlers == 0 or #handlers ~= select("#", ...) then error("bad argument #2 (function expected, got nil)", 3) end
    for i, handler in ipairs(handlers) do
        if type(handler) ~= "function" then error(format("bad argument #%d (function expected, got %s)", i + 1, type(handler)), 3) end
    end
    local segments = routes.parse(path, 3)
    self.routes[#self.routes + 1] = { method = method, path = path, segments = segments, handlers = handlers }
    version = version + 1
    return self
end

---Adds a route for GET requests, and for HEAD requests if there is no other for those. In the path, `:name` stands for any segment,
---and `*name` at the end for any number of them. Handlers are called in their order, each but the last with a function that calls
---the next one. Throws for a path that can't be.
---@param path string
---@param ... cc.http.Handler
---@return cc.http.Router self
function Router:get(path, ...) return add(self, "GET", path, ...) end

---Adds a route for POST requests; see get.
---@param path string
---@param ... cc.http.Handler
---@return cc.http.Router self
function Router:post(path, ...) return add(self, "POST", path, ...) end

---Adds a route for PUT requests; see get.
---@param path string
---@param ... cc.http.Handler
---@return cc.http.Router self
function Router:put(path, ...) return add(self, "PUT", path, ...) end

---Adds a route for PATCH requests; see get.
---@param path string
---@param ... cc.http.Handler
---@return cc.http.Router self
function Router:patch(path, ...) return add(self, "PATCH", path, ...) end

---Adds a route for DELETE requests; see get.
---@param path string
---@param ... cc.http.Handler
---@return cc.http.Router self
function Router:delete(path, ...) return add(self, "DELETE", path, ...) end

---Adds a route for requests of some method; see get.
---@param method string "PROPFIND"; "*" is any that has no route of its own
---@param path string
---@param ... cc.http.Handler
---@return cc.http.Router self
function Router:route(method, path, ...)
    if type(method) ~= "string" or not (method == "*" or find(method, "^[%w!#$%%&'*+.^_`|~-]+$")) or method == "WEBSOCKET" then
        error("bad argument #1 (a method expected)", 2)
    end
    return add(self, method, path, ...)
end

---Adds a middleware. All requests of the router go through it, in the order in which they were added, also those that no route has:
---it calls the next one with its third argument, or sends a response itself. What it does after the call is done after the response, when fields of the request that have not
---been used before can't be any more.
---
---   app:use(function(req, res, next)
---       local start = os.epoch("utc")
---       next()
---       print(req.method, req.path, res.code, os.epoch("utc") - start)
---   end)
---
---@param middleware cc.http.Handler
---@return cc.http.Router self
function Router:use(middleware)
    expect(1, middleware, "function")
    self.middleware[#self.middleware + 1] = middleware
    version = version + 1
    return self
end

local function has(self, other)
    if self == other then return true end
    for _, mount in ipairs(self.mounts) do
        if has(mount.router, other) then return true end
    end
    return false
end

---Puts another router's routes below a path, with its middleware, which comes after this one's. What is added to it later counts, too.
---@param prefix string "/api", without `*name`
---@param other cc.http.Router
---@return cc.http.Router self
function Router:mount(prefix, other)
    expect(1, prefix, "string")
    if getmetatable(other) ~= Router then error("bad argument #2 (a router expected)", 2) end
    if has(other, self) then error("a router can't be mounted in itself", 2) end
    local segments = routes.parse(prefix, 2)
    if segments[#segments] and segments[#segments]:sub(1, 1) == "*" then error("a prefix can't have \"*\"", 2) end
    self.mounts[#self.mounts + 1] = { prefix = prefix, segments = segments, router = other }
    version = version + 1
    return self
end

---Makes a router for the routes below a path, and mounts it.
---
---   app:group("/admin", function(admin)
---       admin:use(onlyAdmins)
---       admin:get("/users", listUsers)
---   end)
---
---@param prefix string
---@param fill fun(group: cc.http.Router)
---@return cc.http.Router group
function Router:group(prefix, fill)
    expect(1, prefix, "string")
    expect(2, fill, "function")
    local group = router.new()
    fill(group)
    self:mount(prefix, group)
    return group
end

---Serves the files of a folder below a path.
---@param prefix string "/" for all of the server
---@param root string the folder, a path of fs
---@param options? cc.http.StaticOptions
---@return cc.http.Router self
function Router:static(prefix, root, options)
    expect(1, prefix, "string")
    expect(2, root, "string")
    local path = (prefix == "/" and "" or prefix) .. "/*path"
    return add(self, "GET", path, require("cc.http.static").handler(root, options))
end

---Adds a route for WebSockets. The function gets one when a client has opened it; when it returns or fails, the connection ends. A
---request that doesn't ask for a WebSocket gets 426, unless there is a GET route as well, which it then gets. Middleware may refuse
---a request before it becomes a WebSocket, for example because of who asks.
---
---   app:websocket("/echo", function(socket)
---       for message, binary in socket.receive do socket.send(message, binary) end
---   end)
---
---@param path string
---@param handler fun(socket: http.ServerWebsocket, req: cc.http.Request)
---@param headers? table<string, string> of the response to the handshake
---@return cc.http.Router self
function Router:websocket(path, handler, headers)
    expect(2, handler, "function")
    expect(3, headers, "table", "nil")
    return add(self, "WEBSOCKET", path, function(req, res)
        -- The host's request is over once it is a WebSocket.
        local _, _ = req.headers, req.address
        local socket, message, status = req.handle.upgrade(headers)
        if not socket then error(newProblem(status or 400, message), 0) end
        res.sent, req.upgraded = true, true
        handler(socket, req)
        socket.close()
    end)
end

---Sets a function that makes the response of errors, in place of the JSON that the router makes.
---
---   app:onError(function(failure, req, res)
---       res:status(failure.status):html("<h1>" .. router.escape(failure.title) .. "</h1>")
---   end)
---
---It gets errors of handlers as well, as problems of the status 500, with the error as `cause`. They have been logged before.
---@param handler fun(failure: cc.http.Problem, req: cc.http.Request, res: cc.http.Response)
---@return cc.http.Router self
function Router:onError(handler)
    expect(1, handler, "function")
    self.onFailure = handler
    return self
end

local function joined(a, b)
    local all = {}
    for i = 1, #a do all[i] = a[i] end
    for i = 1, #b do all[#a + i] = b[i] end
    return all
end

local function fill(tree, self, prefix, segments, chain)
    chain = joined(chain, self.middleware)
    if prefix == "" then tree.chain = chain else tree:addScope(segments, chain) end
    for _, route in ipairs(self.routes) do
        local path = route.path == "/" and prefix ~= "" and prefix or prefix .. route.path
        local all = joined(segments, route.segments)
        local names = {}
        for _, segment in ipairs(all) do
            local name = segment:match("^[:*](.*)")
            if name and names[name] then error("the path \"" .. path .. "\" has \"" .. name .. "\" twice", 0) end
            if name then names[name] = true end
        end
        tree:add(route.method, path, all, joined(chain, route.handlers))
    end
    for _, mount in ipairs(self.mounts) do
        fill(tree, mount.router, mount.prefix == "/" and prefix or prefix .. mount.prefix, joined(segments, mount.segments), chain)
    end
end

-- Makes the routes ready.
local function compile(self)
    local tree = routes.new()
    fill(tree, self, "", {}, {})
    self.tree, self.version = tree, version
    return tree
end

local function run(chain, i, count, req, res)
    if i == count then return chain[i](req, res) end
    local called = false
    return chain[i](req, res, function()
        if called then error("next was called twice", 2) end
        called = true
        return run(chain, i + 1, count, req, res)
    end)
end

-- What requests get that no route has, after the middleware.
local function unrouted(tree, method, path, wrong, segments)
    if path == "*" and method == "OPTIONS" then
        return tree.chain, function(_, res) res:empty() end
    elseif not segments then
        return tree.chain, function() error(newProblem(400, "malformed path" .. (wrong and ": " .. wrong or "")), 0) end
    end
    local allow = tree:allowed(segments)
    return tree:middleware(segments), function(_, res)
        if not allow then error(newProblem(404), 0) end
        res:header("Allow", allow)
        if method == "OPTIONS" then return res:empty() end
        error(newProblem(405, "allowed: " .. allow), 0)
    end
end

local function route(tree, req, res, method, path)
    if not path then error(newProblem(400, "malformed target"), 0) end
    local entry, params, segments
    if method == "GET" and tree.sockets and not tree:isPlain(path) then
        entry, params = tree:find("WEBSOCKET", path)
        if entry and not req:isWebsocket() then
            local other, otherParams = tree:find("GET", path)
            if not other then error(newProblem(426, "this is a WebSocket"), 0) end
            entry, params = other, otherParams
        end
    end
    if not entry then entry, params, segments = tree:find(method, path) end
    if not entry then
        local chain, last = unrouted(tree, method, path, params, segments)
        chain = joined(chain, { last })
        return run(chain, 1, #chain, req, res)
    end
    if params then req.params = params end
    req.route = entry.path
    local count = entry.count
    if count == 1 then return entry.chain[1](req, res) end
    return run(entry.chain, 1, count, req, res)
end

-- An error of a handler, with where it was raised.
local Raised = {}

local function raised(value)
    if isProblem(value) or value == "Terminated" or getmetatable(value) == Raised then return value end
    return setmetatable({ value = value, trace = traceback("", 2) }, Raised)
end

-- A text for the log, on one line and in UTF-8.
local function plain(text)
    return (gsub(text, url.isUTF8(text) and "%c" or "[%c\128-\255]", function(c) return format("\\%03d", c:byte()) end))
end

-- Errors often quote what a client has sent, which may mean something to a terminal.
local function harmless(text)
    return (gsub(text, "[%z\1-\8\11-\31\127]", function(c) return format("\\%03d", c:byte()) end))
end

local function log(self, text)
    pcall(self.options.log or printError, harmless(text))
end

-- What the host throws for a request's body that is not as it should be.
local bodyFaults = {
    { "the request's body is too large", 413 }, { "the request's body did not arrive in time", 408 },
    { "the request's body is malformed", 400 },
}

-- Sends what has gone wrong.
local function fail(self, failure, req, res)
    local handle = res.handle
    if not isProblem(failure) then
        local value = failure.value
        local text = type(value) == "string" and value or select(2, pcall(tostring, value))
        if type(text) ~= "string" then text = "an error that is no text" end
        -- The client has gone: nobody is left to be told, and nothing is wrong.
        if find(text, "attempt to use a closed file (the client has gone)", 1, true) and not handle.isOpen() then return end
        local status, detail
        for _, fault in ipairs(bodyFaults) do
            if find(text, fault[1], 1, true) then status, detail = fault[2], fault[1] end
        end
        local trace = failure.trace
        if status then
            failure = newProblem(status, detail)
        else
            local message = format("%s %s: %s\n%s", plain(req.method), plain(req.path), text, trace)
            -- Part of it has been sent, or it is a WebSocket: http.listen breaks the connection off, and logs the error.
            if res.began and not res.sent and handle.isOpen() or req.upgraded then error(message, 0) end
            log(self, message)
            failure = newProblem(500)
            failure.cause, failure.trace = value, trace
            if self.options.debug then
                failure.detail = url.isUTF8(text) and text or plain(text)
                failure.fields = { trace = trace }
            end
        end
    end
    if res.sent or not handle.isOpen() then return end
    if res.began then error(tostring(failure), 0) end
    if self.onFailure then
        local ok, again = xpcall(self.onFailure, raised, failure, req, res)
        if again == "Terminated" then error(again, 0) end
        if not ok then
            local value = isProblem(again) and again or again.value
            local _, text = pcall(tostring, value)
            log(self, "onError: " .. tostring(text) .. "\n" .. (again.trace or ""))
        end
        if res.sent then return end
        if res.began then return res:close() end
    end
    res:problem(failure)
end

local function serve(self, request, response)
    local tree = self.tree
    if self.version ~= version then tree = compile(self) end
    local target, method = request.getURL(), request.getMethod()
    local path, query = split(target)
    local req = newRequest(request, method, target, path or target, query, self.max)
    local res = newResponse(response, req)
    local ok, failure = xpcall(route, raised, tree, req, res, method, path)
    if not ok then
        if failure == "Terminated" then error(failure, 0) end
        local done, again = pcall(fail, self, failure, req, res)
        if not done then error(again, 0) end
    elseif not res.sent and response.isOpen() then
        if not res.began and res.code == 200 then
            log(self, format("%s %s: the handler sent no response; the client got 204", plain(method), plain(req.path)))
            response.setStatusCode(204)
        end
        res.sent = true
        response.close()
    end
end

---Makes the function that http.listen calls for each request. Also for requests as events: `handler(request, response)`. Throws if
---there are two routes for the same requests.
---@return fun(request: http.ServerRequest, response: http.ServerResponse)
function Router:handler()
    compile(self)
    return function(request, response) serve(self, request, response) end
end

---Serves requests on a port until an event `server_stop` comes. Throws what http.listen does, and if there are two routes for the
---same requests.
---@param port integer 1 to 65535, or 0 for any free port, which on_listen learns
---@param options? http.ListenOptions
function Router:listen(port, options)
    return http.listen(port, self:handler(), options)
end

---Handles a request that doesn't come from a client, without a socket; for tests:
---
---   local response = app:dispatch({ method = "POST", url = "/todos", json = { title = "milk" } })
---   assert(response.status == 201, response.body)
---
---@param fake string|cc.http.FakeRequest a target, "/todos?done=1", or a request
---@return cc.http.FakeResponse
function Router:dispatch(fake)
    expect(1, fake, "string", "table")
    local exchange = require("cc.http.fake").exchange(type(fake) == "string" and { url = fake } or fake)
    if self.version ~= version then compile(self) end
    local ok, message = pcall(serve, self, exchange.request, exchange.response)
    return exchange.finish(ok, message)
end

---Makes a problem, to be thrown: `error(router.problem(404, "no such todo"))`.
---@param status integer 400 to 599
---@param detail? string what is wrong, for the client to see
---@param fields? table<string, any> more for the client to see
---@return cc.http.Problem
router.problem = problem.new

---Ends the handler with a problem.
---
---   local todo = todos[req.params.id] or router.fail(404, "no such todo")
---
---@param status integer 400 to 599
---@param detail? string what is wrong, for the client to see
---@param fields? table<string, any> more for the client to see
function router.fail(status, detail, fields)
    error(problem.new(status, detail, fields), 0)
end

---Whether an error is a problem.
---@param value any
---@return boolean
router.isProblem = problem.is

---A middleware for pages of other sites; see cc.http.cors.
---@param options cc.http.CorsOptions
---@return cc.http.Handler
function router.cors(options)
    return require("cc.http.cors").middleware(options)
end

---A middleware that writes a line for each request: the client's address, what was asked for, the status, and for how many
---milliseconds it was worked on.
---@param write? fun(text: string) print unless given
---@return cc.http.Handler
function router.logger(write)
    expect(1, write, "function", "nil")
    return function(req, res, next)
        local start, address = os.epoch("utc"), req.address -- which can't be asked for after the response
        local ok, failure = xpcall(next, raised)
        local status = ok and res.code or isProblem(failure) and failure.status or 500
        local line = format("%s %s %s %d %dms", address, plain(req.method), plain(req.url), status, os.epoch("utc") - start);
        (write or print)(line)
        if not ok then error(failure, 0) end
    end
end

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

---Makes a text fit for HTML, also within quotation marks.
---@param text string|number
---@return string
function router.escape(text)
    expect(1, text, "string", "number")
    return (gsub(tostring(text), "[&<>\"']", ENTITIES))
end

return router
