-- A game: robots walk straight ahead. Lay arrows on the floor that lead each to the home of its colour. The rules are in
-- cc.internal.redirection, the levels in the folder levels.

if require "cc.internal.shell".modeOf(shell) ~= "screen" then
    printError("This needs a screen with keys: run luart in a terminal")
    return
end

if not term.isColour() then
    print("Requires an Advanced Computer")
    return
end

local rules = require "cc.internal.redirection"
local max, min, floor = math.max, math.min, math.floor

local folder = fs.combine(fs.getDir(shell.getRunningProgram()), "levels")

local function loadLevel(number)
    local path = fs.combine(folder, number .. ".txt")
    if not fs.exists(path) then return nil end
    local file, message = fs.open(path, "r")
    if not file then error(message, 0) end
    local text = file.readAll()
    file.close()
    return rules.parse(text)
end

local robotColours = { r = colours.red, g = colours.lime, b = colours.lightBlue, y = colours.yellow }
local glyphs = { ["^"] = "\24\24", ["v"] = "\25\25", [">"] = "\26\26", ["<"] = "\27\27" }
local turns = { "^", ">", "v", "<" }

local level, number
local arrows, used -- those that are laid, and how many they are
local run -- while the robots walk
local cursorX, cursorY
local message, messageColour
local leaving = false

----------------------------------------------------------------------------------------------------------------------
-- Drawing: a cell is two characters wide, and the map in the middle of the screen.

local function origin()
    local width, height = term.getSize()
    return max(floor((width - level.width * 2) / 2), 0) + 1, max(floor((height - 2 - level.height) / 2), 0) + 2
end

local function drawAt(x, y, text, front, back)
    local left, top = origin()
    term.setCursorPos(left + (x - 1) * 2, top + y - 1)
    term.setTextColour(front)
    term.setBackgroundColour(back)
    term.write(text)
end

local function drawCell(x, y)
    local cell = rules.cell(level, x, y)
    local arrow = arrows[x .. "," .. y]
    local atCursor = x == cursorX and y == cursorY and not run
    local back = atCursor and colours.grey or colours.black
    if cell == "##" then
        drawAt(x, y, "  ", colours.white, atCursor and colours.grey or colours.lightGrey)
    elseif cell == "()" then
        drawAt(x, y, "()", colours.brown, back)
    elseif cell:sub(2) == "H" then
        drawAt(x, y, "[]", robotColours[cell:sub(1, 1)], back)
    elseif arrow then
        drawAt(x, y, glyphs[arrow], colours.white, atCursor and colours.grey or colours.blue)
    else
        drawAt(x, y, " .", colours.grey, back)
    end
    if atCursor and (cell == "  " and not arrow) then drawAt(x, y, "  ", colours.white, colours.grey) end
end

local function drawRobots()
    for _, robot in ipairs((run or level).robots) do
        if not robot.home then drawAt(robot.x, robot.y, glyphs[robot.direction], colours.black, robotColours[robot.colour]) end
    end
end

local function drawRow(y, text, colour)
    term.setCursorPos(1, y)
    term.setBackgroundColour(colours.black)
    term.clearLine()
    term.setTextColour(colour)
    term.write(text)
end

local function drawText()
    local _, height = term.getSize()
    drawRow(1, ("Level %d: %s   Arrows: %d"):format(number, level.title, level.arrows - used), colours.yellow)
    if run then
        drawRow(height, "Enter: stop", colours.lightGrey)
    else
        drawRow(height, message or "Click, Space: arrow  Enter: go  R: clear  Q: quit", message and messageColour or colours.lightGrey)
    end
end

local function drawAll()
    term.setBackgroundColour(colours.black)
    term.clear()
    for y = 1, level.height do
        for x = 1, level.width do drawCell(x, y) end
    end
    drawRobots()
    drawText()
end

----------------------------------------------------------------------------------------------------------------------
-- Playing

