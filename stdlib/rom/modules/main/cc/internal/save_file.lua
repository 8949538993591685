-- Writes what a program has been working on to its file.

local reason = require "cc.internal.reason"

---Writes a whole file, and makes its folder. Throws what went wrong, without a position: "Out of space", "/rom/x: Access denied".
---When there is no room, what was in the file stays; of a new file, nothing is left.
---@param path string
---@param text string
return function(path, text)
    local existed = fs.exists(path)
    local file
    local ok, problem = pcall(function()
        local dir = fs.getDir(path)
        if not fs.exists(dir) then fs.makeDir(dir) end
        local free = fs.getFreeSpace(dir)
        if type(free) == "number" then
            -- The smallest file counts for 500 bytes.
            local old = existed and math.max(fs.getSize(path), 500) or 0
            if math.max(#text, 500) > free + old then error("Out of space", 0) end
        end
        local message
        file, message = fs.open(path, "wb")
        if not file then error(message or "Access denied", 0) end
        file.write(text)
        file.close()
    end)
    if ok then return end
    if file then
        pcall(file.close)
        if not existed then pcall(fs.delete, path) end
    end
    error(reason(problem), 0)
end
