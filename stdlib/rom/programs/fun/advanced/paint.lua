-- Draws pictures of coloured cells, in the files that paintutils.loadImage reads.

local args = { ... }
if #args == 0 then
    print("Usage: " .. (arg and arg[0] or fs.getName(shell.getRunningProgram())) .. " <path>")
    return
end

if not term.isColour() then
    print("Requires an Advanced Computer")
    return
end

local menu = require "cc.internal.menu"
local saveFile = require "cc.internal.save_file"
local max, min = math.max, math.min

if require "cc.internal.shell".modeOf(shell) ~= "screen" then
    printError("This needs a screen with keys: run luart in a terminal")
    return
end

local path = shell.resolve(args[1])
if fs.isDir(path) then
    print("Cannot edit a directory.")
    return
end
if not fs.exists(path) and not fs.getName(path):find(".", 1, true) then
    local extension = settings.get("paint.default_extension", "nfp")
    if type(extension) == "string" and extension ~= "" then path = path .. "." .. extension end
end
local readOnly = fs.isReadOnly(path)

local digits = "0123456789abcdef"
local clear = "." -- a cell without a colour; files have a space

-- The picture: rows of digits, as long as they have to be.
local rows = {}

local function readImage()
    if not fs.exists(path) then return end
    local file, message = fs.open(path, "rb")
    if not file then error(message, 0) end
    local text = file.readAll() or ""
    file.close()
    for line in (text:gsub("\n$", "") .. "\n"):gmatch("(.-)\r?\n") do
        rows[#rows + 1] = (line:lower():gsub("[^0-9a-f]", clear))
    end
end

readImage()

local width, height -- of the canvas; the palette is right of it, the status below
local scrollX, scrollY = 0, 0
local left, right = "0", clear -- what the buttons draw with
local hint = "Ctrl-Space or click here for menu"
local status, isError = hint, false
local modified, warned, running = false, false, true

local paletteWidth = 2

----------------------------------------------------------------------------------------------------------------------
-- Drawing

local function measure()
    local columns, lines = term.getSize()
    width, height = max(columns - paletteWidth, 1), max(lines - 1, 1)
end

-- What a row of cells looks like: those without a colour are dotted, so that black is told from them.
local function blitCells(cells)
    local back = cells:gsub("%.", "f")
    local text = cells:gsub("[^.]", " "):gsub("%.", "\127")
    term.blit(text, ("7"):rep(#cells), back)
end

local function drawRow(y)
    local row = rows[y + scrollY] or ""
    local cells = row:sub(scrollX + 1, scrollX + width)
    term.setCursorPos(1, y)
    blitCells(cells .. clear:rep(width - #cells))
end

-- The palette: a row for each colour, one for none, and below the two that are in use.
local function drawPalette()
    for y = 1, height do
        term.setCursorPos(width + 1, y)
        if y <= 16 then
            blitCells(digits:sub(y, y):rep(2))
        elseif y == 17 then
            blitCells(clear:rep(2))
        elseif y == 18 then
            blitCells(left .. right)
        else
            term.blit("  ", "00", "ff")
        end
    end
end

local function drawStatus()
    term.setCursorPos(1, height + 1)
    term.setBackgroundColour(colours.black)
    term.setTextColour(isError and colours.red or colours.yellow)
    term.clearLine()
    term.write(status)
end

local function drawAll()
    for y = 1, height do drawRow(y) end
    drawPalette()
    drawStatus()
end

local function say(text, failed)
    status, isError = text, failed or false
    drawStatus()
end

----------------------------------------------------------------------------------------------------------------------
-- Changing

-- Pictures that are larger than any screen are drawings of nothing.
local maxSize = 4096

local function paintCell(x, y, digit)
    local column, line = x + scrollX, y + scrollY
    if column > maxSize or line > maxSize then return end
    for i = #rows + 1, line do rows[i] = "" end
    local row = rows[line]
    if #row < column then row = row .. clear:rep(column - #row) end
    rows[line] = row:sub(1, column - 1) .. digit .. row:sub(column + 1)
    modified, warned = true, false
    drawRow(y)
end

-- Cells between two, so that a fast mouse leaves no gaps.
local function paintLine(fromX, fromY, toX, toY, digit)
    local steps = max(math.abs(toX - fromX), math.abs(toY - fromY), 1)
    for i = 0, steps do
        paintCell(math.floor(fromX + (toX - fromX) * i / steps + 0.5), math.floor(fromY + (toY - fromY) * i / steps + 0.5), digit)
    end
end

local function pick(button, y)
    local digit = y <= 16 and digits:sub(y, y) or y == 17 and clear
    if not digit or digit == "" then return end
    if button == 1 then left = digit elseif button == 2 then right = digit end
    drawPalette()
end

local function scrollBy(x, y)
    scrollX = max(0, min(scrollX + x, maxSize - width))
    scrollY = max(0, min(scrollY + y, maxSize - height))
    for row = 1, height do drawRow(row) end
end

-- The picture as its file has it: without what is empty at the ends of rows and at the bottom.
local function imageText()
    local lines = {}
    for i, row in ipairs(rows) do lines[i] = row:gsub("%.+$", ""):gsub("%.", " ") end
    while #lines > 0 and lines[#lines] == "" do lines[#lines] = nil end
    if #lines == 0 then return "" end
    return table.concat(lines, "\n") .. "\n"
end

local function save()
    if readOnly then return say("Access denied: " .. path .. " is read-only", true) end
    local ok, message = pcall(saveFile, path, imageText())
    if not ok then return say("Error saving: " .. tostring(message), true) end
    modified, warned = false, false
    say("Saved to /" .. path)
end

local function leave()
    if modified and not warned then
        warned = true
        return say("Not saved! Exit again to leave", true)
    end
    running = false
end

local function openMenu(held)
    local item, event, letter = menu.choose({ "Save", "Exit" }, height + 1, held)
    say(hint)
    if item == 1 then save() elseif item == 2 then leave() end
    if not running and letter then require "cc.internal.event".discard_char() end
    return event
end

----------------------------------------------------------------------------------------------------------------------
-- Events

local lastX, lastY -- where the mouse has drawn

local scrollKeys = {
    [keys.left] = { -1, 0 }, [keys.right] = { 1, 0 }, [keys.up] = { 0, -1 }, [keys.down] = { 0, 1 },
}

local function handle(event)
    local name, p1, p2, p3 = table.unpack(event, 1, 4)
    local following
    if name == "mouse_click" or name == "mouse_drag" then
        local digit
        if p1 == 1 then digit = left elseif p1 == 2 then digit = right end
        if p3 > height then
            if name == "mouse_click" then following = openMenu(false) end
        elseif p2 > width then
            if name == "mouse_click" then pick(p1, p3) end
        elseif digit then
            if name == "mouse_click" then lastX = nil end
            paintLine(lastX or p2, lastY or p3, p2, p3, digit)
            lastX, lastY = p2, p3
        elseif name == "mouse_click" then
            -- The middle button takes the colour that is there.
            local row = rows[p3 + scrollY] or ""
            local taken = row:sub(p2 + scrollX, p2 + scrollX)
            left = taken ~= "" and taken or clear
            drawPalette()
        end
        if name == "mouse_click" and (p3 > height or p2 > width) then lastX, lastY = nil, nil end
    elseif name == "mouse_up" then
        lastX, lastY = nil, nil
    elseif name == "mouse_scroll" then
        scrollBy(0, p1)
    elseif name == "key" then
        if (p1 == keys.leftCtrl or p1 == keys.rightCtrl) and not p2 then
            following = openMenu(true)
        elseif scrollKeys[p1] then
            scrollBy(table.unpack(scrollKeys[p1]))
        end
    elseif name == "term_resize" then
        measure()
        drawAll()
    elseif name == "terminate" then
        leave()
        if running then say("Not saved! Terminate again to leave", true) end
    end
    if following then handle(following) end
end

local function main()
    measure()
    term.setCursorBlink(false)
    drawAll()
    while running do handle(table.pack(os.pullEventRaw())) end
end

local ok, problem = pcall(main)
term.setBackgroundColour(colours.black)
term.setTextColour(colours.white)
term.clear()
term.setCursorPos(1, 1)
if not ok then error(problem, 0) end
