-- Turns the turtle: `turn left 2 right`.

if not turtle then
    printError("Requires a Turtle")
    return
end

local args = { ... }
local turns = { left = turtle.turnLeft, lt = turtle.turnLeft, right = turtle.turnRight, rt = turtle.turnRight }

local function printUsage()
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <direction> <turns>")
end

if #args == 0 then
    printUsage()
    return
end

local i = 1
while i <= #args do
    local turn = turns[args[i]:lower()]
    if not turn then
        print("No such direction: " .. args[i])
        print("Try: left, right")
        return
    end
    i = i + 1
    local count = 1
    if tonumber(args[i]) then
        count = tonumber(args[i])
        i = i + 1
    end
    for _ = 1, count do turn() end
end
