-- What the package API answers with, and what it reads of requests: JSON in the forms that its clients rely on. Errors are failures of the packages'
-- modules, whose objects have a $type.

local failure = require "packages.failure"
local json = require "luart.json"
local problem = require "cc.http.problem"
local requests = require "http.requests"

---@class packages.answers
local answers = {}

-- Names of members in the order in which they are written; only $type has to come first.
local order = {
    "$type", "title", "detail", "ok", "plan", "id", "name", "package", "relevance", "version", "summary", "category", "status", "totalPackageCount", "categories",
    "count", "stats", "packages", "profiles", "currentProfileId", "profilesDir", "pluginsRoot", "cacheRoot", "tempRoot", "variant", "channels", "explicit",
    "installed", "installedAt", "updatedAt", "local", "remote", "url", "channelLabel", "state", "message", "choices", "token", "responses",
}

---The text of a value.
---@param value any as luart.json writes it
---@return string
function answers.encode(value) return json.encode(value, { order = order, max_depth = 1000 }) end
local encode = answers.encode

---Sends a text that is JSON.
---@param res cc.http.Response
---@param text string
function answers.sendText(res, text)
    res:type("application/json"):header("Cache-Control", "no-store")
    res:text(text)
end

---Sends a value.
---@param res cc.http.Response
---@param value any as luart.json writes it
function answers.send(res, value) answers.sendText(res, encode(value)) end

---Sends that all went well.
---@param res cc.http.Response
function answers.ok(res) answers.send(res, { ["$type"] = "/result", ok = true }) end

---Makes the problem by which a router sends a failure.
---@param e packages.Failure
---@param status? integer instead of the failure's own
---@return cc.http.Problem
function answers.problem(e, status)
    status = status or e.status
    local p = problem.new(status >= 400 and status or 500, e.title)
    p.failure = e
    return p
end

---Ends a handler: there is nothing at the request's path.
---@param req cc.http.Request
function answers.missing(req)
    error(answers.problem(failure.new("bad-request", "There is no such endpoint.", req.method .. " " .. req.path), 404), 0)
end

local function textOf(value)
    local _, text = pcall(tostring, value)
    return type(text) == "string" and text or "an error that is no text"
end

---Makes a middleware that turns failures into problems, and other errors into such ones as clients see; the log gets where they were raised.
---@param manager Manager
---@return cc.http.Handler
function answers.guard(manager)
    return function(req, _, next)
        local trace
        local ok, e = xpcall(next, function(value)
            if not failure.is(value) and not problem.is(value) and value ~= "Terminated" then trace = debug.traceback("", 2) end
            return value
        end)
        if ok then return end
        if failure.is(e) then error(answers.problem(e), 0) end
        -- The host's own errors are about the client; WebSockets have no answer any more.
        if not trace or req.upgraded or textOf(e):find("attempt to use a closed file (the client has gone)", 1, true)
            or textOf(e):find("the request's body ", 1, true) then
            error(e, 0)
        end
        manager.logs:write("packages", "error", req.method .. " " .. req.path .. ": " .. textOf(e), { traceback = trace })
        error(answers.problem(failure.new("server-error", "Unexpected error.", manager.logs:shown(textOf(e)))), 0)
    end
end

-- Types of errors that the router and the guards have found.
local types = { [401] = "/error/unauthorized" }

---Makes the router's onError: whatever is wrong, clients get an error object.
---@return fun(p: cc.http.Problem, req: cc.http.Request, res: cc.http.Response)
function answers.onError()
    return function(p, req, res)
        local status = p.status == 405 and 404 or p.status
        requests.done(req, status)
        local object
        if p.failure then
            object = failure.object(p.failure)
        elseif p.status == 404 or p.status == 405 then
            object = { ["$type"] = "/error/bad-request", title = "There is no such endpoint.", detail = req.method .. " " .. req.path }
        else
            local kind = types[p.status] or p.status >= 500 and "/error/server-error" or "/error/bad-request"
            object = { ["$type"] = kind, title = p.detail or p.title, detail = p.detail and p.title or "" }
        end
        for name, value in pairs(p.headers or {}) do res:header(name, value) end
        res:header("Allow", {})
        res:status(status)
        local ok, text = pcall(encode, object)
        if not ok then -- a text that isn't UTF-8
            text = encode { ["$type"] = object["$type"], title = p.title, detail = "" }
        end
        answers.sendText(res, text)
    end
