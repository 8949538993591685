-- Windows: parts of a terminal that can be drawn to like a terminal. They remember what is on them, so that they can be
-- hidden, shown and moved.
--
--     local w = window.create(term.current(), 2, 2, 20, 5)
--     w.setBackgroundColour(colours.blue)
--     w.clear()
--     w.write("Hello")

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local rep, sub = string.rep, string.sub
local floor, frexp, max, min = math.floor, math.frexp, math.max, math.min
local error, select, tostring, type = error, select, tostring, type

local digits = "0123456789abcdef"

-- The digit of a colour, as blit has it, or nil for what is no colour. Of a set of colours, the last counts.
local digitOf = {}
for i = 0, 15 do digitOf[2 ^ i] = sub(digits, i + 1, i + 1) end

local function toDigit(colour)
    local digit = digitOf[colour]
    if digit or not (colour >= 1 and colour < 0x10000) then return digit end
    local _, exponent = frexp(colour)
    return sub(digits, exponent, exponent)
end

local function toColour(digit)
    return 2 ^ (string.find(digits, digit, 1, true) - 1)
end

---A terminal, or what can be drawn to like one.
---@class term.Redirect
---@field write fun(text: any) Writes a text from the cursor on; what doesn't fit on the line is lost.
---@field blit fun(text: string, textColours: string, backgroundColours: string) Writes a text with the colours of its characters: one digit each. Throws "Arguments must be the same length".
---@field clear fun()
---@field clearLine fun()
---@field getCursorPos fun(): integer, integer
---@field setCursorPos fun(x: integer, y: integer)
---@field getCursorBlink fun(): boolean
---@field setCursorBlink fun(blink: boolean)
---@field isColour fun(): boolean
---@field isColor fun(): boolean
---@field getSize fun(): integer, integer
---@field scroll fun(lines: integer) Moves the lines up, or down if negative.
---@field getTextColour fun(): integer
---@field getTextColor fun(): integer
---@field setTextColour fun(colour: integer) Throws "Colour out of range".
---@field setTextColor fun(colour: integer)
---@field getBackgroundColour fun(): integer
---@field getBackgroundColor fun(): integer
---@field setBackgroundColour fun(colour: integer)
---@field setBackgroundColor fun(colour: integer)
---@field getPaletteColour fun(colour: integer): number, number, number
---@field getPaletteColor fun(colour: integer): number, number, number
---@field setPaletteColour fun(colour: integer, r: number, g?: number, b?: number) r may be 0xRRGGBB, alone.
---@field setPaletteColor fun(colour: integer, r: number, g?: number, b?: number)

---@class window.Window: term.Redirect
---@field getLine fun(y: integer): string, string, string The text of a line, its text colours and background colours, as for blit. Throws "Line is out of range."
---@field setVisible fun(visible: boolean) While it is not, what is drawn doesn't reach the terminal.
---@field isVisible fun(): boolean
---@field redraw fun() Draws the window again, if it is visible.
---@field restoreCursor fun() Puts the terminal's cursor where the window's is, if it is visible.
---@field getPosition fun(): integer, integer
---@field reposition fun(x: integer, y: integer, width?: integer, height?: integer, parent?: term.Redirect) Moves it, and draws it. What is cut off is lost.

