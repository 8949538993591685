-- From the member params of a request to the arguments of a function: all forms that clients send, and what a method has declared.
--
--   [1, 2]                                positions
--   {"a": 1, "b": 2}                      names
--   {"args": [1], "kwargs": {"b": 2}}     positions and names, also as the only element of a list (Red)
--   1, "x", true                          the first position
--   null, or no params                    nothing

local json = require "luart.json"

local kind = json.kind
local type, floor = type, math.floor

---@class rpc.parameters
local parameters = {}

local null = textutils.json_null

-- The parts of Red's form, if it is that.
local function envelope(value)
    if type(value) ~= "table" or kind(value) ~= "object" or next(value) == nil then return false end
    for name in pairs(value) do
        if name ~= "args" and name ~= "kwargs" then return false end
    end
    local args, kwargs = value.args, value.kwargs
    if args == null then args = nil end
    if kwargs == null then kwargs = nil end
    if args ~= nil and kind(args) ~= "array" or kwargs ~= nil and kind(kwargs) ~= "object" then return false end
    if kwargs and next(kwargs) == nil then kwargs = nil end
    return true, args, kwargs
end

---Sorts params into positions and names.
---@param params any as it was read
---@param plain? boolean objects with the names args and kwargs are nothing special
---@return any[]? args
---@return table<string, any>? kwargs
function parameters.sort(params, plain)
    if params == nil or params == null then return nil, nil end
    if type(params) ~= "table" then return { params }, nil end
    if kind(params) == "array" then
        if not plain and #params == 1 and type(params[1]) == "table" then
            local ok, args, kwargs = envelope(params[1])
            if ok then return args, kwargs end
        end
        return params, nil
    end
    if next(params) == nil then return nil, nil end
    if not plain then
        local ok, args, kwargs = envelope(params)
        if ok then return args, kwargs end
    end
    return nil, params
end

---@class rpc.Parameter what a method says about one of its parameters
---@field name string
---@field type "any"|"string"|"number"|"integer"|"boolean"|"array"|"object"
---@field optional? boolean
---@field default? any what the function gets if it is missing; then it is optional
---@field doc? string

local types = { any = true, string = true, number = true, integer = true, boolean = true, array = true, object = true }

-- "name", "name?", "name: type", "name?: type"
local function fromText(text)
    local name, optional, rest = text:match("^%s*([^%s:?]+)%s*(%??)%s*(.*)$")
    if not name then return nil end
    local kindOf = "any"
    if rest ~= "" then
        kindOf = rest:match("^:%s*(%a+)%s*$")
        if not kindOf then return nil end
    end
    return { name = name, type = kindOf, optional = optional == "?" or nil }
end

---Reads what a method declares. Throws for what is no declaration.
---@param declared (string|rpc.Parameter)[]
---@return { [integer]: rpc.Parameter, rest: boolean?, names: table<string, integer>, plain: boolean? } list
function parameters.declare(declared)
    if type(declared) ~= "table" then error("params must be a list of names, such as { \"a\", \"b?: number\" }", 0) end
    local list = { names = {} }
    for i = 1, #declared do
        local each, parameter = declared[i], nil
        if each == "..." then
            if i < #declared then error("params: \"...\" stands at the end", 0) end
            list.rest = true
            break
        elseif type(each) == "string" then
            parameter = fromText(each)
        elseif type(each) == "table" and type(each.name) == "string" then
            parameter = { name = each.name, type = each.type or "any", optional = each.optional or each.default ~= nil or nil, doc = each.doc and tostring(each.doc) }
            if each.default ~= nil then parameter.default = json.encode(each.default, { null = null, empty_array = textutils.empty_json_array }) end
        end
        if not parameter then error(("params[%d] must be a name such as \"count\", \"count?\" or \"count: integer\", or a table with a name"):format(i), 0) end
        if not types[parameter.type] then
            error(("params[%d] (%s): there is no type %s; it is any, string, number, integer, boolean, array or object"):format(i, parameter.name, tostring(parameter.type)), 0)
        end
        if list.names[parameter.name] then error(("params[%d]: there are two of the name %s"):format(i, parameter.name), 0) end
        list[i] = parameter
        list.names[parameter.name] = i
    end
    list.plain = (list.names.args or list.names.kwargs) and true or nil
    return list
end

local function fits(value, wanted)
    if wanted == "any" then return true end
    local is = type(value)
    if is == "table" then return value ~= null and kind(value) == wanted end
    if wanted == "integer" then return is == "number" and floor(value) == value end
    return is == wanted
end

local function nameOf(value)
    return type(value) == "table" and kind(value) or type(value)
end

---Puts what was sent into the order of what a method has declared. Surplus positions and unknown names are dropped.
---@param list table what parameters.declare gives
---@param args? any[]
---@param kwargs? table<string, any>
---@return any[]? values nil if they don't fit
---@return integer|string n how many there are; or what is wrong
function parameters.bind(list, args, kwargs)
    local values = {}
    local n = #list
    for i = 1, n do
        local parameter = list[i]
        local value
        if args then value = args[i] end
        if value == null then value = nil end
        if kwargs then
            local named = kwargs[parameter.name]
            if named ~= nil and named ~= null then
                if value ~= nil then return nil, parameter.name .. " is given by its position and by its name" end
                value = named
            end
        end
        if value == nil then
            if parameter.default then
                value = json.decode(parameter.default, { null = null })
            elseif not parameter.optional then
                return nil, ("too few arguments: %s is missing"):format(parameter.name)
            end
        elseif not fits(value, parameter.type) then
            return nil, ("%s must be %s %s, not %s"):format(parameter.name, parameter.type:find("^[aio]") and "an" or "a", parameter.type, nameOf(value))
        end
        values[i] = value
    end
    if list.rest and args then
        for i = n + 1, #args do
            local value = args[i]
            if value ~= null then values[i] = value end
        end
        n = math.max(n, #args)
    end
    return values, n
end

---The arguments of a function that has declared nothing: the positions, and behind them the names in a table if there are any.
---@param args? any[]
---@param kwargs? table<string, any>
---@return any[] values
---@return integer n
function parameters.free(args, kwargs)
    local n = args and #args or 0
    local values = args or {}
    for i = 1, n do
        if values[i] == null then values[i] = nil end
    end
    if kwargs and next(kwargs) ~= nil then
        n = n + 1
        values[n] = kwargs
    end
    return values, n
end

---What a declaration is for OpenRPC.
---@param list? table
---@return table[]
function parameters.describe(list)
    local out = json.array {}
    for i = 1, list and #list or 0 do
        local parameter = list[i]
        local schema = {}
        if parameter.type ~= "any" then schema.type = parameter.type end
        if parameter.default then schema.default = json.raw(parameter.default) end
        out[i] = { name = parameter.name, required = not parameter.optional, schema = schema, description = parameter.doc }
    end
    return out
end

return parameters
