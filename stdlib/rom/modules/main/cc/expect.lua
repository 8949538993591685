-- Checks arguments and options of functions, with messages that name what is wrong.

---@class cc.expect
---@overload fun(index: integer, value: any, ...: string): any
local module = {}

-- "string", "string or number", "string, table or number".
local function list(types, count)
    if count <= 1 then return types[1] or "nothing" end
    return table.concat(types, ", ", 1, count - 1) .. " or " .. types[count]
end

-- The type of a value as messages name it: __name of its metatable if there is one.
local function typeName(value)
    local t = type(value)
    if t == "table" or t == "userdata" then
        local meta = debug.getmetatable(value)
        local name = type(meta) == "table" and rawget(meta, "__name")
        if type(name) == "string" then return name end
    end
    return t
end

-- The types that were asked for. "nil" is named last, and only if it is all there is.
local function wanted(...)
    local types, count = { ... }, 0
    for i = 1, select("#", ...) do
        if types[i] ~= "nil" then
            count = count + 1
            types[count] = types[i]
        end
    end
    if count == 0 then return "nil" end
    return list(types, count)
end

---Checks the type of an argument.
---@generic T
---@param index integer which argument of the calling function it is
---@param value T
---@param ... string the types that it may have
---@return T value
function module.expect(index, value, ...)
    local t = type(value)
    if t == (...) then return value end
    for i = 2, select("#", ...) do
        if t == (select(i, ...)) then return value end
    end
    local info = debug.getinfo(2, "nS")
    local name = info and info.what ~= "C" and info.name
    if name and name ~= "" and name ~= "?" then
        name = " to '" .. name .. "'"
    else
        name = ""
    end
    error(("bad argument #%d%s (%s expected, got %s)"):format(index, name, wanted(...), typeName(value)), 3)
end

---Checks the type of a table's field.
---@param tbl table
---@param index any the field's key
---@param ... string the types that it may have
---@return any value the field's value
function module.field(tbl, index, ...)
    module.expect(1, tbl, "table")
    module.expect(2, index, "string")
    local value = tbl[index]
    local t = type(value)
    for i = 1, select("#", ...) do
        if t == (select(i, ...)) then return value end
    end
    if value == nil then error(("field '%s' missing from table"):format(index), 3) end
    error(("bad field '%s' (%s expected, got %s)"):format(index, wanted(...), typeName(value)), 3)
end

---Checks that a number is in a range.
---@param num number
---@param min? number least allowed value, -inf unless given
---@param max? number greatest allowed value, inf unless given
---@return number num
function module.range(num, min, max)
    module.expect(1, num, "number")
    min = module.expect(2, min, "number", "nil") or -math.huge
    max = module.expect(3, max, "number", "nil") or math.huge
    if min > max then error("min must be less than or equal to max", 2) end
    if not (num >= min and num <= max) then
        error(("number outside of range (expected %s to be within %s and %s)"):format(tostring(num), tostring(min), tostring(max)), 3)
    end
    return num
end

-- Old programs call the module itself.
return setmetatable(module, { __call = function(_, ...) return module.expect(...) end })
