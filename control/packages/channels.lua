-- The channels of a profile together: the first one that has something wins.

local cache = require "packages.cache"
local channel = require "packages.channel"
local check = require "packages.check"
local contents = require "packages.contents"
local failure = require "packages.failure"
local fuzzy = require "luart.fuzzy"
local json = require "luart.json"
local version = require "packages.version"

---@class packages.Channels
---@field urls string[]
---@field report? function gets told of downloads; packages.FetchOptions says how
local Channels = {}
Channels.__index = Channels

local TTL = 1800   -- s for which contents are fresh
local RETRY = 60   -- s for which they are when something is missing in them
local LONGEST = 256 -- characters of a query

---Makes the channels of some addresses, without loading them.
---@param urls string[] the first one has the highest priority
---@param store packages.Cache
---@param options? { ttl?: number, report?: function }
---@return packages.Channels
local function new(urls, store, options)
    local o = options or {}
    local self = setmetatable({ urls = urls, cache = store, ttl = o.ttl or TTL, report = o.report, all = {}, indexes = {} }, Channels)
    for i, url in ipairs(urls) do self.all[i] = channel.new(url, store) end
    return self
end

---The same channels for somebody who wants to be told of the downloads that they begin.
---@param report function packages.FetchOptions says how it is called
---@return packages.Channels
function Channels:reporting(report)
    return setmetatable({ report = report }, { __index = self })
end

---@class packages.ChannelState
---@field url string
---@field label? string
---@field state "fresh"|"stale"|"failed" stale: an older copy serves
---@field message? string what went wrong
---@field warnings string[] what is malformed in the contents

