describe("parallel.waitForAny", function()
    it("ends with the first that returns, and says which", function()
        local trace = {}
        expect(parallel.waitForAny(
            function() os.pullEvent("never") end,
            function() sleep(0) trace[#trace + 1] = "second" end,
            function() sleep(1000) trace[#trace + 1] = "third" end)):eq(2)
        expect(trace):same { "second" }
        expect(parallel.waitForAny()):eq(0)
    end)

    it("starts no more once one has returned", function()
        local started = false
        expect(parallel.waitForAny(function() end, function() started = true end)):eq(1)
        expect(started):eq(false)
    end)

    it("throws what one throws, as it is", function()
        local problem = {}
        expect.error(parallel.waitForAny, function() os.pullEvent("never") end, function() error(problem) end):eq(problem)
        expect.error(parallel.waitForAny, function() error("text", 0) end):eq("text")
    end)
end)

describe("parallel.waitForAll", function()
    it("gives every function all events that it waits for", function()
        local seen = {}
        local function listen(name, filter)
            return function()
                for _ = 1, 2 do
                    local event, value = os.pullEvent(filter)
                    seen[#seen + 1] = name .. event .. value
                end
            end
        end
        os.queueEvent("a", 1)
        os.queueEvent("b", 2)
        os.queueEvent("a", 3)
        parallel.waitForAll(listen("x:", "a"), listen("y:"))
        expect(seen):same { "x:a1", "y:a1", "y:b2", "x:a3" }
    end)

    it("waits for those that take longer", function()
        local ended = {}
        parallel.waitForAll(function() sleep(0.1) ended[#ended + 1] = 1 end, function() ended[#ended + 1] = 2 end)
        expect(ended):same { 2, 1 }
        expect(select("#", parallel.waitForAll())):eq(0)
    end)

    it("gives terminate to all, whatever they wait for", function()
        local told = {}
        os.queueEvent("terminate")
        parallel.waitForAll(
            function() told[1] = os.pullEventRaw("never") end,
            function() told[2] = select(2, pcall(os.pullEvent, "never")) end,
            function() told[3] = select(2, pcall(sleep, 1000)) end)
        expect(told):same { "terminate", "Terminated", "Terminated" }
    end)

    it("may be nested", function()
        local ended = {}
        parallel.waitForAll(function()
            parallel.waitForAny(function() os.pullEvent("never") end, function() sleep(0) end)
            ended[#ended + 1] = "inner"
        end, function()
            sleep(0.1)
            ended[#ended + 1] = "outer"
        end)
        expect(ended):same { "inner", "outer" }
    end)

    it("wants functions", function()
        for _, f in ipairs { "waitForAll", "waitForAny" } do
            expect.error(parallel[f], function() end, 1):eq("bad argument #2 (function expected, got number)")
            expect.error(parallel[f], nil):eq("bad argument #1 (function expected, got nil)")
        end
    end)
end)
