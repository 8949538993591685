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

local function start()
    for _, name in ipairs(require "facades") do
        local facade = require("facades." .. name)(manager, manager.settings)
        manager.facades[#manager.facades + 1] = facade
    end
    manager:start()
    local addresses = {}
    for _, facade in ipairs(manager.facades) do
        facade:start()
        addresses[facade.name] = facade.address
    end
    control.ready(addresses)
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
if failure then error(failure, 0) end
