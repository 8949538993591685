-- Which packages and assets the packages need that somebody wants to have. What has to be decided on the way is returned as data, so that the
-- caller can ask and call again.

local cache = require "packages.cache"
local check = require "packages.check"
local failure = require "packages.failure"
local variants = require "packages.variants"

local has = variants.has

---@class packages.resolver
local resolver = {}

local WIDTH = 12      -- metadata files that are asked for at a time
local MOST = 50000    -- packages of a closure

---@class packages.ResolveOptions
---@field channels packages.Channels
---@field explicit string[] ids of the packages that are wanted, in their order
---@field selections table<string, string> values of variants as the profile has them
---@field answers? table<string, string> values that were chosen since
---@field imported? table<string, string>[] selections of others, the most important first: where they differ from selections, there is a choice

---@class packages.Resolved
---@field id string
---@field version string
---@field variant table<string, string>
---@field package packages.Package
---@field choice packages.Variant the chosen one
---@field explicit boolean
---@field assets packages.Asset[] those of choice.assets

---@class packages.Resolution
---@field kind "resolved"
---@field packages packages.Resolved[] first the explicit ones, then what these need, and so on
---@field assets packages.Asset[] each once
---@field selections table<string, string> with the answers

---@class packages.Choice
---@field kind "choice"
---@field package string
---@field variantId string
---@field choices string[]
---@field info { description?: string, valueDescriptions: table<string, string>, default?: string }
---@field previous? string what is selected now
---@field imported string[] what imported selections say

---@class packages.Unresolvable
---@field kind "unresolvable"
---@field packages string[] that no channel has
---@field explicit string[] the explicit packages that are, or need, these
---@field failures table<string, packages.Failure>

---@class packages.Conflict
---@field kind "conflict"
---@field conflict string[] two packages that exclude each other
---@field explicit string[][] the explicit packages that are or need the first; the second

-- The value that counts for a variant: nil if it is to be asked for.
local function getter(o)
    local function other(id, stored)
        for _, map in ipairs(o.imported or {}) do
            if map[id] ~= nil and map[id] ~= stored then return true end
        end
        return false
    end
    return function(id)
        local answer = o.answers and o.answers[id]
        if answer ~= nil then return answer end
        local stored = o.selections[id]
        if stored ~= nil and other(id, stored) then return nil end
        return stored
    end
end

-- What is known about a variant id: by the package itself, or the one whose id it begins with.
local function describe(channels, package, id)
    local info = package.variantInfo[id]
    if not info then
        local owner = id:match "^([^:]+:[^:]+):"
        if owner and owner ~= package.id then
            local ok, other = pcall(channels.package, channels, owner)
            if ok then info = other.variantInfo[id] elseif failure.is(other, "aborted") then error(other, 0) end
        end
    end
    return { description = info and info.description, valueDescriptions = info and info.values or {}, default = info and info.default }
end

