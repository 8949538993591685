describe("keys", function()
    it("has the codes of GLFW", function()
        expect({ keys.a, keys.z, keys.zero, keys.enter, keys.f1, keys.f25, keys.numPad0, keys.numPadEnter, keys["end"], keys["return"] })
            :same { 65, 90, 48, 257, 290, 314, 320, 335, 269, 257 }
    end)

    it("names keys", function()
        expect(keys.getName(keys.space)):eq("space")
        expect(keys.getName(257)):eq("enter")
        expect(keys.getName(1)):eq(nil)
        for name, code in pairs(keys) do
            if type(code) == "number" then expect(keys[keys.getName(code)]):eq(code) end
            expect(name):type("string")
        end
    end)
end)
