-- The endpoints of the package API for packages: those that channels have, those that were added, those that are installed.

local answers = require "facades.packages.answers"
local check = require "packages.check"
local contents = require "packages.contents"
local digest = require "luart.digest"
local failure = require "packages.failure"
local fuzzy = require "luart.fuzzy"
local json = require "luart.json"
local metadata = require "packages.metadata"
local repair = require "packages.repair"
local resolver = require "packages.resolver"
local variants = require "packages.variants"

-- What is known here of a package; nil if it is neither installed nor added.
local function status(known)
    if not known then return nil end
    local i = known.installed
    return {
        explicit = known.explicit,
        installed = i and {
            version = i.version, variant = i.variant, installedAt = i.installedAt, updatedAt = i.updatedAt, reinstall = i.reinstall or nil,
        },
    }
end

---------------------------------------------------------------------------------------------------------------------
-- One package

-- The member variantChoices of a package: the values of all its variants.
local function variantChoices(package)
    local list = json.array {}
    for i, each in ipairs(variants.choices(package)) do list[i] = { variantId = each.id, choices = json.array(each.values) } end
    return list[1] and list or nil
end

-- Adds to a package's JSON what clients of other versions look for, as channels of their time had it.
local function forAll(remote, package)
    local info = remote.info
    if info then
        if not info.website then info.website = package.info.websites[1] end
        if not info.websites and #package.info.websites > 0 then info.websites = json.array(package.info.websites) end
    end
    local descriptions, infos = {}, {}
    for id, each in pairs(package.variantInfo) do
        local values = next(each.values) and each.values or nil
        descriptions[id] = values
        infos[id] = { description = each.description, valueDescriptions = values, default = each.default and json.array { each.default } }
    end
    remote.variantDescriptions = remote.variantDescriptions or next(descriptions) and descriptions or nil
    remote.variantInfo = remote.variantInfo or next(infos) and infos or nil
    remote.variantChoices = remote.variantChoices or variantChoices(package)
    return json.raw(json.encode(remote, { order = metadata.order, max_depth = 1000 }))
end

-- The packages that a package has to do with: itself, what it needs in any variant, what needs it, what excludes it or is excluded.
local function related(id, remote, package)
    local ids = { [id] = true }
    local function add(list)
        for _, each in ipairs(list or {}) do ids[each] = true end
    end
    for _, each in ipairs(package.variants) do
        add(each.dependencies)
        add(each.conflicts)
    end
    local info = remote.info or {}
    add(info.requiredBy)
    add(info.reverseConflictingPackages)
    return ids
end

local function info(facade)
    return function(req, res)
        local id = answers.parameter(req, "pkg")
        facade:checkId(id)
        local profile = facade:profile(req)
        local known = profile:statuses()
        local remote, package = facade:channels(profile):info(id)
        local statuses = {}
        for each in pairs(related(id, remote, package)) do statuses[each] = status(known[each]) end
        answers.send(res, { ["local"] = { statuses = statuses }, remote = forAll(remote, package) })
    end
end

---------------------------------------------------------------------------------------------------------------------
-- Searches

