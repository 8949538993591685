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

---@class luart.files.Claim
---@field release fun() ends it, and removes the file; a second call does nothing

---Claims a file, so that one program at a time does what it stands for. The file is there as long as the claim is held; its folder must be there
---before. The system ends a claim with its process, also when that is killed, and what is left of the file is no hindrance; luart ends it with the
---computer. There can be 128 claims at a time.
---@param path string
---@return luart.files.Claim? claim
---@return string? message why there is none
---@return integer? pid the process that holds it, if that is the reason
function files.claim(path) end

return files
