-- The row at the bottom of programs that fill the screen: choices, and questions.

local expect = require "cc.expect".expect

-- The code of a key that CraftOS has no name for: there it leaves the computer.
local escape = 256

local function setColour(colour)
    if term.isColour() then term.setTextColour(colour) end
end

local function startRow(row)
    term.setCursorBlink(false)
    term.setBackgroundColour(colours.black)
    term.setCursorPos(1, row)
    term.clearLine()
end

-- Draws the choices and returns the column after each.
local function draw(row, items, chosen)
    startRow(row)
    local ends = {}
    for i, item in ipairs(items) do
        setColour(i == chosen and colours.yellow or colours.white)
        term.write(i == chosen and "[" .. item .. "]" or " " .. item .. " ")
        ends[i] = term.getCursorPos()
    end
    term.setTextColour(colours.white)
    return ends
end

-- Which item begins with a letter.
local function byLetter(items, letter)
    for i, item in ipairs(items) do
        if item:sub(1, 1):lower() == letter then return i end
    end
end

---Lets the user choose: with the arrow keys and Enter, with the first letter of an item, with or without Ctrl, or with the mouse.
---Ctrl, Escape, a click elsewhere, and events that a program has to know of close it.
---@param items string[]
---@param row integer where it is drawn
---@param held? boolean whether Ctrl is down
---@param shortcuts? table<string, integer> what other letters stand for while Ctrl is down
---@return integer? chosen
---@return table? event the one that closed it, for the program to handle
---@return string? letter the event `char` of it may follow, and belongs to the choice
local function choose(items, row, held, shortcuts)
    expect(1, items, "table")
    expect(2, row, "number")
    expect(3, held, "boolean", "nil")
    expect(4, shortcuts, "table", "nil")
    local chosen = 1
    local ends = draw(row, items, chosen)
    while true do
        local event = table.pack(os.pullEventRaw())
        local name, p1, p2, p3 = table.unpack(event, 1, 4)
        if name == "key" then
            local letter = keys.getName(p1)
            local found = letter and #letter == 1 and (byLetter(items, letter) or held and shortcuts and shortcuts[letter])
            if p1 == keys.left or p1 == keys.right then
                chosen = (chosen - 1 + (p1 == keys.left and -1 or 1)) % #items + 1
            elseif p1 == keys.enter or p1 == keys.numPadEnter then
                return chosen
            elseif (p1 == keys.leftCtrl or p1 == keys.rightCtrl) and not p2 or p1 == escape then
                return nil
            elseif found then
                -- With Ctrl, a key gives no character.
                return found, nil, not held and letter or nil
            end
        elseif name == "key_up" then
            if p1 == keys.leftCtrl or p1 == keys.rightCtrl then held = false end
        elseif name == "char" then
            local found = byLetter(items, p1:lower())
            if found then return found end
        elseif name == "mouse_click" then
            if p3 ~= row then return nil, event end
            for i = 1, #items do
                if p2 < ends[i] then return i end
            end
            return nil
        elseif name == "term_resize" or name == "terminate" or name == "mouse_scroll" then
            return nil, event
        end
        draw(row, items, chosen)
    end
end

---Asks for a line of text.
---@param question string
---@param row integer where it is drawn
---@param letter? string a first event `char` of it belongs to what came before
---@return string? answer nil if the user presses Ctrl or Escape, or clicks elsewhere
---@return table? event the one that closed it, for the program to handle
local function ask(question, row, letter)
    expect(1, question, "string")
    expect(2, row, "number")
    expect(3, letter, "string", "nil")
    local answer = ""
    while true do
        startRow(row)
        setColour(colours.yellow)
        term.write(question)
        term.setTextColour(colours.white)
        local width = term.getSize()
        term.write(answer:sub(-math.max(width - #question - 1, 1)))
        term.setCursorBlink(true)

        local event = table.pack(os.pullEventRaw())
        local name, p1, p2 = event[1], event[2], event[3]
        if name == "char" then
            if p1:lower() ~= letter then answer = answer .. p1 end
            letter = nil
        elseif name == "paste" then
            answer = answer .. p1
        elseif name == "key" then
            if p1 == keys.backspace then
                answer = answer:sub(1, -2)
            elseif p1 == keys.enter or p1 == keys.numPadEnter then
                return answer
            elseif (p1 == keys.leftCtrl or p1 == keys.rightCtrl) and not p2 or p1 == escape then
                return nil
            end
        elseif name == "mouse_click" or name == "term_resize" or name == "terminate" then
            return nil, event
        end
    end
end

return { choose = choose, ask = ask }
