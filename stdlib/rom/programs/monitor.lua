-- Runs a program on a monitor, or changes how large a monitor shows text.

local args = { ... }

local function printUsage()
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usage:")
    print("  " .. name .. " <name> <program> <arguments>")
    print("  " .. name .. " scale <name> <scale>")
end

-- How long a touch lasts, which monitors only tell the beginning of, in seconds.
local touchTime = 0.1

-- Runs a program with its output on a monitor. Touches come as clicks of the mouse, and a change of the monitor's size as one
-- of the terminal's. Keys come as they are.
local function runOn(name, path, ...)
    local monitor = peripheral.wrap(name)
    local target = monitor
    local touches = {}

    local program = coroutine.create(function(...) (shell.execute or shell.run)(path, ...) end)
    local filter
    local function resume(...)
        local event = ...
        if filter and event ~= filter and event ~= "terminate" then return end
        local previous = term.redirect(target)
        local ok, result = coroutine.resume(program, ...)
        target = term.redirect(previous)
        if not ok then error(result, 0) end
        filter = result
    end

    local ok, message = pcall(function(...)
        resume(...)
        while coroutine.status(program) ~= "dead" do
            local event = table.pack(os.pullEventRaw())
            if event[1] == "timer" and touches[event[2]] then
                local touch = touches[event[2]]
                touches[event[2]] = nil
                resume("mouse_up", 1, touch.x, touch.y)
            else
                resume(table.unpack(event, 1, event.n))
                if coroutine.status(program) == "dead" then break end
                if event[1] == "monitor_touch" and event[2] == name then
                    touches[os.startTimer(touchTime)] = { x = event[3], y = event[4] }
                    resume("mouse_click", 1, event[3], event[4])
                elseif event[1] == "monitor_resize" and event[2] == name then
                    resume("term_resize")
                elseif event[1] == "peripheral_detach" and event[2] == name then
                    error("Monitor " .. name .. " has gone", 0)
                end
            end
        end
    end, ...)
    for timer in pairs(touches) do os.cancelTimer(timer) end
    if not ok then printError(message) end
end

if args[1] == "scale" then
    local name, scale = args[2], args[3]
    if not scale then
        printUsage()
    elseif peripheral.getType(name) ~= "monitor" then
        print("No monitor named " .. name)
    elseif not tonumber(scale) then
        print("Invalid scale: " .. scale)
    else
        local ok, message = pcall(peripheral.call, name, "setTextScale", tonumber(scale))
        if not ok then printError(message) end
    end
    return
end

if #args < 2 then
    printUsage()
    return
end
local name, program = args[1], args[2]
if peripheral.getType(name) ~= "monitor" then
    print("No monitor named " .. name)
elseif not shell.resolveProgram(program) then
    print("No such program: " .. program)
else
    print("Running " .. program .. " on monitor " .. name)
    runOn(name, program, table.unpack(args, 3))
end
