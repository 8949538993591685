-- What in Plugins is not as the lock file says: packages of which something is missing, and folders of packages that are in no lock file. Publications are
-- one step, so this is about what users and other programs have done.

local check = require "packages.check"
local failure = require "packages.failure"
local publish = require "packages.publish"

---@class packages.repair
local repair = {}

---@class packages.RepairPlan
---@field incompletePackages string[] ids of installed packages that have to be installed again, sorted
---@field orphanFiles string[] folders of packages, relative to Plugins, that no installed package has, sorted

local SUFFIX = ".sc4pac" -- of the folders of packages
local DEPTH = 8          -- folders in each other in which they are looked for

-- Whether there is an entry of the name, whatever a link leads to.
local function exists(path)
    local ok, there = pcall(fs.exists, path)
    return not ok or there
end

-- The folders of packages below a folder of Plugins. What can't be read has none.
local function look(plugins, folder, depth, found)
    local ok, names = pcall(fs.list, plugins .. "/" .. folder)
    for _, name in ipairs(ok and names or {}) do
        local path = folder == "" and name or folder .. "/" .. name
        local isDir, dir = pcall(fs.isDir, plugins .. "/" .. path)
        if isDir and dir and check.isPath(path) then
            if #name > #SUFFIX and name:sub(-#SUFFIX):lower() == SUFFIX then
                found[#found + 1] = path
            elseif depth < DEPTH and name:sub(1, 1) ~= "." then
                look(plugins, path, depth + 1, found)
            end
        end
    end
end

---Looks what there is to be repaired. It changes nothing.
---@param profile packages.Profile
---@return packages.RepairPlan
function repair.scan(profile)
    local plugins, owned = profile:roots().plugins, {}
    local plan = { incompletePackages = {}, orphanFiles = {} }
    for _, each in ipairs(profile:installed()) do
        local whole = true
        for _, path in ipairs(each.files) do
            owned[path:lower()] = true
            whole = whole and exists(plugins .. "/" .. path)
        end
        -- One that is marked is installed again in any case.
        if not whole and not each.reinstall then plan.incompletePackages[#plan.incompletePackages + 1] = each.id end
    end
    local found = {}
    look(plugins, "", 1, found)
    for _, path in ipairs(found) do
        if not owned[path:lower()] then plan.orphanFiles[#plan.orphanFiles + 1] = path end
    end
    table.sort(plan.orphanFiles)
    return plan
end

---Repairs what scan has found and is still so: has packages be installed again by the next update, and deletes folders. Throws server-error while an
---update of the profile is running, and file-access-denied.
---@param profile packages.Profile
---@param plan packages.RepairPlan
---@return boolean done false: an update has to install packages again
function repair.run(profile, plan)
    return publish.exclusively(profile, function() return false end, function()
        local now, agreed = repair.scan(profile), {}
        for _, path in ipairs(plan.orphanFiles) do agreed[path] = true end
        local plugins = profile:roots().plugins
        for _, path in ipairs(now.orphanFiles) do
            if agreed[path] then
                local ok, message = pcall(fs.delete, plugins .. "/" .. path)
                if not ok then failure.throw("file-access-denied", "The folder can't be deleted: " .. path, tostring(message)) end
            end
        end
        local ids = {}
        for _, id in ipairs(plan.incompletePackages) do agreed[id] = true end
        for _, id in ipairs(now.incompletePackages) do
            if agreed[id] then ids[#ids + 1] = id end
        end
        if ids[1] then
            local lock = profile:lock()
            lock:markReinstall(ids)
            lock:write()
        end
        return ids[1] == nil
    end)
end

return repair
