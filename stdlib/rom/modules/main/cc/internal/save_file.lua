-- Writes what a program has been working on to its file.

---Writes a whole file, and makes its folder. Throws what went wrong, without a position: "Out of space", "/rom/x: Access denied".
---When there is no room, what was in the file stays.
---@param path string
---@param text string
return function(path, text)
    local dir = fs.getDir(path)
    if not fs.exists(dir) then fs.makeDir(dir) end
    local free = fs.getFreeSpace(dir)
    if type(free) == "number" then
        -- The smallest file counts for 500 bytes.
        local old = fs.exists(path) and math.max(fs.getSize(path), 500) or 0
        if math.max(#text, 500) > free + old then error("Out of space", 0) end
    end
    local file, message = fs.open(path, "wb")
    if not file then error(message or "Access denied", 0) end
    local ok, problem = pcall(function()
        file.write(text)
        file.close()
    end)
    if not ok then
        pcall(file.close)
        error(tostring(problem):gsub("^[^:]*:%d+: ", ""), 0)
    end
end
