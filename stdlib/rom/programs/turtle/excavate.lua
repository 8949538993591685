-- Digs a square shaft, layer by layer, until it comes to something that can't be dug. What it mines goes behind the place
-- where it began, where a chest may stand; fuel is taken from the inventory, and waited for there.

if not turtle then
    printError("Requires a Turtle")
    return
end

local size = tonumber((...))
if not size then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <diameter>")
    return
end
if size < 1 or size % 1 ~= 0 then
    print("Excavate diameter must be positive")
    return
end

-- Where the turtle is, seen from its start: x to the right, z ahead, depth down. It looks along (dx, dz).
local x, z, depth = 0, 0, 0
local dx, dz = 0, 1

local collected = 0

local function turnRight()
    turtle.turnRight()
    dx, dz = dz, -dx
end

local function turnLeft()
    turtle.turnLeft()
    dx, dz = -dz, dx
end

local function face(newDX, newDZ)
    if newDX == -dz and newDZ == dx then
        turnLeft()
        return
    end
    while dx ~= newDX or dz ~= newDZ do turnRight() end
end

-- Burns items until there is fuel for so many moves. Returns false if there are too few.
local function refuel(moves)
    local function isEnough()
        local level = turtle.getFuelLevel()
        return level == "unlimited" or level >= moves
    end
    for slot = 1, 16 do
        if isEnough() then return true end
        if turtle.getItemCount(slot) > 0 then
            turtle.select(slot)
            while not isEnough() and turtle.getItemCount(slot) > 0 and turtle.refuel(1) do end
        end
    end
    turtle.select(1)
    return isEnough()
end

-- Whether all slots are taken.
local function isFull()
    for slot = 1, 16 do
        if turtle.getItemCount(slot) == 0 then
            turtle.select(1)
            return false
        end
    end
    return true
end

local function movesHome()
    return math.abs(x) + math.abs(z) + depth
end

local function mined()
    collected = collected + 1
    if collected % 25 == 0 then print("Mined " .. collected .. " items.") end
end

-- Moves by one, through what it can dig or kill. Returns false if it can't.
local function move(go, detect, dig, attack)
    while not go() do
        if detect() then
            if not dig() then return false end
            mined()
        elseif not attack() then
            sleep(0.5)
        end
    end
    return true
end

local function forward()
    if not move(turtle.forward, turtle.detect, turtle.dig, turtle.attack) then return false end
    x, z = x + dx, z + dz
    return true
end

local function down()
    if not move(turtle.down, turtle.detectDown, turtle.digDown, turtle.attackDown) then return false end
    depth = depth + 1
    if depth % 10 == 0 then print("Descended " .. depth .. " metres.") end
    return true
end

local function up()
    if not move(turtle.up, turtle.detectUp, turtle.digUp, turtle.attackUp) then return false end
    depth = depth - 1
    return true
end

-- Goes to a place by ways that were dug already. Up first and down last: the shaft is square, but its last layer is not done.
local function goTo(newX, newZ, newDepth)
    while depth > newDepth do
        if not up() then return false end
    end
    while x ~= newX do
        face(x < newX and 1 or -1, 0)
        if not forward() then return false end
    end
    while z ~= newZ do
        face(0, z < newZ and 1 or -1)
        if not forward() then return false end
    end
    while depth < newDepth do
        if not down() then return false end
    end
    return true
end

-- Leaves everything behind the start, but for a stack of fuel if it is to go on.
local function unload(keepFuel)
    print("Unloading items...")
    for slot = 1, 16 do
        local count = turtle.getItemCount(slot)
        if count > 0 then
            turtle.select(slot)
            if keepFuel and turtle.refuel(0) then
                keepFuel = false
            else
                turtle.drop()
            end
        end
    end
    turtle.select(1)
end

-- Goes home, leaves everything there, takes fuel in for the way back and home again, and returns to where it was.
local function resupply()
    local oldX, oldZ, oldDepth, oldDX, oldDZ = x, z, depth, dx, dz
    print("Returning to surface...")
    if not goTo(0, 0, 0) then return false end
    face(0, -1)
    unload(true)
    local needed = 2 * (math.abs(oldX) + math.abs(oldZ) + oldDepth) + 2
    if not refuel(needed) then
        print("Waiting for fuel")
        repeat os.pullEvent("turtle_inventory") until refuel(needed)
    end
    print("Resuming mining...")
    if not goTo(oldX, oldZ, oldDepth) then return false end
    face(oldDX, oldDZ)
    return true
end

-- What is to be done before every move: there must be room for what is dug, and fuel to come home.
local function prepare()
    if isFull() then return resupply() end
    return refuel(movesHome() + 2) or resupply()
end

-- The places of a layer, each beside the one before. Every other layer goes backwards, from where the last one ended.
local function excavate()
    print("Excavating...")
    local layer = 0
    while true do
        for i = 0, size * size - 1 do
            local at = layer % 2 == 0 and i or size * size - 1 - i
            local column, row = math.floor(at / size), at % size
            if column % 2 == 1 then row = size - 1 - row end
            if column ~= x or row ~= z then
                face(column - x, row - z)
                if not prepare() or not forward() then return end
            end
        end
        if not prepare() or not down() then return end
        layer = layer + 1
    end
end

if not refuel(2) then
    print("Out of fuel")
    return
end
excavate()

print("Returning to surface...")
goTo(0, 0, 0)
face(0, -1)
unload(false)
face(0, 1)
print("Mined " .. collected .. " items total.")
