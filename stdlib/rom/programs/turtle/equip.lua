-- Puts an item of the turtle's inventory on one of its sides, as a tool or another upgrade.

if not turtle then
    printError("Requires a Turtle")
    return
end

local slotText, side = ...
local slot = tonumber(slotText)
if not slot or slot < 1 or slot > 16 or slot % 1 ~= 0 or side ~= "left" and side ~= "right" then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <slot> <side>")
    return
end

turtle.select(slot)
if turtle.getItemCount(slot) == 0 then
    print("Nothing to equip")
    return
end
local equip = side == "left" and turtle.equipLeft or turtle.equipRight
if not equip() then
    print("Item not equippable")
elseif turtle.getItemCount(slot) > 0 then
    -- What was on that side lies in the slot now.
    print("Items swapped")
else
    print("Item equipped")
end
