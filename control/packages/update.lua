-- An update: brings Plugins to what is wanted. Whoever drives it answers its prompts and is told of its progress: a client of the API by messages of a
-- WebSocket, a person by the command line. Prompts and messages are those of the API, but that prompts have no tokens.

local failure = require "packages.failure"
local fetch = require "packages.fetch"
local json = require "luart.json"
local luartPlugins = require "packages.luart_plugins"
local planner = require "packages.plan"
local publish = require "packages.publish"
local resolver = require "packages.resolver"
local unpack = require "packages.unpack"

---@class packages.update
local update = {}

---@class packages.UpdateOptions
---@field refresh? boolean the contents of channels are asked for, however fresh they are
---@field api? string the version of the API that the driver knows, which decides what it may be asked: "2.0" unless given, which is the plan, the warnings and variants; from "2.4" packages that there are no more; from "2.5" imported selections, conflicts, failed downloads and DLLs; from "3.1" INI files
---@field imported? table<string, string>[] selections that were made elsewhere, the most important first; then they are not asked for
---@field cookie? string for downloads from Simtropolis
---@field token? string likewise, instead of a cookie

---@class packages.UpdateRun
---@field profile packages.Profile
---@field options? packages.UpdateOptions
---@field ask fun(prompt: table): any Waits for the answer to a prompt: one of prompt.choices; for those of the type /prompt/json/ a table, as prompt.bodies has them. It may throw.
---@field tell? fun(message: table) gets each message of progress; it must not wait
---@field cancelled? fun(): boolean whether to end; asked often. What is being published is finished all the same.
---@field manager? Manager the plugin manager, for packages that are plugins of luart
---@field log? fun(level: "info"|"warning"|"error", message: string)

---@class packages.UpdateResult
---@field changed boolean
---@field installed table[] as plan.shown has them
---@field removed table[]
---@field iniFiles table[] files that the user has to look at
---@field plugins { id: string, action: string, message?: string }[] what has become of plugins of luart
---@field recovered boolean an update that had died was brought to its end first

local function version(text)
    local major, minor = tostring(text or "2.0"):match "^(%d+)%.(%d+)$"
    if not major then failure.throw("bad-request", "That is no version of the API: " .. tostring(text), 'Versions are such as "2.0".') end
    return tonumber(major) * 1000 + tonumber(minor)
end

local function count(map)
    local n = 0
    for _ in pairs(map) do n = n + 1 end
    return n
end

local function sameMap(a, b)
    if count(a) ~= count(b) then return false end
    for k, v in pairs(a) do
        if b[k] ~= v then return false end
    end
    return true
end

local function sameList(a, b) return table.concat(a, "\n") == table.concat(b, "\n") end

