---@meta host

---What the computer's process is like, a Go struct shown by layeh.com/gopher-luar. It cannot be changed.
---@class luart.Host: userdata
---@field version string of luart
---@field pid integer
---@field uptime fun(self: luart.Host): number Seconds since the computer was started or rebooted.
---@field memory fun(self: luart.Host): integer Bytes that the whole process has of the system.
---@field goroutines fun(self: luart.Host): integer
---@field listeners fun(self: luart.Host): luart.Listeners The computer's servers, in the order of their ports.

---@class luart.Listener: userdata
---@field port integer

---A list: `#list`, `list[1]`, and `for i, listener in list() do`.
---@class luart.Listeners: userdata
---@field [integer] luart.Listener
---@operator len: integer
---@operator call: fun(): integer, luart.Listener

---@type luart.Host
local host

return host
