-- luart pkg add and remove: what a profile wants. luart pkg update installs it.

local check = require "packages.check"
local failure = require "packages.failure"
local json = require "luart.json"

local want = {}

-- Throws if a channel would have told that there is no such package.
local function exist(s, profile, ids)
    local ok, channels = pcall(s.channels, s, profile)
    if not ok then
        if not failure.is(channels) then error(channels, 0) end
        s:note("warning: whether there are such packages can't be looked up: " .. tostring(channels))
        return
    end
    local unknown = {}
    for _, id in ipairs(ids) do
        if not channels:versions(id)[1] then unknown[#unknown + 1] = id end
    end
    if not unknown[1] then return end
    if channels:failures()[1] then
        s:note("warning: no channel that can be read has " .. table.concat(unknown, ", "))
        return
    end
    local _, name = check.split(unknown[1])
    local near = {}
    for i, hit in ipairs((channels:search { q = name:gsub("-", " "), threshold = 50 })) do
        if i <= 3 then near[i] = hit.package end
    end
    failure.throw("package-not-found", "No channel has " .. table.concat(unknown, ", ") .. ", so nothing was added.",
        near[1] and "Did you mean " .. table.concat(near, " or ") .. "?" or "")
end

local function difference(a, b)
    local known, list = {}, json.array {}
    for _, each in ipairs(b) do known[each] = true end
    for _, each in ipairs(a) do
        if not known[each] then list[#list + 1] = each end
    end
    return list
end

---Adds packages. Throws bad-request for what is no name of a package, package-not-found if no channel has one of them; then none is added.
---@param s pkg.Session
---@param o { packages: string[] }
function want.add(s, o)
    local profile = s:profile()
    local before = profile:explicit()
    for _, id in ipairs(o.packages) do
        if not check.split(id) then
            failure.throw("bad-request", "Malformed package name: " .. id, "It has to be of the form group:name, as luart pkg search shows it.")
        end
    end
    local new = difference(o.packages, before)
    if new[1] then
        exist(s, profile, new)
        profile:add(new)
    end
    for _, id in ipairs(o.packages) do
        s:say(id .. (difference({ id }, before)[1] and " is added." or " was added before."))
    end
    if new[1] then s:say "luart pkg update installs what is added." end
    s:result { added = difference(profile:explicit(), before), explicit = json.array(profile:explicit()) }
end

---Removes packages. Throws bad-request if one of them was not added; then none is removed.
---@param s pkg.Session
---@param o { packages: string[] }
function want.remove(s, o)
    local profile = s:profile()
    local before = profile:explicit()
    local strangers = difference(o.packages, before)
    if strangers[1] then
        local installed = profile:lock():find(strangers[1]) ~= nil
        failure.throw("bad-request", "Only packages that were added can be removed, so nothing was: " .. table.concat(strangers, ", ") .. ".",
            installed and "Others need " .. strangers[1] .. ": it goes when these are removed." or "luart pkg list shows what was added.")
    end
    profile:remove(o.packages)
    s:say(table.concat(o.packages, ", ") .. (#o.packages == 1 and " is" or " are") .. " no longer wanted. luart pkg update removes what nothing else needs.")
    s:result { removed = difference(before, profile:explicit()), explicit = json.array(profile:explicit()) }
end

return want
