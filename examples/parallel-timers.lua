-- Three things at the same time: whenever one waits, the others go on.
--
--   luart examples/parallel-timers.lua

local start = os.epoch("utc")

local function say(who, text)
    print(("%4.2f s  %-8s %s"):format((os.epoch("utc") - start) / 1000, who, text))
end

local function cook(dish, seconds, steps)
    return function()
        for i = 1, steps do
            sleep(seconds)
            say(dish, ("step %d of %d"):format(i, steps))
        end
        say(dish, "ready")
        os.queueEvent("served", dish)
    end
end

-- Gets the events that the cooks queue; nobody else does, because nobody else waits for them.
local function waiter()
    for _ = 1, 3 do
        local _, dish = os.pullEvent("served")
        say("waiter", "brings " .. dish)
    end
end

parallel.waitForAll(cook("soup", 0.1, 3), cook("rice", 0.25, 2), cook("tea", 0.4, 1), waiter)

local first = parallel.waitForAny(function() sleep(0.3) end, function() sleep(0.1) end)
say("race", "number " .. first .. " was first")