end

----------------------------------------------------------------------------------------------------------------------
-- What requests have

---A parameter of the query that has to be there. Throws bad-request if it isn't.
---@param req cc.http.Request
---@param name string
---@return string may be ""
function answers.parameter(req, name)
    local value = req.query[name]
    if value == nil then failure.throw("bad-request", ('URL query parameter "%s" is required.'):format(name), "Add it to the address: ?" .. name .. "=…") end
    return value
end

---Whether a parameter is in the query, with any value or none.
---@param req cc.http.Request
---@param name string
---@return boolean
function answers.flag(req, name) return req.query[name] ~= nil end

---The values of a parameter that may be there several times; nil if there are none but empty ones.
---@param req cc.http.Request
---@param name string
---@return string[]?
function answers.values(req, name)
    local list = {}
    for _, each in ipairs(req:values(name)) do
        if each ~= "" then list[#list + 1] = each end
    end
    return list[1] and list or nil
end

---The parameter threshold. Throws bad-request if it is no number from 0 to 100.
---@param req cc.http.Request
---@return number? nil if there is none
function answers.threshold(req)
    local text = req.query.threshold
    if text == nil then return nil end
    local n = text:find "^%d+$" and tonumber(text)
    if not n or n > 100 then failure.throw("bad-request", "Invalid threshold", "It has to be a number from 0 to 100.") end
    return n
end

---The version of the API that a client knows, by the parameter api: 2.0 unless given. Later versions differ in the form of some answers. Throws bad-request.
---@param req cc.http.Request
---@return integer version such as 2005 for "2.5"
function answers.api(req)
    local text = req.query.api
    if text == nil then return 2000 end
    local major, minor = text:match "^(%d%d?)%.(%d%d?%d?)$"
    if not major then failure.throw("bad-request", "That is no version of the API: " .. text, 'Versions are such as "2.0".') end
    return tonumber(major) * 1000 + tonumber(minor)
end

---Adds a WebSocket to a router, and what clients get that ask for a page in its place.
---@param app cc.http.Router
---@param path string
---@param middleware cc.http.Handler[] these may refuse it
---@param handler fun(socket: http.ServerWebsocket, req: cc.http.Request)
function answers.websocket(app, path, middleware, handler)
    app:group(path, function(group)
        for _, each in ipairs(middleware) do group:use(each) end
        group:websocket("/", handler)
        group:get("/", function() error(problem.new(426, "This is a WebSocket."), 0) end)
    end)
end

---The value of a request's body, whatever its Content-Type says. Throws bad-request if it is no JSON.
---@param req cc.http.Request
---@param limits { body?: integer, json_depth?: integer }
---@param expected? string what it should be, for people
---@return any value null is json.null
---@return string text
function answers.body(req, limits, expected)
    local text = req:text(limits.body or 16777216)
    local value, message = json.decode(text, { max_depth = limits.json_depth or 64, duplicates = true })
    if value == nil then
        failure.throw("bad-request", "The body of the request is no JSON.", (expected and "Expected: " .. expected .. ". " or "") .. tostring(message))
    end
    return value, text
end

---A body that is a list of texts. Throws bad-request if it is none.
---@param req cc.http.Request
---@param limits table
---@param expected string what it should be, for people
---@return string[]
function answers.texts(req, limits, expected)
    local value = answers.body(req, limits, expected)
    local fits = json.kind(value) == "array"
    for _, each in ipairs(fits and value or {}) do fits = fits and type(each) == "string" end
    if not fits then failure.throw("bad-request", "The body of the request has another form.", "Expected: " .. expected) end
    return value
end

---A body that is an object. Throws bad-request if it is none, or if a member that has to be there isn't a text.
---@param req cc.http.Request
---@param limits table
---@param expected string what it should be, for people
---@param ... string names of the members that have to be there
---@return table
function answers.object(req, limits, expected, ...)
    local value = answers.body(req, limits, expected)
    if json.kind(value) ~= "object" then failure.throw("bad-request", "The body of the request has another form.", "Expected: " .. expected) end
    for _, name in ipairs { ... } do
        if type(value[name]) ~= "string" then failure.throw("bad-request", ('Parameter "%s" is required.'):format(name), "Expected: " .. expected) end
    end
    return value
end

return answers
