-- The package manager of the server, opened on the folders that the settings name.

local control = require "luart.control"
local packages = require "packages"

---@class packages.facade.store
local store = {}

---Opens it. Nothing is read or made before it is used.
---@param settings table all of the settings
---@return packages.Store
function store.open(settings)
    local section = settings.packages or {}
    return packages.open {
        profiles = control.profiles, channels = section.channels, locate = control.locate, hostPath = control.hostPath,
        home = control.home, cacheHome = control.cacheHome,
    }
end

return store
