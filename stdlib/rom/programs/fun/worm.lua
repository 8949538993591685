-- A worm eats apples and grows, until it meets a wall or itself.

if require "cc.internal.shell".modeOf(shell) ~= "screen" then
    printError("This needs a screen with keys: run luart in a terminal")
    return
end

local width, height = term.getSize()
local isColour = term.isColour()

if width < 12 or height < 8 then
    printError("The screen is too small for the worm")
    return
end

local function setColours(text, back)
    term.setTextColour(isColour and text or (back == colours.black and colours.white or colours.black))
    term.setBackgroundColour(isColour and back or (back == colours.black and colours.black or colours.white))
end

local function drawCell(x, y, char, text, back)
    term.setCursorPos(x, y)
    setColours(text, back)
    term.write(char)
end

local function centre(y, text, colour)
    setColours(colour, colours.black)
    term.setCursorPos(math.floor((width - #text) / 2) + 1, y)
    term.write(text)
end

local function clear()
    setColours(colours.white, colours.black)
    term.clear()
    term.setCursorBlink(false)
end

----------------------------------------------------------------------------------------------------------------------
-- Before the game

local levels = {
    { name = "Easy", delay = 0.2, points = 1 },
    { name = "Medium", delay = 0.1, points = 3 },
    { name = "Hard", delay = 0.05, points = 6 },
}

-- Lets the player choose a level. Nil if they would rather leave.
local function chooseLevel()
    local chosen = 1
    clear()
    while true do
        centre(2, "W O R M", colours.lime)
        for i, level in ipairs(levels) do
            local name = i == chosen and "[ " .. level.name .. " ]" or "  " .. level.name .. "  "
            centre(3 + i, name, i == chosen and colours.yellow or colours.white)
        end
        centre(8, "Arrows, Enter, Q", colours.lightGrey)
        local _, key = os.pullEvent("key")
        if key == keys.up or key == keys.w then
            chosen = (chosen - 2) % #levels + 1
        elseif key == keys.down or key == keys.s then
            chosen = chosen % #levels + 1
        elseif key == keys.enter or key == keys.numPadEnter or key == keys.space then
            return levels[chosen]
        elseif key == keys.q then
            require "cc.internal.event".discard_char()
            return nil
        end
    end
end

----------------------------------------------------------------------------------------------------------------------
-- The game: the first row is the score, the cells at the edge below are walls.

local left, top, right, bottom = 2, 3, width - 1, height - 1

local directions = {
    [keys.up] = { 0, -1 }, [keys.down] = { 0, 1 }, [keys.left] = { -1, 0 }, [keys.right] = { 1, 0 },
    [keys.w] = { 0, -1 }, [keys.s] = { 0, 1 }, [keys.a] = { -1, 0 }, [keys.d] = { 1, 0 },
}

local function drawField()
    clear()
    local wall = isColour and colours.grey or colours.white
    for y = top - 1, bottom + 1 do
        drawCell(1, y, " ", colours.white, wall)
        drawCell(width, y, " ", colours.white, wall)
    end
    for _, y in ipairs { top - 1, bottom + 1 } do
        drawCell(1, y, (" "):rep(width), colours.white, wall)
    end
end

-- Plays one game and returns the score.
local function play(level)
    drawField()
    local occupied = {} -- the cells of the worm
    local function index(x, y) return y * width + x end

    local score, growing = 0, 3
    local x, y = math.floor(width / 2), math.floor((top + bottom) / 2)
    local dx, dy = 1, 0
    local turns = {} -- that were asked for and not made yet
    local body, first, last = { { x, y } }, 1, 1 -- from the tail to the head
    occupied[index(x, y)] = true
    local free = (right - left + 1) * (bottom - top + 1) - 1
    local appleX, appleY

    local function drawScore()
        setColours(colours.yellow, colours.black)
        term.setCursorPos(1, 1)
        term.write("Score: " .. score)
    end

    local function placeApple()
        -- A random free cell, counted from the start: there may be only one.
        local skip = math.random(free) - 1
        for row = top, bottom do
            for column = left, right do
                if not occupied[index(column, row)] then
                    if skip == 0 then
                        appleX, appleY = column, row
                        return drawCell(column, row, "@", colours.red, colours.black)
                    end
                    skip = skip - 1
                end
            end
        end
    end

    placeApple()
    drawScore()
    drawCell(x, y, " ", colours.white, colours.lime)
    local timer = os.startTimer(level.delay)
    while true do
        local event, value = os.pullEvent()
        if event == "key" then
            local turn = directions[value]
            if turn and #turns < 2 then turns[#turns + 1] = turn end
            if value == keys.q then return score end
        elseif event == "timer" and value == timer then
            timer = os.startTimer(level.delay)
            local turn = table.remove(turns, 1)
            -- It can't turn back on itself.
            if turn and (turn[1] ~= -dx or turn[2] ~= -dy) then dx, dy = turn[1], turn[2] end

            drawCell(x, y, " ", colours.white, colours.green)
            x, y = x + dx, y + dy
            local eats = x == appleX and y == appleY
            if eats then
                score = score + level.points
                growing = growing + 2
            end
            if growing > 0 then
                growing = growing - 1
                free = free - 1
            else
                local tail = body[first]
                body[first] = nil
                first = first + 1
                occupied[index(tail[1], tail[2])] = nil
                drawCell(tail[1], tail[2], " ", colours.white, colours.black)
            end
            if x < left or x > right or y < top or y > bottom or occupied[index(x, y)] then return score end
            last = last + 1
            body[last] = { x, y }
            occupied[index(x, y)] = true
            drawCell(x, y, " ", colours.white, colours.lime)
            if eats then
                drawScore()
                if free == 0 then return score end -- the worm is everywhere
                placeApple()
            end
        end
    end
end

local function main()
    local level = chooseLevel()
    if not level then return end
    local score = play(level)
    centre(math.floor(height / 2) - 1, "  G A M E   O V E R  ", colours.red)
    centre(math.floor(height / 2), "  Final score: " .. score .. "  ", colours.yellow)
    centre(math.floor(height / 2) + 1, "  Press Enter  ", colours.white)
    repeat
        local _, key = os.pullEvent("key")
    until key == keys.enter or key == keys.numPadEnter
end

local ok, problem = pcall(main)
term.setBackgroundColour(colours.black)
term.setTextColour(colours.white)
term.clear()
term.setCursorPos(1, 1)
if not ok then error(problem, 0) end
