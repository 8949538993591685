-- Shows the help on a topic: as it is if it fits on the screen, else in a viewer that scrolls.

local wrap = require "cc.strings".wrap

local topic = ... or "intro"

if topic == "index" then
    print("Topics of the help, for \"help TOPIC\":")
    textutils.pagedTabulate(help.topics())
    return
end

local path = help.lookup(topic) or ""
local file = fs.open(path, "r")
if not file then
    printError("No help available")
    return
end
local text = file.readAll()
file.close()
local markdown = path:find("%.md$") ~= nil

-- A line of the text, as wide as the screen at most, and its colour.
---@class help.Line
---@field text string
---@field colour integer

-- The lines of the text, for a screen of this width. Code is indented, and it stays so where it is broken.
local function layOut(width)
    ---@type help.Line[]
    local lines = {}
    local plain = term.getTextColour()
    local fenced = false
    for source in (text:gsub("\r\n", "\n"):gsub("%s+$", "") .. "\n"):gmatch("(.-)\n") do
        local colour = plain
        if markdown and source:find("^```") then
            fenced = not fenced
        else
            local heading = markdown and not fenced and source:match("^#+%s+(.*)")
            if heading then
                source, colour = heading, colours.yellow
            elseif fenced then
                source = "    " .. source
            end
            local indent, rest = source:match("^(%s*)(.-)%s*$")
            if #indent >= 4 and rest ~= "" then colour = colours.lightGrey end
            if not term.isColour() then colour = plain end
            if #indent > width / 2 then indent = "" end
            local parts = wrap(rest, math.max(width - #indent, 1))
            for i = 1, math.max(#parts, 1) do
                lines[#lines + 1] = { text = indent .. (parts[i] or ""):gsub("%s+$", ""), colour = colour }
            end
        end
    end
    return lines
end

local plain, background = term.getTextColour(), term.getBackgroundColour()
local width, height = term.getSize()
local lines = layOut(width)

-- Where nobody can press a key, all is printed: in text mode, unless the output goes to a window.
local noKeys = _HEADLESS and term.current() == term.native()

if noKeys or #lines < height then
    for _, line in ipairs(lines) do
        term.setTextColour(line.colour)
        print(line.text)
    end
    term.setTextColour(plain)
    return
end

local top = 0 -- how many lines are above the screen

local function draw()
    local rows = height - 1
    top = math.max(math.min(top, #lines - rows), 0)
    for row = 1, rows do
        local line = lines[top + row]
        term.setCursorPos(1, row)
        term.setTextColour(line and line.colour or plain)
        term.setBackgroundColour(background)
        term.clearLine()
        if line then term.write(line.text) end
    end
    local left = "Help: " .. topic
    local right = top + rows >= #lines and "Q to leave" or "Down or Q"
    local bar = left:sub(1, width)
    if #left + #right < width then bar = left .. (" "):rep(width - #left - #right) .. right end
    term.setCursorPos(1, height)
    term.setTextColour(term.isColour() and colours.yellow or plain)
    term.clearLine()
    term.write(bar)
end

-- How many lines a key moves the text.
local function steps(key)
    local page, all = math.max(height - 2, 1), #lines
    if key == keys.up then return -1 end
    if key == keys.down or key == keys.enter then return 1 end
    if key == keys.pageUp then return -page end
    if key == keys.pageDown or key == keys.space then return page end
    if key == keys.home then return -all end
    if key == keys["end"] then return all end
    return 0
end

local function close()
    term.setTextColour(plain)
    term.setBackgroundColour(background)
    term.clear()
    term.setCursorPos(1, 1)
    term.setCursorBlink(true)
end

term.setCursorBlink(false)
draw()
while true do
    local event, value = os.pullEventRaw()
    ---@type integer?
    local before = top
    if event == "terminate" or event == "char" and (value == "q" or value == "Q") then
        break
    elseif event == "key" then
        top = top + steps(value)
    elseif event == "mouse_scroll" then
        top = top + value
    elseif event == "term_resize" then
        width, height = term.getSize()
        lines = layOut(width)
        before = nil
    end
    top = math.max(math.min(top, #lines - (height - 1)), 0)
    if top ~= before then draw() end
end
close()