---Makes a window.
---@param parent term.Redirect where it is drawn, such as term.current()
---@param x integer its left column there
---@param y integer its top line there
---@param width integer
---@param height integer
---@param visible? boolean true unless given
---@return window.Window
function create(parent, x, y, width, height, visible)
    expect(1, parent, "table")
    expect(2, x, "number")
    expect(3, y, "number")
    expect(4, width, "number")
    expect(5, height, "number")
    expect(6, visible, "boolean", "nil")
    if parent == term then error("term is not a recommended window parent, try term.current() instead", 2) end
    if visible == nil then visible = true end
    x, y, width, height = floor(x), floor(y), max(0, floor(width)), max(0, floor(height))

    -- What is on the window: for each line its text and the digits of its colours.
    local texts, fronts, backs = {}, {}, {}
    local cursorX, cursorY, blink = 1, 1, false
    local front, back = "0", "f"
    local blank, blankFront, blankBack

    local function setBlank()
        blank, blankFront, blankBack = rep(" ", width), rep(front, width), rep(back, width)
    end
    setBlank()
    for i = 1, height do texts[i], fronts[i], backs[i] = blank, blankFront, blankBack end

    local palette = {}
    for i = 0, 15 do
        local colour = 2 ^ i
        palette[colour] = { parent.getPaletteColour(colour) }
    end

    local function showCursor()
        parent.setTextColour(toColour(front))
        parent.setCursorPos(x + cursorX - 1, y + cursorY - 1)
        parent.setCursorBlink(blink and cursorX >= 1 and cursorX <= width and cursorY >= 1 and cursorY <= height)
    end

    local function showLine(i)
        parent.setCursorPos(x, y + i - 1)
        parent.blit(texts[i], fronts[i], backs[i])
    end

    local function showAll()
        for i = 1, height do showLine(i) end
    end

    local function showPalette()
        for i = 0, 15 do
            local colour = 2 ^ i
            local rgb = palette[colour]
            parent.setPaletteColour(colour, rgb[1], rgb[2], rgb[3])
        end
    end

    -- Puts a text with its colours at the cursor.
    local function put(text, textColours, backColours)
        local from, to = cursorX, cursorX + #text - 1
        local i = cursorY
        cursorX = to + 1
        if i < 1 or i > height then
            if visible then showCursor() end
            return
        end
        if from <= width and to >= 1 and to >= from then
            if from < 1 then
                local cut = 2 - from
                text, textColours, backColours = sub(text, cut), sub(textColours, cut), sub(backColours, cut)
                from = 1
            end
            if to > width then
                local keep = width - from + 1
                text, textColours, backColours = sub(text, 1, keep), sub(textColours, 1, keep), sub(backColours, 1, keep)
                to = width
            end
            if from == 1 and to == width then
                texts[i], fronts[i], backs[i] = text, textColours, backColours
            else
                texts[i] = sub(texts[i], 1, from - 1) .. text .. sub(texts[i], to + 1)
                fronts[i] = sub(fronts[i], 1, from - 1) .. textColours .. sub(fronts[i], to + 1)
                backs[i] = sub(backs[i], 1, from - 1) .. backColours .. sub(backs[i], to + 1)
            end
            if visible then showLine(i) end
        end
        if visible then showCursor() end
    end

    local window = {}

    function window.write(text)
        text = tostring(text)
        put(text, rep(front, #text), rep(back, #text))
    end

    function window.blit(text, textColours, backColours)
        if type(text) ~= "string" then expect(1, text, "string") end
        if type(textColours) ~= "string" then expect(2, textColours, "string") end
        if type(backColours) ~= "string" then expect(3, backColours, "string") end
        if #textColours ~= #text or #backColours ~= #text then error("Arguments must be the same length", 2) end
        put(text, textColours:lower(), backColours:lower())
    end

    function window.clear()
        setBlank()
        for i = 1, height do texts[i], fronts[i], backs[i] = blank, blankFront, blankBack end
        if visible then
            showAll()
            showCursor()
        end
    end

    function window.clearLine()
        if cursorY < 1 or cursorY > height then return end
        setBlank()
        texts[cursorY], fronts[cursorY], backs[cursorY] = blank, blankFront, blankBack
        if visible then
            showLine(cursorY)
            showCursor()
        end
    end

    function window.getCursorPos() return cursorX, cursorY end

    function window.setCursorPos(newX, newY)
        if type(newX) ~= "number" then expect(1, newX, "number") end
        if type(newY) ~= "number" then expect(2, newY, "number") end
        cursorX, cursorY = floor(newX), floor(newY)
        if visible then showCursor() end
    end

    function window.getCursorBlink() return blink end

    function window.setCursorBlink(newBlink)
        expect(1, newBlink, "boolean")
        blink = newBlink
        if visible then showCursor() end
    end

    function window.isColour() return parent.isColour() end
    window.isColor = window.isColour

    function window.getSize() return width, height end

    function window.scroll(lines)
        expect(1, lines, "number")
        lines = floor(lines)
        if lines == 0 then return end
        setBlank()
        local oldTexts, oldFronts, oldBacks = texts, fronts, backs
        texts, fronts, backs = {}, {}, {}
        for i = 1, height do
            local from = i + lines
            texts[i] = oldTexts[from] or blank
            fronts[i] = oldFronts[from] or blankFront
            backs[i] = oldBacks[from] or blankBack
        end
        if visible then
            showAll()
            showCursor()
        end
    end

    function window.getTextColour() return toColour(front) end
    window.getTextColor = window.getTextColour

    function window.setTextColour(colour)
        if type(colour) ~= "number" then expect(1, colour, "number") end
        local digit = toDigit(colour)
        if not digit then error("Colour out of range", 2) end
        front = digit
        if visible then parent.setTextColour(toColour(front)) end
    end
    window.setTextColor = window.setTextColour

    function window.getBackgroundColour() return toColour(back) end
    window.getBackgroundColor = window.getBackgroundColour

    function window.setBackgroundColour(colour)
        if type(colour) ~= "number" then expect(1, colour, "number") end
        local digit = toDigit(colour)
        if not digit then error("Colour out of range", 2) end
        back = digit
    end
    window.setBackgroundColor = window.setBackgroundColour

    function window.getPaletteColour(colour)
        expect(1, colour, "number")
        local digit = toDigit(colour)
        if not digit then error("Colour out of range", 2) end
        local rgb = palette[toColour(digit)]
        return rgb[1], rgb[2], rgb[3]
    end
    window.getPaletteColor = window.getPaletteColour

    function window.setPaletteColour(colour, ...)
        local r, g, b = ...
        expect(1, colour, "number")
        local digit = toDigit(colour)
        if not digit then error("Colour out of range", 2) end
        expect(2, r, "number")
        if select("#", ...) == 1 then
            r, g, b = floor(r / 0x10000) % 0x100 / 255, floor(r / 0x100) % 0x100 / 255, floor(r) % 0x100 / 255
        else
            expect(3, g, "number")
            expect(4, b, "number")
        end
        colour = toColour(digit)
        palette[colour] = { r, g, b }
        if visible then parent.setPaletteColour(colour, r, g, b) end
    end
    window.setPaletteColor = window.setPaletteColour

    function window.getLine(i)
        expect(1, i, "number")
        if not texts[i] then error("Line is out of range.", 2) end
        return texts[i], fronts[i], backs[i]
    end

    function window.isVisible() return visible end

    function window.redraw()
        if not visible then return end
        showPalette()
        showAll()
        showCursor()
    end

    function window.setVisible(newVisible)
        expect(1, newVisible, "boolean")
        if visible == newVisible then return end
        visible = newVisible
        window.redraw()
    end

    function window.restoreCursor()
        if visible then showCursor() end
    end

    function window.getPosition() return x, y end

    function window.reposition(newX, newY, newWidth, newHeight, newParent)
        expect(1, newX, "number")
        expect(2, newY, "number")
        if newWidth ~= nil or newHeight ~= nil then
            expect(3, newWidth, "number")
            expect(4, newHeight, "number")
        end
        expect(5, newParent, "table", "nil")
        x, y = floor(newX), floor(newY)
        if newParent then parent = newParent end
        if newWidth then
            local oldWidth, oldHeight = width, height
            width, height = max(0, floor(newWidth)), max(0, floor(newHeight))
            setBlank()
            for i = 1, max(height, oldHeight) do
                if i > height then
                    texts[i], fronts[i], backs[i] = nil, nil, nil
                elseif i > oldHeight then
                    texts[i], fronts[i], backs[i] = blank, blankFront, blankBack
                elseif width ~= oldWidth then
                    local keep = min(width, oldWidth)
                    texts[i] = sub(texts[i], 1, keep) .. sub(blank, keep + 1)
                    fronts[i] = sub(fronts[i], 1, keep) .. sub(blankFront, keep + 1)
                    backs[i] = sub(backs[i], 1, keep) .. sub(blankBack, keep + 1)
                end
            end
        end
        window.redraw()
    end

    window.redraw()
    return window
end
