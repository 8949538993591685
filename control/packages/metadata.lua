-- Packages and assets as channels describe them in JSON, read into tables of one form, whatever scheme they are of.

local check = require "packages.check"
local moment = require "packages.moment"

local within = check.within

---@class packages.metadata
local metadata = {}

---@class packages.Package
---@field id string "group:name"
---@field group string
---@field name string
---@field version string
---@field subfolder string below Plugins, such as "150-mods"; with slashes
---@field info table summary, warning, conflicts, description, author (texts, if there are such), images, websites, requiredBy and reverseConflictingPackages (lists)
---@field variants packages.Variant[] one at least
---@field variantInfo table<string, packages.VariantInfo>
---@field choices { variantId: string, choices: string[] }[] the values of variants in their order, as far as the channel says
---@field channel? string the channel's URL
---@field url? string where the JSON came from
---@field json? table the JSON value

---@class packages.Variant
---@field variant table<string, string> what has to be selected; {} if there is nothing to select
---@field dependencies string[] ids of packages
---@field assets packages.AssetReference[]
---@field conflicts string[] ids of packages

---@class packages.VariantInfo
---@field description? string
---@field values table<string, string> descriptions of the values
---@field default? string

---@class packages.Rules
---@field include string[] patterns
---@field exclude string[]
---@field withChecksum { include: string, sha256: string, isIni: boolean }[]

---@class packages.AssetReference: packages.Rules
---@field assetId string
---@field withConditions packages.Condition[]

---@class packages.Condition: packages.Rules
---@field ifVariant table<string, string>

---@class packages.Asset
---@field assetId string
---@field version string
---@field url string
---@field lastModified? string as the channel has it: ISO 8601
---@field modified? number the same in seconds since 1970
---@field archiveType? { format: string, version: string }
---@field sha256? string
---@field requiredBy string[]
---@field channel? string the channel's URL
---@field metadataUrl? string where the JSON came from
---@field json? table the JSON value

---The order in which the members of objects are written.
metadata.order = {
    "$type", "ifVariant", "group", "name", "assetId", "version", "subfolder", "url", "lastModified", "archiveType", "format", "info", "summary", "warning",
    "conflicts", "description", "valueDescriptions", "default", "author", "images", "website", "websites", "variants", "variant", "dependencies", "assets",
    "include", "exclude", "sha256", "isIni", "withChecksum", "withConditions", "conflictingPackages", "variantDescriptions", "variantInfo", "variantChoices",
    "variantId", "choices", "metadataSource", "metadataSourceUrl", "metadataIssueUrl", "channelLabel", "checksum", "requiredBy", "reverseConflictingPackages",
}

local MOST = 10000 -- variants of a package, and references to assets of one

local function dependencies(t, where)
    local ids = {}
    local list = check.list(t, "dependencies", where)
    for i = 1, #list do
        local at = within(within(where, "dependencies"), i)
        local each = check.map(list[i], at)
        ids[i] = check.name(each, "group", at) .. ":" .. check.name(each, "name", at)
        if not check.split(ids[i]) then error(at .. ": no package can have that name", 0) end
    end
    return ids
end

local function rules(t, where)
    local sums = {}
    local list = check.list(t, "withChecksum", where)
    for i = 1, #list do
        local at = within(within(where, "withChecksum"), i)
        local each = check.map(list[i], at)
        local sha256 = check.sha256(each, "sha256", at) or error(at .. ".sha256: a text was expected, not nothing", 0)
        sums[i] = { include = check.text(each, "include", at), sha256 = sha256, isIni = check.flag(each, "isIni", at) }
    end
    return { include = check.texts(t, "include", where), exclude = check.texts(t, "exclude", where), withChecksum = sums }
end

local function reference(t, where)
    check.map(t, where)
    local r = rules(t, where)
    r.assetId = check.name(t, "assetId", where)
    r.withConditions = {}
    local list = check.list(t, "withConditions", where)
    for i = 1, #list do
        local at = within(within(where, "withConditions"), i)
        local condition = rules(check.map(list[i], at), at)
        condition.ifVariant = check.textMap(list[i], "ifVariant", at)
        r.withConditions[i] = condition
    end
    return r
end

