-- The file sc4pac-plugins-lock.json of a profile: what is installed, as far as Plugins is in order.

local check = require "packages.check"
local json = require "luart.json"
local jsonfile = require "packages.jsonfile"
local moment = require "packages.moment"

local within = check.within

---@class packages.Installed
---@field id string
---@field group string
---@field name string
---@field version string
---@field variant table<string, string>
---@field files string[] what is to be deleted with the package, relative to Plugins
---@field summary? string
---@field category string[]
---@field installedAt string ISO 8601
---@field updatedAt string
---@field reinstall? boolean it is to be installed again
---@field iniFiles? table[]
---@field dependencies? string[] ids; only what luart has installed has them

---@class packages.AssetRecord
---@field assetId string
---@field version string
---@field url string
---@field lastModified? string
---@field archiveType? { format: string, version: string }
---@field sha256? string

---@class packages.Lock
---@field path string
---@field packages packages.Installed[]
---@field assets packages.AssetRecord[]
---@field redownload string[] ids of packages whose files are to be fetched again
local Lock = {}
Lock.__index = Lock

local SCHEME = 2
local EPOCH = moment.format(0)

local order = {
    "scheme", "installed", "group", "name", "variant", "assetId", "version", "url", "lastModified", "archiveType", "format", "files", "file", "checksum",
    "sha256", "finalName", "summary", "category", "installedAt", "updatedAt", "reinstall", "iniFiles", "dependencies", "assets", "redownload",
}

local function isInside(path) return check.isPath(path) end

local function installed(value, where)
    check.map(value, where)
    local group, name = check.name(value, "group", where), check.name(value, "name", where)
    local list = check.texts(value, "files", where)
    local copy = {}
    for i = 1, #list do
        local path = list[i]:gsub("\\", "/"):gsub("/+$", "")
        -- They are deleted one day: nothing outside Plugins may be among them.
        if not isInside(path) then error(within(within(where, "files"), i) .. ": it is no path below Plugins", 0) end
        copy[i] = path
    end
    local dependencies = check.field(value, "dependencies") and check.ids(value, "dependencies", where)
    local iniFiles = check.field(value, "iniFiles") and check.list(value, "iniFiles", where)
    return {
        id = group .. ":" .. name, group = group, name = name, version = check.name(value, "version", where),
        variant = check.textMap(value, "variant", where), files = copy, summary = check.optText(value, "summary", where),
        category = check.texts(value, "category", where), installedAt = check.optText(value, "installedAt", where) or EPOCH,
        updatedAt = check.optText(value, "updatedAt", where) or EPOCH, reinstall = check.flag(value, "reinstall", where) or nil,
        iniFiles = iniFiles, dependencies = dependencies,
    }
end

local function record(value, where)
    check.map(value, where)
    local archiveType = check.option(value, "archiveType", where)
    if archiveType ~= nil then
        local at = within(where, "archiveType")
        check.map(archiveType, at)
        archiveType = { format = check.text(archiveType, "format", at), version = check.text(archiveType, "version", at) }
    end
    local lastModified = check.option(value, "lastModified", where)
    if lastModified ~= nil and type(lastModified) ~= "string" then error(within(where, "lastModified") .. ": a text was expected", 0) end
    return {
        assetId = check.text(value, "assetId", where), version = check.text(value, "version", where), url = check.text(value, "url", where),
        lastModified = lastModified, archiveType = archiveType,
        sha256 = check.sha256(check.optMap(value, "checksum", where), "sha256", within(where, "checksum")),
    }
end

local function read(value)
    check.map(value, "")
    local scheme = check.field(value, "scheme")
    if scheme ~= nil and (type(scheme) ~= "number" or scheme > SCHEME) then
        error("scheme: " .. tostring(scheme) .. " is newer than " .. SCHEME .. ", the newest that is known; update luart", 0)
    end
    local packages, assets = {}, {}
    local list = check.list(value, "installed", "")
    for i = 1, #list do packages[i] = installed(list[i], within("installed", i)) end
    list = check.list(value, "assets", "")
    for i = 1, #list do assets[i] = record(list[i], within("assets", i)) end
    return packages, assets, check.ids(value, "redownload", "")
end

