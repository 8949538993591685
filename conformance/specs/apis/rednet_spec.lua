describe("rednet", function()
    it("sends to the computer itself", function()
        rednet.send(os.getComputerID(), { 1 }, "p")
        expect({ rednet.receive("p", 1) }):same { os.getComputerID(), { 1 }, "p" }
    end)

    it("gives up after the time", function()
        expect(rednet.receive("p", 0)):eq(nil)
        expect(rednet.receive(0)):eq(nil)
    end)

    it("has names", function()
        rednet.host("p", "me")
        expect(rednet.lookup("p", "me")):eq(os.getComputerID())
        rednet.unhost("p")
        expect(rednet.lookup("p")):eq(nil)
        expect(rednet.isOpen()):eq(false)
        expect(rednet.send(os.getComputerID() + 1, "x")):eq(false)
    end)
end)

describe("gps", function()
    it("needs a wireless modem", function()
        local said = {}
        stub(_G, "print", function(text) said[#said + 1] = text end)
        expect(gps.locate(0, true)):eq(nil)
        expect(said):same { "No wireless modem attached" }
    end)
end)
