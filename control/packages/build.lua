-- Makes the folder of a channel from sources in YAML, to be put on any web server.

local check = require "packages.check"
local contents = require "packages.contents"
local digest = require "luart.digest"
local failure = require "packages.failure"
local json = require "luart.json"
local jsonfile = require "packages.jsonfile"
local metadata = require "packages.metadata"
local source = require "packages.source"
local version = require "packages.version"

---@class packages.build
local build = {}

local order = {
    "scheme", "info", "channelLabel", "metadataSourceUrl", "metadataIssueUrl", "stats", "totalPackageCount", "categories", "category", "count", "packages", "assets",
    "externalPackages", "externalAssets", "group", "name", "assetId", "versions", "checksums", "checksum", "sha256", "externalIds", "summary", "tags", "requiredBy",
    "reverseConflictingPackages",
}

local MOST = 100000 -- source files

---@class packages.BuildOptions
---@field sources string[] files and folders; of folders, all *.yaml and *.yml in them
---@field output string the folder of the channel, which is made; what isn't of the channel any more is deleted in its folder metadata
---@field label? string the channel's name
---@field metadataSourceUrl? string where the sources are on the web; ends in "/"
---@field metadataIssueUrl? string

-- All source files with their paths from their source.
local function find(sources)
    local list = {}
    local function walk(folder, prefix, depth)
        if depth > 32 then failure.throw("bad-request", "The folders of sources are nested too deep.", folder) end
        local names = fs.list(folder)
        table.sort(names)
        for _, name in ipairs(names) do
            local path = fs.combine(folder, name)
            if name:sub(1, 1) == "." then -- not for us
            elseif fs.isDir(path) then
                walk(path, prefix .. name .. "/", depth + 1)
            elseif name:lower():find "%.ya?ml$" then
                list[#list + 1] = { path = path, name = prefix .. name }
                if #list > MOST then failure.throw("bad-request", "There are more than " .. MOST .. " source files.", "") end
            end
        end
    end
    for _, each in ipairs(sources) do
        if fs.isDir(each) then
            walk(each, "", 1)
        elseif fs.exists(each) then
            list[#list + 1] = { path = each, name = fs.getName(each) }
        else
            failure.throw("bad-request", "There is no such source: " .. each, "Name files *.yaml or folders with such files.")
        end
    end
    return list
end

local function describe(value)
    if type(value) ~= "table" then return "?" end
    return value.assetId and "asset " .. tostring(value.assetId) or "package " .. tostring(value.group) .. ":" .. tostring(value.name)
end

-- Reads all sources. Each is { value = JSON, name = file }.
local function read(files)
    local packages, assets, seen = {}, {}, {}
    local function add(list, each, file, convert, proof)
        local ok, result = pcall(function()
            local value = convert(each.value)
            proof(value) -- what it is made of may be wrong further down
            local key = describe(value) .. " " .. value.version
            if seen[key] then error("it is in " .. seen[key] .. " already", 0) end
            seen[key] = file.name
            return value
        end)
        if not ok then failure.throw("bad-request", "The " .. describe(each.value) .. " in " .. each.where .. " is malformed.", tostring(result)) end
        list[#list + 1] = { value = result, name = file.name }
    end
    for _, file in ipairs(files) do
        local ok, documents = pcall(source.documents, jsonfile.text(file.path), file.name)
        if not ok then failure.throw("bad-request", "The source " .. file.path .. " is malformed.", tostring(documents)) end
        for _, each in ipairs(documents.packages) do add(packages, each, file, source.package, metadata.package) end
        for _, each in ipairs(documents.assets) do add(assets, each, file, source.asset, metadata.asset) end
    end
    return packages, assets
end

-- Writes files of the channel that are not as they should be, and deletes others.
local function writer(output)
    local wanted, written = {}, 0
    local function write(path, value)
        local text = json.encode(value, { order = path == "sc4pac-channel-contents.json" and order or metadata.order })
        local whole = fs.combine(output, path)
        wanted[whole] = true
        if jsonfile.text(whole) ~= text then
            jsonfile.put(whole, text, false) -- after a power cut it can be built again
            written = written + 1
        end
        return digest.sha256(text)
    end
    local function sweep(folder)
        local empty = true
        for _, name in ipairs(fs.list(folder)) do
            local path = fs.combine(folder, name)
            if fs.isDir(path) and sweep(path) or not fs.isDir(path) and name == "pkg.json" and not wanted[path] then
                fs.delete(path)
            else
                empty = false
            end
        end
        return empty
    end
    return write, function()
        if fs.isDir(fs.combine(output, "metadata")) then sweep(fs.combine(output, "metadata")) end
        return written
    end
end

-- One entry of the contents for each id, with all versions.
local function merge(list, items, key, item)
    local each = items[key]
    if not each then
        items[key] = item
        list[#list + 1] = item
        return
    end
    local newer = version.compare(item.versions[1], each.versions[1]) > 0
    local v = item.versions[1]
    if newer then
        table.insert(each.versions, 1, v)
        each.summary, each.category, each.tags, each.externalIds = item.summary, item.category, item.tags, item.externalIds
    else
        table.insert(each.versions, v)
    end
    each.checksums[v] = item.checksums[v]
end

local function orNil(list) return list and #list > 0 and list or nil end

---Builds a channel. Throws bad-request for sources that are malformed, naming the file and the package; nothing has been written then.
---@param o packages.BuildOptions
---@return { packages: integer, assets: integer, written: integer, warnings: string[] } result written: files that were not the same before
function build.run(o)
    local packages, assets = read(find(o.sources))
    local values, warnings, known = {}, {}, {}
    for i, each in ipairs(packages) do
        values[i] = each.value
        known[each.value.group .. ":" .. each.value.name] = true
    end
    for _, each in ipairs(assets) do known[contents.assetGroup .. ":" .. each.value.assetId] = true end
    local byPackage, byAsset = source.references(values)
    local write, finish = writer(o.output)
    local value = {
        scheme = contents.newestScheme, packages = json.array {}, assets = json.array {}, externalPackages = json.array {}, externalAssets = json.array {},
        info = { channelLabel = json.array { o.label }, metadataSourceUrl = json.array { o.metadataSourceUrl }, metadataIssueUrl = o.metadataIssueUrl and { o.metadataIssueUrl } },
    }
    local items = {}
    for _, each in ipairs(packages) do
        local p = each.value
        local references = byPackage[p.group .. ":" .. p.name]
        p.info = p.info or {}
        p.info.requiredBy, p.info.reverseConflictingPackages = references and orNil(references.requiredBy), references and orNil(references.reverseConflictingPackages)
        if not next(p.info) then p.info = nil end
        p.metadataSource, p.channelLabel = { each.name }, o.label and { o.label }
        p.metadataSourceUrl, p.metadataIssueUrl = o.metadataSourceUrl and { o.metadataSourceUrl .. each.name }, o.metadataIssueUrl and { o.metadataIssueUrl }
        local sum = write("metadata/" .. p.group .. "/" .. p.name .. "/" .. p.version .. "/pkg.json", p)
        merge(value.packages, items, p.group .. ":" .. p.name, source.item(p, sum))
    end
    for _, each in ipairs(assets) do
        local a = each.value
        a.requiredBy = byAsset[a.assetId] and orNil(byAsset[a.assetId].requiredBy)
        if not a.requiredBy then warnings[#warnings + 1] = "No package needs the asset " .. a.assetId .. "." end
        local sum = write("metadata/" .. contents.assetGroup .. "/" .. a.assetId .. "/" .. a.version .. "/pkg.json", a)
        merge(value.assets, items, contents.assetGroup .. ":" .. a.assetId, {
            group = contents.assetGroup, name = a.assetId, versions = { a.version }, checksums = { [a.version] = { sha256 = sum } },
        })
    end
    for id, references in pairs(byPackage) do
        if not known[id] then
            local group, name = check.split(id)
            local sum = write("metadata/_extpkg/" .. group .. "/" .. name .. "/latest/pkg.json", {
                group = group, name = name, requiredBy = json.array(references.requiredBy), reverseConflictingPackages = orNil(references.reverseConflictingPackages),
            })
            table.insert(value.externalPackages, { group = group, name = name, checksum = { sha256 = sum } })
        end
    end
    for id, references in pairs(byAsset) do
        if not known[contents.assetGroup .. ":" .. id] then
            local sum = write("metadata/_extasset/" .. id .. "/latest/pkg.json", { assetId = id, requiredBy = references.requiredBy })
            table.insert(value.externalAssets, { assetId = id, checksum = { sha256 = sum } })
        end
    end
    table.sort(value.packages, function(a, b) return check.before(a.group .. ":" .. a.name, b.group .. ":" .. b.name) end)
    table.sort(value.assets, function(a, b) return a.name < b.name end)
    table.sort(value.externalPackages, function(a, b) return check.before(a.group .. ":" .. a.name, b.group .. ":" .. b.name) end)
    table.sort(value.externalAssets, function(a, b) return a.assetId < b.assetId end)
    local ok, result = pcall(contents.read, value)
    if not ok then failure.throw("bad-request", "The channel can't be built.", tostring(result)) end
    value.stats = contents.stats(result.packages)
    -- The contents come last: until then, whoever reads the channel finds what the old ones name, but for what has changed in place.
    write("sc4pac-channel-contents.json", value)
    table.sort(warnings)
    return { packages = #value.packages, assets = #value.assets, written = finish(), warnings = warnings }
end

return build
