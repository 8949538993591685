-- The devices at the sides of the computer, and those on the networks of its wired modems.

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local unpack = table.unpack

-- Without a host that has any, there are none.
local native = peripheral or {
    isPresent = function() return false end,
    getType = function() end,
    hasType = function() end,
    getMethods = function() end,
    call = function() error("No peripheral attached", 2) end,
}

local sides = redstone and redstone.getSides() or { "bottom", "top", "back", "front", "right", "left" }

-- Calls f(side) for each network.
local function eachHub(f)
    local names = native.getNames and native.getNames() or sides
    for i = 1, #names do
        local side = names[i]
        if native.hasType(side, "peripheral_hub") then
            local result = f(side)
            if result ~= nil then return result end
        end
    end
end

-- The side of the network that a peripheral is on.
local function hubOf(name)
    return eachHub(function(side)
        if native.call(side, "isPresentRemote", name) then return side end
    end)
end

-- What wrap knows of a peripheral, or nil for other tables.
local function wrapped(p)
    local meta = getmetatable(p)
    if type(meta) == "table" and meta.__name == "peripheral" and type(meta.name) == "string" and type(meta.types) == "table" then
        return meta
    end
end

---The names of all peripherals: sides, and names on a network.
---@return string[]
function getNames()
    local names = {}
    local function add(name)
        names[#names + 1] = name
        if native.hasType(name, "peripheral_hub") then
            for _, remote in ipairs(native.call(name, "getNamesRemote")) do names[#names + 1] = remote end
        end
    end
    if native.getNames then
        for _, name in ipairs(native.getNames()) do add(name) end
    else
        for i = 1, #sides do
            if native.isPresent(sides[i]) then add(sides[i]) end
        end
    end
    return names
end

---@param name string a side, or a name on a network
---@return boolean
function isPresent(name)
    expect(1, name, "string")
    return native.isPresent(name) or hubOf(name) ~= nil
end

---The types of a peripheral.
---@param peripheral string|table its name, or what wrap has returned
---@return string? ... nothing if it isn't there
function getType(peripheral)
    expect(1, peripheral, "string", "table")
    if type(peripheral) == "table" then
        local meta = wrapped(peripheral)
        if not meta then error("bad argument #1 (table is not a peripheral)", 2) end
        return unpack(meta.types)
    end
    if native.isPresent(peripheral) then return native.getType(peripheral) end
    local hub = hubOf(peripheral)
    if hub then return native.call(hub, "getTypeRemote", peripheral) end
    return nil
end

---Tells whether a peripheral is of a type.
---@param peripheral string|table its name, or what wrap has returned
---@param peripheral_type string
---@return boolean? nil if it isn't there
function hasType(peripheral, peripheral_type)
    expect(1, peripheral, "string", "table")
    expect(2, peripheral_type, "string")
    if type(peripheral) == "table" then
        local meta = wrapped(peripheral)
        if not meta then error("bad argument #1 (table is not a peripheral)", 2) end
        return meta.types[peripheral_type] ~= nil
    end
    if native.isPresent(peripheral) then return native.hasType(peripheral, peripheral_type) end
    local hub = hubOf(peripheral)
    if hub then return native.call(hub, "hasTypeRemote", peripheral, peripheral_type) end
    return nil
end

---The names of a peripheral's functions.
---@param name string
---@return string[]? nil if it isn't there
function getMethods(name)
    expect(1, name, "string")
    if native.isPresent(name) then return native.getMethods(name) end
    local hub = hubOf(name)
    if hub then return native.call(hub, "getMethodsRemote", name) end
    return nil
end

---The name of a peripheral.
---@param peripheral table what wrap has returned
---@return string
function getName(peripheral)
    expect(1, peripheral, "table")
    local meta = wrapped(peripheral)
    if not meta then error("bad argument #1 (table is not a peripheral)", 2) end
    return meta.name
end

---Calls a function of a peripheral: `peripheral.call("top", "open", 1)`.
---@param name string
---@param method string
---@param ... any its arguments
---@return any ... what it returns; nothing if the peripheral isn't there
function call(name, method, ...)
    expect(1, name, "string")
    expect(2, method, "string")
    if native.isPresent(name) then return native.call(name, method, ...) end
    local hub = hubOf(name)
    if hub then return native.call(hub, "callRemote", name, method, ...) end
    return nil
end

---A table of a peripheral's functions.
---@param name string
---@return table? nil if it isn't there
function wrap(name)
    expect(1, name, "string")
    local methods = getMethods(name)
    if not methods then return nil end
    local types = { getType(name) }
    for i = 1, #types do types[types[i]] = true end
    local result = setmetatable({}, { __name = "peripheral", name = name, type = types[1], types = types })
    for _, method in ipairs(methods) do
        result[method] = function(...) return call(name, method, ...) end
    end
    return result
end

---Finds peripherals: `local modem = peripheral.find("modem", function(_, m) return m.isWireless() end)`.
---@param ty string their type
---@param filter? fun(name: string, wrapped: table): boolean whether to return one
---@return table ... all that are found, as wrap returns them
---@overload fun(ty: "computer", filter?: fun(name: string, wrapped: peripheral.Computer): boolean): peripheral.Computer?, ...
---@overload fun(ty: "drive", filter?: fun(name: string, wrapped: peripheral.Drive): boolean): peripheral.Drive?, ...
---@overload fun(ty: "modem", filter?: fun(name: string, wrapped: peripheral.Modem): boolean): peripheral.Modem?, ...
---@overload fun(ty: "monitor", filter?: fun(name: string, wrapped: peripheral.Monitor): boolean): peripheral.Monitor?, ...
---@overload fun(ty: "printer", filter?: fun(name: string, wrapped: peripheral.Printer): boolean): peripheral.Printer?, ...
---@overload fun(ty: "speaker", filter?: fun(name: string, wrapped: peripheral.Speaker): boolean): peripheral.Speaker?, ...
function find(ty, filter)
    expect(1, ty, "string")
    expect(2, filter, "function", "nil")
    local found = {}
    for _, name in ipairs(getNames()) do
        if hasType(name, ty) then
            local device = wrap(name)
            if not filter or filter(name, device) then found[#found + 1] = device end
        end
    end
    return unpack(found)
end
