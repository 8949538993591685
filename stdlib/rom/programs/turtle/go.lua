-- Moves the turtle: `go forward 3 up left 2`.

if not turtle then
    printError("Requires a Turtle")
    return
end

local args = { ... }

local moves = {}
for move, names in pairs {
    forward = { "fd", "forward", "forwards" },
    back = { "bk", "back" },
    up = { "up" },
    down = { "dn", "down" },
    turnLeft = { "lt", "left" },
    turnRight = { "rt", "right" },
} do
    for _, name in ipairs(names) do moves[name] = turtle[move] end
end

if #args == 0 then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <direction> <distance>")
    return
end

-- Burns one item, whichever does. Returns false if there is none.
local function refuel()
    for slot = 1, 16 do
        turtle.select(slot)
        if turtle.refuel(1) then return true end
    end
    return false
end

-- Moves by one, as soon as nothing is in the way. Returns false without fuel.
local function step(move)
    while not move() do
        if turtle.getFuelLevel() == 0 then
            if not refuel() then
                print("Out of fuel")
                return false
            end
        else
            sleep(0.5)
        end
    end
    return true
end

local i = 1
while i <= #args do
    local move = moves[args[i]:lower()]
    if not move then
        print("No such direction: " .. args[i])
        print("Try: forward, back, up, down, left, right")
        return
    end
    i = i + 1
    local count = 1
    if tonumber(args[i]) then
        count = tonumber(args[i])
        i = i + 1
    end
    for _ = 1, count do
        if not step(move) then return end
    end
end
