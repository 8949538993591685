-- Which files of an asset a package takes, and where to: the rules include, exclude, withChecksum and withConditions.

local check = require "packages.check"
local digest = require "luart.digest"
local regex = require "luart.regex"

---@class packages.recipe
local recipe = {}

---@class packages.Recipe
---@field warnings string[] what is malformed in it
---@field assetId string
local Recipe = {}
Recipe.__index = Recipe

local PLUGIN = "\\.(dat|sc4model|sc4lot|sc4desc|sc4)$"
local plugin = assert(regex.compile(PLUGIN, "i"))
local plugins = { dat = true, sc4model = true, sc4lot = true, sc4desc = true, sc4 = true }
local nested = { jar = true, zip = true, ["7z"] = true, exe = true, rar = true }

local function ending(name) return (name:lower():match "%.([%w]+)$") or "" end

---Whether a file has the name of a plugin of the game.
---@param name string
---@return boolean
function recipe.isPlugin(name) return plugins[ending(name)] == true end

---Whether a file of the game begins with some bytes.
---@param bytes string
---@return boolean
function recipe.isDbpf(bytes) return bytes:sub(1, 4) == "DBPF" end

local function compile(self, list, kind)
    local compiled = {}
    for _, pattern in ipairs(list) do
        local re, message = regex.compile(pattern, "i")
        if re then
            compiled[#compiled + 1] = { re = re, pattern = pattern, kind = kind, used = false }
        else
            table.insert(self.warnings, ("The pattern %q of the asset %s is malformed: %s"):format(pattern, self.assetId, tostring(message)))
        end
    end
    return compiled
end

local function append(to, list)
    for _, each in ipairs(list) do to[#to + 1] = each end
end

local function holds(condition, variant)
    for k, v in pairs(condition) do
        if variant[k] ~= v then return false end
    end
    return true
end

---Makes the rules by which a package takes files of an asset.
---@param reference packages.AssetReference
---@param asset packages.Asset
---@param variant table<string, string> what is selected for the package
---@return packages.Recipe
function recipe.new(reference, asset, variant)
    local self = setmetatable({ assetId = reference.assetId, asset = asset, warnings = {} }, Recipe)
    local include, exclude, sums = {}, {}, {}
    for _, condition in ipairs(reference.withConditions) do
        if holds(condition.ifVariant, variant) then
            append(include, condition.include)
            append(exclude, condition.exclude)
            append(sums, condition.withChecksum)
        end
    end
    append(include, reference.include)
    append(exclude, reference.exclude)
    append(sums, reference.withChecksum)
    self.include, self.exclude, self.sums = compile(self, include, "include"), compile(self, exclude, "exclude"), {}
    for _, each in ipairs(sums) do
        for _, compiled in ipairs(compile(self, { each.include }, "withChecksum")) do
            compiled.sha256, compiled.isIni = each.sha256, each.isIni
            table.insert(self.sums, compiled)
        end
    end
    self.defaultInclude, self.defaultExclude = #include == 0, #exclude == 0
    self.plugin = { re = plugin, pattern = PLUGIN, kind = "include", used = false }
    return self
end

local function test(self, rule, text)
    if rule.broken then return false end
    local ok, found = pcall(rule.re.test, rule.re, text)
    if not ok then -- it takes too long
        rule.broken = true
        table.insert(self.warnings, ("The pattern %q of the asset %s can't be used: %s"):format(rule.pattern, self.assetId, tostring(found)))
        return false
    end
    rule.used = rule.used or found
    return found
end

-- All rules of a list are tried, so that all that match count as used.
local function any(self, rules, text)
    local found = false
    for _, rule in ipairs(rules) do
        if test(self, rule, text) then found = true end
    end
    return found
end

---How a file is to be opened.
---@param fileName string
---@return "archive"|"single"|"clickteam"|"executable" kind
function Recipe:kind(fileName)
    local e = ending(fileName)
    if e == "exe" then
        local t = self.asset.archiveType
        return t and t.format:lower() == "clickteam" and "clickteam" or "executable"
    end
    return (plugins[e] or e == "dll") and "single" or "archive"
end

local function decide(self, text)
    local sum
    for _, rule in ipairs(self.sums) do
        if test(self, rule, text) and not sum then sum = rule end
    end
    if sum then return { sha256 = sum.sha256, isIni = sum.isIni, check = "sha256" } end
    local included
    if self.defaultInclude then included = test(self, self.plugin, text) else included = any(self, self.include, text) end
    local excluded = any(self, self.exclude, text) or self.defaultExclude and not plugin:test(text)
    if included and not excluded then return { isIni = false, check = "dbpf" } end
end

-- The folders that all paths have in common, with a slash at the end.
local function commonFolder(files)
    local common
    for _, file in ipairs(files) do
        local folder = file.name:match "^(.*/)" or ""
        if not common then
            common = folder
        else
            while folder:sub(1, #common) ~= common do common = common:gsub("[^/]*/$", "") end
        end
    end
    return common or ""
end

---@class packages.SelectedFile
---@field name string the entry's
---@field path string where it goes, in the package's folder
---@field check "dbpf"|"sha256"|"none" what has to be looked at: that it is a file of the game, or that it has the checksum
---@field sha256? string
---@field isIni boolean

---Selects entries of an archive.
---@param entries { name: string, kind?: string, unsafe?: string }[] as luart.archive lists them
---@param inner? boolean the archive was in another one: archives in it don't count
---@return { files: packages.SelectedFile[], nested: string[], skipped: { name: string, reason: string }[] }
function Recipe:select(entries, inner)
    local result = { files = {}, nested = {}, skipped = {} }
    for _, entry in ipairs(entries) do
        local kind, name = entry.kind or "file", entry.name:gsub("\\", "/")
        if kind == "folder" or name:sub(-1) == "/" then -- folders are made as they are needed
        elseif kind ~= "file" or entry.unsafe or name == "" or name:sub(1, 1) == "/" or ("/" .. name .. "/"):find("/../", 1, true) then
            table.insert(result.skipped, { name = entry.name, reason = entry.unsafe or kind ~= "file" and "it is a " .. kind or "its path leads elsewhere" })
        else
            local chosen = decide(self, "/" .. name)
            if chosen then
                chosen.name, chosen.entry = name, entry.name
                table.insert(result.files, chosen)
            elseif not inner and nested[ending(name)] and not any(self, self.exclude, "/" .. name) then
                table.insert(result.nested, entry.name)
            end
        end
    end
    local common = commonFolder(result.files)
    for _, file in ipairs(result.files) do
        file.path = file.name:sub(#common + 1)
        file.name, file.entry = file.entry, nil
    end
    return result
end

---The patterns that have matched nothing so far.
---@return string[]
function Recipe:unused()
    local list = {}
    for _, rules in ipairs { self.sums, self.include, self.exclude } do
        for _, rule in ipairs(rules) do
            if not rule.used then list[#list + 1] = rule.pattern end
        end
    end
    if self.defaultInclude and #self.sums == 0 and not self.plugin.used then list[#list + 1] = PLUGIN end
    return list
end

---What people are to be told when all of the asset has been selected.
---@return string? text nil if all is well
function Recipe:warning()
    local list = {}
    append(list, self.warnings)
    local unused = self:unused()
    if #unused > 0 then
        list[#list + 1] = ("These inclusion/exclusion patterns did not match any files in the asset %s: %s"):format(self.assetId, table.concat(unused, " "))
    end
    return #list > 0 and table.concat(list, "\n") or nil
end

local function safe(value)
    return (value:gsub("[%c/\\:*?\"<>|]", "_"))
end

---The folder of a package below Plugins, such as "150-mods/group.name.right.1.0.sc4pac".
---@param package packages.Package
---@param variant table<string, string>
---@return string
function recipe.folder(package, variant)
    local keys, values = {}, {}
    for k in pairs(variant) do keys[#keys + 1] = k end
    table.sort(keys)
    for i, k in ipairs(keys) do values[i] = safe(variant[k]) end
    local middle = #values > 0 and "." .. table.concat(values, "-") or ""
    local name = package.group .. "." .. package.name .. middle .. "." .. package.version .. ".sc4pac"
    if #name > 240 then
        name = package.group:sub(1, 80) .. "." .. package.name:sub(1, 80) .. "." .. digest.sha1(name):sub(1, 16) .. "." .. package.version:sub(1, 40) .. ".sc4pac"
    end
    return package.subfolder .. "/" .. name
end

---Whether a path is one of a file in a package's folder.
---@param path string
---@return boolean
function recipe.isPath(path) return check.isPath(path) end

return recipe
