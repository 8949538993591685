describe("settings", function()
    before_each(function()
        settings.clear()
        for _, name in ipairs(settings.getNames()) do settings.undefine(name) end
    end)

    it("keeps copies", function()
        local value = { 1 }
        settings.set("t", value)
        value[1] = 2
        settings.get("t")[1] = 3
        expect(settings.get("t")):same { 1 }
    end)

    it("saves and loads", function()
        settings.define("n", { type = "number", default = 1 })
        settings.set("n", 2)
        settings.set("t", { a = "b" })
        expect(settings.save("saved")):eq(true)
        settings.clear()
        expect(settings.get("n")):eq(1)
        expect(settings.load("saved")):eq(true)
        expect(settings.get("n")):eq(2)
        expect(settings.get("t")):same { a = "b" }
        expect(settings.getNames()):same { "n", "t" }
        expect(settings.load("missing")):eq(false)
        expect(settings.save("rom/x")):eq(false)
    end)

    it("checks types", function()
        settings.define("s", { type = "string" })
        expect.error(settings.set, "s", 1):eq("bad argument #2 (string expected, got number)")
        expect.error(settings.define, "x", { type = 1 }):eq("bad field 'type' (string expected, got number)")
        expect.error(settings.set, "f", { print }):eq("Cannot serialize type function")
        expect.error(settings.define, "x", { type = "thread" }):eq('Unknown type "thread". Expected one of number, string, boolean, table.')
    end)

    it("takes of a file what can be a setting", function()
        settings.define("n", { type = "number", default = 1 })
        local function load(text)
            settings.clear()
            local file = fs.open("saved", "w")
            file.write(text)
            file.close()
            return settings.load("saved")
        end
        expect(load '{ n = "text", [1] = true, [true] = 1, f = function() end, t = { 1 }, b = false }'):eq(true)
        expect(settings.getNames()):same { "b", "n", "t" }
        expect({ settings.get("n"), settings.get("b"), settings.get("t") }):same { 1, false, { 1 } }
        for _, text in ipairs { "", "12", "{", "\0\255", "error()" } do expect(load(text)):describe(text):eq(false) end
        expect(load "(function() local t = {} t.t = t return { loop = t, ok = 1 } end)()"):eq(true)
        expect(settings.getNames()):same { "n", "ok" }
    end)

    it("tells of changes", function()
        settings.set("a", 1)
        settings.set("a", 2)
        settings.unset("a")
        settings.set("b", true)
        settings.clear()
        local changes = {}
        os.queueEvent("end")
        repeat
            local event = table.pack(os.pullEvent())
            if event[1] == "setting_changed" and (event[2] == "a" or event[2] == "b") then changes[#changes + 1] = { event[2], event[3] or "none", event[4] or "none" } end
        until event[1] == "end"
        expect(changes):same { { "a", 1, "none" }, { "a", 2, 1 }, { "a", "none", 2 }, { "b", true, "none" }, { "b", "none", true } }
    end)

    it("tells what it knows of a setting", function()
        settings.define("d", { description = "What it is for", type = "number", default = 5 })
        expect(settings.getDetails("d")):same { description = "What it is for", type = "number", default = 5, value = 5, changed = false }
        settings.set("d", 6)
        expect(settings.getDetails("d")):matches { value = 6, changed = true }
        settings.undefine("d")
        expect(settings.getDetails("d")):same { value = 6, changed = true }
        expect(settings.get("d", 7)):eq(6)
        expect(settings.getDetails("nothing")):same { changed = false }
        expect(settings.get("nothing", 7)):eq(7)
    end)
end)
