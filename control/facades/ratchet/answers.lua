-- What the Ratchet web server answers with: JSON objects with a `status`, "OK" or "FAIL" with a `reason`.

local json = require "luart.json"
local problem = require "cc.http.problem"
local requests = require "http.requests"

---@class ratchet.answers
local answers = {}

---The most that a result may take as JSON, in bytes; http.listen's max_response.
answers.MOST = 67108864

local ORDER = { "status", "reason", "name", "path" }

---The text of a value in JSON. Throws for what JSON doesn't have.
---@param value any
---@param textutils? table whose json_null and empty_json_array stand for what they do: that of the plugin whose value it is
---@return string
function answers.encode(value, textutils)
    if value == nil then return "null" end
    textutils = textutils or _G.textutils
    local ok, text = pcall(json.encode, value, {
        sorted = true, order = ORDER, null = textutils.json_null, empty_array = textutils.empty_json_array,
    })
    if ok then return text end
    error(tostring(text):match("can't write JSON.*") or text, 0)
end

---Gives what a client has sent in JSON to code that has textutils of its own: its null and empty arrays take the place of ours.
---@param value any changed in place
---@param textutils? table without it, members that are null go, and empty arrays are empty tables
---@return any value
function answers.adopt(value, textutils)
    if value == _G.textutils.json_null then return textutils and textutils.json_null end
    if value == _G.textutils.empty_json_array then return textutils and textutils.empty_json_array or {} end
    if type(value) == "table" then
        for key, each in pairs(value) do
            if type(each) == "table" then value[key] = answers.adopt(each, textutils) end
        end
    end
    return value
end

---Sends a value.
---@param res cc.http.Response
---@param value any
function answers.send(res, value)
    local text = answers.encode(value)
    if not res.typed then res:type("application/json") end
    res:header("Cache-Control", "no-store")
    res:text(text)
end

---Sends that all went well.
---@param res cc.http.Response
---@param fields? table<string, any>
function answers.ok(res, fields)
    local body = { status = "OK" }
    for name, value in pairs(fields or {}) do body[name] = value end
    return answers.send(res, body)
end

---Ends a handler with an answer of a status 400 or more.
---@param status integer
---@param reason string for people to read
---@param fields? table<string, any> more of the answer
---@param headers? table<string, string>
function answers.fail(status, reason, fields, headers)
    local failure = problem.new(status, reason, fields)
    failure.headers = headers
    error(failure, 0)
end

-- Statuses by the manager's codes.
local statuses = {
    unknown = 404, missing = 404, ambiguous = 409, disabled = 409, busy = 503, deadline = 504, timeout = 504,
}

---Ends a handler because of what the manager has not done.
---@param manager Manager
---@param message string
---@param code? string
---@param traceback? string shown to clients only if plugins.development says so
---@param fields? table<string, any>
function answers.failed(manager, message, code, traceback, fields)
    local all = {}
    for name, value in pairs(fields or {}) do all[name] = value end
    if traceback and manager.settings.plugins.development then all.traceback = manager.logs:shown(traceback) end
    return answers.fail(statuses[code] or 500, manager.logs:shown(message), all)
end

---Makes the router's onError: problems become answers as those above.
---@param manager Manager
---@return fun(failure: cc.http.Problem, req: cc.http.Request, res: cc.http.Response)
function answers.onError(manager)
    return function(failure, req, res)
        requests.done(req, failure.status)
        local body = {}
        for name, value in pairs(failure.fields or {}) do body[name] = value end
        body.status, body.reason = "FAIL", failure.detail or failure.title
        if failure.cause ~= nil then
            body.reason = "the server has made a mistake; its log tells more"
            body.id = req.id
            if manager.settings.plugins.development then
                local _, text = pcall(tostring, failure.cause)
                body.reason, body.traceback = manager.logs:shown(tostring(text)), failure.trace and manager.logs:shown(failure.trace)
            end
        end
        for name, value in pairs(failure.headers or {}) do res:header(name, value) end
        res:status(failure.status):type("application/json")
        local ok = pcall(answers.send, res, body)
        if not ok and not res.sent then answers.send(res, { status = "FAIL", reason = failure.title }) end -- a reason that is not UTF-8
    end
end

return answers
