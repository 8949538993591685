---@meta

---Mounts folders of the machine, those that the command line allows. All functions throw "Mounting is disabled" if there are none.
---@class mounter
mounter = {}

---Mounts a folder. Throws if it may not be mounted.
---@param name string where it is to be in the computer
---@param path string the folder of the machine
---@param readOnly? boolean as the command line allows it, unless given
---@return boolean ok
---@return string? message
function mounter.mount(name, path, readOnly) end

---Takes away what a program has mounted. Its open files are closed.
---@param name string
---@return boolean ok false if there is none
---@return string? message
function mounter.unmount(name) end

---What programs have mounted.
---@return table<string, string[]> folders of the machine by where they are in the computer
---@nodiscard
function mounter.list() end

---Tells whether a mount may not be written to.
---@param name string
---@return boolean
---@nodiscard
function mounter.isReadOnly(name) end
