-- A game: pieces of four blocks fall into a well, and rows that are full disappear.
--
-- Left and right move the piece, up turns it, down lets it fall faster, space drops it. P pauses, Q ends the game.

if _HEADLESS and term.current() == term.native() then
    printError("This game needs a screen")
    return
end

local width, height = term.getSize()
local colourful = term.isColour()

-- The well. Blocks are two characters wide, which makes them about square.
local columns = 10
local rows = math.min(20, height - 1)
local left = math.floor((width - 2 * columns) / 2) + 1
if width < 2 * columns + 2 or rows < 8 then
    printError("The screen is too small")
    return
end
-- Beside the well there is room for the next piece, or only above it.
local hasPanel = width >= 2 * columns + 22

-- The pieces in the square in which they are turned.
local pieces = {
    { name = "I", colour = colours.lightBlue, "....", "####", "....", "...." },
    { name = "J", colour = colours.blue, "#..", "###", "..." },
    { name = "L", colour = colours.orange, "..#", "###", "..." },
    { name = "O", colour = colours.yellow, "##", "##" },
    { name = "S", colour = colours.lime, ".##", "##.", "..." },
    { name = "T", colour = colours.magenta, ".#.", "###", "..." },
    { name = "Z", colour = colours.red, "##.", ".##", "..." },
}

-- Points for rows that disappear together, at the first level.
local rowPoints = { 40, 100, 300, 1200 }

-- Seconds between two steps of the piece.
local function stepTime(level)
    return math.max(0.05, 0.8 - 0.07 * (level - 1))
end

----------------------------------------------------------------------------------------------------------------------
-- The game

local game