---Reads all contents, or reads them anew if they are older than a number of seconds. Throws channels-not-available if there is not one
---channel that serves.
---@param options? { refresh?: boolean, ttl?: number, report?: function } refresh is a ttl of 0; the channels' own unless given
---@return packages.ChannelState[]
function Channels:load(options)
    local o = options or {}
    local ttl = o.refresh and 0 or o.ttl or self.ttl
    local tasks = {}
    for i, each in ipairs(self.all) do
        tasks[i] = function() each:load(ttl, o.report or self.report) end
    end
    cache.together(tasks, 4)
    local states, served, messages = {}, #self.all == 0, {}
    for i, each in ipairs(self.all) do
        served = served or each.contents ~= nil
        states[i] = {
            url = each.url, label = each.contents and each.contents.label, message = each.message,
            state = not each.contents and "failed" or each.message and "stale" or "fresh", warnings = each.contents and each.contents.warnings or {},
        }
        if each.message then messages[#messages + 1] = each.message end
    end
    self.states = states
    if not served then
        failure.throw("channels-not-available", "No channel can be read. Check the Internet connection and the list of channels.", table.concat(messages, "\n"))
    end
    return states
end

---What is wrong with channels since they were loaded.
---@return packages.ChannelState[] those that are not fresh
function Channels:failures()
    local list = {}
    for _, each in ipairs(self.states or {}) do
        if each.state ~= "fresh" then list[#list + 1] = each end
    end
    return list
end

local function ensure(self)
    if not self.states then
        self:load()
        return
    end
    for _, each in ipairs(self.all) do
        if self.cache.now() - each.loadedAt >= self.ttl then return self:load() end
    end
end

-- Something made of all contents, until one of them changes.
local function made(self, name, make)
    local generation = {}
    for i, each in ipairs(self.all) do generation[i] = each.generation or 0 end
    local key = table.concat(generation, " ")
    if self.madeOf ~= key then self.madeOf, self.indexes = key, {} end
    if self.indexes[name] == nil then self.indexes[name] = make() end
    return self.indexes[name]
end

---All packages: one entry for each version, as the channels have them. It is made once: don't change it.
---@return { package: string, version: string, summary: string, category: string[] }[]
function Channels:list()
    ensure(self)
    return made(self, "list", function()
        local list = json.array {}
        for _, each in ipairs(self.all) do
            for _, item in ipairs(each.contents and each.contents.packages or {}) do
                for _, v in ipairs(item.versions) do
                    list[#list + 1] = { package = item.id, version = v, summary = item.summary, category = json.array(item.category) }
                end
            end
        end
        return list
    end)
end

---The text of the list of all packages, which is long. It is made once.
---@param encode fun(list: table): string
---@return string
function Channels:listText(encode)
    local list = self:list()
    return made(self, "list text", function() return encode(list) end)
end

---How many packages there are, in all channels together and in each.
---@return { totalPackageCount: integer, categories: { category: string, count: integer }[] } combined
---@return { url: string, channelLabel: string?, stats: table }[] channels
function Channels:stats()
    ensure(self)
    local t = made(self, "stats", function()
        local all, each = {}, {}
        for i, c in ipairs(self.all) do
            local items = c.contents and c.contents.packages or {}
            for _, item in ipairs(items) do all[#all + 1] = item end
            each[i] = { url = c.url, channelLabel = c.contents and c.contents.label, stats = contents.stats(items) }
        end
        return { contents.stats(all), each }
    end)
    return t[1], t[2]
end

-- The packages of all channels or of one, sorted, and an index of their texts.
local function scope(self, only)
    return made(self, only and "scope " .. only or "scope", function()
        local items, seen = {}, {}
        for _, c in ipairs(self.all) do
            if not only or c.url == only then
                for _, item in ipairs(c.contents and c.contents.packages or {}) do
                    if not seen[item.id] then
                        seen[item.id] = true
                        items[#items + 1] = item
                    end
                end
            end
        end
        table.sort(items, function(a, b)
            if a.group ~= b.group then return a.group < b.group end
            return a.name < b.name
        end)
        local texts = {}
        for i, item in ipairs(items) do
            texts[i] = item.id .. " " .. item.summary .. (#item.tags > 0 and " " .. table.concat(item.tags, " ") or "")
        end
        return { items = items, index = fuzzy.index(texts) }
    end)
end

local function set(list)
    local t
    for _, each in ipairs(list or {}) do
        t = t or {}
        t[each] = true
    end
    return t
end

local function inSet(t, categories)
    for _, each in ipairs(categories) do
        if t[each] then return true end
    end
    return false
end

---@class packages.SearchOptions
---@field q string words; "" is all packages
---@field threshold? number 0 to 100; 80 unless given
---@field categories? string[] only packages of one of these
---@field notCategories? string[] no packages of these
---@field channel? string only packages of the channel with this address

---@class packages.Hit
---@field package string
---@field relevance integer 0 to 100
---@field summary string

---Searches packages: the best first, then by group and name. An address of a page in which packages are described finds these. Throws
---bad-request.
---@param o packages.SearchOptions
---@return packages.Hit[]
---@return { totalPackageCount: integer, categories: { category: string, count: integer }[] } stats of what fits the words, of all categories
function Channels:search(o)
    local threshold = o.threshold or 80
    if type(threshold) ~= "number" or not (threshold >= 0 and threshold <= 100) then
        failure.throw("bad-request", "Invalid threshold", "It has to be a number from 0 to 100.")
    end
    if (utf8.len(o.q) or #o.q) > LONGEST then failure.throw("bad-request", "The search text is too long.", "It may have " .. LONGEST .. " characters.") end
    ensure(self)
    local s = scope(self, o.channel)
    local provider, id = contents.externalId(o.q)
    local places, scores
    if provider then
        places, scores = {}, {}
        for i, item in ipairs(s.items) do
            if inSet({ [id] = true }, item.externalIds[provider] or {}) then places[#places + 1], scores[#scores + 1] = i, 100 end
        end
    else
        places, scores = s.index.search(o.q, threshold)
    end
    local hits, found = json.array {}, {}
    local wanted, unwanted = set(o.categories), set(o.notCategories)
    for i = 1, #places do
        local item = s.items[places[i]]
        found[i] = item
        if (not wanted or inSet(wanted, item.category)) and not (unwanted and inSet(unwanted, item.category)) then
            hits[#hits + 1] = { package = item.id, relevance = scores[i], summary = item.summary }
        end
    end
    return hits, contents.stats(found)
end

---Finds packages by their ids and external ids.
---@param o { packages?: string[], externalIds?: string[][] } an external id is such as { "stex", "123" }
---@return packages.Hit[] hits first those of packages, in their order and also if there are none such; then the others, sorted
---@return integer notFoundPackages
---@return integer notFoundExternalIds
function Channels:find(o)
    ensure(self)
    local hits, seen, missing, missingIds = json.array {}, {}, 0, 0
    for _, id in ipairs(o.packages or {}) do
        local item = self:item(id)
        if not item then missing = missing + 1 end
        seen[id] = true
        hits[#hits + 1] = { package = id, relevance = 100, summary = item and item.summary or "" }
    end
    if o.externalIds and #o.externalIds > 0 then
        local byExternal = made(self, "external", function()
            local t = {}
            for _, item in ipairs(scope(self).items) do
                for provider, ids in pairs(item.externalIds) do
                    for _, id in ipairs(ids) do
                        local key = provider .. " " .. id
                        t[key] = t[key] or {}
                        table.insert(t[key], item)
                    end
                end
            end
            return t
        end)
        local others = {}
        for _, pair in ipairs(o.externalIds) do
            local items = byExternal[tostring(pair[1]) .. " " .. tostring(pair[2])]
            if not items then missingIds = missingIds + 1 end
            for _, item in ipairs(items or {}) do
                if not seen[item.id] then
                    seen[item.id] = true
                    others[#others + 1] = { package = item.id, relevance = 100, summary = item.summary }
                end
            end
        end
        table.sort(others, function(a, b) return check.before(a.package, b.package) end)
        for _, each in ipairs(others) do hits[#hits + 1] = each end
    end
    return hits, missing, missingIds
end

---What the first channel that has a package says about it in its contents.
---@param id string
---@return packages.Item?
function Channels:item(id)
    for _, each in ipairs(self.all) do
        local item = each.contents and each.contents.byId[id]
        if item then return item, each end
    end
end

local function versionsIn(self, key, id)
    local all, seen = {}, {}
    for _, each in ipairs(self.all) do
        local item = each.contents and each.contents[key][id]
        for _, v in ipairs(item and item.versions or {}) do
            if not seen[v] then
                seen[v] = true
                all[#all + 1] = v
            end
        end
    end
    return all
end

---The versions of a package in all channels.
---@param id string
---@return string[] versions the newest first
function Channels:versions(id)
    ensure(self)
    return version.sort(versionsIn(self, "byId", id))
end

local function failed(self)
    for _, each in ipairs(self.all) do
        if not each.contents then return each end
    end
end

-- The channel that has a version, or the newest one.
local function locate(self, key, id, wanted)
    local newest = wanted or version.newest(versionsIn(self, key, id))
    if not newest then return nil end
    for _, each in ipairs(self.all) do
        local item = each.contents and each.contents[key][id]
        for _, v in ipairs(item and item.versions or {}) do
            if v == newest then return each, v end
        end
    end
end

local function lookUp(self, key, id, wanted, missing)
    ensure(self)
    local at, v = locate(self, key, id, wanted)
    if not at then
        self:load { ttl = math.min(RETRY, self.ttl) }
        at, v = locate(self, key, id, wanted)
    end
    if at then return at, v end
    local dead = failed(self)
    if dead then
        failure.throw("channels-not-available", "The channel " .. dead.url .. " can't be read, and no other one has " .. id .. ".", dead.message)
    end
    missing()
end

---A package. Throws version-not-found if no channel has it, channels-not-available if one that can't be read may have it, download-failed.
---@param id string
---@param wanted? string the newest version unless given
---@return packages.Package don't change it
function Channels:package(id, wanted)
    local at, v = lookUp(self, "byId", id, wanted, function()
        failure.throw("version-not-found", "Package not found: " .. id .. (wanted and " " .. wanted or ""),
            "It may have another name now, or its channel is missing in the profile.")
    end)
    return at:package(id, v, self.report)
end

---An asset. Throws asset-not-found if no channel has it, channels-not-available, download-failed.
---@param assetId string
---@param wanted? string the newest version unless given
---@return packages.Asset don't change it
function Channels:asset(assetId, wanted)
    local at, v = lookUp(self, "assets", assetId, wanted, function()
        failure.throw("asset-not-found", "Asset not found: " .. assetId .. (wanted and " " .. wanted or ""),
            "The channels' metadata is out of step: report it to the maintainers of the channel.")
    end)
    return at:asset(assetId, v, self.report)
end

-- Lists without what they have in common, sorted.
local function merged(lists)
    local all, seen = json.array {}, {}
    for _, list in ipairs(lists) do
        for _, id in ipairs(list) do
            if not seen[id] then
                seen[id] = true
                all[#all + 1] = id
            end
        end
    end
    table.sort(all, check.before)
    return all
end

---All that channels know about the newest version of a package. Throws package-not-found if no channel has it.
---@param id string
---@return table remote the JSON value, with the packages of all channels that need or exclude it
---@return packages.Package
function Channels:info(id)
    if not check.split(id) then failure.throw("bad-request", "Malformed package name: " .. tostring(id), "It has to be of the form group:name.") end
    local at, v = lookUp(self, "byId", id, nil, function()
        failure.throw("package-not-found", "Package not found: " .. id, "It may have another name now, or its channel is missing in the profile.")
    end)
    local package = at:package(id, v, self.report)
    local requiredBy, conflicting = { package.info.requiredBy }, { package.info.reverseConflictingPackages }
    for _, each in ipairs(self.all) do
        if each.contents then
            local ok, r, c = pcall(each.external, each, id, self.report)
            if ok then
                requiredBy[#requiredBy + 1], conflicting[#conflicting + 1] = r, c
            elseif failure.is(r, "aborted") then
                error(r, 0)
            end
        end
    end
    local remote, info = {}, {}
    for k, value in pairs(package.json) do remote[k] = value end
    for k, value in pairs(check.optMap(package.json, "info", "")) do info[k] = value end
    local r, c = merged(requiredBy), merged(conflicting)
    info.requiredBy = #r > 0 and r or nil
    info.reverseConflictingPackages = #c > 0 and c or nil
    remote.info = next(info) and info or nil
    return remote, package
end

return { new = new, ttl = TTL }
