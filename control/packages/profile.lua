-- One profile: the file sc4pac-plugins.json, which says what is wanted, and what there is beside it.

local channels = require "packages.channels"
local check = require "packages.check"
local failure = require "packages.failure"
local json = require "luart.json"
local jsonfile = require "packages.jsonfile"
local lock = require "packages.lock"

---@class packages.Profile
---@field id string
---@field folder string
local Profile = {}
Profile.__index = Profile

local order = { "config", "pluginsRoot", "cacheRoot", "tempRoot", "variant", "channels", "explicit" }

---@class packages.ProfileConfig
---@field pluginsRoot string as the file has it: absolute, or relative to the profile's folder
---@field cacheRoot string
---@field tempRoot string
---@field variant table<string, string>
---@field channels string[]

---Makes a profile of a folder, which need not be there.
---@param id string
---@param folder string
---@param store packages.Store
---@return packages.Profile
local function new(id, folder, store)
    folder = "/" .. fs.combine(folder)
    return setmetatable({
        id = id, folder = folder, store = store, path = folder .. "/sc4pac-plugins.json", lockPath = folder .. "/sc4pac-plugins-lock.json",
    }, Profile)
end

---The places that clients propose for what a profile needs.
---@return { plugins: string[], cache: string[], temp: string[] }
function Profile:platformDefaults()
    local plugins, caches = {}, {}
    if self.store.home then plugins[1] = self.store.home .. "/Documents/SimCity 4/Plugins" end
    if self.store.cacheHome then caches[1] = self.store.cacheHome .. "/sc4pac" end
    plugins[#plugins + 1] = self.store.hostPath(self.folder .. "/plugins")
    caches[#caches + 1] = self.store.hostPath(self.folder .. "/cache")
    return { plugins = plugins, cache = caches, temp = { "temp" } }
end

-- What the file has; nil if there is none.
local function read(self)
    local value, text = jsonfile.read(self.path, { null = json.null, max_depth = 32 })
    if not text then return nil end
    local ok, result = pcall(function()
        check.map(value, "")
        local config = check.map(check.field(value, "config"), "config")
        return {
            text = text, explicit = { table.unpack(check.ids(value, "explicit", "")) }, rest = value,
            config = {
                pluginsRoot = check.text(config, "pluginsRoot", "config"), cacheRoot = check.text(config, "cacheRoot", "config"),
                tempRoot = check.optText(config, "tempRoot", "config") or "temp", variant = check.textMap(config, "variant", "config"),
                channels = { table.unpack(check.texts(config, "channels", "config")) },
            },
        }
    end)
    if not ok then jsonfile.corrupt(self.path, text, tostring(result)) end
    return result
end

local function write(self, state)
    -- What else others have written into the file stays there.
    local value, config = {}, {}
    for k, v in pairs(state.rest or {}) do value[k] = v end
    for k, v in pairs(state.rest and state.rest.config or {}) do config[k] = v end
    for k, v in pairs(state.config) do config[k] = v end
    config.channels = json.array(state.config.channels)
    value.config, value.explicit = config, json.array(state.explicit)
    jsonfile.write(self.path, json.encode(value, { order = order, indent = "  " }) .. "\n", state.text)
end

local function initialized(self)
    local state = read(self)
    if not state then
        failure.throw("profile-not-initialized", "Profile not initialized.", "Initialize the profile before anything else: " .. self.id,
            { platformDefaults = self:platformDefaults() })
    end
    return state
end

---Whether the profile has been initialized: one of its files is there.
---@return boolean
function Profile:isInitialized() return fs.exists(self.path) or fs.exists(self.lockPath) end

local function isAbsolute(path) return path:sub(1, 1) == "/" or path:find "^%a:[/\\]" ~= nil or path:sub(1, 2) == "\\\\" end

-- The computer's path of one of the file's.
local function locate(self, path)
    if not isAbsolute(path) then return "/" .. fs.combine(self.folder, (path:gsub("\\", "/"))) end
    local here, message = self.store.locate(path)
    if not here then
        failure.throw("file-access-denied", "The folder can't be reached: " .. path, message or "Start the server so that it may use the folder.")
    end
    return "/" .. fs.combine(here)
end

-- How the file has a path: relative if it is in the profile's folder.
local function stored(self, path)
    local host = self.store.hostPath(self.folder)
    for _, folder in ipairs { host, self.folder } do
        if path:sub(1, #folder + 1) == folder .. "/" and #path > #folder + 1 and not path:find("..", 1, true) then return path:sub(#folder + 2) end
    end
    if isAbsolute(path) then return path end
    local whole = fs.combine(self.folder, path)
    local inside = fs.combine(self.folder) .. "/"
    if ("/" .. whole):sub(1, #inside + 1) == "/" .. inside then return ("/" .. whole):sub(#inside + 2) end
    return path
end

---Initializes the profile: makes its folders and its file. Throws init/not-allowed if it is initialized already, init/bad-request if
---something is missing, file-access-denied.
---@param places { plugins: string, cache: string, temp: string } host paths, absolute or relative to the profile's folder
---@return packages.ProfileConfig
function Profile:init(places)
    if self:isInitialized() then
        failure.throw("init/not-allowed", "Profile already initialized.", "Manually delete the corresponding .json files if you are sure: " .. self.folder)
    end
    for _, key in ipairs { "plugins", "cache", "temp" } do
        if type(places) ~= "table" or type(places[key]) ~= "string" or places[key] == "" or places[key]:find "%c" then
            failure.throw("init/bad-request", 'Parameters "plugins", "cache" and "temp" are required.',
                "Pass the locations of the folders as JSON dictionary: {plugins: <path>, cache: <path>, temp: <path>}.",
                { platformDefaults = self:platformDefaults() })
        end
    end
    local state = {
        explicit = {},
        config = {
            pluginsRoot = stored(self, places.plugins), cacheRoot = stored(self, places.cache), tempRoot = places.temp, variant = {},
            channels = { table.unpack(self.store.defaultChannels) },
        },
    }
    for _, path in ipairs { ".", state.config.pluginsRoot, state.config.cacheRoot } do
        local ok, message = pcall(fs.makeDir, locate(self, path))
        if not ok then
            if failure.is(message) then error(message, 0) end
            failure.throw("file-access-denied", "The folder can't be made: " .. path, tostring(message))
        end
    end
    locate(self, state.config.tempRoot)
    write(self, state)
    return state.config
end

---What the profile is set to. Throws profile-not-initialized, profile-read-error.
---@return packages.ProfileConfig
function Profile:config() return initialized(self).config end

---The folders of the profile. Throws file-access-denied for one that can't be reached from here, and what config throws.
---@return { plugins: string, cache: string, temp: string } paths of the computer
function Profile:roots()
    local config = initialized(self).config
    return { plugins = locate(self, config.pluginsRoot), cache = locate(self, config.cacheRoot), temp = locate(self, config.tempRoot) }
end

---The packages that were added.
---@return string[] ids in the order in which they were added
function Profile:explicit() return initialized(self).explicit end

---Adds packages. Those that were added before stay where they are. Throws bad-request for ids that are none.
---@param ids string[]
function Profile:add(ids)
    for _, id in ipairs(ids) do
        if not check.split(id) then failure.throw("bad-request", "Malformed package name: " .. tostring(id), "It has to be of the form group:name.") end
    end
    local state = initialized(self)
    local known, changed = {}, false
    for _, id in ipairs(state.explicit) do known[id] = true end
    for _, id in ipairs(ids) do
        if not known[id] then
            known[id], changed = true, true
            table.insert(state.explicit, id)
        end
    end
    if changed then write(self, state) end
end

-- Removes names from a set, all or none.
local function without(names, known, what)
    local unknown = {}
    for _, name in ipairs(names) do
        if not known[name] then unknown[#unknown + 1] = tostring(name) end
    end
    if #unknown > 0 then failure.throw("bad-request", what, table.concat(unknown, ", ")) end
end

---Removes packages that were added. Throws bad-request, and removes none, if one of them was not.
---@param ids string[]
function Profile:remove(ids)
    local state = initialized(self)
    local known, gone, left = {}, {}, {}
    for _, id in ipairs(state.explicit) do known[id] = true end
    without(ids, known, "Only packages that have been added explicitly can be removed.")
    for _, id in ipairs(ids) do gone[id] = true end
    for _, id in ipairs(state.explicit) do
        if not gone[id] then left[#left + 1] = id end
    end
    state.explicit = left
    if #ids > 0 then write(self, state) end
end

---The values of variants that are selected.
---@return table<string, string>
function Profile:variants() return initialized(self).config.variant end

---Selects values of variants. Whether there are such isn't looked at.
---@param map table<string, string>
function Profile:setVariants(map)
    for id, value in pairs(map) do
        if type(id) ~= "string" or type(value) ~= "string" then failure.throw("bad-request", "The values of variants are texts.", tostring(id)) end
    end
    local state = initialized(self)
    local all = {}
    for k, v in pairs(state.config.variant) do all[k] = v end
    for k, v in pairs(map) do all[k] = v end
    state.config.variant = all
    write(self, state)
end

---Forgets what is selected. Throws bad-request, and changes nothing, if one of the variants has no value.
---@param ids string[]
function Profile:resetVariants(ids)
    local state = initialized(self)
    without(ids, state.config.variant, "Only variants that have been selected can be reset.")
    local all = {}
    for k, v in pairs(state.config.variant) do all[k] = v end
    for _, id in ipairs(ids) do all[id] = nil end
    state.config.variant = all
    if #ids > 0 then write(self, state) end
end

---The profile's channels.
---@return string[] urls the first one has the highest priority
function Profile:channelUrls() return initialized(self).config.channels end

local function channelUrl(text)
    local scheme, rest = nil, nil
    if type(text) == "string" and #text <= 2048 then scheme, rest = text:match "^(%a[%w+.-]*):(/.+)$" end
    if not scheme or text:find "[%s%c?#]" or not (scheme:find "^https?$" and rest:find "^//[^/]" or scheme == "file") then
        failure.throw("bad-request", "Malformed channel URL: " .. tostring(text):sub(1, 200),
            "It has to be an address such as https://example.com/channel/, without a query or fragment.")
    end
    if text:sub(-1) == "/" or text:find "%.yaml$" then return text end
    return text .. "/"
end

---Sets the channels. Throws bad-request for what is no address.
---@param urls string[] none at all: those of new profiles
---@return string[] urls as they are kept
function Profile:setChannels(urls)
    local list, seen = {}, {}
    for _, each in ipairs(urls) do
        local url = channelUrl(each)
        if not seen[url] then
            seen[url] = true
            list[#list + 1] = url
        end
    end
    local state = initialized(self)
    state.config.channels = #list > 0 and list or { table.unpack(self.store.defaultChannels) }
    write(self, state)
    return state.config.channels
end

---Replaces what is added, or selected, in one step.
---@param changes { explicit?: string[], variant?: table<string, string> }
function Profile:save(changes)
    local state = initialized(self)
    if changes.explicit then state.explicit = changes.explicit end
    if changes.variant then state.config.variant = changes.variant end
    write(self, state)
end

---The channels of the profile. They are kept, so that they are fast the next time.
---@return packages.Channels
function Profile:channels()
    local config = initialized(self).config
    local root = locate(self, config.cacheRoot)
    local key = root .. "\0" .. table.concat(config.channels, "\0")
    return self.store:channels(key, function() return channels.new(config.channels, self.store:cache(root), { ttl = self.store.ttl }) end)
end

---What is installed. Throws profile-read-error.
---@return packages.Lock
function Profile:lock() return lock.open(self.lockPath) end

---What is installed, sorted by group and name.
---@return packages.Installed[]
function Profile:installed()
    initialized(self)
    local list = self:lock().packages
    table.sort(list, function(a, b)
        if a.group ~= b.group then return a.group < b.group end
        return a.name < b.name
    end)
    return list
end

---@class packages.Status
---@field explicit boolean
---@field installed? packages.Installed

---What is known here of all packages that were added or are installed.
---@return table<string, packages.Status> statuses by id
function Profile:statuses()
    local all = {}
    for _, id in ipairs(initialized(self).explicit) do all[id] = { explicit = true } end
    for _, each in ipairs(self:lock().packages) do
        all[each.id] = all[each.id] or { explicit = false }
        all[each.id].installed = each
    end
    return all
end

return { new = new }