---Opens the lock file of a profile's folder. Throws profile-read-error if it is corrupt.
---@param path string of the file, which need not be there
---@return packages.Lock
local function open(path)
    local value, text = jsonfile.read(path, { null = json.null, max_depth = 32 })
    local self = setmetatable({ path = path, text = text, packages = {}, assets = {}, redownload = {} }, Lock)
    if text then
        local ok, packages, assets, redownload = pcall(read, value)
        if not ok then jsonfile.corrupt(path, text, tostring(packages)) end
        self.packages, self.assets, self.redownload = packages, assets, redownload
    end
    return self
end

---@param id string
---@return packages.Installed?
function Lock:find(id)
    for _, each in ipairs(self.packages) do
        if each.id == id then return each end
    end
end

---Whether the file still has the content that was read.
---@return boolean
function Lock:isCurrent() return jsonfile.text(self.path) == self.text end

local function orNil(list) return list and #list > 0 and list or nil end

---The file's text.
---@return string
function Lock:encode()
    local list, assets = json.array {}, json.array {}
    for i, each in ipairs(self.packages) do
        list[i] = {
            group = each.group, name = each.name, variant = each.variant, version = each.version, files = json.array(each.files),
            summary = each.summary ~= "" and each.summary or nil, category = orNil(each.category), installedAt = each.installedAt,
            updatedAt = each.updatedAt, reinstall = each.reinstall or nil, iniFiles = orNil(each.iniFiles), dependencies = orNil(each.dependencies),
        }
    end
    for i, each in ipairs(self.assets) do
        assets[i] = {
            assetId = each.assetId, version = each.version, url = each.url, lastModified = each.lastModified,
            archiveType = each.archiveType and { each.archiveType } or nil, checksum = each.sha256 and { sha256 = each.sha256 } or nil,
        }
    end
    return json.encode({ scheme = SCHEME, installed = list, assets = assets, redownload = orNil(self.redownload) }, { order = order, indent = "  " }) .. "\n"
end

---Writes the file. Throws server-error if it has changed since it was read.
function Lock:write()
    local text = self:encode()
    jsonfile.write(self.path, text, self.text)
    self.text = text
end

---Marks packages as such that are to be installed again. Those that are not installed are ignored. It is not written.
---@param ids string[]
---@param redownload? boolean their files are to be fetched again, too
function Lock:markReinstall(ids, redownload)
    local known = {}
    for _, id in ipairs(self.redownload) do known[id] = true end
    for _, id in ipairs(ids) do
        local each = self:find(id)
        if each then each.reinstall = true end
        if redownload and not known[id] then
            known[id] = true
            table.insert(self.redownload, id)
        end
    end
end

---The record of an asset.
---@param asset packages.Asset
---@return packages.AssetRecord
local function recordOf(asset)
    return {
        assetId = asset.assetId, version = asset.version, url = asset.url, lastModified = asset.lastModified, archiveType = asset.archiveType,
        sha256 = asset.sha256,
    }
end

---What is installed once a plan has been carried out. It is not written.
---@param plan packages.Plan
---@param staged table<string, { files: string[], iniFiles: table[]? }> what was made of each package that the plan installs
---@param seconds number since 1970
---@return packages.Lock lock of the same file
function Lock:after(plan, staged, seconds)
    local now = moment.format(seconds)
    local gone, old = {}, {}
    for _, each in ipairs(self.packages) do old[each.id] = each end
    for _, each in ipairs(plan.toRemove) do gone[each] = true end
    local list, installs = {}, {}
    for _, each in ipairs(plan.toInstall) do installs[each.id] = each end
    for _, each in ipairs(self.packages) do
        if not gone[each] and not installs[each.id] then list[#list + 1] = each end
    end
    for _, each in ipairs(plan.toInstall) do
        local made = assert(staged[each.id], each.id .. " was not staged")
        local before = old[each.id]
        list[#list + 1] = {
            id = each.id, group = each.package.group, name = each.package.name, version = each.version, variant = each.variant, files = made.files,
            summary = each.package.info.summary, category = { (each.package.subfolder:match "^[^/]+") }, updatedAt = now,
            installedAt = before and before.installedAt ~= EPOCH and before.installedAt or now, iniFiles = made.iniFiles,
            dependencies = each.choice.dependencies,
        }
    end
    local assets = {}
    for i, asset in ipairs(plan.wanted.assets) do assets[i] = recordOf(asset) end
    return setmetatable({ path = self.path, text = self.text, packages = list, assets = assets, redownload = {} }, Lock)
end

return { open = open, record = recordOf, order = order }