local function choice(o, package, id, choices)
    local imported = {}
    for _, map in ipairs(o.imported or {}) do
        local value = map[id]
        if value ~= nil and has(choices, value) and not has(imported, value) then imported[#imported + 1] = value end
    end
    local previous = o.selections[id]
    return {
        kind = "choice", package = package.id, variantId = id, choices = choices, info = describe(o.channels, package, id),
        previous = previous, imported = imported,
    }
end

-- The explicit packages from which one can be reached.
local function roots(parents, explicit, id)
    local seen, queue = { [id] = true }, { id }
    local at = 1
    while queue[at] do
        for _, parent in ipairs(parents[queue[at]] or {}) do
            if not seen[parent] then
                seen[parent] = true
                queue[#queue + 1] = parent
            end
        end
        at = at + 1
    end
    local list = {}
    for _, each in ipairs(explicit) do
        if seen[each] then list[#list + 1] = each end
    end
    return list
end

-- Reads packages of a layer. Those that there are not are collected; everything else that goes wrong is thrown.
local function read(channels, ids, missing)
    local packages, tasks = {}, {}
    for i, id in ipairs(ids) do
        tasks[i] = function()
            local ok, result = pcall(channels.package, channels, id)
            if ok then
                packages[id] = result
            elseif failure.is(result, "version-not-found") then
                missing[#missing + 1], missing[id] = id, result
            else
                error(result, 0)
            end
        end
    end
    cache.together(tasks, WIDTH)
    return packages
end

local function conflict(order, byId, parents, explicit)
    for _, each in ipairs(order) do
        for _, other in ipairs(each.choice.conflicts) do
            if byId[other] and other ~= each.id then
                local a, b = each.id, other
                if check.before(b, a) then a, b = b, a end
                return { kind = "conflict", conflict = { a, b }, explicit = { roots(parents, explicit, a), roots(parents, explicit, b) } }
            end
        end
    end
end

local function unique(list)
    local all, seen = {}, {}
    for _, id in ipairs(list) do
        if not seen[id] then
            seen[id] = true
            all[#all + 1] = id
        end
    end
    return all
end

-- The assets of all packages.
local function readAssets(channels, order)
    local ids, seen, users = {}, {}, {}
    for _, each in ipairs(order) do
        for _, reference in ipairs(each.choice.assets) do
            local id = reference.assetId
            if not seen[id] then
                seen[id] = true
                ids[#ids + 1], users[id] = id, each.id
            end
        end
    end
    local byId, tasks = {}, {}
    for i, id in ipairs(ids) do
        tasks[i] = function()
            local ok, result = pcall(channels.asset, channels, id)
            if not ok then
                if failure.is(result, "asset-not-found") then
                    result = failure.new("asset-not-found", result.title, "The package " .. users[id] .. " needs it. " .. result.detail)
                end
                error(result, 0)
            end
            byId[id] = result
        end
    end
    cache.together(tasks, WIDTH)
    local list = {}
    for i, id in ipairs(ids) do list[i] = byId[id] end
    for _, each in ipairs(order) do
        each.assets = {}
        for i, reference in ipairs(each.choice.assets) do each.assets[i] = byId[reference.assetId] end
    end
    return list
end

---Finds all packages and assets that are needed. It reads their metadata, so it waits. Throws variant-constraints-not-satisfiable,
---asset-not-found, channels-not-available, download-failed, and bad-request for ids that are none.
---@param o packages.ResolveOptions
---@return packages.Resolution|packages.Choice|packages.Unresolvable|packages.Conflict
function resolver.resolve(o)
    local channels, get = o.channels, getter(o)
    local explicit = unique(o.explicit)
    for _, id in ipairs(explicit) do
        if not check.split(id) then failure.throw("bad-request", "Malformed package name: " .. tostring(id), "It has to be of the form group:name.") end
    end
    local order, byId, seen, parents, missing = {}, {}, {}, {}, {}
    local isExplicit = {}
    for _, id in ipairs(explicit) do isExplicit[id], seen[id] = true, true end
    local layer = explicit
    while #layer > 0 do
        local packages, following = read(channels, layer, missing), {}
        for _, id in ipairs(layer) do
            local package = packages[id]
            if package then
                local chosen, map, choices = variants.pick(package, get)
                if not chosen then return choice(o, package, map, choices) end
                local each = { id = id, version = package.version, variant = map, package = package, choice = chosen, explicit = isExplicit[id] or false }
                order[#order + 1], byId[id] = each, each
                if #order > MOST then failure.throw("unresolvable-dependencies", "More than " .. MOST .. " packages are needed.", "") end
                for _, dependency in ipairs(chosen.dependencies) do
                    parents[dependency] = parents[dependency] or {}
                    table.insert(parents[dependency], id)
                    if not seen[dependency] then
                        seen[dependency] = true
                        following[#following + 1] = dependency
                    end
                end
            end
        end
        layer = following
    end
    if #missing > 0 then
        local ids, needing, failures = {}, {}, {}
        for i, id in ipairs(missing) do
            ids[i], failures[id] = id, missing[id]
            for _, root in ipairs(roots(parents, explicit, id)) do needing[root] = true end
        end
        table.sort(ids, check.before)
        local list = {}
        for _, id in ipairs(explicit) do
            if needing[id] then list[#list + 1] = id end
        end
        return { kind = "unresolvable", packages = ids, explicit = list, failures = failures }
    end
    local wrong = conflict(order, byId, parents, explicit)
    if wrong then return wrong end
    local selections = {}
    for k, v in pairs(o.selections) do selections[k] = v end
    for k, v in pairs(o.answers or {}) do selections[k] = v end
    return { kind = "resolved", packages = order, assets = readAssets(channels, order), selections = selections }
end

---The failure for a resolution that has none, for who can't ask.
---@param r packages.Unresolvable|packages.Conflict|packages.Choice
---@return packages.Failure
function resolver.failure(r)
    if r.kind == "conflict" then
        return failure.new("conflicting-packages", "The packages " .. r.conflict[1] .. " and " .. r.conflict[2] .. " are in conflict with each other.",
            "Remove one of them: " .. table.concat(r.explicit[1], ", ") .. "; or: " .. table.concat(r.explicit[2], ", ") .. ".", { conflict = r.conflict })
    elseif r.kind == "choice" then
        return failure.new("variant-constraints-not-satisfiable", "The variant " .. r.variantId .. " of " .. r.package .. " is not selected.",
            "Select one of: " .. table.concat(r.choices, ", ") .. ".")
    elseif #r.packages == 1 then
        return r.failures[r.packages[1]]
    end
    return failure.new("unresolvable-dependencies", "Some packages were not found.", table.concat(r.packages, ", "))
end

---What another profile needs to install packages just as this one would: the selections that count for them, and the channels that have them. Throws
---unresolvable-dependencies if something is not selected, and what resolve throws and has failures for.
---@param channels packages.Channels
---@param explicit string[]
---@param selections table<string, string>
---@return { explicit: string[], variants: table<string, string>, channels: string[] }
function resolver.export(channels, explicit, selections)
    local r = resolver.resolve { channels = channels, explicit = explicit, selections = selections }
    if r.kind == "choice" then
        failure.throw("unresolvable-dependencies", "The variant " .. r.variantId .. " of " .. r.package .. " is not selected.",
            "Select one of: " .. table.concat(r.choices, ", ") .. ".")
    elseif r.kind ~= "resolved" then
        error(resolver.failure(r), 0)
    end
    local used, from, urls = {}, {}, {}
    for _, each in ipairs(r.packages) do
        from[each.package.channel] = true
        for id, value in pairs(each.variant) do used[id] = value end
    end
    for _, asset in ipairs(r.assets) do from[asset.channel] = true end
    for _, url in ipairs(channels.urls) do
        if from[url] then urls[#urls + 1] = url end
    end
    return { explicit = unique(explicit), variants = used, channels = urls }
end

---What there is to choose for one variant of a package. Throws package-not-found, also if the package has no such variant.
---@param channels packages.Channels
---@param id string
---@param variantId string
---@param selections table<string, string>
---@return packages.Choice
function resolver.choices(channels, id, variantId, selections)
    local _, package = channels:info(id)
    local values = variants.values(package, variantId)
    if #values == 0 then failure.throw("package-not-found", "The package " .. id .. " has no variant " .. variantId .. ".", "") end
    return choice({ channels = channels, selections = selections }, package, variantId, values)
end

return resolver
