-- DFPWM (1a), the format of sounds: one bit a sample, which says whether the wave goes up or down.
--
--     local dfpwm = require "cc.audio.dfpwm"
--     local decode = dfpwm.make_decoder()
--     for chunk in io.lines("sound.dfpwm", 16 * 1024) do play(decode(chunk)) end

local expect = require "cc.expect".expect
local byte, char, floor = string.byte, string.char, math.floor

-- Follows the wave by one bit. Returns its level after it, and how far the next bit may move it.
local function step(level, strength, bit, previous)
    local target = bit and 127 or -128
    local new = level + floor((strength * (target - level) + 512) / 1024)
    if new == level and new ~= target then new = new + (bit and 1 or -1) end

    if bit == previous then
        if strength < 1023 then strength = strength + 1 end
    elseif strength > 8 then
        strength = strength - 1
    end
    if strength < 8 then strength = 8 end
    return new, strength
end

---Makes a function that encodes a sound whose parts it is given one after the other.
---@return fun(input: number[]|fun(): number?): string encode takes samples of -128 to 127, and returns a byte for each eight; the last ones are filled up with silence
local function make_encoder()
    local level, strength, previous = 0, 0, false
    return function(input)
        expect(1, input, "table", "function")
        local following = input
        if type(input) == "table" then
            local at = 0
            following = function()
                at = at + 1
                return input[at]
            end
        end

        local out, n, count = {}, 0, 0
        local sample = following()
        while sample do
            local bits = 0
            for i = 0, 7 do
                if sample then
                    count = count + 1
                    if type(sample) ~= "number" or not (sample >= -128 and sample <= 127) then
                        error(("sample %d is %s, not a number of -128 to 127"):format(count, tostring(sample)), 2)
                    end
                end
                local wanted = sample or 0
                local bit = wanted > level or wanted == level and level == 127
                if bit then bits = bits + 2 ^ i end
                level, strength = step(level, strength, bit, previous)
                previous = bit
                if sample then sample = following() end
            end
            n = n + 1
            out[n] = char(bits)
        end
        return table.concat(out)
    end
end

---Makes a function that decodes a sound whose parts it is given one after the other.
---@return fun(input: string): number[] decode returns eight samples of -128 to 127 for each byte
local function make_decoder()
    local level, strength, smooth, previous = 0, 0, 0, false
    return function(input)
        expect(1, input, "string")
        local out, n = {}, 0
        for i = 1, #input do
            local bits = byte(input, i)
            for _ = 1, 8 do
                local bit = bits % 2 == 1
                bits = (bits - bits % 2) / 2
                local new
                new, strength = step(level, strength, bit, previous)
                -- Where the wave turns, the mean is nearer to it than either end.
                local turned = bit == previous and new or floor((new + level + 1) / 2)
                level, previous = new, bit
                smooth = smooth + floor(((turned - smooth) * 140 + 128) / 256)
                n = n + 1
                out[n] = smooth
            end
        end
        return out
    end
end

---Encodes a sound.
---@param input number[]|fun(): number? as for make_encoder
---@return string
local function encode(input)
    expect(1, input, "table", "function")
    return make_encoder()(input)
end

---Decodes a sound.
---@param input string
---@return number[]
local function decode(input)
    expect(1, input, "string")
    return make_decoder()(input)
end

return { make_encoder = make_encoder, make_decoder = make_decoder, encode = encode, decode = decode }
