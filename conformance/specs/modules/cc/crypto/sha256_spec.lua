local sha256 = require "cc.crypto.sha256"

describe("cc.crypto.sha256", function()
    it("hashes the texts of the standard", function()
        expect(sha256.hex("")):eq("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        expect(sha256.hex("abc")):eq("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        expect(sha256.hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))
            :eq("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        expect(sha256.hex(("a"):rep(100000)):sub(1, 16)):eq(sha256.new():update(("a"):rep(99999)):update("a"):hex():sub(1, 16))
    end)

    it("hashes zero bytes and all others", function()
        expect(sha256.hex("\0")):eq("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        local all = {}
        for i = 0, 255 do all[#all + 1] = string.char(i) end
        expect(sha256.hex(table.concat(all))):eq("40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880")
        expect(#sha256.digest("x")):eq(32)
    end)

    it("hashes parts as it does the whole, whatever their lengths", function()
        local text = ("0123456789abcdef"):rep(20)
        for length = 0, 130 do
            local whole = text:sub(1, length)
            local hash = sha256.new()
            for at = 1, length, 7 do hash:update(whole:sub(at, at + 6)) end
            expect(hash:hex()):eq(sha256.hex(whole))
            expect(hash:hex()):eq(sha256.hex(whole)) -- asking changes nothing
        end
    end)

    it("makes the HMACs of RFC 4231", function()
        expect(sha256.hmacHex(("\11"):rep(20), "Hi There")):eq("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        expect(sha256.hmacHex("Jefe", "what do ya want for nothing?")):eq("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        expect(sha256.hmacHex(("\170"):rep(20), ("\221"):rep(50))):eq("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")
        expect(sha256.hmacHex(("\170"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First"))
            :eq("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    end)

    it("compares", function()
        expect(sha256.equal("", "")):eq(true)
        expect(sha256.equal("abc", "abc")):eq(true)
        expect(sha256.equal("abc", "abd")):eq(false)
        expect(sha256.equal("abc", "ab")):eq(false)
        expect(sha256.equal("\0", "\255")):eq(false)
    end)

    it("checks its arguments", function()
        expect.error(sha256.hex):str_match("bad argument #1")
        expect.error(sha256.hmac, "x"):str_match("bad argument #2")
        expect.error(sha256.equal, "x", 1):str_match("bad argument #2")
    end)
end)
