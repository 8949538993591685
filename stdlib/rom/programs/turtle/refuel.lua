-- Burns items of the turtle's inventory.

if not turtle then
    printError("Requires a Turtle")
    return
end

local args = { ... }
if #args > 1 then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " [number]")
    return
end

local limit = 1
if args[1] == "all" then
    limit = math.huge
elseif args[1] then
    limit = tonumber(args[1])
    if not limit or limit ~= limit then
        print("Invalid limit, expected a number or \"all\"")
        return
    end
end

local function isFull()
    return turtle.getFuelLevel() == "unlimited" or turtle.getFuelLevel() >= turtle.getFuelLimit()
end

for slot = 1, 16 do
    if limit <= 0 or isFull() then break end
    local count = turtle.getItemCount(slot)
    if count > 0 then
        turtle.select(slot)
        turtle.refuel(math.min(limit, count))
        limit = limit - (count - turtle.getItemCount(slot))
    end
end

print("Fuel level is " .. turtle.getFuelLevel())
if turtle.getFuelLevel() == turtle.getFuelLimit() then print("Fuel limit reached") end
