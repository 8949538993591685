-- A doorbell. doorbell_spec.lua tests it: luart test examples

local doorbell = {}

---Waits for a redstone signal at a side and rings; then, for a while, does not. Does not return.
---@param side string where the button is
---@param ring fun(count: integer) called with how often the bell has rung
---@param pause number how long it is quiet after a ring, in seconds
function doorbell.run(side, ring, pause)
    local count = 0
    while true do
        os.pullEvent("redstone")
        if redstone.getInput(side) then
            count = count + 1
            ring(count)
            sleep(pause)
        end
    end
end

return doorbell
