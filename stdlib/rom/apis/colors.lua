-- The 16 colours of a terminal, and sets of them: each colour is a bit of a number.

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local band, bor, bnot = bit32.band, bit32.bor, bit32.bnot
local floor, select = math.floor, select

white = 0x1
orange = 0x2
magenta = 0x4
lightBlue = 0x8
yellow = 0x10
lime = 0x20
pink = 0x40
gray = 0x80
lightGray = 0x100
cyan = 0x200
purple = 0x400
blue = 0x800
brown = 0x1000
green = 0x2000
red = 0x4000
black = 0x8000

---Makes a set of colours: `colors.combine(colors.red, colors.blue)`.
---@param ... integer colours, or sets of them
---@return integer set 0 if none are given
function combine(...)
    local set = 0
    for i = 1, select("#", ...) do
        local colour = select(i, ...)
        expect(i, colour, "number")
        set = bor(set, colour)
    end
    return set
end

---Takes colours out of a set.
---@param colors integer
---@param ... integer colours, or sets of them
---@return integer set
function subtract(colors, ...)
    expect(1, colors, "number")
    local set = colors
    for i = 1, select("#", ...) do
        local colour = select(i, ...)
        expect(i + 1, colour, "number")
        set = band(set, bnot(colour))
    end
    return set
end

---Tells whether a set has a colour.
---@param colors integer
---@param color integer a colour; if it is a set, all of its colours must be there
---@return boolean
function test(colors, color)
    expect(1, colors, "number")
    expect(2, color, "number")
    return band(colors, color) == color
end

---Makes a number of the form 0xRRGGBB.
---@param r number 0 to 1
---@param g number 0 to 1
---@param b number 0 to 1
---@return integer rgb
function packRGB(r, g, b)
    expect(1, r, "number")
    expect(2, g, "number")
    expect(3, b, "number")
    return band(r * 255, 0xFF) * 0x10000 + band(g * 255, 0xFF) * 0x100 + band(b * 255, 0xFF)
end

---Takes a number of the form 0xRRGGBB apart.
---@param rgb integer
---@return number r 0 to 1
---@return number g 0 to 1
---@return number b 0 to 1
function unpackRGB(rgb)
    expect(1, rgb, "number")
    return band(floor(rgb / 0x10000), 0xFF) / 255, band(floor(rgb / 0x100), 0xFF) / 255, band(rgb, 0xFF) / 255
end

---packRGB if there are three arguments, unpackRGB if there is one.
---@deprecated use packRGB or unpackRGB
---@param r number
---@param g? number
---@param b? number
---@return number ...
function rgb8(r, g, b)
    if g == nil and b == nil then return unpackRGB(r) end
    return packRGB(r, g, b)
end

local digits = "0123456789abcdef"
local digitOf, colourOf = {}, {}
for i = 0, 15 do
    local digit = digits:sub(i + 1, i + 1)
    digitOf[2 ^ i] = digit
    colourOf[digit] = 2 ^ i
end

---The digit that term.blit wants for a colour.
---@param color integer a colour; of a set, the last one counts. Others throw "Colour out of range".
---@return string digit "0" to "f"
function toBlit(color)
    expect(1, color, "number")
    local digit = digitOf[color]
    if digit then return digit end
    if not (color >= 1 and color < 0x10000) then error("Colour out of range", 2) end
    local _, exponent = math.frexp(color)
    return digits:sub(exponent, exponent)
end

---The colour of a digit.
---@param hex string "0" to "f"
---@return integer? color nil for other texts
function fromBlit(hex)
    expect(1, hex, "string")
    return colourOf[hex:lower()]
end
