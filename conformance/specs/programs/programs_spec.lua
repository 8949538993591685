describe("programs", function()
    it("lists programs", function()
        local listed, hidden
        stub(textutils, "pagedTabulate", function(names) listed = names end)
        stub(shell, "programs", function(all)
            hidden = all
            return { "one", "two" }
        end)
        shell.run("programs")
        expect(listed):same { "one", "two" }
        expect(hidden):eq(false)
        shell.run("programs all")
        expect(hidden):eq(true)
    end)
end)
