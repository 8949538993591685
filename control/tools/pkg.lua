-- The program of luart pkg: manages packages in the folder of the profiles, whether luart serve runs or not. Its argument is a JSON object: command,
-- options (of the command), profile, json, stdin, stdout, stderr (whether these are terminals), width (of the terminal), environ.
--
-- Results go to the standard output, all else to the standard error. Exit codes: 0; 1 if something is wrong; 3 if channels or files can't be
-- downloaded; 4 if the user has declined; 130 after Ctrl-C.

local failure = require "packages.failure"
local json = require "luart.json"
local session = require "tools.pkg.session"

local FAILED, UNREACHABLE, DECLINED, INTERRUPTED = 1, 3, 4, 130

local options = json.decode((...), { null = false })
local s = session.new(options)

local commands = {
    init = "tools.pkg.profiles", search = "tools.pkg.look", info = "tools.pkg.look", list = "tools.pkg.look", add = "tools.pkg.want",
    remove = "tools.pkg.want", update = "tools.pkg.update", build = "tools.pkg.channel", channels = "tools.pkg.channel",
}

-- What to do next, where the failure itself does not know that the user is at a command line.
local hints = {
    ["profile-not-initialized"] = "luart pkg init does it.", ["init/not-allowed"] = "luart pkg init NAME makes another profile.",
    ["package-not-found"] = "luart pkg search finds packages by any of their words.", ["version-not-found"] = "luart pkg search finds packages by any of their words.",
    ["unresolvable-dependencies"] = "luart pkg remove PACKAGE leaves out the packages that need them; luart pkg list shows which were added.",
    ["conflicting-packages"] = "luart pkg remove PACKAGE leaves one of them out.",
    ["variant-constraints-not-satisfiable"] = "Choose other values, with luart pkg update --variant ID=VALUE.",
    ["channels-not-available"] = "luart pkg channel list shows the channels, luart pkg channel set changes them.",
    ["download-failed"] = "What has been downloaded is kept: luart pkg update goes on from there.",
}

local unreachable = { ["download-failed"] = true, ["channels-not-available"] = true }

local function hint(e, kind)
    local text = tostring(e)
    if text:find("Domain not permitted", 1, true) then return "Servers on this machine and its network are asked only with --allow-private." end
    if text:find("packages.folders", 1, true) then return "For once, that is --set packages.folders=DIR; in luart.ini it is for luart serve, too." end
    return hints[kind]
end

local function complain(e)
    local kind = e.type:sub(8)
    s:fail(e)
    local lines = { "luart pkg: " .. e.title }
    if e.detail ~= "" then lines[#lines + 1] = e.detail end
    lines[#lines + 1] = hint(e, kind)
    s:note(table.concat(lines, "\n"))
    return unreachable[kind] and UNREACHABLE or FAILED
end

local function work()
    local run = require(commands[options.command])[options.command]
    local trace
    local ok, e = xpcall(run, function(value)
        if not failure.is(value) and value ~= "Terminated" then trace = debug.traceback("", 2) end
        return value
    end, s, options.options)
    s:clear()
    if ok then return 0 end
    if s.cancelled or e == "Terminated" then
        s:fail(failure.new("aborted", "Operation aborted."))
        s:note "luart pkg: cancelled; nothing was changed."
        return INTERRUPTED
    elseif failure.is(e, "aborted") then
        s:fail(e)
        s:note "Nothing was changed."
        return DECLINED
    end
    local code = complain(failure.from(e))
    if trace then s:note(trace) end
    return code
end

local code = s:guard(work)
os.shutdown(code)
while true do coroutine.yield() end -- the computer ends
