---@meta luart.watch

---What changes in folders of the machine, by whomever.
---@class luart.watch
local watch = {}

---@class luart.watch.Options
---@field recursive? boolean false for the folder alone; otherwise those in it are watched, too, also new ones
---@field debounce? number Seconds without a change before changes are told: up to 10; 0.1 unless given. After twenty times as long they are told anyway.

---@class luart.watch.Change
---@field path string of the computer, without a / in front
---@field kind "save"|"rename"|"delete" "save": the file is new or was written to; "rename": it has another name now, which is a "save" of its own; "delete": it has gone
---@field folder boolean it was a folder, and all that was in it has gone with it; new folders aren't told of, but the files in them

---Watches a folder. 16 watches can be open, of 4096 folders each. What is mounted in the folder isn't watched, and symbolic links aren't followed.
---@param path string not in /rom or /tmp
---@param options? luart.watch.Options
---@return luart.watch.Watch? watch
---@return string? message why it can't be watched
function watch.open(path, options) end

---@class luart.watch.Watch
---@field id integer that the event "watch" has
local Watch = {}

---What has changed since the last call of changes or next, a path once; it doesn't wait. Nothing is lost if an event was missed.
---@return luart.watch.Change[] changes
---@return boolean overflow there were more than 10000 changes, or more folders than can be watched: look at everything anew
function Watch.changes() end

---changes that waits until there are any, while other coroutines run. Throws when the watch is closed.
---@return luart.watch.Change[] changes
---@return boolean overflow
function Watch.next() end

---Ends the watch.
function Watch.close() end

return watch
