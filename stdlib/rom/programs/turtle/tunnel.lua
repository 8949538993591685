-- Digs a tunnel, two high and three wide, straight ahead.

if not turtle then
    printError("Requires a Turtle")
    return
end

local length = tonumber((...))
if not length then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <length>")
    return
end
if length < 1 then
    print("Tunnel length must be positive")
    return
end

local collected = 0
local function count()
    collected = collected + 1
    if collected % 25 == 0 then print("Mined " .. collected .. " items.") end
end

-- Digs until nothing is there. Gravel falls after what was dug away, hence the wait. Returns false if something can't be dug.
local function clear(detect, dig)
    while detect() do
        if not dig() then return false end
        count()
        sleep(0.5)
    end
    return true
end

-- Burns items until there is fuel, waiting for the player to put some in.
local function refuel()
    local function isEmpty()
        return turtle.getFuelLevel() == 0
    end
    local asked = false
    while isEmpty() do
        for slot = 1, 16 do
            if isEmpty() and turtle.getItemCount(slot) > 0 then
                turtle.select(slot)
                turtle.refuel(1)
            end
        end
        if isEmpty() then
            if not asked then print("Add more fuel to continue.") end
            asked = true
            os.pullEvent("turtle_inventory")
        end
    end
    if asked then print("Resuming tunnel.") end
    turtle.select(1)
end

-- Moves by one, through what it can dig or kill. Returns false if it can't.
local function advance(move, detect, dig, attack)
    refuel()
    while not move() do
        if detect() then
            if not dig() then return false end
            count()
        elseif not attack() then
            sleep(0.5)
        end
        refuel()
    end
    return true
end

local function up() return advance(turtle.up, turtle.detectUp, turtle.digUp, turtle.attackUp) end
local function down() return advance(turtle.down, turtle.detectDown, turtle.digDown, turtle.attackDown) end
local function forward() return advance(turtle.forward, turtle.detect, turtle.dig, turtle.attack) end

print("Tunnelling...")
for n = 1, length do
    -- The turtle is in the middle of the lower row: left wall, up, both walls there, down, right wall.
    turtle.placeDown()
    turtle.turnLeft()
    clear(turtle.detect, turtle.dig)
    local isUp = clear(turtle.detectUp, turtle.digUp) and up()
    if isUp then clear(turtle.detect, turtle.dig) end
    turtle.turnRight()
    turtle.turnRight()
    clear(turtle.detect, turtle.dig)
    if isUp and down() then clear(turtle.detect, turtle.dig) end
    turtle.turnLeft()

    if n < length and not forward() then
        print("Aborting tunnel.")
        break
    end
end
print("Tunnel complete.")
print("Mined " .. collected .. " items total.")
