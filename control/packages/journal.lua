-- The journal of one publication: which files go out of Plugins, which come in, and what the lock file says afterwards. It is what makes many
-- renames one step: while it is there, the step has begun and not ended, and whoever finds it finishes it.
--
-- All that comes in stands ready in a work folder on the file system of Plugins, so that each change is one rename, and all that goes out moves into
-- that folder. So where a thing is tells whether its rename has happened, and both directions can be gone through again and again from any point.
--
-- The order in which things become durable:
--
--  1. everything in the work folder: contents, then the names in the folders;
--  2. the journal, by its rename into the profile's folder, whose names are synced with it. Before, nothing of Plugins or the lock file has changed, and
--     an update that is found dead has done nothing; from here on it will be done;
--  3. the renames, out and in; then the lock file, by a rename of its own; then the folders in Plugins that have changed;
--  4. the removal of the journal, and the names in the profile's folder;
--  5. only now the work folder goes, with what was taken out.
--
-- A power cut may undo renames of 3 that were not durable yet. The journal is still there then, and they are done again.

local check = require "packages.check"
local failure = require "packages.failure"
local files = require "luart.files"
local json = require "luart.json"
local jsonfile = require "packages.jsonfile"

local NAME = "sc4pac-update-journal.json"
local FORMAT = 1

---@class packages.Journal
---@field path string of its file
---@field direction "forward"|"back"
---@field plugins string the folder Plugins, as a path of the computer
---@field work string the work folder
---@field roots { pluginsRoot: string, tempRoot: string } as the profile has them
---@field near boolean the work folder is in Plugins, and not in the temp folder
---@field remove string[] what goes out, relative to Plugins
---@field place { from: string, to: string }[] what comes in: from is relative to the work folder, to to Plugins
---@field lockPath string
---@field before? string the lock file's text before; nil: there was none
---@field after string and afterwards
local Journal = {}
Journal.__index = Journal

-- The file has no paths of the computer, which may be others the next time.
local order = { "format", "direction", "pluginsRoot", "tempRoot", "near", "work", "remove", "place", "from", "to", "before", "after" }

---Makes a journal, which is not written yet.
---@param profile packages.Profile
---@param fields { near: boolean, name: string, remove: string[], place: { from: string, to: string }[], before?: string, after: string } near and name: the work folder is in Plugins, or else in the temp folder, under this name
---@return packages.Journal
local function new(profile, fields)
    local config, roots = profile:config(), profile:roots()
    local self = setmetatable({
        path = profile.folder .. "/" .. NAME, lockPath = profile.lockPath, folder = profile.folder, direction = "forward", plugins = roots.plugins,
        work = (fields.near and roots.plugins or roots.temp) .. "/" .. fields.name,
        roots = { pluginsRoot = config.pluginsRoot, tempRoot = config.tempRoot },
    }, Journal)
    for k, v in pairs(fields) do self[k] = v end
    return self
end

---Writes the journal, durably.
function Journal:write()
    jsonfile.put(self.path, json.encode({
        format = FORMAT, direction = self.direction, pluginsRoot = self.roots.pluginsRoot, tempRoot = self.roots.tempRoot, near = self.near,
        work = self.name, remove = json.array(self.remove), place = json.array(self.place), before = self.before, after = self.after,
    }, { order = order }) .. "\n")
end

local function parse(value)
    check.map(value, "")
    if value.format ~= FORMAT then error("format: it was written by another version of luart; end the update with that one", 0) end
    local fields = {
        direction = check.text(value, "direction", ""), near = check.flag(value, "near", ""), name = check.name(value, "work", ""),
        roots = { pluginsRoot = check.text(value, "pluginsRoot", ""), tempRoot = check.text(value, "tempRoot", "") },
        remove = { table.unpack(check.texts(value, "remove", "")) }, place = {}, before = check.optText(value, "before", ""),
        after = check.text(value, "after", ""),
    }
    local list = check.list(value, "place", "")
    for i = 1, #list do
        local where = check.within("place", i)
        check.map(list[i], where)
        fields.place[i] = { from = check.text(list[i], "from", where), to = check.text(list[i], "to", where) }
        if not check.isPath(fields.place[i].from) or not check.isPath(fields.place[i].to) then error(where .. ": it is no path of what is inside", 0) end
    end
    for i, path in ipairs(fields.remove) do
        if not check.isPath(path) then error(check.within("remove", i) .. ": it is no path of what is inside", 0) end
    end
    return fields
end

---The journal that an update has left. Throws profile-read-error for one that can't be read, and file-operations-failed if the profile's folders are
---others since.
---@param profile packages.Profile
---@return packages.Journal? journal nil if there is none
local function find(profile)
    local path = profile.folder .. "/" .. NAME
    local value, text = jsonfile.read(path)
    if not text then return nil end
    local ok, fields = pcall(parse, value)
    if not ok then jsonfile.corrupt(path, text, tostring(fields)) end
    local config = profile:config()
    for _, key in ipairs { "pluginsRoot", "tempRoot" } do
        if config[key] ~= fields.roots[key] then
            failure.throw("file-operations-failed", "An update has ended in the middle, and the profile's folders are others since.",
                ("Set %s in %s back to %q, update, and change it then."):format(key, profile.path, fields.roots[key]))
        end
    end
    return new(profile, fields)