local function without(list, gone)
    local left, set = {}, {}
    for _, each in ipairs(gone) do set[each] = true end
    for _, each in ipairs(list) do
        if not set[each] then left[#left + 1] = each end
    end
    return left
end

local function isSimtropolis(url)
    local host = (url:match "^https?://([^/?#:]+)" or ""):lower()
    return host == "simtropolis.com" or host:sub(-16) == ".simtropolis.com"
end

---@class packages.Update
---@field api integer
---@field profile packages.Profile
---@field options packages.UpdateOptions
local Update = {}
Update.__index = Update

---Throws if the update is to end.
function Update:check()
    if self.cancelled() then failure.throw("aborted", "Operation aborted.", "") end
end

---Asks, and returns what was chosen.
function Update:ask(prompt)
    self:check()
    local answer = self.askDriver(prompt)
    self:check()
    return answer
end

function Update:confirm(prompt)
    prompt.choices = { "Yes", "No" }
    return self:ask(prompt) == "Yes"
end

local function abort() failure.throw("aborted", "Operation aborted.", "") end

-- Numbers that not every client could read are texts.
local function long(n) return n > 2 ^ 53 and ("%.0f"):format(n) or n end

-- What the cache and channels get to report downloads.
function Update:reporter()
    return function(event, url, n)
        if self.cancelled() then return false end
        if event == "started" then
            self.loading[url] = true
            self.tell { ["$type"] = "/progress/download/started", url = url }
        elseif event == "length" then
            self.tell { ["$type"] = "/progress/download/length", url = url, length = long(n) }
        elseif event == "intermediate" then
            self.tell { ["$type"] = "/progress/download/intermediate", url = url, downloaded = long(n) }
        elseif event == "finished" then
            self.loading[url] = nil
            self.tell { ["$type"] = "/progress/download/finished", url = url, success = n == true }
        end
        return true
    end
end

----------------------------------------------------------------------------------------------------------------------
-- What is wanted

-- The profile's channels, which tell this update of what they download.
function Update:openChannels()
    local shared = self.profile:channels()
    local channels = setmetatable({ report = self:reporter() }, { __index = shared, __newindex = shared })
    for _, each in ipairs(channels:load { refresh = self.options.refresh, report = channels.report }) do
        if each.state ~= "fresh" then
            self.log("warning", ("the channel %s %s: %s"):format(each.url, each.state == "stale" and "is not up to date" or "can't be read", tostring(each.message)))
        end
    end
    return channels
end

local function optional(value) return json.array { value } end

---The prompt by which a value of a variant is asked for, without its token and responses.
---@param r packages.Choice
---@return table
function update.variantPrompt(r)
    local descriptions = r.info.valueDescriptions or {}
    return {
        ["$type"] = "/prompt/choice/update/variant", package = r.package, variantId = r.variantId, label = r.variantId, choices = r.choices,
        descriptions = descriptions,
        info = {
            description = r.info.description, valueDescriptions = next(descriptions) and descriptions or nil,
            default = r.info.default and { r.info.default } or nil,
        },
        previouslySelectedValue = optional(r.previous), importedValues = json.array(r.imported),
    }
end

function Update:choose(r) self.answers[r.variantId] = self:ask(update.variantPrompt(r)) end

-- Drops explicit packages that can't be had, if the driver agrees. It throws otherwise.
function Update:dropUnresolvable(r)
    if self.api < 2004 or #r.explicit == 0 then error(resolver.failure(r), 0) end
    local agreed = self:confirm { ["$type"] = "/prompt/confirmation/update/remove-unresolvable-packages", packages = r.explicit }
    if not agreed then
        local missing = table.concat(r.packages, ", ")
        failure.throw("unresolvable-dependencies", "Some packages were not found.", missing)
    end
    self.explicit = without(self.explicit, r.explicit)
end

function Update:dropConflicting(r)
    if self.api < 2005 or #r.explicit[1] == 0 or #r.explicit[2] == 0 then error(resolver.failure(r), 0) end
    local answer = self:ask {
        ["$type"] = "/prompt/choice/update/remove-conflicting-packages", conflict = r.conflict, explicitPackages = r.explicit, choices = { "1", "2", "Cancel" },
    }
    if answer ~= "1" and answer ~= "2" then error(resolver.failure(r), 0) end
    self.explicit = without(self.explicit, r.explicit[tonumber(answer)])
end

-- Finds out what is wanted, asking for what isn't decided.
function Update:resolve(channels)
    local config = self.profile:config()
    self.explicit, self.answers = self.profile:explicit(), {}
    local before = self.explicit
    while true do
        self:check()
        local r = resolver.resolve {
            channels = channels, explicit = self.explicit, selections = config.variant, answers = self.answers, imported = self.imported,
        }
        if r.kind == "choice" then
            self:choose(r)
        elseif r.kind == "unresolvable" then
            self:dropUnresolvable(r)
        elseif r.kind == "conflict" then
            self:dropConflicting(r)
        else
            return r, {
                explicit = not sameList(self.explicit, before) and self.explicit or nil,
                variant = not sameMap(r.selections, config.variant) and r.selections or nil,
            }
        end
    end
end

----------------------------------------------------------------------------------------------------------------------
-- Files

function Update:headers(url)
    if not isSimtropolis(url) then return nil end
    if self.options.token then return { Authorization = ('SC4PAC-TOKEN-ST userkey="%s"'):format(self.options.token) } end
    if self.options.cookie then return { Cookie = self.options.cookie } end
end

function Update:fetchAsset(cache, asset, force)
    local path, fetched = cache:asset(asset, { force = force, report = self:reporter(), headers = self:headers(asset.url) })
    return { path = path, fileName = fetched.fileName, fromCache = fetched.fromCache }
end

-- Asks what to do about a download that has failed: to try again, perhaps with a file that the user has; or to end.
function Update:askForMirror(each, files)
    local simtropolis = isSimtropolis(each.asset.url)
    local answer = self:ask {
        ["$type"] = "/prompt/json/update/download-failed-select-mirror", url = each.asset.url, reason = failure.object(each.failure),
        promptForSimtropolisToken = simtropolis and not self.options.token, choices = { "Retry", "Cancel" },
        bodies = { Retry = { retry = true, localMirror = json.array {}, simtropolisToken = json.array {} }, Cancel = { retry = false } },
    }
    if type(answer) ~= "table" or answer.retry ~= true then return false end
    local token = type(answer.simtropolisToken) == "table" and answer.simtropolisToken[1]
    if type(token) == "string" and token ~= "" and not token:find "[%c\"]" then self.options.token = token end
    local mirror = type(answer.localMirror) == "table" and answer.localMirror[1]
    if type(mirror) == "string" then
        local path = self.profile.store.locate(mirror)
        if path and fs.exists(path) and not fs.isDir(path) then
            files[each.asset.assetId] = { path = path, fileName = fs.getName(path), fromCache = false }
        else
            self.log("warning", "the file " .. mirror .. " can't be reached, and is not used instead of " .. each.asset.url)
        end
    end
    return true
end

function Update:download(plan, cache)
    local files = {}
    local function get(asset) return self:fetchAsset(cache, asset, plan.force[asset.assetId] or nil) end
    while true do
        local failures = fetch.all { assets = plan.assets, get = get, files = files, check = function() self:check() end }
        if #failures == 0 then return files end
        if self.api < 2005 then error(fetch.failure(failures), 0) end
        for _, each in ipairs(failures) do
            if not each.untried and not self:askForMirror(each, files) then error(fetch.failure(failures), 0) end
        end
    end
end

----------------------------------------------------------------------------------------------------------------------

local DLLS = "DLL plugins are programs: they may do anything that a program can do. Their checksums are those that the channel has, so they are what its " ..
    "maintainers have looked at. Install them?"

-- Asks about what was made ready.
function Update:askAbout(unpacked)
    if not self:confirm { ["$type"] = "/prompt/confirmation/update/warnings", warnings = unpacked.warnings } then abort() end
    if self.api >= 2005 and #unpacked.dlls > 0 then
        local agreed = self:confirm { ["$type"] = "/prompt/confirmation/update/installing-dlls", description = DLLS, dllsInstalled = unpacked.dlls }
        if not agreed then abort() end
    end
end

-- Who can't be asked at the end about INI files is told with the warnings.
function Update:warnOfInis(unpacked)
    if self.api >= 3001 then return end
    for _, ini in ipairs(unpacked.inis) do
        local list = unpacked.warnings[ini.package] or {}
        list[#list + 1] = ("The file %s has settings: look at it after the update, and rename it to %s."):format(ini.tmpIni, ini.finalName)
        unpacked.warnings[ini.package] = list
    end
end

-- Carries a plan out.
function Update:carryOut(plan, lock, cache, result)
    local staging = publish.stage(self.profile)
    local ok, e = pcall(function()
        local files = self:download(plan, cache)
        local unpacked = unpack.all {
            plan = plan, lock = lock, staging = staging, files = files,
            served = self.manager ~= nil and luartPlugins.served(self.manager, staging.roots.plugins),
            going = function() return not self.cancelled() end, check = function() self:check() end,
            step = function(id, i, n)
                self.tell { ["$type"] = "/progress/update/extraction", package = id, progress = { numerator = i, denominator = n } }
            end,
            again = function(asset, why)
                self.log("warning", "the file of " .. asset.url .. " in the cache is broken, and is fetched again: " .. tostring(why))
                cache:forget(asset.url)
                return self:fetchAsset(cache, asset, true)
            end,
        }
        self:warnOfInis(unpacked)
        self:askAbout(unpacked)
        local obsolete = {}
        for _, each in ipairs(plan.toRemove) do
            for _, path in ipairs(each.files) do obsolete[#obsolete + 1] = path end
        end
        local now = (self.profile.store.options.now or function() return os.epoch "utc" / 1000 end)()
        staging:publish(lock, lock:after(plan, unpacked.staged, now), unpacked.items, obsolete)
        result.changed, result.iniFiles = true, unpacked.inis
        if self.manager then
            local installed, wentOrCame = unpacked.plugins, {}
            for _, path in ipairs(obsolete) do wentOrCame[#wentOrCame + 1] = path end
            local done, list = pcall(luartPlugins.apply, self.manager, staging.roots.plugins, installed, wentOrCame)
            if done then
                result.plugins = list
                for _, each in ipairs(list) do
                    self.log(each.action == "failed" and "error" or "info", ("plugin %s: %s%s"):format(each.id, each.action, each.message and ": " .. each.message or ""))
                end
            else
                self.log("error", "the plugins that were installed can't be loaded: " .. tostring(list))
            end
        end
    end)
    staging:discard()
    if not ok then error(e, 0) end
    if self.api >= 3001 and #result.iniFiles > 0 then
        -- All is done by now: the answer makes no difference.
        pcall(self.ask, self, { ["$type"] = "/prompt/confirmation/update/ini-manual-edit", iniFiles = result.iniFiles, choices = { "Yes" } })
    end
end

function Update:initialArguments()
    self.imported = self.options.imported
    if self.imported or self.api < 2005 then return end
    local answer = self:ask { ["$type"] = "/prompt/json/update/initial-arguments", choices = { "Default" }, bodies = { Default = {} } }
    local imported = {}
    for _, map in ipairs(type(answer) == "table" and type(answer.importedSelections) == "table" and answer.importedSelections or {}) do
        local selections = {}
        for k, v in pairs(type(map) == "table" and map or {}) do
            if type(k) == "string" and type(v) == "string" then selections[k] = v end
        end
        imported[#imported + 1] = selections
    end
    self.imported = imported
end

function Update:run()
    self:initialArguments()
    local channels = self:openChannels()
    local resolution, changes = self:resolve(channels)
    local lock = self.profile:lock()
    local plan = planner.make(resolution, lock)
    local toRemove, toInstall = planner.shown(plan)
    local prompt = { ["$type"] = "/prompt/confirmation/update/plan", toRemove = json.array(toRemove), toInstall = json.array(toInstall) }
    if not self:confirm(prompt) then abort() end
    if changes.explicit or changes.variant then self.profile:save(changes) end
    local result = { changed = false, installed = toInstall, removed = toRemove, iniFiles = {}, plugins = {}, recovered = self.recovered }
    if not plan.upToDate then self:carryOut(plan, lock, self.profile.store:cache(self.profile:roots().cache), result) end
    return result
end

local ASK = 0.2 -- s between two questions whether to go on while servers are silent

-- Runs, and ends downloads at once when the update is cancelled.
function Update:runWatched()
    local results
    parallel.waitForAny(function() results = table.pack(pcall(self.run, self)) end, function()
        while true do
            -- "terminate" is for run, which has to clean up before this ends.
            local timer = os.startTimer(ASK)
            repeat
                local _, id = os.pullEventRaw "timer"
            until id == timer
            if self.cancelled() then
                local cache = self.profile.store:cache(self.profile:roots().cache)
                for url in pairs(self.loading) do cache:cancel(url) end
            end
        end
    end)
    if not results[1] then error(results[2], 0) end
    return results[2]
end

---Updates a profile. It waits, and can take long. Whatever it throws, Plugins and the lock file are as they were before, but for
---published-files-incomplete. Throws aborted if it was cancelled or a prompt was declined, and all failures of packages; server-error if another update of
---the profile is running.
---@param o packages.UpdateRun
---@return packages.UpdateResult
function update.run(o)
    local options = {}
    for k, v in pairs(o.options or {}) do options[k] = v end
    local self = setmetatable({
        profile = o.profile, options = options, api = version(options.api), askDriver = o.ask, tell = o.tell or function() end,
        cancelled = o.cancelled or function() return false end, manager = o.manager, log = o.log or function() end, loading = {},
    }, Update)
    self.profile:config()
    return publish.exclusively(self.profile, self.cancelled, function(recovered)
        self.recovered = recovered
        if recovered then self.log("warning", "an update of the profile " .. self.profile.id .. " had ended in the middle, and was brought to its end") end
        return self:runWatched()
    end)
end

---Brings updates to their end that have died: to be called when a server starts. What is wrong with one profile is for the log.
---@param context { store: packages.Store, profiles: string[], manager?: Manager }
function update.recover(context)
    local function log(level, message)
        if context.manager then context.manager.logs:write("packages", level, message) end
    end
    for _, id in ipairs(context.profiles) do
        local ok, found = pcall(function() return publish.recover(context.store:profile(id)) end)
        if not ok then
            log("error", "the update of the profile " .. id .. " that has ended in the middle can't be brought to its end: " .. tostring(found))
        elseif found then
            log("warning", "an update of the profile " .. id .. " had ended in the middle, and was brought to its end")
        end
    end
end

local socket = require "packages.update_socket"

---Serves a WebSocket of /update: see packages.update_socket.
update.serve = function(...) return socket.serve(update.run, ...) end

---Cancels the updates of all WebSockets, and waits until they have ended.
update.stop = socket.stop

return update
