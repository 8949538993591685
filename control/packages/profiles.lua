-- The file sc4pac-profiles.json: the profiles, which of them is the current one, and the settings of clients.

local check = require "packages.check"
local failure = require "packages.failure"
local json = require "luart.json"
local jsonfile = require "packages.jsonfile"

---@class packages.Profiles
---@field folder string
local Profiles = {}
Profiles.__index = Profiles

local order = { "profiles", "id", "name", "currentProfileId", "settings" }

---Makes the list of the profiles in a folder. The folder is made when something is written.
---@param folder string
---@return packages.Profiles
local function new(folder)
    folder = "/" .. fs.combine(folder)
    return setmetatable({ folder = folder, file = folder .. "/sc4pac-profiles.json" }, Profiles)
end

local function read(self)
    local value, text = jsonfile.read(self.file, { null = json.null, raw = "settings" })
    local state = { profiles = {}, settings = json.raw "{}", text = text }
    if not text then return state end
    local ok, message = pcall(function()
        check.map(value, "")
        local list = check.list(value, "profiles", "")
        for i = 1, #list do
            local where = check.within("profiles", i)
            local each = check.map(list[i], where)
            state.profiles[i] = { id = check.text(each, "id", where), name = check.text(each, "name", where) }
        end
        state.current = check.option(value, "currentProfileId", "")
        if state.current ~= nil and type(state.current) ~= "string" then error("currentProfileId: a text was expected", 0) end
        if value.settings then state.settings = value.settings end
    end)
    if not ok then jsonfile.corrupt(self.file, text, tostring(message)) end
    return state
end

local function write(self, state)
    local text = json.encode({
        profiles = json.array(state.profiles), currentProfileId = json.array { state.current }, settings = state.settings,
    }, { order = order, indent = "  " })
    jsonfile.write(self.file, text .. "\n", state.text)
end

---The profiles.
---@return { id: string, name: string }[]
---@return string? current the id of the current one
function Profiles:list()
    local state = read(self)
    return state.profiles, state.current
end

---The folder of a profile. Throws bad-request for an id that can't be the name of a folder.
---@param id string
---@return string
function Profiles:path(id)
    if type(id) ~= "string" or not check.isName(id) then
        failure.throw("bad-request", "Invalid profile ID.", "It is the name of a folder: " .. tostring(id):sub(1, 80))
    end
    return fs.combine(self.folder, id)
end

---Adds a profile, which becomes the current one. Its folder is not made.
---@param name string any text
---@return { id: string, name: string }
function Profiles:add(name)
    local state = read(self)
    local taken, id = {}, 1
    for _, each in ipairs(state.profiles) do taken[each.id] = true end
    while taken[tostring(id)] do id = id + 1 end
    local profile = { id = tostring(id), name = name }
    table.insert(state.profiles, profile)
    state.current = profile.id
    write(self, state)
    return profile
end

local function find(state, id)
    for i, each in ipairs(state.profiles) do
        if each.id == id then return i, each end
    end
    failure.throw("bad-request", ("Profile ID %q does not exist."):format(tostring(id)), "")
end

---Makes a profile the current one. Throws bad-request if there is none such.
---@param id string
function Profiles:switch(id)
    local state = read(self)
    find(state, id)
    state.current = id
    write(self, state)
end

---Gives a profile another name. Throws bad-request if there is none such.
---@param id string
---@param name string
function Profiles:rename(id, name)
    local state = read(self)
    local _, each = find(state, id)
    each.name = name
    write(self, state)
end

---Removes a profile and its folder, in which there must be no folders: Plugins and the cache stay. Throws bad-request if there is none such,
---file-access-denied if the folder has to stay.
---@param id string
function Profiles:remove(id)
    local state = read(self)
    local i = find(state, id)
    local folder = self:path(id)
    if fs.isDir(folder) then
        for _, name in ipairs(fs.list(folder)) do
            if fs.isDir(fs.combine(folder, name)) then
                failure.throw("file-access-denied", "The profile's folder has other folders in it.", "Move or delete them first: /" .. fs.combine(folder, name))
            end
        end
    end
    table.remove(state.profiles, i)
    if state.current == id then state.current = state.profiles[#state.profiles] and state.profiles[#state.profiles].id end
    write(self, state)
    local ok, message = pcall(fs.delete, folder)
    if not ok then failure.throw("file-access-denied", "The profile's folder can't be deleted.", tostring(message)) end
end

---The settings of clients, which are theirs.
---@return string text JSON
function Profiles:settings() return read(self).settings.text end

---Replaces the settings of clients. Throws bad-request if that is no JSON.
---@param text string JSON
function Profiles:setSettings(text)
    local ok, raw = pcall(json.raw, text)
    if not ok then failure.throw("bad-request", "The settings are no JSON.", tostring(raw)) end
    local state = read(self)
    state.settings = raw
    write(self, state)
end

return { new = new }
