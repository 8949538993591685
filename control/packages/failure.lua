-- What goes wrong with packages and clients must be told: a failure is thrown as a table, which the API makes its error object of.

local expect = require "cc.expect".expect

---@class packages.failure
local failure = {}

---@class packages.Failure
---@field type string "/error/…", as the API names it
---@field status integer of HTTP
---@field title string what has happened, for people
---@field detail string what to do about it, or what it was about; may be ""
---@field extra? table<string, any> more members of the API's error object
---@field cause? luart.Failure what luart.download or luart.archive says, if a download or an extraction has failed
local Failure = {}
Failure.__index = Failure
Failure.__name = "packages.Failure"

function Failure:__tostring()
    if self.detail == "" then return self.title end
    return self.title .. " " .. self.detail
end

local statuses = {
    ["bad-request"] = 400, ["init/bad-request"] = 400, ["conflicting-packages"] = 400, unauthorized = 401, ["package-not-found"] = 404,
    ["version-not-found"] = 404, ["unresolvable-dependencies"] = 404, ["asset-not-found"] = 404, ["profile-not-initialized"] = 409,
    ["init/not-allowed"] = 409, ["profile-read-error"] = 500, ["variant-constraints-not-satisfiable"] = 500, ["extraction-failed"] = 500,
    ["download-failed"] = 502, ["channels-not-available"] = 502, aborted = 200, ["file-access-denied"] = 500,
    ["published-files-incomplete"] = 500, ["file-operations-failed"] = 500, ["obtaining-user-dirs-failed"] = 500, ["server-error"] = 500,
}

---The names of an error object's members, in the order in which they are written.
failure.order = { "$type", "title", "detail" }

---Makes a failure.
---@param kind string what follows "/error/" in its type, such as "bad-request"
---@param title string
---@param detail? string
---@param extra? table<string, any> more members of the API's error object
---@return packages.Failure
function failure.new(kind, title, detail, extra)
    expect(1, kind, "string")
    expect(2, title, "string")
    expect(3, detail, "string", "nil")
    if not statuses[kind] then error("there is no failure " .. kind, 2) end
    return setmetatable({ type = "/error/" .. kind, status = statuses[kind], title = title, detail = detail or "", extra = extra }, Failure)
end

---Throws a failure; the parameters are those of new.
---@param kind string
---@param title string
---@param detail? string
---@param extra? table<string, any>
function failure.throw(kind, title, detail, extra) error(failure.new(kind, title, detail, extra), 0) end

---Whether a value is a failure, and of which kind.
---@param value any
---@param kind? string what follows "/error/" in its type; any unless given
---@return boolean
function failure.is(value, kind)
    return getmetatable(value) == Failure and (kind == nil or value.type == "/error/" .. kind)
end

---The failure for any error: another one's text is the detail of a server-error.
---@param value any
---@return packages.Failure
function failure.from(value)
    if failure.is(value) then return value end
    return failure.new("server-error", "Unexpected error.", tostring(value))
end

---The API's error object for any error.
---@param value any
---@return table object its members' order is failure.order
function failure.object(value)
    local e = failure.from(value)
    local object = {}
    for k, v in pairs(e.extra or {}) do object[k] = v end
    object["$type"], object.title, object.detail = e.type, e.title, e.detail
    return object
end

---Calls a function, and says in the detail of its failure what it was about. Throws what the function throws.
---@generic T
---@param about string
---@param f fun(...): T
---@param ... any
---@return T
function failure.within(about, f, ...)
    local results = table.pack(pcall(f, ...))
    if results[1] then return table.unpack(results, 2, results.n) end
    local e = results[2]
    if failure.is(e) and not e.detail:find(about, 1, true) then
        e = failure.new(e.type:sub(8), e.title, e.detail == "" and about or about .. ": " .. e.detail, e.extra)
    end
    error(e, 0)
end

return failure
