-- Timers with functions, and functions that are called later.

local expect = require("cc.expect").expect

-- How many timers of setTimer a plugin may have, and how many functions may wait in defer.
local MOST = 10000

return function(env, load, manager)
    local scheduler, native = manager.scheduler, load.natives.os
    local timers, byNative = {}, {}
    local last, count = 0, 0

    local function stop(handle)
        local timer = timers[handle]
        if not timer then return false end
        timers[handle] = nil
        byNative[timer.native] = nil
        count = count - 1
        load.startTimer.cancel(timer.native)
        return true
    end

    local function begin(timer)
        timer.due = native.epoch("utc") + timer.interval
        timer.native = load.startTimer.start(timer.interval / 1000)
        byNative[timer.native] = timer
    end

    function env.setTimer(fn, interval, times)
        expect(1, fn, "function")
        expect(2, interval, "number")
        times = expect(3, times, "number", "nil") or 1
        if not (interval >= 0 and interval < 1e12) then error("bad argument #2 (milliseconds expected, 0 or more)", 2) end
        if times ~= times then error("bad argument #3 (number expected, got nan)", 2) end
        if count >= MOST then error("too many timers (" .. MOST .. ")", 2) end
        last, count = last + 1, count + 1
        local timer = { handle = last, fn = fn, interval = interval, left = times <= 0 and math.huge or times }
        timers[last] = timer
        begin(timer)
        return last
    end

    function env.killTimer(handle) return stop(handle) end

    function env.isTimer(handle) return timers[handle] ~= nil end

    function env.getTimer(handle)
        local timer = timers[handle]
        if not timer then return 0, 0 end
        return math.max(0, timer.due - native.epoch("utc")), timer.interval
    end

    local deferred, first, final, ticking = {}, 1, 0, nil

    function env.defer(fn, ...)
        expect(1, fn, "function")
        if final - first + 1 >= MOST then error("too many deferred functions (" .. MOST .. ")", 2) end
        final = final + 1
        deferred[final] = table.pack(fn, ...)
        ticking = ticking or load.startTimer.start(0)
    end

    -- Takes a timer of the host's that is one of these. A call that still runs when the next one is due is waited for.
    function load.timer(id)
        if id == ticking then
            local next = deferred[first]
            deferred[first] = nil
            first = first + 1
            ticking = nil
            if deferred[first] then
                ticking = load.startTimer.start(0)
            else
                deferred, first, final = {}, 1, 0
            end
            pcall(scheduler.start, scheduler, load, "defer", table.unpack(next, 1, next.n))
            return true
        end
        local timer = byNative[id]
        if not timer then return false end
        byNative[id] = nil
        timer.left = timer.left - 1
        if timer.left <= 0 then
            timers[timer.handle] = nil
            count = count - 1
        else
            begin(timer)
        end
        if not (timer.task and not timer.task.dead) then
            local ok, task = pcall(scheduler.start, scheduler, load, "timer", timer.fn)
            timer.task = ok and task or nil
        end
        return true
    end

    -- Ends all of them: the load is being replaced.
    function load.stopTimers()
        for handle in pairs(timers) do stop(handle) end
        deferred, first, final = {}, 1, 0
        if ticking then load.startTimer.cancel(ticking) end
        ticking = nil
    end

    function env.getRealTime(seconds, localTime)
        expect(1, seconds, "number", "nil")
        expect(2, localTime, "boolean", "nil")
        local at = seconds or math.floor(native.epoch("utc") / 1000)
        local t = native.date(localTime == false and "!*t" or "*t", at)
        return {
            second = t.sec, minute = t.min, hour = t.hour, monthday = t.day, month = t.month - 1, year = t.year - 1900, weekday = t.wday - 1,
            yearday = t.yday - 1, isdst = t.isdst and 1 or 0, timestamp = at,
        }
    end
end
