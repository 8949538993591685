-- Lets the turtle dance until a key is pressed.

if not turtle then
    printError("Requires a Turtle")
    return
end

local steps = {
    function() turtle.turnLeft() turtle.turnRight() end,
    function() turtle.turnRight() turtle.turnLeft() end,
    function() for _ = 1, 4 do turtle.turnLeft() end end,
    function() for _ = 1, 4 do turtle.turnRight() end end,
    function() if turtle.up() then turtle.turnLeft() turtle.turnLeft() turtle.down() end end,
    function() if turtle.forward() then turtle.back() end end,
    function() if turtle.back() then turtle.forward() end end,
}

print("Preparing to get down...")
print("Press any key to stop.")
parallel.waitForAny(
    function() os.pullEvent("key") end,
    function()
        while true do
            steps[math.random(#steps)]()
            -- Steps that there is no room or fuel for take no time.
            sleep(0.1)
        end
    end)
