-- The program of luart serve: starts the plugin manager, the plugins and the facades, and runs until it is asked to end.

local control = require "luart.control"
local manager = require("manager").new { settings = control.settings }

manager.logs:sink(function(line)
    if line.level == "error" or line.level == "warning" then
        printError(manager.logs.text(line))
    else
        print(manager.logs.text(line))
    end
end)

local files = control.logs and require("manager.logfiles").attach(manager, control.logs)

local names = { ratchet = "the Ratchet web server", plugin_server = "the Plugin Server", rpc = "JSON-RPC", packages = "the package API" }

local function start()
    for _, name in ipairs(require "facades") do
        local facade = require("facades." .. name)(manager, manager.settings)
        manager.facades[#manager.facades + 1] = facade
    end
    manager:start()
    local addresses = {}
    for _, facade in ipairs(manager.facades) do
        local ok, message = pcall(facade.start, facade)
        if not ok then
            local flag = "--" .. facade.name:gsub("_", "-")
            -- What is said of options of http.listen is of no use here.
            message = tostring(message):gsub("^.*http%.%w+: ", ""):gsub("^the [^:]+: ", ""):gsub("; choose .*", ""):gsub("; leave the option .*", "")
            message = message:gsub("%(by another program%)", "(by another program; is luart serve running already?)")
            error(("%s can't start: %s; give it another address with %s PORT, or leave it out with %s off"):format(
                names[facade.name] or facade.name, message, flag, flag), 0)
        end
        addresses[facade.name] = facade.address
    end
    control.ready(addresses)
    local failed = {}
    for _, info in ipairs(manager:list()) do
        if info.error and not info.running then failed[#failed + 1] = info.path end
    end
    if failed[1] then
        local more = #failed > 20 and (" and %d more"):format(#failed - 20) or ""
        manager.logs:write("control", "warning", "not loaded, for the reasons above: " .. table.concat(failed, ", ", 1, math.min(20, #failed)) .. more
            .. "; mend them, then ask /reload?plugin=NAME of the Ratchet server, or send this process SIGHUP")
    end
end

local failure
manager:spawn(function()
    local trace
    local ok, message = xpcall(start, function(value)
        trace = debug.traceback("", 2)
        return value
    end)
    if not ok then
        failure = message
        manager.logs:write("control", "debug", "the start has failed", { traceback = trace })
        manager:stop()
    end
end)
manager:loop()
if files then files:close() end
if failure then error(failure, 0) end
