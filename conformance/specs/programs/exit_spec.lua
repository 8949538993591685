describe("exit", function()
    it("ends the shell", function()
        local lines = { "exit", "nothing" }
        stub(_G, "print", function() end)
        stub(_G, "write", function() end)
        stub(_G, "read", function() return table.remove(lines, 1) end)
        expect(shell.run("shell")):eq(true)
        expect(lines):same { "nothing" }
    end)
end)
