-- Stands in for the devices of the reference's test computer: a modem at the top, and at the bottom a network with one device.

local remote = { func = function() return "called" end }
local devices = {
    top = { types = { "modem" }, methods = {
        isOpen = function(channel)
            if type(channel) ~= "number" then error("bad argument #1 (number expected, got " .. type(channel) .. ")", 2) end
            return false
        end,
        open = function() end, close = function() end, transmit = function() end, isWireless = function() return false end,
    } },
    bottom = { types = { "peripheral_hub" }, methods = {
        getNamesRemote = function() return { "remote_1" } end,
        isPresentRemote = function(name) return name == "remote_1" end,
        getTypeRemote = function() return "remote", "other_type" end,
        hasTypeRemote = function(_, wanted) return wanted == "remote" or wanted == "other_type" end,
        getMethodsRemote = function() return { "func" } end,
        callRemote = function(_, method, ...) return remote[method](...) end,
    } },
}

_G.peripheral = {
    isPresent = function(side) return devices[side] ~= nil end,
    getType = function(side) if devices[side] then return table.unpack(devices[side].types) end end,
    hasType = function(side, wanted)
        if not devices[side] then return nil end
        for _, name in ipairs(devices[side].types) do
            if name == wanted then return true end
        end
        return false
    end,
    getMethods = function(side)
        if not devices[side] then return nil end
        local names = {}
        for name in pairs(devices[side].methods) do names[#names + 1] = name end
        return names
    end,
    call = function(side, method, ...)
        if not devices[side] then error("No peripheral attached", 2) end
        return devices[side].methods[method](...)
    end,
}
os.loadAPI("rom/apis/peripheral.lua")
