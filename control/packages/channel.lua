-- One channel: a folder of the web with JSON, or a single file of YAML, both behind the same functions.

local check = require "packages.check"
local contents = require "packages.contents"
local failure = require "packages.failure"
local json = require "luart.json"
local jsonfile = require "packages.jsonfile"
local metadata = require "packages.metadata"
local source = require "packages.source"
local url = require "cc.http.url"

local concat = table.concat

---@class packages.Channel
---@field url string
---@field contents? packages.Contents nil until it was loaded
---@field loadedAt number seconds since 1970 when the contents were read or found to be good
---@field message? string why the contents are missing or old
local Channel = {}
Channel.__index = Channel

local FILE = "sc4pac-channel-contents.json"
local HOLD = 10   -- s for which nobody asks again for contents that could not be had after all retries
local KEPT = 3000 -- packages and assets that are kept when read

---Makes a channel, without loading it.
---@param address string ends in "/" or ".yaml"
---@param cache packages.Cache
---@return packages.Channel
local function new(address, cache)
    return setmetatable({ url = address, cache = cache, loadedAt = 0, kept = {}, keptCount = 0 }, Channel)
end

---Whether the channel is one file of YAML.
---@return boolean
function Channel:isYaml() return self.url:find "%.yaml$" ~= nil end

local function readYaml(self, text)
    local all = source.read(text, self.url)
    self.documents = all
    return all.contents
end

local decoding = { null = json.null, max_depth = 32, duplicates = true }

local function readJson(text)
    local value, message = json.decode(text, decoding)
    if value == nil then error(message, 0) end
    return contents.read(value)
end

---Reads the contents, or reads them anew if they are older than a number of seconds. An older copy serves if that fails.
---@param ttl number seconds
---@param report? function
---@return boolean loaded whether there are contents; the field message says what went wrong
function Channel:load(ttl, report)
    local now = self.cache.now()
    if self.contents and now - self.loadedAt < ttl and now >= self.loadedAt then return true end
    if not self.contents and ttl > 0 and now < (self.heldUntil or 0) then return false end
    self.message = nil
    local address = self:isYaml() and self.url or self.url .. FILE
    local function attempt(force)
        local path, fetched = self.cache:fetch(address, { json = true, ttl = ttl, stale = true, force = force, report = report })
        local key = path .. "\0" .. fs.getSize(path) .. "\0" .. fs.attributes(path).modified
        fetched.checkedAt = fetched.fromCache and address:sub(1, 5) ~= "file:" and self.cache.checkedAt(path) or now
        if self.contents and self.key == key then
            -- What has no checksum in the contents may have changed all the same: the cache says when to ask.
            if self.unchecked then self.kept, self.keptCount, self.unchecked = {}, 0, false end
            return fetched
        end
        local text = jsonfile.text(path) or ""
        local read
        if self:isYaml() then read = readYaml(self, text) else read = readJson(text) end
        self.contents, self.key, self.kept, self.keptCount = read, key, {}, 0
        self.generation = (self.generation or 0) + 1
        return fetched
    end
    local ok, result = pcall(attempt, false)
    if not ok and not failure.is(result) and address:sub(1, 5) ~= "file:" then ok, result = pcall(attempt, true) end
    if ok then
        self.message = result.stale
        -- What could not be brought up to date is tried again after a minute.
        self.loadedAt = result.stale and now - math.max(0, ttl - 60) or math.min(now, result.checkedAt)
        return true
    end
    if failure.is(result, "aborted") then error(result, 0) end
    self.message = failure.is(result) and tostring(result) or self.url .. ": " .. tostring(result)
    self.loadedAt = self.contents and now - math.max(0, ttl - 60) or 0
    -- A server that says no at once may be asked again at once; retries of others take seconds each time.
    local cause = failure.is(result) and result.cause
    local final = cause and cause.class == "http" and (cause.status or 0) < 500 and cause.status ~= 429
    self.heldUntil = cause and not final and self.cache.now() + HOLD or 0
    return self.contents ~= nil
end

-- Keeps a bounded number of values by a key.
local function keep(self, key, value)
    if self.keptCount >= KEPT then self.kept, self.keptCount = {}, 0 end
    self.kept[key] = value
    self.keptCount = self.keptCount + 1
    return value
end

