---@meta

---Attaches peripherals that are not there in truth, for tests. The command line decides whether programs may.
---@class periphemu
periphemu = {}

---Attaches a peripheral.
---@param side string a side, or a name
---@param type "drive"|"modem"|"monitor"|"printer"|"speaker"
---@param ... any of a drive, the number of a disk in memory or a folder of the machine; of a modem, the number of the network
---@return boolean ok
---@return string? message
function periphemu.create(side, type, ...) end

---Detaches a peripheral.
---@param side string
---@return boolean ok
function periphemu.remove(side) end

---The types that there are.
---@return string[]
---@nodiscard
function periphemu.names() end
