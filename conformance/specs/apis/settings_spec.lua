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
    end)
end)
