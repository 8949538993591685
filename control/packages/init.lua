-- The package manager: profiles with their channels and caches. What it offers is in the modules beside this one; this one only holds them
-- together. There is no server here.

local cache = require "packages.cache"
local profile = require "packages.profile"
local profiles = require "packages.profiles"

---@class packages
local packages = {}

---The channels of new profiles, unless there are others in the settings.
packages.defaultChannels = {
    "https://memo33.github.io/sc4pac/channel/", "https://sc4pac.simtropolis.com/", "https://sc4evermore.github.io/sc4pac-channel/channel/",
}

---@class packages.Store
---@field profiles packages.Profiles
---@field defaultChannels string[]
---@field home? string
---@field cacheHome? string
---@field ttl? number
local Store = {}
Store.__index = Store

local KEPT = 4 -- sets of channels that stay in memory

---@class packages.Options
---@field profiles string the folder of the profiles
---@field channels? string[] the channels of new profiles; packages.defaultChannels unless given
---@field locate? fun(hostPath: string): string?, string? the computer's path for an absolute path of the host, or nil and a message; the same unless given
---@field hostPath? fun(path: string): string the host's path for one of the computer; the same unless given
---@field home? string the host's home folder, for what is proposed to clients
---@field cacheHome? string the host's folder of caches; home/.cache unless given
---@field now? fun(): number seconds since 1970
---@field checkedAt? fun(path: string): number when a cached file was looked at last; its date unless given
---@field ttl? number seconds for which the contents of channels are fresh; 1800 unless given
---@field headers? fun(url: string): table<string, string>? more headers for downloads
---@field download? luart.download

---Opens the package manager on a folder.
---@param options packages.Options
---@return packages.Store
function packages.open(options)
    local function same(path) return path end
    return setmetatable({
        profiles = profiles.new(options.profiles), options = options, home = options.home, ttl = options.ttl,
        cacheHome = options.cacheHome or options.home and options.home .. "/.cache", locate = options.locate or same, hostPath = options.hostPath or same,
        defaultChannels = options.channels and #options.channels > 0 and options.channels or packages.defaultChannels, caches = {}, kept = {}, uses = 0,
    }, Store)
end

---A profile, whether it is in the list of profiles or not. Throws bad-request for an id that can't be the name of a folder.
---@param id string
---@return packages.Profile
function Store:profile(id) return profile.new(id, self.profiles:path(id), self) end

---The cache in a folder: always the same one, as profiles may share it.
---@param root string
---@return packages.Cache
function Store:cache(root)
    root = "/" .. fs.combine(root)
    local o = self.options
    self.caches[root] = self.caches[root] or cache.new {
        root = root, now = o.now, checkedAt = o.checkedAt, locate = self.locate, headers = o.headers, download = o.download,
    }
    return self.caches[root]
end

---Channels that were opened before, or new ones. Only the last few stay.
---@param key string
---@param open fun(): packages.Channels
---@return packages.Channels
function Store:channels(key, open)
    self.uses = self.uses + 1
    local each = self.kept[key]
    if not each then
        local count, oldest = 0, nil
        for k, other in pairs(self.kept) do
            count = count + 1
            if not oldest or other.used < self.kept[oldest].used then oldest = k end
        end
        if count >= KEPT then self.kept[oldest] = nil end
        each = { channels = open() }
        self.kept[key] = each
    end
    each.used = self.uses
    return each.channels
end

return packages
