-- The files in which help on topics is.

local expect = dofile("rom/modules/main/cc/expect.lua").expect

local folders = "/rom/help"
local extensions = { "", ".md", ".txt" }

---The folders in which files are looked for, with ":" between.
---@return string
function path()
    return folders
end

---Changes the folders in which files are looked for.
---@param newPath string
function setPath(newPath)
    expect(1, newPath, "string")
    folders = newPath
end

---Finds the file of a topic.
---@param topic string
---@return string? path nil if there is none
function lookup(topic)
    expect(1, topic, "string")
    for folder in folders:gmatch("[^:]+") do
        local file = fs.combine(folder, topic)
        for _, extension in ipairs(extensions) do
            if fs.exists(file .. extension) and not fs.isDir(file .. extension) then return file .. extension end
        end
    end
    return nil
end

---All topics, in order.
---@return string[]
function topics()
    local names = { "index" }
    local known = { index = true }
    for folder in folders:gmatch("[^:]+") do
        if fs.isDir(folder) then
            for _, file in ipairs(fs.list(folder)) do
                if file:sub(1, 1) ~= "." and not fs.isDir(fs.combine(folder, file)) then
                    local name = file:gsub("%.md$", ""):gsub("%.txt$", "")
                    if not known[name] then
                        known[name] = true
                        names[#names + 1] = name
                    end
                end
            end
        end
    end
    table.sort(names)
    return names
end

---What the name of a topic that is being typed may become.
---@param prefix string
---@return string[] completions what is still missing
function completeTopic(prefix)
    expect(1, prefix, "string")
    local found = {}
    for _, name in ipairs(topics()) do
        if #name > #prefix and name:sub(1, #prefix) == prefix then found[#found + 1] = name:sub(#prefix + 1) end
    end
    return found
end