local function pathOf(...)
    local parts = { "metadata" }
    for _, part in ipairs { ... } do parts[#parts + 1] = url.encode(part) end
    parts[#parts + 1] = "pkg.json"
    return concat(parts, "/")
end

-- Has a JSON file of the channel and reads it. Once, a file that can't be read is fetched anew.
local function readFile(self, address, sha256, report, read)
    local wrong
    self.unchecked = self.unchecked or not sha256
    for attempt = 1, 2 do
        local text = self.cache:text(address, { json = true, sha256 = sha256, force = attempt == 2, report = report, maxBytes = 16777216 })
        local ok, result = pcall(function()
            local value, message = json.decode(text, decoding)
            if value == nil then error(message, 0) end
            return read(value)
        end)
        if ok then return result end
        wrong = result
        if address:sub(1, 5) == "file:" then break end
    end
    error(wrong, 0)
end

local function checked(self, what, f)
    local ok, result = pcall(f)
    if ok then return result end
    if failure.is(result) then
        error(failure.new(result.type:sub(8), result.title, "This is about " .. what .. " in the channel " .. self.url .. ". " .. result.detail, result.extra), 0)
    end
    failure.throw("download-failed", "The metadata of " .. what .. " in the channel " .. self.url .. " is malformed.", tostring(result))
end

---A package. It has to be in the contents. Throws download-failed, which names the package and the channel.
---@param id string
---@param version string
---@param report? function
---@return packages.Package
function Channel:package(id, version, report)
    local item = self.contents.byId[id]
    local key = id .. "\0" .. version
    if self.kept[key] then return self.kept[key] end
    return checked(self, "the package " .. id .. " " .. version, function()
        local package
        if self.documents then
            package = metadata.package(self.documents.packages[key])
        else
            local address = self.url .. pathOf(item.group, item.name, version)
            package = readFile(self, address, item.checksums[version], report, metadata.package)
            package.url = address
        end
        if package.id ~= id or package.version ~= version then
            error("it is that of the package " .. package.id .. " " .. package.version, 0)
        end
        package.channel, package.label = self.url, self.contents.label
        return keep(self, key, package)
    end)
end

---An asset. It has to be in the contents. Throws download-failed, which names the asset and the channel.
---@param assetId string
---@param version string
---@param report? function
---@return packages.Asset
function Channel:asset(assetId, version, report)
    local item = self.contents.assets[assetId]
    local key = contents.assetGroup .. "\0" .. assetId .. "\0" .. version
    if self.kept[key] then return self.kept[key] end
    return checked(self, "the asset " .. assetId .. " " .. version, function()
        local asset
        if self.documents then
            asset = metadata.asset(self.documents.assets[key])
            asset.metadataUrl = self.url
        else
            local address = self.url .. pathOf(contents.assetGroup, assetId, version)
            asset = readFile(self, address, item.checksums[version], report, metadata.asset)
            asset.metadataUrl = address
        end
        if asset.assetId ~= assetId or asset.version ~= version then error("it is that of the asset " .. asset.assetId .. " " .. asset.version, 0) end
        if asset.url:sub(1, 5) == "file:" and self.url:sub(1, 5) ~= "file:" then
            error("url: a channel of the web can't name files of this machine", 0)
        end
        asset.channel = self.url
        return keep(self, key, asset)
    end)
end

---Which packages of this channel need or exclude a package of another one.
---@param id string
---@param report? function
---@return string[] requiredBy
---@return string[] conflicting
function Channel:external(id, report)
    if self.documents then
        local each = self.documents.external[id]
        if each and not self.contents.byId[id] then return each.requiredBy, each.reverseConflictingPackages end
        return {}, {}
    end
    local sum = self.contents.externalPackages[id]
    if not sum then return {}, {} end
    local group, name = check.split(id)
    local address = self.url .. "metadata/_extpkg/" .. url.encode(group) .. "/" .. url.encode(name) .. "/latest/pkg.json"
    local result = checked(self, "the package " .. id, function()
        return readFile(self, address, sum ~= "" and sum or nil, report, function(value)
            check.map(value, "")
            return { check.ids(value, "requiredBy", ""), check.ids(value, "reverseConflictingPackages", "") }
        end)
    end)
    return result[1], result[2]
end

return { new = new }
