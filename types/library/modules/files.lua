---@meta luart.files

---What programs need of the disk that keep a journal, and fs hasn't.
---@class luart.files
local files = {}

---Gives a file or folder another name, in one step: after a crash it has the one or the other. A file that has the name is replaced; a
---folder isn't. The folder that the new name is in is made if need be. fs.move, by contrast, never replaces anything, and copies from one mount
---to another, which this refuses to do.
---
---With sync, which is the default, the names outlive a power cut once the function returns. So does the content of a file that was closed
---before, as fs makes it durable then.
---@param from string
---@param to string
---@param sync? boolean
---@return true? ok
---@return string? message why it was not done; nothing has changed then
function files.rename(from, to, sync) end

---Makes a file durable, or the names in a folder; with recursive, a folder and all that is in it. Other coroutines run meanwhile. Throws if
---8 calls are under way already.
---@param path string
---@param recursive? boolean
---@return true? ok
---@return string? message
function files.sync(path, recursive) end

return files
