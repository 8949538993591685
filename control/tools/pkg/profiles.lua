-- luart pkg init: makes a profile.

local control = require "luart.control"
local failure = require "packages.failure"
local json = require "luart.json"

local profiles = {}

-- The profile to initialize, and whether it is a new one.
local function choose(s, name)
    local store = s:store()
    local list, current = store.profiles:list()
    if name ~= "" then
        for _, each in ipairs(list) do
            if each.name == name or each.id == name then return store:profile(each.id), each.name, false end
        end
    elseif s.options.profile ~= "" or current then
        local profile, its = s:profile()
        return profile, its, false
    end
    local added = store.profiles:add(name ~= "" and name or "Default")
    return store:profile(added.id), added.name, true
end

-- Where Plugins is to be.
local function plugins(s, profile, given)
    if given ~= "" then return given end
    if s:silent() then return "plugins" end
    local own, choices, known = s:store().hostPath(profile.folder .. "/plugins"), {}, {}
    local what = { [own] = "of this profile alone", [control.hostPath "/plugins"] = "the plugins of luart serve" }
    local function add(path)
        if not known[path] then
            known[path] = true
            choices[#choices + 1] = path
        end
    end
    add(own)
    for _, path in ipairs(profile:platformDefaults().plugins) do add(path) end
    if fs.isDir "/plugins" then add(control.hostPath "/plugins") end
    s:note "Where are packages to be installed?"
    return s:choose {
        question = "Number or folder", choices = choices, describe = function(path) return what[path] end, default = own, free = true,
        advice = "Give the folder with --plugins DIR, or take the default with --yes.",
    }
end

---Makes a profile, and initializes it. Throws init/not-allowed if it is initialized already, file-access-denied, bad-request.
---@param s pkg.Session
---@param o { name: string, plugins: string, cache: string, temp: string, channel: string[]? }
function profiles.init(s, o)
    local profile, name, new = choose(s, o.name)
    local ok, e = pcall(function()
        if profile:isInitialized() then
            failure.throw("init/not-allowed", ("The profile %s (%s) is initialized already."):format(profile.id, name), "It is in " .. control.hostPath(profile.folder) .. ".")
        end
        profile:init { plugins = plugins(s, profile, o.plugins), cache = o.cache, temp = o.temp }
        if o.channel and o.channel[1] then profile:setChannels(o.channel) end
    end)
    if not ok then
        if new and not profile:isInitialized() then pcall(function() s:store().profiles:remove(profile.id) end) end
        error(e, 0)
    end
    local config, folder = profile:config(), control.hostPath(profile.folder)
    local root = control.hostPath(profile:roots().plugins)
    s:say(("The profile %s (%s) is ready in %s; packages are installed in %s."):format(profile.id, name, folder, root))
    s:say "Next: luart pkg search WORDS, luart pkg add PACKAGE, luart pkg update"
    s:result {
        id = profile.id, name = name, folder = folder, pluginsRoot = config.pluginsRoot, cacheRoot = config.cacheRoot, tempRoot = config.tempRoot,
        channels = json.array(config.channels),
    }
end

return profiles
