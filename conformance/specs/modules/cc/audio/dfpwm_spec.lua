local dfpwm = require "cc.audio.dfpwm"

describe("cc.audio.dfpwm", function()
    it("follows a wave", function()
        local wave = {}
        for i = 1, 8000 do wave[i] = math.floor(math.sin(i / 40) * 100 + 0.5) end
        local decoded = dfpwm.decode(dfpwm.encode(wave))
        expect(#decoded):eq(#wave)
        local off = 0
        for i = 1000, #wave do off = math.max(off, math.abs(decoded[i] - wave[i])) end
        if off > 40 then fail("off by " .. off) end
    end)

    it("is the same in parts", function()
        local wave = {}
        for i = 1, 64 do wave[i] = i % 17 * 7 - 60 end
        local encode, parts = dfpwm.make_encoder(), {}
        for i = 0, 7 do parts[i + 1] = encode { table.unpack(wave, i * 8 + 1, i * 8 + 8) } end
        expect(table.concat(parts)):eq(dfpwm.encode(wave))
        local at = 0
        expect(dfpwm.encode(function() at = at + 1 return wave[at] end)):eq(dfpwm.encode(wave))
        local decode, whole = dfpwm.make_decoder(), dfpwm.decode(table.concat(parts))
        local first, second = decode(table.concat(parts, "", 1, 4)), decode(table.concat(parts, "", 5))
        expect({ first[32], second[1], second[32] }):same { whole[32], whole[33], whole[64] }
    end)

    it("wants samples", function()
        expect(dfpwm.encode {}):eq("")
        expect(#dfpwm.encode { 1, 2, 3 }):eq(1)
        expect.error(dfpwm.encode, { 1, 200 }):str_match("sample 2 is 200")
        expect.error(dfpwm.decode, {}):eq("bad argument #1 (string expected, got table)")
    end)
end)
