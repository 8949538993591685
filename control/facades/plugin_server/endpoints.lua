-- Where plugins are: the first segment of the path by which clients reach each of them, and the key that this needs.

local json = require "luart.json"
local url = require "cc.http.url"
local utilities = require("facades.plugin_server.utilities").all

local find, lower = string.find, string.lower
local type = type

---@class plugin_server.Endpoint where a plugin is
---@field id string in the URL
---@field plugin string its name
---@field auth? "global"|"plugin"
---@field key? string for "plugin"

local endpoints = {}

local function warn(self, plugin, message)
    local key = plugin .. "\n" .. message
    if self.warned[key] then return end
    self.warned[key] = true
    self.manager.logs:write("plugin_server", "warning", plugin .. ": " .. message)
end

-- What the configuration says of a plugin.
local function describe(self, name)
    local parameters = self.settings.plugin_parms[lower(name)] or {}
    local id = parameters.route_path
    id = type(id) == "string" and id:match("^/*([^/]+)/*$") or lower(name)
    local auth = parameters.auth_type
    -- "auth=global" is in the documents of the Plugin Server: who writes it wants a lock.
    if auth == nil and (parameters.auth == "global" or parameters.auth == "plugin") then auth = parameters.auth end
    local key
    if auth == "global" then
        if not self.key then warn(self, name, "auth_type is global, but there is no auth.apikey: nobody can use it") end
    elseif auth == "plugin" then
        key = parameters.apikey
        if type(key) ~= "string" or key == "" then warn(self, name, "auth_type is plugin, but it has no apikey in plugin_parms: nobody can use it") end
    elseif auth ~= nil and auth ~= "none" then
        warn(self, name, "auth_type is " .. tostring(auth) .. "; global and plugin are known: nobody can use it")
    end
    if auth == "none" then auth = nil end
    return { id = id, plugin = name, auth = auth, key = key }
end

---Finds the plugin of a path's first segment. Who comes first of two with the same path has it.
---@param self plugin_server.Facade
---@param segment string as it stands in the URL
---@return plugin_server.Endpoint|false
function endpoints.look(self, segment)
    local wanted = lower(segment)
    if find(wanted, "%", 1, true) then wanted = url.decode(wanted) or "" end
    local found = false
    if not utilities[wanted] and not self.files:covers(wanted) then
        for _, name in ipairs(self.manager:running()) do
            local endpoint = describe(self, name)
            if lower(endpoint.id) == wanted then
                found = endpoint
                break
            end
        end
    end
    -- Paths that lead nowhere are kept as well, but not as many as a client can think of.
    self.known = (next(self.endpoints) and self.known or 0) + 1
    if self.known > 1000 then self.endpoints, self.known = {}, 1 end
    self.endpoints[segment] = found
    return found
end

---Has the paths looked up anew, and tells of a plugin that has none.
---@param self plugin_server.Facade
---@param info? { name: string, running: boolean } the plugin that has just been loaded
function endpoints.forget(self, info)
    self.endpoints = {}
    if not info or not info.running then return end
    local id = lower(describe(self, info.name).id)
    if utilities[id] then
        warn(self, info.name, "the path /" .. id .. " is the server's own; give the plugin another one with route_path in plugin_parms")
    elseif self.files:covers(id) then
        warn(self, info.name, "the path /" .. id .. " is one of paths.documents; give the plugin another one with route_path in plugin_parms")
    end
end

---Ids of the plugins that run, as they are in URLs, in the order in which they were loaded.
---@param self plugin_server.Facade
---@return string[]
function endpoints.loaded(self)
    local list = json.array {}
    for i, name in ipairs(self.manager:running()) do list[i] = describe(self, name).id end
    return list
end

---What the manager calls the plugin of an id in a URL.
---@param self plugin_server.Facade
---@param id string
---@return string
function endpoints.named(self, id)
    local endpoint = not find(id, "/", 1, true) and (self.endpoints[id] or endpoints.look(self, id))
    if endpoint then return endpoint.plugin end
    local wanted = lower(id)
    for _, info in ipairs(self.manager:list()) do
        if info.path == id or info.name == id then return id end
    end
    for _, info in ipairs(self.manager:list()) do
        if lower(info.name) == wanted or lower(describe(self, info.name).id) == wanted then return info.name end
    end
    return id
end

return endpoints