local function begin(to)
    level = loadLevel(to)
    if not level then return false end
    number, arrows, used, run, message = to, {}, 0, nil, nil
    cursorX, cursorY = floor(level.width / 2), floor(level.height / 2)
    drawAll()
    return true
end

local function moveCursor(x, y)
    local oldX, oldY = cursorX, cursorY
    cursorX, cursorY = max(1, min(x, level.width)), max(1, min(y, level.height))
    drawCell(oldX, oldY)
    drawCell(cursorX, cursorY)
    drawRobots()
end

-- Lays an arrow where the cursor is, turns the one that is there, or takes it away.
local function turnArrow(backwards)
    message = nil
    local key = cursorX .. "," .. cursorY
    if rules.isFree(level, cursorX, cursorY) then
        local at = 0
        for i, turn in ipairs(turns) do
            if arrows[key] == turn then at = i end
        end
        if at == 0 and used == level.arrows then
            message, messageColour = "No arrows left", colours.orange
        else
            local new = turns[(at + (backwards and -1 or 1)) % 5]
            used = used + (at == 0 and 1 or 0) - (new and 0 or 1)
            arrows[key] = new
        end
    end
    drawCell(cursorX, cursorY)
    drawText()
end

local timer

local function go()
    message = nil
    run = rules.start(level, arrows)
    timer = os.startTimer(0.25)
    drawAll()
end

local function stop(text, colour)
    run, message, messageColour = nil, text, colour
    if timer then os.cancelTimer(timer) end
    timer = nil
    drawAll()
end

local function step()
    local before = {}
    for _, robot in ipairs(run.robots) do before[#before + 1] = { robot.x, robot.y } end
    local outcome = rules.step(run)
    for _, place in ipairs(before) do drawCell(place[1], place[2]) end
    drawRobots()
    if outcome == "won" then
        local next = number + 1
        if not begin(next) then
            local _, height = term.getSize()
            drawRow(height, "All robots are home. Well done! Press a key", colours.lime)
            os.pullEvent("key")
            require "cc.internal.event".discard_char()
            leaving = true
        end
    elseif outcome == "pit" then
        stop("A robot fell into the pit", colours.red)
    elseif outcome == "lost" then
        stop("They would walk for ever", colours.red)
    else
        timer = os.startTimer(0.25)
    end
end

local moves = {
    [keys.up] = { 0, -1 }, [keys.down] = { 0, 1 }, [keys.left] = { -1, 0 }, [keys.right] = { 1, 0 },
}

local function handle(event, p1, p2, p3)
    if event == "timer" and p1 == timer and run then
        step()
    elseif event == "term_resize" then
        drawAll()
    elseif event == "key" and p1 == keys.q then
        require "cc.internal.event".discard_char()
        leaving = true
    elseif event == "key" and (p1 == keys.enter or p1 == keys.numPadEnter) then
        if run then stop() else go() end
    elseif run then
        return
    elseif event == "key" and moves[p1] then
        moveCursor(cursorX + moves[p1][1], cursorY + moves[p1][2])
    elseif event == "key" and p1 == keys.space then
        turnArrow(false)
    elseif event == "key" and p1 == keys.r then
        arrows, used, message = {}, 0, nil
        drawAll()
    elseif event == "mouse_click" then
        local left, top = origin()
        local x, y = floor((p2 - left) / 2) + 1, p3 - top + 1
        if x >= 1 and x <= level.width and y >= 1 and y <= level.height then
            moveCursor(x, y)
            turnArrow(p1 == 2)
        end
    end
end

local function main()
    term.setCursorBlink(false)
    if not begin(1) then error("There are no levels", 0) end
    while not leaving do handle(os.pullEvent()) end
end

local ok, problem = pcall(main)
term.setBackgroundColour(colours.black)
term.setTextColour(colours.white)
term.clear()
term.setCursorPos(1, 1)
if not ok then error(problem, 0) end
