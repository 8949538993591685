-- Crafts what lies in the turtle's inventory.

if not turtle then
    printError("Requires a Turtle")
    return
end
if not turtle.craft then
    print("Requires a Crafty Turtle")
    return
end

local amount = ...
local limit = tonumber(amount)
if not limit and amount ~= "all" then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " all|<number>")
    return
end

local function selectedCount()
    return turtle.getItemCount(turtle.getSelectedSlot())
end

local before = selectedCount()
local crafted = 0
if turtle.craft(limit) then
    -- What was crafted goes to the selected slot; if an ingredient lies there, as many of that have been used.
    local after = selectedCount()
    crafted = math.abs(after - before)
    if crafted == 0 then crafted = after end
end

if crafted > 1 then
    print(crafted .. " items crafted")
elseif crafted == 1 then
    print("1 item crafted")
else
    print("No items crafted")
end
