-- luart pkg search, info and list: what there is, and what is here.

local check = require "packages.check"
local failure = require "packages.failure"
local json = require "luart.json"
local metadata = require "packages.metadata"
local variants = require "packages.variants"

local look = {}

-- What is known here of a package, in words; "" if it is neither added nor installed.
local function state(status)
    if not status then return "" end
    if status.installed then return "installed " .. status.installed.version end
    return "added"
end

local function statusOf(status)
    if not status then return nil end
    local i = status.installed
    return { explicit = status.explicit, installed = i and { version = i.version, variant = i.variant, installedAt = i.installedAt, updatedAt = i.updatedAt } }
end

---Searches. Throws channels-not-available, bad-request.
---@param s pkg.Session
---@param o { words: string[], category: string[]?, notCategory: string[]?, channel: string, threshold: integer, limit: integer }
function look.search(s, o)
    local profile = s:profile()
    local known, channels = profile:statuses(), s:channels(profile)
    local hits = channels:search {
        q = table.concat(o.words, " "), threshold = o.threshold, categories = o.category, notCategories = o.notCategory, channel = o.channel ~= "" and o.channel or nil,
    }
    local list = json.array {}
    for i, hit in ipairs(hits) do
        if o.limit > 0 and i > o.limit then break end
        list[i] = { package = hit.package, relevance = hit.relevance, summary = hit.summary, status = statusOf(known[hit.package]) }
        local mark = state(known[hit.package])
        s:say(hit.package .. (mark ~= "" and "  [" .. mark .. "]" or ""))
        if hit.summary ~= "" then s:say("    " .. hit.summary:gsub("%s+", " ")) end
    end
    if #hits == 0 then
        s:note "No package fits. Try fewer or other words, or a lower --threshold."
    elseif #list < #hits then
        s:note(("%d more packages fit; --limit 0 shows them all."):format(#hits - #list))
    end
    s:result(list, { "package" })
end

local function map(values)
    local parts = {}
    for id, value in pairs(values) do parts[#parts + 1] = id .. "=" .. value end
    table.sort(parts)
    return table.concat(parts, ", ")
end

local function dependenciesOf(package)
    local seen, list = {}, {}
    for _, each in ipairs(package.variants) do
        for _, id in ipairs(each.dependencies) do
            if not seen[id] then
                seen[id] = true
                list[#list + 1] = id
            end
        end
    end
    table.sort(list, check.before)
    return list
end

---Shows a package. Throws package-not-found, channels-not-available, bad-request.
---@param s pkg.Session
---@param o { package: string }
function look.info(s, o)
    if not check.split(o.package) then
        failure.throw("bad-request", "Malformed package name: " .. o.package, "It has to be of the form group:name, as luart pkg search shows it.")
    end
    local profile = s:profile()
    local status = profile:statuses()[o.package]
    local remote, package = s:channels(profile):info(o.package)
    local info = package.info
    local function field(name, text)
        if text and text ~= "" then s:say(("%-12s %s"):format(name, (text:gsub("%s+$", ""):gsub("\n", "\n" .. (" "):rep(13))))) end
    end
    field("package", package.id)
    field("version", package.version)
    field("summary", info.summary)
    field("here", status and state(status) .. (status.installed and (status.explicit and ", added" or ", needed by others") or ", to be installed by luart pkg update") or "not added")
    field("variant", status and status.installed and map(status.installed.variant))
    field("folder", package.subfolder)
    field("author", info.author)
    field("warning", info.warning)
    field("conflicts", info.conflicts)
    field("needs", table.concat(dependenciesOf(package), ", "))
    field("needed by", table.concat(remote.info and remote.info.requiredBy or {}, ", "))
    for _, each in ipairs(variants.choices(package)) do field("choice", each.id .. ": " .. table.concat(each.values, ", ")) end
    field("websites", table.concat(info.websites or {}, "\n"))
    field("channel", package.channel)
    field("description", info.description)
    s:result({ ["local"] = { status = statusOf(status) }, remote = json.raw(json.encode(remote, { order = metadata.order, max_depth = 1000 })) }, { "local", "remote" })
end

---Lists what was added and what is installed. Throws profile-not-initialized, profile-read-error.
---@param s pkg.Session
---@param o { added: boolean }
function look.list(s, o)
    local profile = s:profile()
    local known = profile:statuses()
    local list = json.array {}
    for id, status in pairs(known) do
        if status.explicit or not o.added then
            local i = status.installed
            list[#list + 1] = {
                package = id, explicit = status.explicit, version = i and i.version, variant = i and next(i.variant) and i.variant or nil,
                installedAt = i and i.installedAt, updatedAt = i and i.updatedAt,
            }
        end
    end
    table.sort(list, function(a, b) return check.before(a.package, b.package) end)
    for _, each in ipairs(list) do
        local notes = {}
        if each.variant then notes[1] = map(each.variant) end
        if not each.explicit then notes[#notes + 1] = "not added" end
        if not each.version then notes[#notes + 1] = "not installed" end
        s:say(each.package .. (each.version and " " .. each.version or "") .. (notes[1] and "  (" .. table.concat(notes, "; ") .. ")" or ""))
    end
    if #list == 0 then s:note "There are no packages yet. luart pkg search finds some, luart pkg add adds one." end
    s:result(list, { "package", "version" })
end

return look
