-- Which variant of a package is meant by what has been selected, and what has to be asked if that isn't clear.

local failure = require "packages.failure"

---@class packages.variants
local variants = {}

---Whether a list has a value.
---@param list any[]
---@param value any
---@return boolean
function variants.has(list, value)
    for _, each in ipairs(list) do
        if each == value then return true end
    end
    return false
end
local has = variants.has

-- Keys of a map in the order of the package's own list, then by name.
local function order(package)
    local places = {}
    for i, each in ipairs(package.choices) do places[each.variantId] = places[each.variantId] or i end
    return function(a, b)
        local pa, pb = places[a] or math.huge, places[b] or math.huge
        if pa ~= pb then return pa < pb end
        return a < b
    end
end

local function keysOf(map, before)
    local keys = {}
    for k in pairs(map) do keys[#keys + 1] = k end
    table.sort(keys, before)
    return keys
end

local function contained(map, get)
    for k, v in pairs(map) do
        if get(k) ~= v then return false end
    end
    return true
end

local function refuse(package, id, value, choices)
    failure.throw("variant-constraints-not-satisfiable", "The variants of " .. package.id .. " do not fit the selections.",
        ("The value %q is selected for the variant %q, but there are only: %s. Reset the variant to choose again."):format(value, id, table.concat(choices, ", ")))
end

-- Follows the tree: a key that all remaining variants have decides between its values, again and again.
local function decide(package, get)
    local before = order(package)
    local remaining, used = package.variants, {}
    while true do
        local key
        for _, k in ipairs(keysOf(remaining[1].variant, before)) do
            local all = not used[k]
            for _, each in ipairs(remaining) do all = all and each.variant[k] ~= nil end
            if all then
                key = k
                break
            end
        end
        if not key then
            if #remaining == 1 then return remaining[1] end
            failure.throw("variant-constraints-not-satisfiable", "The variants of " .. package.id .. " do not form a decision tree.",
                "Report it to the maintainers of the channel " .. tostring(package.channel) .. ".")
        end
        local choices = {}
        for _, each in ipairs(remaining) do
            if not has(choices, each.variant[key]) then choices[#choices + 1] = each.variant[key] end
        end
        local value = get(key)
        if value == nil then return nil, key, choices end
        if not has(choices, value) then refuse(package, key, value, choices) end
        local left = {}
        for _, each in ipairs(remaining) do
            if each.variant[key] == value then left[#left + 1] = each end
        end
        remaining, used[key] = left, true
    end
end

-- The keys that conditions of a variant's assets depend on, with their values.
local function conditional(package, variant)
    local ids, values = {}, {}
    for _, asset in ipairs(variant.assets) do
        for _, condition in ipairs(asset.withConditions) do
            for id, value in pairs(condition.ifVariant) do
                if not values[id] then
                    ids[#ids + 1], values[id] = id, {}
                    for _, each in ipairs(package.choices) do
                        if each.variantId == id then
                            for _, v in ipairs(each.choices) do values[id][#values[id] + 1] = v end
                        end
                    end
                end
                if not has(values[id], value) then values[id][#values[id] + 1] = value end
            end
        end
    end
    table.sort(ids, order(package))
    return ids, values
end

---The variant that selections mean: the first one that they contain. Throws variant-constraints-not-satisfiable.
---@param package packages.Package
---@param get fun(id: string): string? the selected value
---@return packages.Variant? variant nil if something has to be selected
---@return table<string, string>|string map what was selected, with what conditions depend on; or the variant id that is to be selected
---@return string[]? choices its values
function variants.pick(package, get)
    local chosen
    for _, each in ipairs(package.variants) do
        if contained(each.variant, get) then
            chosen = each
            break
        end
    end
    if not chosen then
        local id, choices
        chosen, id, choices = decide(package, get)
        if not chosen then return nil, id, choices end
    end
    local map = {}
    for k, v in pairs(chosen.variant) do map[k] = v end
    local ids, values = conditional(package, chosen)
    for _, id in ipairs(ids) do
        local value = map[id] or get(id)
        if value == nil then return nil, id, values[id] end
        if not has(values[id], value) then refuse(package, id, value, values[id]) end
        map[id] = value
    end
    return chosen, map
end

---All values that a variant id has in a package, whatever else is selected.
---@param package packages.Package
---@param id string
---@return string[] values {} if the package has no such id
function variants.values(package, id)
    local values = {}
    local function add(value)
        if value ~= nil and not has(values, value) then values[#values + 1] = value end
    end
    for _, each in ipairs(package.choices) do
        if each.variantId == id then
            for _, v in ipairs(each.choices) do add(v) end
        end
    end
    for _, each in ipairs(package.variants) do
        add(each.variant[id])
        for _, asset in ipairs(each.assets) do
            for _, condition in ipairs(asset.withConditions) do add(condition.ifVariant[id]) end
        end
    end
    return values
end

---Whether two maps of variants are equal.
---@param a table<string, string>
---@param b table<string, string>
---@return boolean
function variants.equal(a, b)
    for k, v in pairs(a) do
        if b[k] ~= v then return false end
    end
    for k in pairs(b) do
        if a[k] == nil then return false end
    end
    return true
end

---The values of all variants of a package.
---@param package packages.Package
---@return { id: string, values: string[] }[] sorted by the ids
function variants.choices(package)
    local all, seen = {}, {}
    local function add(map)
        for id in pairs(map) do
            if not seen[id] then
                seen[id] = true
                all[#all + 1] = { id = id, values = variants.values(package, id) }
            end
        end
    end
    for _, each in ipairs(package.variants) do
        add(each.variant)
        for _, asset in ipairs(each.assets) do
            for _, condition in ipairs(asset.withConditions) do add(condition.ifVariant) end
        end
    end
    table.sort(all, function(a, b) return a.id < b.id end)
    return all
end

return variants
