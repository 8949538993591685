-- An editor of text files that fills the screen.

local menu = require "cc.internal.menu"
local printLines = require "cc.internal.print_lines"
local saveFile = require "cc.internal.save_file"
local textBuffer = require "cc.internal.text_buffer"
local lexer = require "cc.internal.syntax.lexer"
local max, min = math.max, math.min
local sub, rep = string.sub, string.rep

local args = { ... }
if #args == 0 then
    print("Usage: " .. (arg and arg[0] or fs.getName(shell.getRunningProgram())) .. " <path>")
    return
end

if require "cc.internal.shell".modeOf(shell) ~= "screen" then
    printError("This needs a screen with keys: run luart in a terminal")
    return
end

local path = shell.resolve(args[1])
local readOnly = fs.isReadOnly(path)
if fs.isDir(path) then
    print("Cannot edit a directory.")
    return
end
if not fs.exists(path) and not fs.getName(path):find(".", 1, true) then
    local extension = settings.get("edit.default_extension", "lua")
    if type(extension) == "string" and extension ~= "" then path = path .. "." .. extension end
    if fs.isDir(path) then
        print("Cannot edit a directory.")
        return
    end
end

-- Only Lua is coloured and completed; files without an extension are Lua more often than not.
local isLua = path:find("%.lua$") ~= nil or not fs.getName(path):find(".", 1, true)

local function readFile()
    if not fs.exists(path) then return "" end
    local file, message = fs.open(path, "rb")
    if not file then error(message or "Cannot open " .. path, 0) end
    local text = file.readAll()
    file.close()
    return text or ""
end

local buffer = textBuffer.new(readFile())
local lines = buffer.lines

local x, y = 1, 1 -- the cursor: a column and a line of the text
local wanted -- the column to return to on longer lines, after moves up and down
local scrollX, scrollY = 0, 0 -- how many columns and lines are out of sight
local width, height -- of the text on the screen; the row below is the status
local hint = "Ctrl-Space or click here for menu"
local status, isError = hint, false
local completions, chosen
local running = true
local warned = false -- that leaving drops changes
local sought -- the text that was looked for last

local colour = term.isColour()

----------------------------------------------------------------------------------------------------------------------
-- Drawing

local digits = { name = "0", operator = "0", unknown = "0", keyword = "4", number = "2", string = "e", comment = "d" }
local tabDigit, completionDigit = "7", "7"

-- Longer lines are not coloured, because each key would take too long.
local maxColoured = 20000

local function measure()
    local columns, rows = term.getSize()
    width, height = columns, max(rows - 1, 1)
end