-- The blocks of a piece: list of places from the square's corner, which is 0, 0.
local function blocksOf(piece)
    local blocks = {}
    for y, line in ipairs(piece) do
        for x = 1, #line do
            if line:sub(x, x) == "#" then blocks[#blocks + 1] = { x = x - 1, y = y - 1 } end
        end
    end
    return blocks
end

local function turned(blocks, size)
    local result = {}
    for i, block in ipairs(blocks) do result[i] = { x = size - 1 - block.y, y = block.x } end
    return result
end

-- Whether blocks with their corner at x, y are in nobody's way. They may be above the well, not beside it.
local function fits(blocks, x, y)
    for _, block in ipairs(blocks) do
        local bx, by = x + block.x, y + block.y
        if bx < 1 or bx > columns or by > rows or by >= 1 and game.well[by][bx] then return false end
    end
    return true
end

-- Pieces come in groups of all seven, so that none stays away for long.
local function draw()
    if #game.bag == 0 then
        for i = 1, #pieces do game.bag[i] = pieces[i] end
        for i = #pieces, 2, -1 do
            local j = math.random(i)
            game.bag[i], game.bag[j] = game.bag[j], game.bag[i]
        end
    end
    return table.remove(game.bag)
end

-- The next piece comes in at the top. The game is over if there is no room for it.
local function enter()
    game.piece, game.next = game.next, draw()
    game.size = #game.piece[1]
    game.blocks = blocksOf(game.piece)
    game.x, game.y = math.floor((columns - game.size) / 2) + 1, game.piece.name == "I" and 0 or 1
    if not fits(game.blocks, game.x, game.y) then game.over = true end
end

local function newGame()
    game = { well = {}, bag = {}, score = 0, lines = 0, level = 1 }
    for y = 1, rows do game.well[y] = {} end
    game.next = draw()
    enter()
end

-- The piece stays where it is. Full rows disappear, and the next piece comes.
local function settle()
    for _, block in ipairs(game.blocks) do
        local y = game.y + block.y
        if y < 1 then
            game.over = true
        else
            game.well[y][game.x + block.x] = game.piece.colour
        end
    end
    if game.over then return end
    local cleared = 0
    for y = 1, rows do
        local full = true
        for x = 1, columns do full = full and game.well[y][x] ~= nil end
        if full then
            table.remove(game.well, y)
            table.insert(game.well, 1, {})
            cleared = cleared + 1
        end
    end
    if cleared > 0 then
        game.score = game.score + rowPoints[cleared] * game.level
        game.lines = game.lines + cleared
        game.level = math.floor(game.lines / 10) + 1
    end
    enter()
end

-- Moves the piece, unless something is in the way.
local function shift(dx, dy)
    if not fits(game.blocks, game.x + dx, game.y + dy) then return false end
    game.x, game.y = game.x + dx, game.y + dy
    return true
end

-- Turns the piece. It may move aside for that, by one, or the long one by two.
local function turn()
    local blocks = turned(game.blocks, game.size)
    for _, dx in ipairs { 0, -1, 1, -2, 2 } do
        if math.abs(dx) < game.size - 1 and fits(blocks, game.x + dx, game.y) then
            game.blocks, game.x = blocks, game.x + dx
            return
        end
    end
end

local function fall()
    if not shift(0, 1) then settle() end
end

local function drop()
    while shift(0, 1) do game.score = game.score + 2 end
    settle()
end

----------------------------------------------------------------------------------------------------------------------
-- The screen

local function writeBlock(x, y, colour)
    term.setCursorPos(x, y)
    if colour and colourful then
        term.setBackgroundColour(colour)
        term.write("  ")
    else
        term.setBackgroundColour(colours.black)
        term.write(colour and "[]" or "  ")
    end
end

-- Without a panel the first line tells all.
local function drawState()
    term.setBackgroundColour(colours.black)
    term.setTextColour(colours.white)
    if not hasPanel then
        term.setCursorPos(1, 1)
        term.clearLine()
        term.write(("%d  Level %d  Next %s"):format(game.score, game.level, game.next.name))
        return
    end
    local x = left + 2 * columns + 2
    for i, line in ipairs {
        "Score " .. game.score, "Lines " .. game.lines, "Level " .. game.level, "", "Next",
    } do
        term.setCursorPos(x, i + 1)
        term.write(line .. (" "):rep(10 - #line))
    end
    for dy = 0, 1 do
        for dx = 0, 3 do
            -- All pieces are in the first two lines of their square.
            local line = game.next[dy + 1]
            local isBlock = line:sub(dx + 1, dx + 1) == "#"
            writeBlock(x + 2 * dx, 8 + dy, isBlock and game.next.colour or nil)
        end
    end
end

local function drawWell()
    local moving = {}
    for _, block in ipairs(game.blocks) do
        local y = game.y + block.y
        moving[y] = moving[y] or {}
        moving[y][game.x + block.x] = true
    end
    for y = 1, rows do
        for x = 1, columns do
            local colour = moving[y] and moving[y][x] and game.piece.colour or game.well[y][x]
            writeBlock(left + 2 * (x - 1), y + 1, colour)
        end
    end
end

local function drawWalls()
    term.setBackgroundColour(colours.black)
    term.setTextColour(colours.white)
    term.clear()
    for y = 2, rows + 1 do
        if colourful then term.setBackgroundColour(colours.grey) end
        for _, x in ipairs { left - 1, left + 2 * columns } do
            term.setCursorPos(x, y)
            term.write(colourful and " " or "|")
        end
    end
    term.setBackgroundColour(colours.black)
end

local function drawAll()
    drawState()
    drawWell()
end

-- A line across the well.
local function announce(y, text)
    term.setCursorPos(left + math.max(0, math.floor((2 * columns - #text) / 2)), y)
    term.setBackgroundColour(colours.black)
    term.setTextColour(colours.white)
    term.write(text)
end

----------------------------------------------------------------------------------------------------------------------
-- The player

-- Waits until a letter is typed or a key pressed, and tells whether it was the one to go on with. Q is the other. Letters are
-- taken from the event char, lest they turn up in the shell's line.
local function wantsMore(kind, value)
    while true do
        local event, which = os.pullEvent()
        if event == "char" then which = which:lower() end
        if event == kind and which == value then return true end
        if event == "char" and which == "q" then return false end
    end
end

-- Plays until the game is over. Returns false if the player wants to stop.
local function play()
    newGame()
    drawWalls()
    drawAll()
    local timer = os.startTimer(stepTime(game.level))
    while not game.over do
        local event, key = os.pullEvent()
        if event == "timer" and key == timer then
            fall()
            timer = os.startTimer(stepTime(game.level))
        elseif event == "key" then
            if key == keys.left or key == keys.a then
                shift(-1, 0)
            elseif key == keys.right or key == keys.d then
                shift(1, 0)
            elseif key == keys.up or key == keys.w then
                turn()
            elseif key == keys.down or key == keys.s then
                if shift(0, 1) then game.score = game.score + 1 end
            elseif key == keys.space then
                drop()
            end
        elseif event == "char" and key:lower() == "p" then
            os.cancelTimer(timer)
            announce(2 + math.floor(rows / 2), " Paused ")
            if not wantsMore("char", "p") then return false end
            timer = os.startTimer(stepTime(game.level))
        elseif event == "char" and key:lower() == "q" then
            os.cancelTimer(timer)
            return false
        end
        drawAll()
    end
    os.cancelTimer(timer)
    announce(1 + math.floor(rows / 2), " Game over ")
    announce(3 + math.floor(rows / 2), " Enter: again ")
    announce(4 + math.floor(rows / 2), " Q: quit ")
    return wantsMore("key", keys.enter)
end

term.setCursorBlink(false)
local ok, message = pcall(function()
    while play() do end
end)
term.setBackgroundColour(colours.black)
term.setTextColour(colours.white)
term.clear()
term.setCursorPos(1, 1)
if game then print("Score: " .. game.score) end
if not ok then error(message, 0) end
