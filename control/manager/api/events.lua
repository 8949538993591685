-- Events between plugins, hooks, and functions that plugins offer each other.

local expect = require("cc.expect").expect

return function(env, load, manager)
    local bus, scheduler = manager.bus, manager.scheduler

    function env.on(name, fn)
        expect(1, name, "string")
        expect(2, fn, "function")
        bus:on(load, name, fn, false)
    end

    function env.once(name, fn)
        expect(1, name, "string")
        expect(2, fn, "function")
        bus:on(load, name, fn, true)
    end

    function env.off(name, fn)
        expect(1, name, "string")
        expect(2, fn, "function")
        return bus:off(load, name, fn)
    end

    function env.emit(name, ...)
        expect(1, name, "string")
        bus:emit(load, name, ...)
    end

    env.Hook = {
        Add = function(name, fn, priority)
            expect(1, name, "string")
            expect(2, fn, "function")
            priority = expect(3, priority, "number", "nil") or 0
            if priority ~= priority then error("bad argument #3 (number expected, got nan)", 2) end
            bus:addHook(load, name, fn, priority, false)
        end,
        Watch = function(name, fn)
            expect(1, name, "string")
            expect(2, fn, "function")
            bus:addHook(load, name, fn, 0, true)
        end,
        Remove = function(name, fn)
            expect(1, name, "string")
            expect(2, fn, "function", "nil")
            return bus:removeHook(load, name, fn)
        end,
        Run = function(name, ...)
            expect(1, name, "string")
            return bus:runHooks(load, name, ...)
        end,
        Fold = function(name, initial, combine, ...)
            expect(1, name, "string")
            expect(3, combine, "function")
            return bus:foldHooks(load, name, initial, combine, ...)
        end,
    }

    function env.export(name, fn)
        expect(1, name, "string")
        expect(2, fn, "function")
        load.exports[name] = fn
    end

    -- What a call of another plugin has given.
    local function results(ok, ...)
        if ok then return ... end
        error((...), 0)
    end

    -- Functions of a plugin: found anew at each call, so that they outlive a reload.
    local function functionOf(other, name)
        return function(...)
            local to = other == load.name and load or manager:activeLoad(other)
            if not to then error("the plugin " .. other .. " is not running", 2) end
            local fn = to.exports[name]
            if not fn then error("the plugin " .. other .. " exports no function " .. tostring(name), 2) end
            if to == load then return fn(...) end
            return results(scheduler:call({ owner = to, name = "export " .. name, fn = fn, quiet = true }, ...))
        end
    end

    local known = {}
    local function exportsOf(other)
        local proxy = known[other]
        if not proxy then
            local functions = {}
            proxy = setmetatable({}, {
                __metatable = false,
                __index = function(_, name)
                    local to = other == load.name and load or manager:activeLoad(other)
                    if not to or not to.exports[name] then return nil end
                    functions[name] = functions[name] or functionOf(other, name)
                    return functions[name]
                end,
                __newindex = function() error("use export to offer a function", 2) end,
                __pairs = function(self)
                    local to = other == load.name and load or manager:activeLoad(other)
                    local names = {}
                    for name in pairs(to and to.exports or {}) do names[name] = self[name] end
                    return next, names
                end,
            })
            known[other] = proxy
        end
        return proxy
    end

    env.exports = setmetatable({}, {
        __metatable = false,
        __index = function(_, other)
            if other ~= load.name and not manager:activeLoad(other) then return nil end
            return exportsOf(other)
        end,
        __newindex = function() error("use export to offer a function", 2) end,
        __pairs = function()
            local all = {}
            for _, name in ipairs(manager:running()) do all[name] = exportsOf(name) end
            return next, all
        end,
    })
end
