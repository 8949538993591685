-- Packages and assets as people write them in YAML: documents become the JSON values that channels carry.

local check = require "packages.check"
local contents = require "packages.contents"
local json = require "luart.json"
local yaml = require "luart.yaml"

local within = check.within

---@class packages.source
local source = {}

local function copyList(list)
    local t = {}
    for i = 1, #list do t[i] = list[i] end
    return t
end

local function orNil(list) return #list > 0 and list or nil end

local function sortedKeys(t)
    local keys = {}
    for k in pairs(t) do keys[#keys + 1] = k end
    table.sort(keys)
    return keys
end

local function both(a, b)
    local t = copyList(a)
    for i = 1, #b do t[#t + 1] = b[i] end
    return t
end

local function conflicting(t, where)
    local list = check.ids(t, "conflicting", where)
    return #list > 0 and list or check.ids(t, "conflictingPackages", where)
end

local function dependencies(ids)
    local list = {}
    for i, id in ipairs(ids) do
        local group, name = check.split(id)
        list[i] = { group = group, name = name, version = "latest.release" }
    end
    return list
end

local function information(t)
    local info, result = check.optMap(t, "info", ""), {}
    for _, name in ipairs { "summary", "warning", "conflicts", "description", "author" } do result[name] = check.optText(info, name, "info") end
    if result.warning == "none" then result.warning = nil end
    result.images = orNil(check.texts(info, "images", "info"))
    local websites = copyList(check.texts(info, "websites", "info"))
    local website = check.optText(info, "website", "info")
    if website and website ~= "" then
        local known = false
        for _, each in ipairs(websites) do known = known or each == website end
        if not known then table.insert(websites, 1, website) end
    end
    result.websites = orNil(websites)
    return result
end

local function variantInfo(t)
    local list, all, values = check.list(t, "variantInfo", ""), {}, {}
    for i = 1, #list do
        local where = within("variantInfo", i)
        local each = check.map(list[i], where)
        local id = check.text(each, "variantId", where)
        local descriptions, default, order = {}, nil, {}
        local options = check.list(each, "values", where)
        for j = 1, #options do
            local at = within(within(where, "values"), j)
            local option = check.map(options[j], at)
            local value = check.text(option, "value", at)
            order[j] = value
            descriptions[value] = check.optText(option, "description", at)
            if check.flag(option, "default", at) then
                if default then error(at .. ".default: there are two defaults", 0) end
                default = value
            end
        end
        if all[id] then error(where .. ".variantId: it is there twice", 0) end
        all[id] = {
            description = check.optText(each, "description", where), valueDescriptions = next(descriptions) and descriptions or nil,
            default = default and json.array { default } or nil,
        }
        values[id] = order
    end
    for id, descriptions in pairs(check.optMap(t, "variantDescriptions", "")) do
        all[id] = all[id] or { valueDescriptions = check.map(descriptions, "variantDescriptions") }
    end
    return all, values
end

-- The values of all keys of variants and of conditions, in the order in which they come.
local function choices(variants, values)
    local list, byId, seen = {}, {}, {}
    local function see(map)
        for _, id in ipairs(sortedKeys(map)) do
            if not byId[id] then
                byId[id], seen[id] = {}, {}
                list[#list + 1] = { variantId = id, choices = byId[id] }
            end
            if not seen[id][map[id]] then
                seen[id][map[id]] = true
                table.insert(byId[id], map[id])
            end
        end
    end
    local conditional = {}
    for _, each in ipairs(variants) do see(each.variant) end
    for _, each in ipairs(variants) do
        for _, asset in ipairs(each.assets or {}) do
            for _, condition in ipairs(asset.withConditions or {}) do
                for id in pairs(condition.ifVariant) do conditional[id] = true end
                see(condition.ifVariant)
            end
        end
    end
    for id in pairs(conditional) do -- there may be values for which nothing is taken
        for _, value in ipairs(values[id] or {}) do
            if not seen[id][value] then
                seen[id][value] = true
                table.insert(byId[id], value)
            end
        end
    end
    return list
end

local function references(t, where)
    local list = check.list(t, "assets", where)
    local result = {}
    for i = 1, #list do
        local at = within(within(where, "assets"), i)
        local each = check.map(list[i], at)
        local copy = {}
        for k, v in pairs(each) do
            if v ~= json.null then copy[k] = v end
        end
        local conditions = check.list(each, "withConditions", at)
        for j = 1, #conditions do
            local where2 = within(within(at, "withConditions"), j)
            check.textMap(check.map(conditions[j], where2), "ifVariant", where2)
        end
        result[i] = copy
    end
    return result
end

---The JSON value of a package. Throws a text that says what is wrong and where.
---@param t any a document
---@return table
function source.package(t)
    check.map(t, "")
    local sharedDependencies, sharedAssets, sharedConflicts = check.ids(t, "dependencies", ""), references(t, ""), conflicting(t, "")
    local list = check.list(t, "variants", "")
    local variants = {}
    for i = 1, math.max(1, #list) do
        local where = within("variants", i)
        local each = list[i] and check.map(list[i], where) or {}
        variants[i] = {
            variant = check.textMap(each, "variant", where),
            dependencies = orNil(dependencies(both(sharedDependencies, check.ids(each, "dependencies", where)))),
            assets = orNil(both(sharedAssets, references(each, where))),
            conflictingPackages = orNil(both(sharedConflicts, conflicting(each, where))),
        }
        if list[i] and next(variants[i].variant) == nil and #list > 1 then error(where .. ".variant: it selects nothing", 0) end
    end
    local infos, values = variantInfo(t)
    local info = information(t)
    return {
        ["$type"] = "Package", group = check.name(t, "group", ""), name = check.name(t, "name", ""), version = check.name(t, "version", ""),
        subfolder = check.text(t, "subfolder", ""), info = next(info) and info or nil, variants = variants,
        variantInfo = next(infos) and infos or nil, variantChoices = orNil(choices(variants, values)),
    }
end

---The JSON value of an asset. Throws a text that says what is wrong and where.
---@param t any a document
---@return table
function source.asset(t)
    check.map(t, "")
    local archiveType = check.option(t, "archiveType", "")
    local sum = check.sha256(check.optMap(t, "checksum", ""), "sha256", "checksum")
    return {
        ["$type"] = "Asset", assetId = check.name(t, "assetId", ""), version = check.name(t, "version", ""),
        url = check.optText(t, "nonPersistentUrl", "") or check.text(t, "url", ""), lastModified = check.optText(t, "lastModified", ""),
        archiveType = archiveType and json.array { archiveType } or nil, checksum = sum and { sha256 = sum } or nil,
    }
end

---The documents of a text. Throws a text that names the file, and the line or document.
---@param text string YAML
---@param name string the file's name, for messages
---@return { packages: table[], assets: table[] } documents as they were written
function source.documents(text, name)
    local all, count = yaml.decodeAll(text, { null = json.null, max_depth = 64, empty_array = json.array {} })
    if not all then error(name .. ": " .. tostring(count), 0) end
    local result = { packages = {}, assets = {} }
    local function take(t, where)
        if t == json.null then return end
        if type(t) ~= "table" or json.kind(t) ~= "object" then error(where .. ": a package or an asset was expected", 0) end
        if check.field(t, "packages") or check.field(t, "assets") and not check.field(t, "group") then
            for _, each in ipairs(check.list(t, "packages", where)) do table.insert(result.packages, { value = each, where = where }) end
            for _, each in ipairs(check.list(t, "assets", where)) do table.insert(result.assets, { value = each, where = where }) end
        elseif check.field(t, "assetId") then
            table.insert(result.assets, { value = t, where = where })
        elseif check.field(t, "group") then
            table.insert(result.packages, { value = t, where = where })
        else
            error(where .. ": it is neither a package, which has a group, nor an asset, which has an assetId", 0)
        end
    end
    for i = 1, count do take(all[i], name .. ", document " .. i) end
    return result
end

local function visible(tag, text) return text:find(tag, 1, true) ~= nil end

-- The names of the authors that a search would not find otherwise.
local function tags(value)
    local author = value.info and value.info.author or ""
    local text = (value.group .. ":" .. value.name .. " " .. (value.info and value.info.summary or "")):lower()
    local list, seen = {}, {}
    author = author:gsub("%f[%w]and%f[%W]", ","):gsub("[/;]", ",")
    for tag in author:gmatch "[^,]+" do
        tag = tag:match "^%s*(.-)%s*$"
        local low = tag:lower()
        if tag ~= "" and not seen[low] and not visible(low, text) and not visible(low:gsub("%s+", "-"), text) then
            seen[low] = true
            list[#list + 1] = tag
        end
    end
    return list
end

local function externalIds(value)
    local ids = {}
    for _, address in ipairs(value.info and value.info.websites or {}) do
        local provider, id = contents.externalId(address)
        if provider then
            ids[provider] = ids[provider] or {}
            table.insert(ids[provider], id)
        end
    end
    return ids
end

---The entry of a channel's contents for a package of one version.
---@param value table its JSON value
---@param sha256? string of its JSON
---@return table
function source.item(value, sha256)
    local ids = externalIds(value)
    return {
        group = value.group, name = value.name, versions = { value.version }, checksums = sha256 and { [value.version] = { sha256 = sha256 } } or nil,
        externalIds = next(ids) and ids or nil, summary = value.info and value.info.summary, category = { (value.subfolder:match "^[^/]+") },
        tags = orNil(tags(value)),
    }
end

---What follows from all packages together: for packages and assets, of the channel or of others, which packages need them, and which exclude them.
---@param packages table[] JSON values
---@return table<string, { requiredBy: string[], reverseConflictingPackages: string[] }> packages by id
---@return table<string, { requiredBy: string[] }> assets by assetId
function source.references(packages)
    local byPackage, byAsset = {}, {}
    local function entry(t, key)
        t[key] = t[key] or { requiredBy = {}, reverseConflictingPackages = {}, seen = {} }
        return t[key]
    end
    local function note(each, field, id)
        if not each.seen[field .. id] then
            each.seen[field .. id] = true
            table.insert(each[field], id)
        end
    end
    for _, p in ipairs(packages) do
        local id = p.group .. ":" .. p.name
        for _, v in ipairs(p.variants) do
            for _, d in ipairs(v.dependencies or {}) do note(entry(byPackage, d.group .. ":" .. d.name), "requiredBy", id) end
            for _, c in ipairs(v.conflictingPackages or {}) do note(entry(byPackage, c), "reverseConflictingPackages", id) end
            for _, a in ipairs(v.assets or {}) do
                if type(a.assetId) == "string" then note(entry(byAsset, a.assetId), "requiredBy", id) end
            end
        end
    end
    for _, t in ipairs { byPackage, byAsset } do
        for _, each in pairs(t) do
            each.seen = nil
            table.sort(each.requiredBy)
            table.sort(each.reverseConflictingPackages)
        end
    end
    return byPackage, byAsset
end

---Reads a channel that is one file of YAML. Throws a text; single packages that are malformed only make a warning.
---@param text string
---@param name string
---@return { contents: packages.Contents, packages: table<string, table>, assets: table<string, table>, external: table }
function source.read(text, name)
    local documents = source.documents(text, name)
    local result = { packages = {}, assets = {} }
    local value = { scheme = contents.newestScheme, packages = json.array {}, assets = json.array {} }
    local values, warnings, byId = {}, {}, {}
    local function add(list, convert, use)
        for _, each in ipairs(list) do
            local ok, e = pcall(function() use(convert(each.value)) end)
            if not ok and #warnings < 20 then
                local id = type(each.value) == "table" and tostring(each.value.assetId or tostring(each.value.group) .. ":" .. tostring(each.value.name))
                warnings[#warnings + 1] = each.where .. (id and " (" .. id .. ")" or "") .. ": " .. tostring(e)
            end
        end
    end
    local function addTo(list, id, version, item)
        if byId[id] then
            table.insert(byId[id].versions, version)
        else
            byId[id] = item
            list[#list + 1] = item
        end
    end
    add(documents.packages, source.package, function(p)
        local id = p.group .. ":" .. p.name
        local key = id .. "\0" .. p.version
        if result.packages[key] then error("it is there twice", 0) end
        result.packages[key] = p
        values[#values + 1] = p
        addTo(value.packages, id, p.version, source.item(p))
    end)
    add(documents.assets, source.asset, function(a)
        local key = contents.assetGroup .. "\0" .. a.assetId .. "\0" .. a.version
        if result.assets[key] then error("it is there twice", 0) end
        result.assets[key] = a
        addTo(value.assets, contents.assetGroup .. ":" .. a.assetId, a.version, { group = contents.assetGroup, name = a.assetId, versions = { a.version } })
    end)
    local byPackage, byAsset = source.references(values)
    result.external = byPackage
    for _, p in ipairs(values) do
        local r = byPackage[p.group .. ":" .. p.name]
        p.info = p.info or {}
        p.info.requiredBy = r and orNil(r.requiredBy)
        p.info.reverseConflictingPackages = r and orNil(r.reverseConflictingPackages)
    end
    for _, a in pairs(result.assets) do a.requiredBy = byAsset[a.assetId] and byAsset[a.assetId].requiredBy end
    result.contents = contents.read(value)
    for _, w in ipairs(warnings) do table.insert(result.contents.warnings, w) end
    return result
end

return source
