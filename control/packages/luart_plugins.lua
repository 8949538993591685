-- Plugins of luart as packages: those whose subfolder is luart-plugins, or in it. What such a package has goes into a folder that is named like the
-- package, without its version, as the name of the folder is the plugin's name.

local failure = require "packages.failure"
local recipe = require "packages.recipe"
local regex = require "luart.regex"

---@class packages.luart_plugins
local luartPlugins = {}

local SUBFOLDER = "luart-plugins"
local everything = assert(regex.compile "")

---Whether a package is plugins of luart.
---@param package packages.Package
---@return boolean
function luartPlugins.is(package) return package.subfolder == SUBFOLDER or package.subfolder:sub(1, #SUBFOLDER + 1) == SUBFOLDER .. "/" end

---The folder of such a package below Plugins.
---@param package packages.Package
---@return string
function luartPlugins.folder(package) return package.subfolder .. "/" .. package.name end

---The rules for an asset of such a package: all its files, unless there are lists, and none has to be one of the game. Throws extraction-failed if
---nothing says which content is meant: it is code.
---@param package packages.Package
---@param reference packages.AssetReference
---@param asset packages.Asset
---@param variant table<string, string>
---@return packages.Recipe
function luartPlugins.recipe(package, reference, asset, variant)
    if not asset.sha256 then
        failure.throw("extraction-failed", "The package " .. package.id .. " can't be installed.",
            "It brings programs for this server, so its asset " .. asset.assetId .. " must have a checksum. Tell the maintainers of the channel.")
    end
    local rules = recipe.new(reference, asset, variant)
    if rules.defaultInclude then rules.include = { { re = everything, pattern = "", kind = "include", used = true } } end
    rules.defaultInclude, rules.defaultExclude = false, false
    local base = getmetatable(rules).__index
    local own = {}
    function own:kind(fileName) return fileName:lower():find "%.lua$" and "single" or "archive" end
    function own:select(entries, inner)
        local selected = base.select(self, entries, inner)
        for _, file in ipairs(selected.files) do
            if file.check == "dbpf" then file.check = "none" end
        end
        if #entries == 1 and #selected.files == 1 and selected.files[1].path:find "%.lua$" then selected.files[1].path = "main.lua" end
        return selected
    end
    return setmetatable(rules, { __index = function(_, name) return own[name] or base[name] end })
end

----------------------------------------------------------------------------------------------------------------------

-- The folder Plugins as the manager knows it: "" or a path with a slash at the end; nil if it is elsewhere.
local function prefix(manager, root)
    local mine, its = fs.combine(root), fs.combine(manager.root)
    if mine == its then return "" end
    if mine:sub(1, #its + 1) == its .. "/" then return mine:sub(#its + 2) .. "/" end
end

---Whether what is put into a folder Plugins is found by the plugin manager.
---@param manager Manager
---@param root string the folder Plugins
---@return boolean
function luartPlugins.served(manager, root) return prefix(manager, root) ~= nil end

---Brings the plugin manager up to date after packages were installed and removed: what has gone is unloaded, what is new or another is loaded. That a
---plugin fails is for the log, and no failure of the update; then its old version goes on.
---@param manager Manager
---@param root string the folder Plugins
---@param installed string[] folders below it
---@param removed string[] likewise
---@return { id: string, action: "loaded"|"unloaded"|"failed", message?: string }[] done
function luartPlugins.apply(manager, root, installed, removed)
    local before = prefix(manager, root)
    local done = {}
    if not before or #installed + #removed == 0 then return done end
    local function within(path, folder) return path == folder or path:sub(1, #folder + 1) == folder .. "/" end
    for _, info in ipairs(manager:list()) do
        for _, folder in ipairs(removed) do
            if info.running and within(info.path, before .. folder) and not fs.exists(fs.combine(manager.root, info.path, "main.lua")) then
                local _, message = manager:unload(info.id)
                done[#done + 1] = { id = info.id, action = message and "failed" or "unloaded", message = message }
            end
        end
    end
    manager:rescan()
    local listed = manager:list()
    for _, folder in ipairs(installed) do
        for _, info in ipairs(listed) do
            if within(info.path, before .. folder) then
                local _, message = manager:reload(info.id)
                done[#done + 1] = { id = info.id, action = message and "failed" or "loaded", message = message }
            end
        end
    end
    return done
end

return luartPlugins