-- The colours of the part of a line that is shown, a digit for each character.
local function coloursOf(line, state)
    local parts, n, at = {}, 0, scrollX + 1 -- at: the next character without a colour
    local last = min(#line, scrollX + width)
    lexer.lex(line, state, function(kind, from, to)
        if to < at or from > last then return end
        from, to = max(from, at), min(to, last)
        n = n + 1
        parts[n] = rep("0", from - at) .. rep(digits[kind], to - from + 1)
        at = to + 1
    end)
    return table.concat(parts) .. rep("0", scrollX + width + 1 - at)
end

-- Draws a line of the text, or the emptiness below the last.
local function drawLine(number)
    local row = number - scrollY
    if row < 1 or row > height then return end
    local line = lines[number] or ""
    local text = sub(line, scrollX + 1, scrollX + width)
    text = text .. rep(" ", width - #text)
    local front = rep("0", width)
    if colour and isLua and lines[number] and #line <= maxColoured then front = coloursOf(line, buffer:state(number)) end
    if text:find("%c") then
        -- A tab takes one cell.
        for at in text:gmatch("()\t") do front = sub(front, 1, at - 1) .. tabDigit .. sub(front, at + 1) end
        text = text:gsub("\t", "\26")
    end
    if completions and number == y then
        local at = x - scrollX
        local rest = sub(completions[chosen], 1, width - at + 1)
        text = sub(text, 1, at - 1) .. rest .. sub(text, at + #rest)
        front = sub(front, 1, at - 1) .. rep(completionDigit, #rest) .. sub(front, at + #rest)
    end
    term.setCursorPos(1, row)
    if colour then
        term.blit(text, front, rep("f", width))
    else
        term.write(text)
    end
end

local function drawFrom(number)
    for row = max(number - scrollY, 1), height do drawLine(row + scrollY) end
end

local function drawStatus()
    term.setCursorPos(1, height + 1)
    term.setBackgroundColour(colours.black)
    term.clearLine()
    if colour then term.setTextColour(isError and colours.red or colours.yellow) end
    local place = ("Ln %d Col %d"):format(y, x)
    term.write(sub(status, 1, max(width - #place - 1, 0)))
    term.setCursorPos(width - #place + 1, height + 1)
    if colour then term.setTextColour(colours.yellow) end
    term.write(place)
    term.setTextColour(colours.white)
end

local function drawAll()
    term.setBackgroundColour(colours.black)
    term.setTextColour(colours.white)
    drawFrom(scrollY + 1)
    drawStatus()
end

local function placeCursor()
    local column, row = x - scrollX, y - scrollY
    term.setTextColour(colours.white)
    if row >= 1 and row <= height and column >= 1 and column <= width then
        term.setCursorPos(column, row)
        term.setCursorBlink(true)
    else
        term.setCursorBlink(false)
    end
end

local function say(text, failed)
    status, isError = text, failed or false
    drawStatus()
end

----------------------------------------------------------------------------------------------------------------------
-- Moving

-- Brings the cursor into sight.
local function reveal()
    local newX, newY = scrollX, scrollY
    if x - 1 < newX then newX = x - 1 elseif x > newX + width then newX = x - width end
    if y - 1 < newY then newY = y - 1 elseif y > newY + height then newY = y - height end
    if newX == scrollX and newY == scrollY then return false end
    scrollX, scrollY = newX, newY
    drawFrom(scrollY + 1)
    return true
end

local function dropCompletions()
    if not completions then return end
    completions = nil
    drawLine(y)
end

-- Moves the cursor. keep is a column to return to.
local function moveTo(column, line, keep)
    dropCompletions()
    y = max(1, min(line, #lines))
    x = max(1, min(column, #lines[y] + 1))
    wanted = keep
    reveal()
    drawStatus()
end

local function moveLines(count)
    local column = wanted or x
    moveTo(column, y + count, column)
end

local function scrollBy(count)
    local to = max(0, min(scrollY + count, #lines - height))
    if to == scrollY then return end
    scrollY = to
    drawFrom(scrollY + 1)
end

----------------------------------------------------------------------------------------------------------------------
-- Completion

local environment = setmetatable({ shell = shell, multishell = multishell, require = require, package = package }, { __index = _G })
local loaded = false

local function suggest()
    completions = nil
    local line = lines[y]
    if not isLua or readOnly or x ~= #line + 1 or #line > maxColoured or not settings.get("edit.autocomplete", true) then return end
    local start = line:find("[%a_][%w_%.:]*$")
    if not start then return end
    local kind
    local after = lexer.lex(line, buffer:state(y), function(of, _, stop) kind = stop == #line and of or nil end)
    if after ~= 0 or kind == "comment" or kind == "string" or kind == "number" then return end
    if not loaded then
        -- APIs are in the globals only once they are loaded, and this loads them.
        loaded = true
        pairs(_G)
    end
    local found = textutils.complete(sub(line, start), environment)
    if found and #found > 0 then completions, chosen = found, 1 end
end

----------------------------------------------------------------------------------------------------------------------
-- Changing

local function mayChange()
    if not readOnly then return true end
    say("This file is read-only", true)
    return false
end

-- Shows a change of the cursor's line, or of it and all below.
local function changed(from, below)
    wanted = nil
    warned = false
    if not reveal() then
        if below then drawFrom(from) else drawLine(from) end
    end
    drawStatus()
end

local function insert(text, completing)
    if not mayChange() then return end
    completions = nil
    local from = y
    local below
    y, x, below = buffer:insert(y, x, text)
    if completing then suggest() end
    changed(from, below)
end

local function newLine()
    local indent = sub(lines[y]:match("^[ \t]*"), 1, x - 1)
    insert("\n" .. indent)
end

local function replaceLine(text, column)
    local below = buffer:replace(y, text)
    x = column
    suggest()
    changed(y, below)
end

local function joinWithLast()
    local line = y
    x = buffer:join(line)
    y = line - 1
    changed(y, true)
end

local function backspace()
    if not mayChange() then return end
    completions = nil
    local line = lines[y]
    if x > 1 then
        -- What Tab has put there goes at once.
        local spaces = sub(line, 1, x - 1):find("^ +$") and (x - 2) % 4 + 1 or 1
        replaceLine(sub(line, 1, x - 1 - spaces) .. sub(line, x), x - spaces)
    elseif y > 1 then
        joinWithLast()
    end
end

local function delete()
    if not mayChange() then return end
    completions = nil
    local line = lines[y]
    if x <= #line then
        replaceLine(sub(line, 1, x - 1) .. sub(line, x + 1), x)
    elseif y < #lines then
        y = y + 1
        joinWithLast()
    end
end

local function accept()
    if completions then insert(completions[chosen], true) end
end

local function cycle(step)
    if not completions or #completions == 1 then return moveLines(step) end
    chosen = (chosen - 1 + step) % #completions + 1
    drawLine(y)
end

----------------------------------------------------------------------------------------------------------------------
-- The menu

local function save()
    local ok, message = pcall(saveFile, path, buffer:text())
    if not ok then
        return say("Error saving: " .. tostring(message), true)
    end
    buffer:saved()
    warned = false
    say("Saved to /" .. path)
end

local function leave()
    if buffer.modified and not warned then
        warned = true
        return say("Not saved! Exit again to leave", true)
    end
    running = false
end

-- Goes to a place, which is shown with lines around it if it was out of sight.
local function goTo(column, line)
    local known = line > scrollY and line <= scrollY + height
    moveTo(column, line)
    if not known then scrollBy(y - scrollY - math.ceil(height / 2)) end
end

local function jump(letter)
    local answer, event = menu.ask("Line: ", height + 1, letter)
    local line = answer and tonumber(answer)
    if line and line == line then goTo(1, max(1, min(math.floor(line), #lines))) end
    return event
end

local function findNext()
    if not sought then return end
    local line, column = buffer:find(sought, y, x + 1)
    if not line then return say("Not found: " .. sought, true) end
    goTo(column, line)
end

local function find(letter)
    local answer, event = menu.ask("Find: ", height + 1, letter)
    drawStatus()
    if answer and answer ~= "" then sought = answer end
    if answer then findNext() end
    return event
end

-- Takes back the last change, or makes it again.
local function revert(step, nothing)
    if not mayChange() then return end
    completions = nil
    local line, column = step(buffer)
    if not line then return say(nothing, true) end
    goTo(column, line)
    drawFrom(scrollY + 1)
    say(hint)
end

local function undo() revert(buffer.undo, "Nothing to take back") end
local function redo() revert(buffer.redo, "Nothing was taken back") end

local runner = "/rom/modules/main/cc/internal/edit_runner.lua"

local function run()
    local text = buffer:text()
    if multishell then
        local tab = multishell.launch({ shell = shell, multishell = multishell, require = require }, runner, path, text)
        if tab then
            multishell.setTitle(tab, fs.getName(path))
            multishell.setFocus(tab)
            return
        end
    end
    os.run({ shell = shell, require = require }, runner, path, text)
    measure()
    drawAll()
end

local function printer() return (peripheral.find("printer")) end

local function printOut()
    local device = printer()
    if not device then return say("No printer attached", true) end
    say("Printing")
    local ok, pages = pcall(printLines, device, fs.getName(path), lines)
    if not ok then return say(tostring(pages), true) end
    say("Printed " .. pages .. (pages == 1 and " page" or " pages"))
end

-- Shows the menu and does what is chosen. Returns the event that closed it, and a letter whose char is not text.
local function openMenu(held)
    dropCompletions()
    local items, actions = {}, {}
    local function offer(name, action)
        items[#items + 1] = name
        actions[#actions + 1] = action
    end
    if not readOnly then offer("Save", save) end
    offer("Run", run)
    offer("Find", find)
    if not readOnly then offer("Undo", undo) end
    offer("Jump", jump)
    if printer() then offer("Print", printOut) end
    offer("Exit", leave)
    actions[#actions + 1], actions[#actions + 2] = undo, redo

    local item, event, letter = menu.choose(items, height + 1, held, { z = #actions - 1, y = #actions })
    if not item then
        drawStatus()
        return event
    end
    if actions[item] ~= leave then warned = false end
    status, isError = hint, false
    drawStatus()
    if actions[item] == jump or actions[item] == find then
        event = actions[item](letter)
        letter = nil
        drawStatus()
    else
        actions[item]()
    end
    if not running and letter then require "cc.internal.event".discard_char() end
    return event, letter
end

----------------------------------------------------------------------------------------------------------------------
-- Events

local onKey = {
    [keys.up] = function() cycle(-1) end,
    [keys.down] = function() cycle(1) end,
    [keys.left] = function()
        if x > 1 then
            moveTo(x - 1, y)
        elseif y > 1 then
            moveTo(#lines[y - 1] + 1, y - 1)
        end
    end,
    [keys.right] = function()
        if x <= #lines[y] then
            moveTo(x + 1, y)
        elseif completions then
            accept()
        elseif y < #lines then
            moveTo(1, y + 1)
        end
    end,
    [keys.home] = function() moveTo(1, y) end,
    [keys["end"]] = function() moveTo(#lines[y] + 1, y) end,
    [keys.pageUp] = function()
        scrollBy(-height)
        moveLines(-height)
    end,
    [keys.pageDown] = function()
        scrollBy(height)
        moveLines(height)
    end,
    [keys.backspace] = backspace,
    [keys.delete] = delete,
    [keys.enter] = newLine,
    [keys.numPadEnter] = newLine,
    [keys.f3] = findNext,
    [keys.tab] = function()
        if completions then return accept() end
        insert(rep(" ", 4 - (x - 1) % 4))
    end,
}

local skipped -- a character that belongs to the menu

local function handle(event)
    local name, p1, p2, p3 = table.unpack(event, 1, 4)
    local skip = skipped
    skipped = nil
    if name == "char" then
        if p1:lower() ~= skip then insert(p1, true) end
    elseif name == "paste" then
        insert((p1:gsub("\r\n?", "\n")))
    elseif name == "key" then
        if p1 == keys.leftCtrl or p1 == keys.rightCtrl then
            if p2 then return end -- it is held down, and has opened the menu before
            local following
            following, skipped = openMenu(true)
            if following then return handle(following) end
        elseif onKey[p1] then
            onKey[p1]()
        end
    elseif name == "mouse_click" then
        if p3 <= height then
            if p1 == 1 then moveTo(p2 + scrollX, p3 + scrollY) end
        else
            local following
            following, skipped = openMenu(false)
            if following then return handle(following) end
        end
    elseif name == "mouse_scroll" then
        dropCompletions()
        scrollBy(p1)
    elseif name == "term_resize" then
        measure()
        reveal()
        scrollBy(0)
        drawAll()
    elseif name == "terminate" then
        leave()
        if running then say("Not saved! Terminate again to leave", true) end
    else
        skipped = skip
    end
end

local function main()
    measure()
    if readOnly then status = "Read-only file. Ctrl-Space for menu" end
    drawAll()
    while running do
        placeCursor()
        handle(table.pack(os.pullEventRaw()))
    end
end

local ok, problem = pcall(main)
term.setBackgroundColour(colours.black)
term.setTextColour(colours.white)
term.clear()
term.setCursorPos(1, 1)
term.setCursorBlink(false)
if not ok then error(problem, 0) end