local function variant(t, where)
    check.map(t, where)
    local assets = check.list(t, "assets", where)
    if #assets > MOST then error(within(where, "assets") .. ": there are too many", 0) end
    local references = {}
    for i = 1, #assets do references[i] = reference(assets[i], within(within(where, "assets"), i)) end
    return {
        variant = check.textMap(t, "variant", where), dependencies = dependencies(t, where), assets = references,
        conflicts = check.ids(t, "conflictingPackages", where),
    }
end

local infoTexts = { "summary", "warning", "conflicts", "description", "author" }

local function information(t)
    local info = check.optMap(t, "info", "")
    local result = {}
    for _, name in ipairs(infoTexts) do result[name] = check.optText(info, name, "info") end
    result.images = check.texts(info, "images", "info")
    result.websites = check.texts(info, "websites", "info")
    local website = check.optText(info, "website", "info")
    if website and website ~= "" and #result.websites == 0 then result.websites = { website } end
    result.requiredBy = check.ids(info, "requiredBy", "info")
    result.reverseConflictingPackages = check.ids(info, "reverseConflictingPackages", "info")
    return result
end

local function variantInfo(t)
    local all = {}
    for id in pairs(check.optMap(t, "variantInfo", "")) do
        local at = "variantInfo." .. tostring(id)
        local each = check.map(t.variantInfo[id], at)
        local default = check.option(each, "default", at)
        if default ~= nil and type(default) ~= "string" then error(at .. ".default: a text was expected", 0) end
        all[id] = { description = check.optText(each, "description", at), values = check.textMap(each, "valueDescriptions", at), default = default }
    end
    for id in pairs(check.optMap(t, "variantDescriptions", "")) do -- of old schemes
        local values = check.textMap(t.variantDescriptions, id, "variantDescriptions")
        all[id] = all[id] or { values = values }
    end
    return all
end

local function variantChoices(t)
    local all = {}
    local list = check.list(t, "variantChoices", "")
    for i = 1, #list do
        local at = within("variantChoices", i)
        local each = check.map(list[i], at)
        all[i] = { variantId = check.text(each, "variantId", at), choices = check.texts(each, "choices", at) }
    end
    return all
end

---Reads a package. Throws a text that says what is wrong and where.
---@param value any JSON
---@return packages.Package
function metadata.package(value)
    check.map(value, "")
    local group, name = check.name(value, "group", ""), check.name(value, "name", "")
    if not check.split(group .. ":" .. name) then error("name: no package can have that name", 0) end
    local subfolder = check.text(value, "subfolder", "")
    if not check.isPath(subfolder) then error("subfolder: it is no path of a folder below Plugins", 0) end
    local list = check.list(value, "variants", "")
    if #list > MOST then error("variants: there are too many", 0) end
    local variants = {}
    for i = 1, #list do variants[i] = variant(list[i], within("variants", i)) end
    if #variants == 0 then variants[1] = { variant = {}, dependencies = {}, assets = {}, conflicts = {} } end
    return {
        id = group .. ":" .. name, group = group, name = name, version = check.name(value, "version", ""), subfolder = subfolder,
        info = information(value), variants = variants, variantInfo = variantInfo(value), choices = variantChoices(value), json = value,
    }
end

---Reads an asset. Throws a text that says what is wrong and where.
---@param value any JSON
---@return packages.Asset
function metadata.asset(value)
    check.map(value, "")
    local url = check.text(value, "url", "")
    if not url:find "^https?://[^/%s]" and not url:find "^file:/" then error("url: an address was expected that begins with https:// or http://", 0) end
    if url:find "[%c ]" or #url > 4096 then error("url: it has characters that no address has", 0) end
    local lastModified = check.optText(value, "lastModified", "")
    local modified = lastModified and moment.parse(lastModified)
    if lastModified and not modified then error("lastModified: a date such as 2024-12-14T17:32:24Z was expected", 0) end
    local archiveType = check.option(value, "archiveType", "")
    if archiveType ~= nil then
        check.map(archiveType, "archiveType")
        archiveType = { format = check.text(archiveType, "format", "archiveType"), version = check.text(archiveType, "version", "archiveType") }
    end
    return {
        assetId = check.name(value, "assetId", ""), version = check.name(value, "version", ""), url = url, lastModified = lastModified,
        modified = modified, archiveType = archiveType, sha256 = check.sha256(check.optMap(value, "checksum", ""), "sha256", "checksum"),
        requiredBy = check.ids(value, "requiredBy", ""), json = value,
    }
end

return metadata
