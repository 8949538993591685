-- What an update has to do: the difference between what is wanted and what is installed.

local lock = require "packages.lock"
local variants = require "packages.variants"

---@class packages.plan
local plan = {}

---@class packages.Plan
---@field wanted packages.Resolution
---@field toInstall packages.Resolved[] packages that others need come before them
---@field toRemove packages.Installed[] also those that are replaced
---@field assets packages.Asset[] to be fetched, each once
---@field force table<string, boolean> by assetId: those of which the cached file does not count
---@field upToDate boolean there is nothing to do

local function sameAsset(a, b)
    local x, y = a.archiveType, b.archiveType
    return a.assetId == b.assetId and a.version == b.version and a.url == b.url and a.lastModified == b.lastModified and a.sha256 == b.sha256 and
        (x == y or x ~= nil and y ~= nil and x.format == y.format and x.version == y.version)
end

---Compares.
---@param resolution packages.Resolution
---@param current packages.Lock
---@return packages.Plan
function plan.make(resolution, current)
    local recorded = {}
    for _, each in ipairs(current.assets) do recorded[each.assetId] = each end
    local changed, wantedAssets = {}, {}
    for _, asset in ipairs(resolution.assets) do
        wantedAssets[asset.assetId] = true
        local before = recorded[asset.assetId]
        if not before or not sameAsset(lock.record(asset), before) then changed[asset.assetId] = true end
    end
    local obsoleteAsset = false
    for _, each in ipairs(current.assets) do obsoleteAsset = obsoleteAsset or not wantedAssets[each.assetId] end
    local redownload = {}
    for _, id in ipairs(current.redownload) do redownload[id] = true end

    local result = { wanted = resolution, toInstall = {}, toRemove = {}, assets = {}, force = {} }
    local kept, installs = {}, {}
    for _, each in ipairs(resolution.packages) do
        local same
        for _, installed in ipairs(current.packages) do
            if installed.id == each.id and installed.version == each.version and variants.equal(installed.variant, each.variant) then same = installed end
        end
        local again = same and (same.reinstall or redownload[each.id])
        for _, reference in ipairs(same and each.choice.assets or {}) do again = again or changed[reference.assetId] end
        if same and not again then kept[same] = true else installs[each] = true end
    end
    for i = #resolution.packages, 1, -1 do
        local each = resolution.packages[i]
        if installs[each] then result.toInstall[#result.toInstall + 1] = each end
    end
    for _, installed in ipairs(current.packages) do
        if not kept[installed] then result.toRemove[#result.toRemove + 1] = installed end
    end
    local fetched = {}
    for _, each in ipairs(result.toInstall) do
        for _, asset in ipairs(each.assets) do
            if not fetched[asset.assetId] then
                fetched[asset.assetId] = true
                result.assets[#result.assets + 1] = asset
            end
            if redownload[each.id] then result.force[asset.assetId] = true end
        end
    end
    result.upToDate = #result.toInstall == 0 and #result.toRemove == 0 and not obsoleteAsset and not next(changed)
    return result
end

local function shown(list)
    local t = {}
    for i, each in ipairs(list) do t[i] = { package = each.id, version = each.version, variant = each.variant } end
    return t
end

---The packages of a plan as clients are shown them.
---@param p packages.Plan
---@return { package: string, version: string, variant: table<string, string> }[] toRemove
---@return { package: string, version: string, variant: table<string, string> }[] toInstall
function plan.shown(p) return shown(p.toRemove), shown(p.toInstall) end

return plan
