-- The tabs, on a window. What they look like is tested with scripts (package screens).

local capture = require "testdata.capture"

describe("multishell", function()
    local thread, w, api

    -- Gives multishell an event.
    local function send(...)
        local old = term.redirect(w)
        local ok, message = coroutine.resume(thread, ...)
        term.redirect(old)
        if not ok then error(message, 0) end
    end

    local function line(y)
        return (w.getLine(y):gsub(" +$", ""))
    end

    before_each(function()
        fs.delete("ms")
        settings.set("shell.allow_startup", false)
        settings.set("motd.enable", false)
        w = window.create(term.current(), 1, 1, 20, 6, false)
        thread = coroutine.create(function() os.run({}, "rom/programs/advanced/multishell.lua") end)
        send()
        capture.write("ms/api.lua", "_G.__api = multishell")
        capture.write("ms/wait.lua", "local name = ... _G.__seen = {} while true do local e = { os.pullEventRaw() } table.insert(_G.__seen, e[1]) print(e[1]) if e[1] == 'terminate' then break end end")
        send("paste", "ms/api")
        send("key", keys.enter)
        api = _G.__api
        _G.__api = nil
    end)

    it("begins with a shell", function()
        expect(line(1)):eq("CraftOS 1.9")
        expect(api.getCount()):eq(1)
        expect(api.getFocus()):eq(1)
        expect(api.getTitle(1)):eq("shell")
        expect(api.getTitle(2)):eq(nil)
        expect(api.setFocus(2)):eq(false)
    end)

    it("checks arguments", function()
        expect.error(api.setFocus, nil):eq("bad argument #1 (number expected, got nil)")
        expect.error(api.getTitle, nil):eq("bad argument #1 (number expected, got nil)")
        expect.error(api.setTitle, 1, nil):eq("bad argument #2 (string expected, got nil)")
        expect.error(api.launch, nil):eq("bad argument #1 (table expected, got nil)")
        expect.error(api.launch, {}, nil):eq("bad argument #2 (string expected, got nil)")
    end)

    it("gives input to the tab that is seen, and other events to all", function()
        send("paste", "bg ms/wait")
        send("key", keys.enter)
        expect(api.getCount()):eq(2)
        expect(api.getTitle(2)):eq("wait")
        expect(line(1)):eq(" shell  wait")
        _G.__seen = {}
        send("char", "x")
        send("mouse_click", 1, 1, 2)
        expect(_G.__seen):same {}
        send("timer", 1)
        expect(_G.__seen):same { "timer" }
        send("mouse_click", 1, 10, 1)
        expect(api.getFocus()):eq(2)
        send("char", "x")
        send("mouse_click", 1, 1, 1)
        expect(api.getFocus()):eq(1)
        expect(_G.__seen):same { "timer", "char" }
        expect(api.setFocus(2)):eq(true)
        send("terminate")
        expect(_G.__seen):same { "timer", "char", "terminate" }
        expect(api.getCount()):eq(1)
        expect(line(1)):eq("CraftOS 1.9")
        _G.__seen = nil
    end)

    it("runs programs without a shell", function()
        capture.write("ms/env.lua", "_G.__env = { require = require, multishell = multishell, shell = shell, current = multishell.getCurrent(), ... } os.pullEvent('never')")
        local old = term.redirect(w)
        local n = api.launch({}, "ms/env.lua", "a b", 2)
        term.redirect(old)
        expect(n):eq(2)
        expect(_G.__env):matches { "a b", 2, multishell = api, current = 2 }
        expect(_G.__env.shell):eq(nil)
        expect(_G.__env.require):type("function")
        _G.__env = nil
    end)

    it("keeps a tab whose program has ended unseen", function()
        capture.write("ms/short.lua", "print('done')")
        send("paste", "bg ms/short")
        send("key", keys.enter)
        expect(api.getCount()):eq(2)
        api.setFocus(2)
        expect(line(2)):eq("done")
        expect(line(3)):eq("Press any key to")
        send("char", "x")
        expect(api.getCount()):eq(1)
    end)

    it("scrolls titles that are too many", function()
        for i = 1, 4 do
            send("paste", "bg ms/wait")
            send("key", keys.enter)
            api.setTitle(i + 1, "title" .. i)
        end
        expect(w.getLine(1)):eq(" shell  title1  titl")
        api.setFocus(5)
        expect(w.getLine(1)):eq("le2  title3  title4 ")
        send("mouse_scroll", -1, 1, 1)
        expect(w.getLine(1)):eq("tle2  title3  title4")
        api.setFocus(1)
        expect(w.getLine(1)):eq(" shell  title1  titl")
        expect(api.getCount()):eq(5)
        _G.__seen = nil
    end)

    it("ends with its last tab", function()
        send("paste", "exit")
        send("key", keys.enter)
        expect(coroutine.status(thread)):eq("dead")
    end)
end)
