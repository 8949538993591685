-- The folder of the plugins: which there are, and which are to be loaded at the start.

---@class Found
---@field name string
---@field path string below the folder
---@field folder string the plugin's folder below the folder; "" for a plugin that is one file
---@field file string the file to run, below the plugin's folder, or below the folder
---@field error? string why it can't be loaded

local control = require "luart.control"

local folder = {}

local DEPTH, MOST = 16, 100000

-- Files of the root that have a meaning of their own.
local reserved = { ["global.lua"] = true, ["restapi.lua"] = true, ["main.lua"] = true, ["startup.lua"] = true }

-- Names that are parts of URLs of the facades.
local words = { plugins = true, reload = true, load = true, unload = true, all = true }

local function problemOf(name)
    if words[name:lower()] then return "the name " .. name .. " is reserved; give the plugin another one" end
    if #name > 64 or not name:find("^[%w_][%w_. -]*$") or name:find("%.%.") or name:find("[. ]$") then
        return "the name of a plugin has letters, digits, and _ - . within it, 64 at most"
    end
end

-- How many folders a path goes through.
local function depthOf(path) return select(2, path:gsub("/", "")) end

---Looks for plugins: folders with a file main.lua, anywhere below the root, and files NAME.lua in the root itself. A folder in a plugin's
---folder belongs to that plugin. Folders that are symbolic links are plugins if they have a main.lua, but are not searched: they may lead in circles.
---
---Of those that have the same name, the one that runs is the plugin; if none does, the one that is least deep, and of these the first by path.
---@param root string
---@param runs? fun(key: string): string? gives the path of a plugin that runs, by its name in lower case
---@return Found[] found by path; those whose name another one has, too, have an error
---@return boolean more whether there is more than is looked at
---@return string[] mainless folders with Lua files that are in no plugin, 10 at most
function folder.scan(root, runs)
    local found, mainless, count = {}, {}, 0
    local function look(path, depth)
        local names = fs.list(fs.combine(root, path))
        table.sort(names)
        local before, hasLua = #found, false
        for _, name in ipairs(names) do
            count = count + 1
            if count > MOST then return end
            local full = path == "" and name or path .. "/" .. name
            local place = fs.combine(root, full)
            if name:sub(1, 1) ~= "." then
                local ok, isFolder = pcall(fs.isDir, place)
                if ok and isFolder then
                    local main = fs.combine(place, "main.lua")
                    if fs.exists(main) and not fs.isDir(main) then
                        found[#found + 1] = { name = name, path = full, folder = full, file = "main.lua", error = problemOf(name) }
                    elseif depth < DEPTH and not control.linked(full) then
                        if not pcall(look, full, depth + 1) then
                            found[#found + 1] = { name = name, path = full, folder = full, file = "main.lua", error = "its folder can't be read; change its permissions" }
                        end
                    end
                elseif path ~= "" and name:find("%.lua$") then
                    hasLua = true
                elseif path == "" and name:find("%.lua$") and not reserved[name] and fs.exists(place) then
                    local base = name:sub(1, -5)
                    found[#found + 1] = { name = base, path = name, folder = "", file = name, error = problemOf(base) }
                end
            end
        end
        if hasLua and #found == before and #mainless < 10 then mainless[#mainless + 1] = path end
    end
    if fs.isDir(root) then look("", 1) end
    table.sort(found, function(a, b) return a.path < b.path end)
    local first = {}
    for _, each in ipairs(found) do
        local key = each.name:lower() -- names of folders and URLs that differ in case only would be confused
        local running = runs and runs(key)
        local before = first[key]
        if not each.error and (not before or before.path ~= running and (each.path == running or depthOf(each.path) < depthOf(before.path))) then
            first[key] = each
        end
    end
    for _, each in ipairs(found) do
        local other = first[each.name:lower()]
        if other and other ~= each then
            each.error = each.error or ("there is another plugin of the name " .. each.name .. ", " .. other.path .. "; rename one of them")
        end
    end
    return found, count > MOST, mainless
end

---Reads plugins.txt: a name or path a line; what follows # doesn't count.
---@param path string
---@return string[]? list nil if there is no such file
function folder.autostart(path)
    if not fs.exists(path) or fs.isDir(path) then return nil end
    local file = fs.open(path, "r")
    if not file then return nil end
    local list = {}
    for line in file.readLine do
        line = line:gsub("#.*$", ""):gsub("^%s+", ""):gsub("%s+$", ""):gsub("\\", "/"):gsub("/+$", "")
        if line ~= "" and #list < MOST then list[#list + 1] = line end
    end
    file.close()
    return list
end

return folder