-- Adds to what a search has found what is known here of it.
local function withStatus(hits, known, ignoreInstalled)
    local list = ignoreInstalled and json.array {} or hits
    for _, hit in ipairs(hits) do
        local each = known[hit.package]
        hit.status = status(each)
        if ignoreInstalled and not (each and each.installed) then list[#list + 1] = hit end
    end
    return list
end

local function search(facade)
    return function(req, res)
        local options = {
            q = answers.parameter(req, "q"), threshold = answers.threshold(req), categories = answers.values(req, "category"),
            notCategories = answers.values(req, "notCategory"), channel = answers.values(req, "channel") and req.query.channel,
        }
        local api = answers.api(req)
        local profile = facade:profile(req)
        local known = profile:statuses()
        local hits, stats = facade:channels(profile):search(options)
        local list = withStatus(hits, known, answers.flag(req, "ignoreInstalled"))
        if api >= 2005 then list = { packages = list, stats = stats } end
        answers.send(res, list)
    end
end

local function searchId(facade)
    return function(req, res)
        local expected = '{"packages": ["<group>:<name>"], "externalIds": [["stex", "123"]]}'
        local body = answers.object(req, facade:limits(), expected)
        local ok, options = pcall(function()
            local ids = check.list(body, "externalIds", "")
            for i, pair in ipairs(ids) do
                if json.kind(pair) ~= "array" or type(pair[1]) ~= "string" or type(pair[2]) ~= "string" then
                    error(("externalIds[%d]: two texts were expected"):format(i), 0)
                end
            end
            return { packages = check.ids(body, "packages", ""), externalIds = ids }
        end)
        if not ok then failure.throw("bad-request", "The body of the request has another form.", tostring(options) .. ". Expected: " .. expected) end
        local api = answers.api(req)
        local profile = facade:profile(req)
        local known = profile:statuses()
        local hits, packages, externalIds = facade:channels(profile):find(options)
        local list = withStatus(hits, known)
        if api >= 2005 then
            list = {
                packages = list, notFoundPackageCount = packages > 0 and packages or nil, notFoundExternalIdCount = externalIds > 0 and externalIds or nil,
            }
        end
        answers.send(res, list)
    end
end

-- Whether one of an item's categories is among some.
local function isIn(item, categories)
    for _, wanted in ipairs(categories) do
        for _, each in ipairs(item.category) do
            if each == wanted then return true end
        end
    end
    return false
end

local function searchInstalled(facade)
    return function(req, res)
        local q, threshold, categories = req.query.q or "", answers.threshold(req), answers.values(req, "category")
        if (utf8.len(q) or #q) > 256 then failure.throw("bad-request", "The search text is too long.", "It may have 256 characters.") end
        local profile = facade:profile(req)
        local known = profile:statuses()
        local items, texts = {}, {}
        for i, each in ipairs(profile:installed()) do
            items[i] = { id = each.id, summary = each.summary or "", category = each.category or {} }
            texts[i] = each.id .. " " .. items[i].summary
        end
        local places, scores = fuzzy.index(texts).search(q, threshold or 80)
        local found, list = {}, json.array {}
        for i, place in ipairs(places) do
            local item = items[place]
            found[i] = item
            if not categories or isIn(item, categories) then
                list[#list + 1] = { package = item.id, relevance = scores[i], summary = item.summary, status = status(known[item.id]) }
            end
        end
        answers.send(res, { stats = contents.stats(found), packages = list })
    end
end

---------------------------------------------------------------------------------------------------------------------

local function listPackages(facade)
    return function(req, res) answers.sendText(res, facade:channels(facade:profile(req)):listText(answers.encode)) end
end

local function listInstalled(facade)
    return function(req, res)
        local profile = facade:profile(req)
        local known = profile:statuses()
        local list = json.array {}
        for i, each in ipairs(profile:installed()) do
            list[i] = { package = each.id, version = each.version, variant = each.variant, explicit = known[each.id].explicit }
        end
        answers.send(res, list)
    end
end

---------------------------------------------------------------------------------------------------------------------
-- What in Plugins is not as the lock file says

local PLANS = 16 -- scans whose answers are waited for

-- Plans by their tokens, each good for one repair.
local function plans()
    local list = {}
    return function(id, plan)
        local each = { id = id, plan = plan, token = digest.toHex(digest.random(4)) }
        table.insert(list, each)
        if #list > PLANS then table.remove(list, 1) end
        return each.token
    end, function(id, token)
        for i, each in ipairs(list) do
            if each.token == token and each.id == id then return table.remove(list, i).plan end
        end
    end
end

local function scan(facade, keep)
    return function(req, res)
        local profile = facade:profile(req)
        local plan = repair.scan(profile)
        local token = keep(profile.id, plan)
        answers.send(res, {
            ["$type"] = "/prompt/confirmation/repair/plan", choices = { "Yes" }, token = token,
            plan = { incompletePackages = json.array(plan.incompletePackages), orphanFiles = json.array(plan.orphanFiles) },
            responses = { Yes = { ["$type"] = "/prompt/response", token = token, body = "Yes" } },
        })
    end
end

local function mend(facade, take)
    return function(req, res)
        local expected = '{"$type": "/prompt/response", "token": string, "body": "Yes"}, as /plugins.repair.scan has sent it'
        local response = answers.object(req, facade:limits(), expected, "$type", "token")
        if response["$type"] ~= "/prompt/response" or response.body ~= "Yes" then
            failure.throw("bad-request", "The body of the request has another form.", "Expected: " .. expected)
        end
        local profile = facade:profile(req)
        local plan = take(profile.id, response.token)
        if not plan then
            error(answers.problem(failure.new("bad-request", "There is nothing to be repaired by this token.", "It is good for one repair: /plugins.repair.scan sends another one."), 404), 0)
        end
        answers.send(res, { ["$type"] = "/result", ok = repair.run(profile, plan) })
    end
end

local expectedIds = '["<group>:<name>"]'

---Adds the endpoints to a router.
---@param app cc.http.Router
---@param facade packages.Facade
return function(app, facade)
    local guard = facade.guard
    local function ids(req) return answers.texts(req, facade:limits(), expectedIds) end
    app:get("/packages.list", listPackages(facade))
    app:get("/packages.info", info(facade))
    app:get("/packages.search", search(facade))
    app:post("/packages.search.id", searchId(facade))
    app:get("/plugins.added.list", function(req, res) answers.send(res, json.array(facade:profile(req):explicit())) end)
    app:get("/plugins.installed.list", listInstalled(facade))
    app:get("/plugins.search", searchInstalled(facade))
    app:post("/plugins.add", guard, function(req, res)
        local list = ids(req)
        facade:profile(req):add(list)
        answers.ok(res)
    end)
    app:post("/plugins.remove", guard, function(req, res)
        local list = ids(req)
        facade:profile(req):remove(list)
        answers.ok(res)
    end)
    app:post("/plugins.export", function(req, res)
        local list = ids(req)
        local profile = facade:profile(req)
        local export = resolver.export(facade:channels(profile), list, profile:variants())
        answers.send(res, { explicit = json.array(export.explicit), variants = export.variants, channels = json.array(export.channels) })
    end)
    local keep, take = plans()
    app:get("/plugins.repair.scan", scan(facade, keep))
    app:post("/plugins.repair", guard, mend(facade, take))
    app:post("/plugins.reinstall", guard, function(req, res)
        local list = ids(req)
        local lock = facade:profile(req):lock()
        lock:markReinstall(list, answers.flag(req, "redownload"))
        lock:write()
        answers.ok(res)
    end)
end
