-- What a request has for its handler: the parameters of its query and of its body, whatever kind of body that is.

local json = require "luart.json"
local problem = require "cc.http.problem"
local url = require "cc.http.url"

---@class control.http.params
local params = {}

---Bounds of what is read; the settings' section [limits] has those of these names.
---@class control.http.ParamLimits
---@field body? integer Bytes of a body; 413. 16 MiB unless given.
---@field json_size? integer Bytes of a body in JSON; 413. 4 MiB unless given.
---@field json_depth? integer How deep its arrays and objects may stand in each other; 400. 64 unless given.

local function lasts(all)
    local last = {}
    for name, values in pairs(all) do last[name] = values[#values] end
    return last
end

---The parameters of a request's query. 400 if it is malformed.
---@param req cc.http.Request
---@return table<string, string> last of several of a name the last
---@return table<string, string[]> all
function params.query(req)
    local first, all = url.parseQuery(req.rawQuery)
    if not first then error(problem.new(400, "malformed query: " .. tostring(all)), 0) end
    return lasts(all), all
end

---The value of a body in JSON, whatever its header Content-Type says. 400 if it is malformed or too deep, 413 if it is too long.
---@param req cc.http.Request
---@param limits? control.http.ParamLimits
---@return any value null is nil where that can be, else textutils.json_null
function params.json(req, limits)
    local text = req:text(limits and limits.json_size or 4194304)
    req.bodyText = text
    local value, message = json.decode(text, {
        max_depth = limits and limits.json_depth or 64, null = textutils.json_null, empty_array = textutils.empty_json_array, duplicates = true,
    })
    if value == nil and message then error(problem.new(400, message), 0) end
    return value
end

---The parameters of a request's body. 400 if it is malformed, 413 if it is too long. `req.bodyText` is the body as it has come then, but for forms with files.
---@param req cc.http.Request
---@param limits? control.http.ParamLimits
---@return any value a table of the members of an object or of the fields of a form; what else is in JSON; nil if there is none
---@return "none"|"json"|"form"|"other" kind "other" is a body of a media type that has no parameters; it is unread
---@return table<string, string[]> all the fields of a form, of which there may be several of a name
---@return table<string, cc.http.FormFile> files
function params.body(req, limits)
    if req:is("application/json", "+json") then
        return params.json(req, limits), "json", {}, {}
    elseif req:is("application/x-www-form-urlencoded") then
        local text = req:text(limits and limits.body or 16777216)
        req.bodyText = text
        if text == "" then return nil, "none", {}, {} end
        local first, all = url.parseQuery(text)
        if not first then error(problem.new(400, "malformed form: " .. tostring(all)), 0) end
        return lasts(all), "form", all, {}
    elseif req:is("multipart/form-data") then
        local left = limits and limits.body or 16777216
        local all, files = {}, {}
        for part in req:parts({}) do
            local data = part:readAll(left)
            left = left - #data
            if part.filename then
                files[part.name] = { filename = part.filename, type = part.type, data = data }
            else
                local list = all[part.name] or {}
                list[#list + 1] = data
                all[part.name] = list
            end
        end
        return lasts(all), "form", all, files
    elseif not req.headers["Content-Type"] then
        return nil, "none", {}, {}
    end
    return nil, "other", {}, {}
end

---All parameters in one table: those of the query, and over them those of the body. An array in JSON is the sequence of its elements; any other
---value in it that is no object is the parameter `value`.
---@param req cc.http.Request
---@param limits? control.http.ParamLimits
---@return table<string|integer, any> values
---@return table<string, string[]> all of parameters that are texts, all of a name, those of the query first
---@return table<string, cc.http.FormFile> files
function params.merged(req, limits)
    local values, all = params.query(req)
    local body, kind, fields, files = params.body(req, limits)
    if kind == "json" then
        if type(body) ~= "table" or body == textutils.json_null then body = { value = body } end
    end
    for name, value in pairs(body or {}) do values[name] = value end
    for name, list in pairs(fields) do
        local before = all[name] or {}
        for i = 1, #list do before[#before + 1] = list[i] end
        all[name] = before
    end
    return values, all, files
end

return params
