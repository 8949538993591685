-- The endpoints of the package API for what one profile is set to: its folders, its variants, its channels.

local answers = require "facades.packages.answers"
local json = require "luart.json"
local resolver = require "packages.resolver"

local null = json.null

-- A profile's settings, all of which are always there.
local function shown(config)
    return {
        pluginsRoot = config.pluginsRoot, cacheRoot = config.cacheRoot, tempRoot = config.tempRoot, variant = config.variant,
        channels = json.array(config.channels),
    }
end

-- Whoever initializes a profile is told first that this was done already, then what is wrong with the body.
local function init(facade)
    return function(req, res)
        local profile = facade:anyProfile(req)
        local text = req:text(facade:limits().body or 16777216)
        local body = json.decode(text, { null = false, duplicates = true, max_depth = 64 })
        answers.send(res, shown(profile:init(type(body) == "table" and body or {})))
    end
end

local function stats(facade)
    return function(req, res)
        local channels = facade:channels(facade:profile(req))
        local combined, each = channels:stats()
        local failures = {}
        for _, state in ipairs(channels:failures()) do failures[state.url] = state end
        local list = json.array {}
        for i, c in ipairs(each) do
            local state = failures[c.url]
            list[i] = {
                url = c.url, channelLabel = c.channelLabel or null, stats = c.stats, state = state and state.state, message = state and state.message,
            }
        end
        -- Clients of the first version have the numbers here, later ones in combined.
        answers.send(res, {
            totalPackageCount = combined.totalPackageCount, categories = combined.categories, combined = combined, channels = list,
        })
    end
end

-- The selected variants: a map, or from 2.4 on one that also tells which of them no installed package has.
local function listVariants(facade)
    return function(req, res)
        local api, profile = answers.api(req), facade:profile(req)
        local selected = profile:variants()
        if api < 2004 then return answers.send(res, selected) end
        local used, all = {}, {}
        for _, each in ipairs(profile:lock().packages) do
            for id in pairs(each.variant) do used[id] = true end
        end
        for id, value in pairs(selected) do all[id] = { value = value, unused = not used[id] } end
        answers.send(res, { variants = all })
    end
end

-- What there is to choose for a variant, as /update asks for it.
local function choices(facade)
    return function(req, res)
        local id, variantId = answers.parameter(req, "pkg"), answers.parameter(req, "variantId")
        facade:checkId(id)
        local profile = facade:profile(req)
        local choice = resolver.choices(facade:channels(profile), id, variantId, profile:variants())
        local prompt = require("packages.update").variantPrompt(choice)
        prompt.token, prompt.responses = "0", {} -- nobody waits for an answer
        answers.send(res, prompt)
    end
end

---Adds the endpoints to a router.
---@param app cc.http.Router
---@param facade packages.Facade
return function(app, facade)
    local guard = facade.guard
    app:get("/profile.read", function(req, res) answers.send(res, shown(facade:profile(req):config())) end)
    app:post("/profile.init", guard, init(facade))

    app:get("/variants.list", listVariants(facade))
    app:post("/variants.reset", guard, function(req, res)
        local ids = answers.texts(req, facade:limits(), '["<label>"]')
        facade:profile(req):resetVariants(ids)
        answers.ok(res)
    end)
    app:post("/variants.set", guard, function(req, res)
        local map = answers.object(req, facade:limits(), '{"<label>": "<value>"}')
        facade:profile(req):setVariants(map)
        answers.ok(res)
    end)
    app:get("/variants.choices", choices(facade))

    app:get("/channels.list", function(req, res) answers.send(res, json.array(facade:profile(req):channelUrls())) end)
    app:post("/channels.set", guard, function(req, res)
        local urls = answers.texts(req, facade:limits(), '["<url>"]')
        facade:profile(req):setChannels(urls)
        answers.ok(res)
    end)
    app:get("/channels.stats", stats(facade))
end
