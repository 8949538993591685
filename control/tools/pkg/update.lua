-- luart pkg update: drives an update, asking the user what the API would ask its client.

local control = require "luart.control"
local failure = require "packages.failure"
local json = require "luart.json"
local progress = require "tools.pkg.progress"
local update = require "packages.update"

local driver = {}

local API = "3.1" -- which prompts there are

-- The answers to prompts, by the last part of their types: functions of the session, the prompt, and the command's options.
local answers = {}

local function map(values)
    local parts = {}
    for id, value in pairs(values) do parts[#parts + 1] = id .. "=" .. value end
    table.sort(parts)
    return #parts > 0 and "  (" .. table.concat(parts, ", ") .. ")" or ""
end

function answers.plan(s, prompt)
    local old = {}
    for _, each in ipairs(prompt.toRemove) do old[each.package] = each end
    local groups = { { "Install" }, { "Update" }, { "Install again" }, { "Remove" } }
    local updated = {}
    for _, each in ipairs(prompt.toInstall) do
        local before = old[each.package]
        updated[each.package] = before ~= nil
        if not before then
            table.insert(groups[1], each.package .. " " .. each.version .. map(each.variant))
        elseif before.version ~= each.version or map(before.variant) ~= map(each.variant) then
            table.insert(groups[2], each.package .. " " .. before.version .. map(before.variant) .. " -> " .. each.version .. map(each.variant))
        else
            table.insert(groups[3], each.package .. " " .. each.version .. map(each.variant))
        end
    end
    for _, each in ipairs(prompt.toRemove) do
        if not updated[each.package] then table.insert(groups[4], each.package .. " " .. each.version .. map(each.variant)) end
    end
    local any = false
    for _, group in ipairs(groups) do
        if group[2] then
            any = true
            s:talk(group[1] .. ":")
            for i = 2, #group do s:talk("  " .. group[i]) end
        end
    end
    return (not any or s:confirm("Go ahead?", true)) and "Yes" or "No"
end

function answers.warnings(s, prompt)
    local ids = {}
    for id in pairs(prompt.warnings) do ids[#ids + 1] = id end
    table.sort(ids)
    for _, id in ipairs(ids) do
        for _, text in ipairs(prompt.warnings[id]) do s:note("warning: " .. id .. ": " .. text) end
    end
    return (#ids == 0 or s:confirm("Install all the same?", true)) and "Yes" or "No"
end

answers["installing-dlls"] = function(s, prompt)
    s:note(prompt.description)
    for _, each in ipairs(prompt.dllsInstalled) do s:note(("  %s of %s  SHA-256 %s"):format(each.dll, each.package, each.checksum.sha256)) end
    return s:confirm("Install them?", true) and "Yes" or "No"
end

answers["ini-manual-edit"] = function() return "Yes" end -- the result has them

function answers.variant(s, prompt, o)
    local id, choices = prompt.variantId, prompt.choices
    local ways = "Choose with luart pkg update --variant " .. id .. "=VALUE, where VALUE is " .. table.concat(choices, " or ") .. "."
    local given = o.variant and o.variant[id]
    if given then
        for _, each in ipairs(choices) do
            if each == given then return given end
        end
        failure.throw("bad-request", ("The variant %s of %s has no value %s."):format(id, prompt.package, given), ways)
    end
    local default = prompt.info.default and prompt.info.default[1]
    if s:silent() then
        if default then return default end
        failure.throw("bad-request", ("The package %s needs a choice of %s, and has no default."):format(prompt.package, id), ways)
    end
    s:note(("%s has a choice: %s"):format(prompt.package, id))
    if prompt.info.description then s:note(prompt.info.description) end
    return s:choose {
        question = "Number or value", choices = choices, default = default, advice = ways,
        describe = function(choice) return prompt.descriptions[choice] end,
    }
end

answers["remove-unresolvable-packages"] = function(s, prompt)
    s:note("These packages can't be had any more, or need others that can't: " .. table.concat(prompt.packages, ", "))
    return s:confirm("Leave them out from now on?", false) and "Yes" or "No"
end

answers["remove-conflicting-packages"] = function(s, prompt)
    if s:silent() then return "Cancel" end
    s:note(("The packages %s and %s can't be together. Leave out one side:"):format(prompt.conflict[1], prompt.conflict[2]))
    return s:choose {
        question = "Number", choices = { "1", "2", "Cancel" }, default = "Cancel", advice = "luart pkg remove PACKAGE leaves one of them out.",
        describe = function(choice)
            local list = prompt.explicitPackages[tonumber(choice) or 0]
            return list and table.concat(list, ", ") or "change nothing"
        end,
    }
end

answers["download-failed-select-mirror"] = function(s, prompt)
    if s:silent() then return prompt.bodies.Cancel end
    s:note(prompt.reason.title .. (prompt.reason.detail ~= "" and "\n" .. prompt.reason.detail or ""))
    if prompt.promptForSimtropolisToken then s:note "Simtropolis asks for a token: set SC4PAC_SIMTROPOLIS_TOKEN, and update again." end
    local answer = s:choose {
        question = "Number, or the path of the file if you have it", choices = { "retry", "cancel" }, default = "retry", free = true,
        advice = "Take the default answers with --yes.",
    }
    if answer == "cancel" then return prompt.bodies.Cancel end
    return { retry = true, localMirror = json.array { answer ~= "retry" and answer or nil }, simtropolisToken = json.array {} }
end

---------------------------------------------------------------------------------------------------------------------

-- A secret of the environment, or of the file of secrets.
local function secret(s, name)
    local value = s.options.environ[name] or ""
    if value == "" then
        for key, text in ("\n" .. (control.secrets() or "")):gmatch "\n%s*([%w_]+)%s*=[ \t]*([^\r\n]*)" do
            if key == name then value = text:match "^(.-)%s*$" end
        end
    end
    return value ~= "" and not value:find '[%c"]' and value or nil
end

-- No plugin runs here; whoever asks has to know where luart serve looks for them.
local nobody = { root = "/plugins", list = function() return {} end, rescan = function() end }

local function report(s, result)
    for _, each in ipairs(result.iniFiles) do
        s:note(("Look at %s, and rename it to %s: it has settings of %s."):format(each.tmpIni, each.finalName, each.package))
    end
    if not result.changed then return s:say "Everything is up to date." end
    local new, old, gone = {}, {}, 0
    for _, each in ipairs(result.installed) do new[each.package] = true end
    for _, each in ipairs(result.removed) do
        old[each.package] = true
        if not new[each.package] then gone = gone + 1 end
    end
    local fresh, again = 0, 0
    for _, each in ipairs(result.installed) do
        if old[each.package] then again = again + 1 else fresh = fresh + 1 end
    end
    s:say(("Done: %d installed, %d updated, %d removed."):format(fresh, again, gone))
end

-- Tells of plugins of luart that have come or gone.
local function tellOfPlugins(s, profile, before)
    local changed = false
    local function of(lock)
        local paths = {}
        for _, each in ipairs(lock.packages) do
            for _, path in ipairs(each.files) do
                if path:find "^luart%-plugins/" then paths[path] = each.version .. (each.updatedAt or "") end
            end
        end
        return paths
    end
    local was, is = of(before), of(profile:lock())
    for path, version in pairs(is) do changed = changed or was[path] ~= version end
    for path in pairs(was) do changed = changed or is[path] == nil end
    if changed then s:note "Plugins have changed: a luart serve that runs loads them when its process gets SIGHUP, or when it is started anew." end
end

---Updates the profile. Throws what packages.update does, and bad-request if there is a question and no answer.
---@param s pkg.Session
---@param o { refresh: boolean, yes: boolean, variant: table<string, string>? }
function driver.update(s, o)
    local profile = s:profile()
    local meter = progress.new(s)
    local before = profile:isInitialized() and profile:lock()
    s.working = true
    local result
    local function run()
        result = update.run {
            profile = profile, manager = nobody,
            options = {
                refresh = o.refresh, api = API, imported = { o.variant }, token = secret(s, "SC4PAC_SIMTROPOLIS_TOKEN"), cookie = secret(s, "SC4PAC_SIMTROPOLIS_COOKIE"),
            },
            ask = function(prompt)
                local kind = prompt["$type"]:match "[^/]+$"
                local answer = answers[kind]
                if not answer then failure.throw("server-error", "There is a question that is unknown here: " .. kind, "") end
                return answer(s, prompt, o)
            end,
            tell = function(message) meter:tell(message) end,
            cancelled = function() return s.cancelled end,
            log = function(level, text)
                if level ~= "info" then s:note(level .. ": " .. text) end
            end,
        }
    end
    parallel.waitForAny(run, function() meter:refresh() end)
    s.working = false
    report(s, result)
    tellOfPlugins(s, profile, before)
    s:result({
        changed = result.changed, installed = json.array(result.installed), removed = json.array(result.removed), iniFiles = json.array(result.iniFiles),
        recovered = result.recovered,
    }, { "changed", "installed", "removed", "package", "version", "variant" })
end

return driver
