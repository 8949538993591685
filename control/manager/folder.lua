-- The folder of the plugins: which there are, and which are to be loaded at the start.

---@class Found
---@field name string
---@field path string below the folder
---@field folder string the plugin's folder below the folder; "" for a plugin that is one file
---@field file string the file to run, below the plugin's folder, or below the folder
---@field error? string why it can't be loaded

local folder = {}

local DEPTH, MOST = 16, 10000

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

---Looks for plugins: folders with a file main.lua, anywhere below the root, and files NAME.lua in the root itself. A folder in a plugin's
---folder belongs to that plugin.
---@param root string
---@return Found[] found by path; those whose name another one has, too, have an error
function folder.scan(root)
    local found, count = {}, 0
    local function look(path, depth)
        local names = fs.list(fs.combine(root, path))
        table.sort(names)
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
                    elseif depth < DEPTH then
                        pcall(look, full, depth + 1)
                    end
                elseif path == "" and name:find("%.lua$") and not reserved[name] and fs.exists(place) then
                    local base = name:sub(1, -5)
                    found[#found + 1] = { name = base, path = name, folder = "", file = name, error = problemOf(base) }
                end
            end
        end
    end
    if fs.isDir(root) then look("", 1) end
    table.sort(found, function(a, b) return a.path < b.path end)
    local first = {}
    for _, each in ipairs(found) do
        local key = each.name:lower() -- names of folders and URLs that differ in case only would be confused
        if first[key] then
            each.error = each.error or ("there is another plugin of the name " .. each.name .. ", " .. first[key].path .. "; rename one of them")
        elseif not each.error then
            first[key] = each
        end
    end
    return found
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
