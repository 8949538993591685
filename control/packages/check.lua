-- Reads values of JSON or YAML that others have made, and says where one is not what it should be. An error is a text: "variants[2].assets: a
-- list was expected, not a text".

local json = require "luart.json"

local kind, null = json.kind, json.null
local find, format, sub = string.find, string.format, string.sub

---@class packages.check
local check = {}

local named = { object = "a map", array = "a list", string = "a text", number = "a number", boolean = "true or false", null = "nothing" }

local function fail(where, expected, got)
    if type(got) == "number" and expected == "a text" then
        error(format("%s: a text was expected, not the number %s; put it in quotes", where, got), 0)
    end
    error(format("%s: %s was expected, not %s", where == "" and "the value" or where, expected, named[kind(got)] or "something else"), 0)
end

local function within(where, key)
    if type(key) == "number" then return format("%s[%d]", where, key) end
    return where == "" and tostring(key) or where .. "." .. tostring(key)
end

---A map.
---@param value any
---@param where string
---@return table
function check.map(value, where)
    if type(value) ~= "table" or kind(value) ~= "object" and next(value) ~= nil then fail(where, "a map", value) end
    return value
end

local function field(t, key)
    local v = t[key]
    if v == null then return nil end
    return v
end
check.field = field

---A text that may be missing.
---@param t table
---@param key string
---@param where string
---@return string?
function check.optText(t, key, where)
    local v = field(t, key)
    if v ~= nil and type(v) ~= "string" then fail(within(where, key), "a text", v) end
    return v
end

---A text that must be there.
---@param t table
---@param key string
---@param where string
---@return string
function check.text(t, key, where)
    local v = field(t, key)
    if type(v) ~= "string" then fail(within(where, key), "a text", v) end
    return v
end

---A list; an empty one if it is missing.
---@param t table
---@param key string
---@param where string
---@return any[]
function check.list(t, key, where)
    local v = field(t, key)
    if v == nil then return {} end
    if type(v) ~= "table" or kind(v) ~= "array" and next(v) ~= nil then fail(within(where, key), "a list", v) end
    return v
end

---A list of texts; an empty one if it is missing.
---@param t table
---@param key string
---@param where string
---@return string[]
function check.texts(t, key, where)
    local v = check.list(t, key, where)
    for i = 1, #v do
        if type(v[i]) ~= "string" then fail(within(within(where, key), i), "a text", v[i]) end
    end
    return v
end

---A map; an empty one if it is missing.
---@param t table
---@param key string
---@param where string
---@return table
function check.optMap(t, key, where)
    local v = field(t, key)
    if v == nil then return {} end
    return check.map(v, within(where, key))
end

---A map of texts; an empty one if it is missing.
---@param t table
---@param key string
---@param where string
---@return table<string, string>
function check.textMap(t, key, where)
    local v = check.optMap(t, key, where)
    for k, each in pairs(v) do
        if type(each) ~= "string" then fail(within(within(where, key), k), "a text", each) end
    end
    return v
end

---A boolean; false if it is missing.
---@param t table
---@param key string
---@param where string
---@return boolean
function check.flag(t, key, where)
    local v = field(t, key)
    if v ~= nil and type(v) ~= "boolean" then fail(within(where, key), "true or false", v) end
    return v == true
end

---The value of an option, which JSON has as a list of no or one element.
---@param t table
---@param key string
---@param where string
---@return any? nil if there is none
function check.option(t, key, where)
    local v = field(t, key)
    if type(v) == "table" and kind(v) == "array" then
        if #v > 1 then error(within(where, key) .. ": a list of at most one element was expected", 0) end
        v = v[1]
        if v == null then return nil end
    elseif type(v) == "table" and next(v) == nil then
        return nil
    end
    return v
end

---A text that can be the name of a file.
---@param text string
---@return boolean
function check.isName(text)
    return text ~= "" and #text <= 200 and text ~= "." and text ~= ".." and not find(text, "[%c/\\:*?\"<>|]") and
        sub(text, 1, 1) ~= " " and not find(text, "[ .]$")
end

---A text that must be there and can be the name of a file.
---@param t table
---@param key string
---@param where string
---@return string
function check.name(t, key, where)
    local v = check.text(t, key, where)
    if not check.isName(v) then error(format("%s: %q can't be the name of a file", within(where, key), sub(v, 1, 80)), 0) end
    return v
end

---Whether a path stays in the folder it is looked up in, by parts that can be names.
---@param path string
---@return boolean
function check.isPath(path)
    if path == "" or find(path, "//", 1, true) or #path > 1000 then return false end
    for part in path:gmatch "[^/]+" do
        if not check.isName(part) then return false end
    end
    return sub(path, 1, 1) ~= "/" and sub(path, -1) ~= "/"
end

---A SHA-256 in hexadecimal digits that may be missing; small letters.
---@param t table
---@param key string
---@param where string
---@return string?
function check.sha256(t, key, where)
    local v = check.optText(t, key, where)
    if v == nil then return nil end
    if #v ~= 64 or find(v, "%X") then error(within(where, key) .. ": 64 hexadecimal digits were expected", 0) end
    return v:lower()
end

---The id of a package, "group:name".
---@param text any
---@return string? group nil if the text is none
---@return string? name
function check.split(text)
    if type(text) ~= "string" then return nil end
    local group, name = text:match "^([^:]+):([^:]+)$"
    if not group or not check.isName(group) or not check.isName(name) then return nil end
    return group, name
end

---The order of ids of packages: by the groups, then by the names.
---@param a string
---@param b string
---@return boolean before whether a comes before b
function check.before(a, b)
    local ga, na = a:match "^([^:]*):?(.*)$"
    local gb, nb = b:match "^([^:]*):?(.*)$"
    if ga ~= gb then return ga < gb end
    return na < nb
end

---A list of ids of packages; an empty one if it is missing.
---@param t table
---@param key string
---@param where string
---@return string[]
function check.ids(t, key, where)
    local list = check.texts(t, key, where)
    for i, id in ipairs(list) do
        if not check.split(id) then
            error(format("%s: %q is no package; write group:name", within(within(where, key), i), sub(id, 1, 80)), 0)
        end
    end
    return list
end

check.within = within

return check
