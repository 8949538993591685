-- Takes the upgrade off a side of the turtle.

if not turtle then
    printError("Requires a Turtle")
    return
end

local side = ...
if side ~= "left" and side ~= "right" then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <side>")
    return
end

-- Equipping an empty slot unequips.
local unequip = side == "left" and turtle.equipLeft or turtle.equipRight
for slot = 1, 16 do
    if turtle.getItemCount(slot) == 0 then
        turtle.select(slot)
        unequip()
        print(turtle.getItemCount(slot) > 0 and "Item unequipped" or "Nothing to unequip")
        return
    end
end
print("No space to unequip item")
