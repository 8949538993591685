-- What an update changes on the disk: the claim by which it is the only one of its profile, the work folder in which everything is made ready, the step
-- that brings it into Plugins, and what is done about an update that has died.

local digest = require "luart.digest"
local failure = require "packages.failure"
local files = require "luart.files"
local journal = require "packages.journal"

---@class packages.publish
local publish = {}

local CLAIM = "sc4pac-update.claim"
local PREFIX = "staging-process"

---How long an update waits for another one of this process that may be about to end: a client that closes one may begin the next at once.
publish.patience = 2     -- s for one that goes on
publish.longPatience = 60 -- s for one that has been cancelled

-- The updates of this process, by the profile's folder.
local running = {}

-- What tells the work folders of one profile from those of others, which may be beside them.
local function markOf(profile) return digest.sha1(profile.store.hostPath(profile.folder)):sub(1, 8) end

-- The folder that stands in for the temp folder if that is on another file system.
local function nearPath(roots, mark) return roots.plugins .. "/.sc4pac-update-" .. mark end

-- The work folders of updates of this profile: if its claim is held, and there is no journal, those of updates that have died.
local function leftovers(profile, roots)
    local mark = markOf(profile)
    local near, list = nearPath(roots, mark), {}
    if fs.exists(near) then list[1] = near end
    for _, name in ipairs(fs.isDir(roots.temp) and fs.list(roots.temp) or {}) do
        if name:sub(1, #PREFIX) == PREFIX and name:sub(#PREFIX + 1):find("^%x+%-" .. mark .. "$") then list[#list + 1] = roots.temp .. "/" .. name end
    end
    return list
end

-- Ends what a dead update has begun. Its claim must be held.
local function recover(profile)
    local found = journal.find(profile)
    if found then found:run() end
    -- What can't be removed is no hindrance.
    pcall(function()
        for _, path in ipairs(leftovers(profile, profile:roots())) do pcall(fs.delete, path) end
    end)
    return found ~= nil
end

-- Waits until no other update of this process is under way, or throws.
local function await(folder, cancelled)
    local waited, step = 0, 0.05
    while running[folder] do
        local other = running[folder]
        local patience = other.cancelled() and publish.longPatience or publish.patience
        if waited >= patience then
            failure.throw("server-error", "Another update of this profile is running.", "Wait until it ends, or cancel it.")
        end
        sleep(step)
        waited = waited + step
        if cancelled() then failure.throw("aborted", "Operation aborted.", "") end
    end
end

---Calls a function as the only update of a profile, by whatever process, after ending what a dead one has begun. Throws server-error if there is another
---one, and what the function throws.
---@generic T
---@param profile packages.Profile
---@param cancelled fun(): boolean whether this one is about to end
---@param f fun(recovered: boolean): T
---@return T
function publish.exclusively(profile, cancelled, f)
    await(profile.folder, cancelled)
    local path = profile.folder .. "/" .. CLAIM
    local claim, message, pid = files.claim(path)
    if not claim then
        if pid then
            failure.throw("server-error", "Another update of this profile is running.",
                ("The process %d does it. Wait until it ends, or end it."):format(pid))
        end
        failure.throw("file-access-denied", "The profile's folder can't be used.", tostring(message))
    end
    running[profile.folder] = { cancelled = cancelled }
    local results = table.pack(pcall(function() return f(recover(profile)) end))
    running[profile.folder] = nil
    claim.release()
    if not results[1] then error(results[2], 0) end
    return table.unpack(results, 2, results.n)
end

---Ends what a dead update of a profile has begun, if there is one: to be called when a server starts. Throws what exclusively does, and the failures of
---journals.
---@param profile packages.Profile
---@return boolean recovered whether there was a publication to be ended
function publish.recover(profile)
    if not profile:isInitialized() then return false end
    if not fs.exists(profile.folder .. "/" .. journal.NAME) and #leftovers(profile, profile:roots()) == 0 then return false end
    return publish.exclusively(profile, function() return false end, function(recovered) return recovered end)
end

----------------------------------------------------------------------------------------------------------------------

---@class packages.Staging
---@field folder string the work folder
---@field plugins string what is put into it is to come into Plugins at the same path
---@field temp string for what is needed on the way
local Staging = {}
Staging.__index = Staging

---Makes a work folder: in the temp folder, or else, if renames don't lead from there to Plugins, in Plugins itself, where its name begins with a dot.
---@param profile packages.Profile
---@return packages.Staging
function publish.stage(profile)
    local roots, mark = profile:roots(), markOf(profile)
    local near = nearPath(roots, mark)
    local folder = roots.temp .. "/" .. PREFIX .. digest.toHex(digest.random(4)) .. "-" .. mark
    local ok, message = pcall(function()
        fs.makeDir(roots.plugins)
        fs.makeDir(folder .. "/probe")
        if files.rename(folder .. "/probe", near, false) then
            fs.delete(near)
        else
            fs.delete(folder)
            folder = near
        end
        for _, name in ipairs { "plugins", "temp", "old" } do fs.makeDir(folder .. "/" .. name) end
    end)
    if not ok then
        pcall(fs.delete, folder)
        failure.throw("file-access-denied", "The folders of the profile can't be written to.", tostring(message))
    end
    return setmetatable({ profile = profile, roots = roots, folder = folder, near = folder == near, plugins = folder .. "/plugins", temp = folder .. "/temp" }, Staging)
end

---Removes the work folder, unless the step that brings it into Plugins has begun and could not be ended. What can't be removed now is when the next
---update begins.
function Staging:discard()
    if not fs.exists(self.profile.folder .. "/" .. journal.NAME) then pcall(fs.delete, self.folder) end
end

---Brings all that is ready into Plugins, takes out what is obsolete, and writes the lock file: all of it, or nothing. It can't be cancelled. Throws
---server-error if the lock file has changed since it was read, and file-operations-failed if nothing was changed.
---@param lock packages.Lock as it was read
---@param after packages.Lock as it is to be
---@param items string[] what comes in, relative to the folder plugins
---@param obsolete string[] what goes out, relative to Plugins
function Staging:publish(lock, after, items, obsolete)
    if not lock:isCurrent() then
        failure.throw("server-error", "The lock file has changed meanwhile.", "Another program has updated " .. self.profile.folder .. ". Update again.")
    end
    local remove, gone, place = {}, {}, {}
    for i, path in ipairs(items) do place[i] = { from = "plugins/" .. path, to = path } end
    local kept = {}
    for _, each in ipairs(after.packages) do
        for _, path in ipairs(each.files) do kept[path] = true end
    end
    local incoming = {}
    for _, path in ipairs(items) do incoming[path] = true end
    local function add(path)
        if not gone[path] then
            gone[path] = true
            remove[#remove + 1] = path
        end
    end
    -- Links go before the folders that they lead into. What a package that stays has, too, stays.
    for i = #obsolete, 1, -1 do
        if incoming[obsolete[i]] or not kept[obsolete[i]] then add(obsolete[i]) end
    end
    for _, path in ipairs(items) do
        local ok, there = pcall(fs.exists, self.roots.plugins .. "/" .. path)
        if not ok or there then add(path) end
    end
    local synced, message = files.sync(self.plugins, true)
    if not synced then failure.throw("file-operations-failed", "The files could not be stored.", tostring(message)) end
    local step = journal.new(self.profile, {
        near = self.near, name = fs.getName(self.folder), remove = remove, place = place, before = lock.text, after = after:encode(),
    })
    step:write()
    step:run()
end

return publish