end

-- Whether there is something: an entry of a folder, that is, whatever a link leads to.
local function exists(path)
    local ok, there = pcall(fs.exists, path)
    return not ok or there
end

-- Renames. What isn't there is no error, but false.
local function move(from, to)
    local done, message = files.rename(from, to, false)
    if done then return true end
    if message:find("No such file", 1, true) and not exists(from) then return false end
    error(message, 0)
end

local function out(self, i) return self.work .. "/old/" .. i end
local function inside(self, path) return self.plugins .. "/" .. path end

-- The folders whose names change.
local function touched(self)
    local folders, seen = {}, {}
    local function add(path)
        if not seen[path] and exists(path) then
            seen[path] = true
            folders[#folders + 1] = path
        end
    end
    for _, path in ipairs(self.remove) do add("/" .. fs.getDir(inside(self, path))) end
    for _, each in ipairs(self.place) do
        -- A folder that is new has a name in the one above it.
        local folder = fs.getDir(each.to)
        while true do
            add("/" .. fs.combine(self.plugins, folder))
            if folder == "" or folder == ".." then break end
            folder = fs.getDir(folder)
        end
    end
    add(self.work)
    return folders
end

local function syncTouched(self)
    for _, path in ipairs(touched(self)) do
        local ok, message = files.sync(path)
        if not ok and exists(path) then error(message, 0) end
    end
end

-- What is to be placed where something goes out, by path; upper and lower case are the same on some systems.
local function placedAt(self)
    local at = {}
    for _, each in ipairs(self.place) do at[each.to:lower()] = each end
    return at
end

---Does all of it, or what is left to do. Throws a text, with which the lock file is as it was before.
function Journal:forward()
    local at = placedAt(self)
    for i, path in ipairs(self.remove) do
        local new = at[path:lower()]
        -- If what comes in has left its place, what is at the path is the new thing.
        if not exists(out(self, i)) and not (new and not exists(self.work .. "/" .. new.from)) then move(inside(self, path), out(self, i)) end
    end
    for _, each in ipairs(self.place) do
        if not move(self.work .. "/" .. each.from, inside(self, each.to)) and not exists(inside(self, each.to)) then
            error(inside(self, each.to) .. ": it is neither there nor ready to be put there", 0)
        end
    end
    local text = jsonfile.text(self.lockPath)
    if text ~= self.after then
        if text ~= self.before and text then jsonfile.put(self.lockPath .. ".replaced", text) end -- somebody else's, written after a crash
        local ok, e = pcall(jsonfile.put, self.lockPath, self.after)
        if not ok and jsonfile.text(self.lockPath) ~= self.after then error(tostring(e), 0) end
    end
end

---Takes all back, as long as the lock file isn't written. Throws a text.
function Journal:back()
    for i = #self.place, 1, -1 do
        local each = self.place[i]
        local from = self.work .. "/" .. each.from
        if not exists(from) then move(inside(self, each.to), from) end
    end
    for i = #self.remove, 1, -1 do
        -- Whoever has put something into the place meanwhile keeps it: it can't be told from what belongs there.
        local path = inside(self, self.remove[i])
        if not exists(path) then move(out(self, i), path) end
    end
end

-- Removes folders of Plugins that have become empty, or are so again.
local function prune(self, paths)
    for _, path in ipairs(paths) do
        local folder = fs.getDir(path)
        while folder ~= "" and folder ~= ".." do
            local full = inside(self, folder)
            if not fs.isDir(full) or #fs.list(full) > 0 then break end
            fs.delete(full)
            folder = fs.getDir(folder)
        end
    end
end

---Removes the journal: the step has ended.
function Journal:close()
    local paths = { table.unpack(self.remove) }
    for _, each in ipairs(self.place) do paths[#paths + 1] = each.to end
    pcall(prune, self, paths)
    fs.delete(self.path)
    files.sync(self.folder)
end

-- Takes all back, and says so in the journal first, so that a crash doesn't make it go forward again. Where there is no room to say so, a crash does
-- just that, which is as good.
local function takeBack(self, message)
    local ok, e = pcall(function()
        if self.direction ~= "back" then
            self.direction = "back"
            pcall(self.write, self)
        end
        self:back()
        syncTouched(self)
    end)
    if not ok then
        failure.throw("published-files-incomplete", "Some files could not be moved into or out of Plugins.",
            tostring(message) .. "; and to take it back: " .. tostring(e) .. ". See to it that the files are not in use, and update again: it begins with that.")
    end
    self:close()
end

---Carries the journal out, which must have been written: all of it, or nothing. Throws file-operations-failed if it was taken back, and
---published-files-incomplete if neither could be done; then the journal stays, and run can be called again.
function Journal:run()
    if self.direction == "back" and jsonfile.text(self.lockPath) ~= self.after then
        takeBack(self, "an earlier update had failed")
        return
    end
    local ok, message = pcall(self.forward, self)
    if not ok and jsonfile.text(self.lockPath) ~= self.after then
        takeBack(self, message)
        failure.throw("file-operations-failed", "The files could not be moved into Plugins, which is as it was before.",
            tostring(message) .. ". See to it that the files are not in use and the disk has room, and update again.")
    end
    syncTouched(self)
    self:close()
end

return { new = new, find = find, NAME = NAME }
