-- What a channel has: the file sc4pac-channel-contents.json of the schemes 1 to 9, read into one form.

local check = require "packages.check"
local json = require "luart.json"
local version = require "packages.version"

local within = check.within

---@class packages.contents
local contents = {}

---@class packages.Item
---@field id string "group:name"
---@field group string
---@field name string
---@field versions string[] the newest first
---@field checksums table<string, string> SHA-256 of the JSON of versions, as far as the channel says
---@field summary string "" if there is none
---@field category string[]
---@field tags string[]
---@field externalIds table<string, string[]> by "stex" and "sc4e"

---@class packages.Contents
---@field scheme integer
---@field label? string
---@field sourceUrl? string
---@field issueUrl? string
---@field packages packages.Item[]
---@field byId table<string, packages.Item>
---@field assets table<string, packages.Item> by assetId
---@field assetCount integer
---@field externalPackages table<string, string> SHA-256 of what is known of packages of other channels, or ""
---@field externalAssets table<string, string>
---@field warnings string[]

local GROUP = "sc4pacAsset" -- of assets
local NEWEST = 9
local MOST = 200000 -- packages and assets

-- An "0 or 1 value" field of several forms.
local function checksums(t, where)
    local all = {}
    for v, each in pairs(check.optMap(t, "checksums", where)) do
        local at = within(within(where, "checksums"), v)
        all[v] = check.sha256(check.map(each, at), "sha256", at)
    end
    return all
end

local function item(value, where)
    check.map(value, where)
    local group, name = check.name(value, "group", where), check.name(value, "name", where)
    local versions = check.texts(value, "versions", where)
    local list = {}
    for i = 1, #versions do
        if not check.isName(versions[i]) then error(within(where, "versions") .. ": a version can't be the name of a folder", 0) end
        list[i] = versions[i]
    end
    local externalIds = {}
    for provider in pairs(check.optMap(value, "externalIds", where)) do
        externalIds[provider] = check.texts(value.externalIds, provider, within(where, "externalIds"))
    end
    if #list > 1 then version.sort(list) end
    return {
        id = group .. ":" .. name, group = group, name = name, versions = list, checksums = checksums(value, where),
        summary = check.optText(value, "summary", where) or "", category = check.texts(value, "category", where),
        tags = check.texts(value, "tags", where), externalIds = externalIds,
    }
end

local function add(result, each, where)
    if each.group == GROUP then
        if result.assets[each.name] then return end
        result.assets[each.name] = each
        result.assetCount = result.assetCount + 1
    else
        if not check.split(each.id) then error(within(where, "name") .. ": no package can have that name", 0) end
        if result.byId[each.id] or #each.versions == 0 then return end
        result.byId[each.id] = each
        result.packages[#result.packages + 1] = each
    end
end

-- Items that are malformed are left out and reported: one of them doesn't take the others with it.
local function addAll(result, value, key)
    local list = check.list(value, key, "")
    if #list > MOST then error(key .. ": there are more than " .. MOST, 0) end
    for i = 1, #list do
        local where = within(key, i)
        local ok, e = pcall(item, list[i], where)
        if ok then ok, e = pcall(add, result, e, where) end
        if not ok then
            if type(e) ~= "string" then error(e, 0) end
            if #result.warnings < 20 then result.warnings[#result.warnings + 1] = e end
        end
    end
end

local function external(value, key, name)
    local all = {}
    local list = check.list(value, key, "")
    for i = 1, #list do
        local where = within(key, i)
        local each = check.map(list[i], where)
        all[name(each, where)] = check.sha256(check.optMap(each, "checksum", where), "sha256", within(where, "checksum")) or ""
    end
    return all
end

---Reads the contents of a channel. Throws a text that says what is wrong and where; malformed packages and assets only make a warning.
---@param value any JSON
---@return packages.Contents
function contents.read(value)
    check.map(value, "")
    local scheme = check.field(value, "scheme")
    if type(scheme) ~= "number" or scheme % 1 ~= 0 then error("scheme: a number was expected", 0) end
    if scheme < 1 then error("scheme: " .. scheme .. " is none; those from 1 to " .. NEWEST .. " are known", 0) end
    local info = check.optMap(value, "info", "")
    local function optional(key)
        local v = check.option(info, key, "info")
        if v ~= nil and type(v) ~= "string" then error("info." .. key .. ": a text was expected", 0) end
        return v ~= "" and v or nil
    end
    local result = {
        scheme = scheme, label = optional "channelLabel", sourceUrl = optional "metadataSourceUrl", issueUrl = optional "metadataIssueUrl",
        packages = {}, byId = {}, assets = {}, assetCount = 0, warnings = {},
    }
    if scheme > NEWEST then
        result.warnings[1] = "the channel's scheme " .. scheme .. " is newer than " .. NEWEST .. ", the newest that is known; some packages may not work"
    end
    addAll(result, value, "contents") -- both kinds, in schemes up to 4
    addAll(result, value, "packages")
    addAll(result, value, "assets")
    result.externalPackages = external(value, "externalPackages", function(each, where)
        return check.text(each, "group", where) .. ":" .. check.text(each, "name", where)
    end)
    result.externalAssets = external(value, "externalAssets", function(each, where) return check.text(each, "assetId", where) end)
    return result
end

---How many packages there are in each category.
---@param items packages.Item[]
---@return { totalPackageCount: integer, categories: { category: string, count: integer }[] } stats the categories sorted
function contents.stats(items)
    local counts, categories, total = {}, json.array {}, 0
    for _, each in ipairs(items) do
        total = total + 1
        for _, category in ipairs(each.category) do
            if not counts[category] then categories[#categories + 1] = { category = category, count = 0 } end
            counts[category] = (counts[category] or 0) + 1
        end
    end
    for _, each in ipairs(categories) do each.count = counts[each.category] end
    table.sort(categories, function(a, b) return a.category < b.category end)
    return { totalPackageCount = total, categories = categories }
end

-- Addresses of pages on which packages are described, and the ids in them.
local patterns = {
    { "stex", "^https?://[%w.]*simtropolis%.com/files/file/(%d+)%-" },
    { "stex", "^https?://[%w.]*simtropolis%.com/files/file/(%d+)/?$" },
    { "sc4e", "^https?://[%w.]*sc4evermore%.com/index%.php/downloads/download/%d+%-[^/]+/(%d+)%-" },
    { "sc4e", "^https?://[%w.]*sc4evermore%.com/index%.php/downloads/download/(%d+)%-" },
}

---The external id in the address of a page.
---@param url string
---@return string? provider "stex" or "sc4e"; nil if it is no such address
---@return string? id
function contents.externalId(url)
    for _, each in ipairs(patterns) do
        local id = url:match(each[2])
        if id then return each[1], id end
    end
end

contents.assetGroup = GROUP
contents.newestScheme = NEWEST

return contents
