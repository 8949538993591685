-- Lines, boxes and images of coloured cells. All functions leave the cursor and the background colour as they have used
-- them.

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local floor, max, min = math.floor, math.max, math.min
local rep = string.rep

local digits = "0123456789abcdef"

local function drawCell(x, y)
    term.setCursorPos(x, y)
    term.write(" ")
end

-- The cells of a box, from the top left to the bottom right.
local function ordered(startX, startY, endX, endY)
    startX, startY, endX, endY = floor(startX), floor(startY), floor(endX), floor(endY)
    return min(startX, endX), min(startY, endY), max(startX, endX), max(startY, endY)
end

-- Cells of the current background colour, from the cursor's place on.
local function fill(x, y, width)
    local _, exponent = math.frexp(term.getBackgroundColour())
    term.setCursorPos(x, y)
    local colour = digits:sub(exponent, exponent):rep(width)
    term.blit(rep(" ", width), colour, colour)
end

---Makes an image of a text: one line a row, a digit for the colour of each cell ("0" white to "f" black) and a space for
---none.
---@param image string
---@return integer[][] image the colours, 0 for none
function parseImage(image)
    expect(1, image, "string")
    local rows = {}
    for line in (image .. "\n"):gmatch("(.-)\r?\n") do
        local row = {}
        for i = 1, #line do
            local index = digits:find(line:sub(i, i), 1, true)
            row[i] = index and 2 ^ (index - 1) or 0
        end
        rows[#rows + 1] = row
    end
    -- A line break ends the last line; it begins no other.
    if #rows > 0 and #rows[#rows] == 0 then rows[#rows] = nil end
    return rows
end

---Loads an image, such as the program paint makes.
---@param path string
---@return integer[][]? image nil if there is no such file
function loadImage(path)
    expect(1, path, "string")
    local file = fs.open(path, "r")
    if not file then return nil end
    local text = file.readAll()
    file.close()
    return parseImage(text or "")
end

---Draws a cell.
---@param x integer
---@param y integer
---@param colour? integer the background colour unless given
function drawPixel(x, y, colour)
    expect(1, x, "number")
    expect(2, y, "number")
    expect(3, colour, "number", "nil")
    if colour then term.setBackgroundColour(colour) end
    drawCell(floor(x), floor(y))
end

---Draws a line.
---@param startX integer
---@param startY integer
---@param endX integer
---@param endY integer
---@param colour? integer the background colour unless given
function drawLine(startX, startY, endX, endY, colour)
    expect(1, startX, "number")
    expect(2, startY, "number")
    expect(3, endX, "number")
    expect(4, endY, "number")
    expect(5, colour, "number", "nil")
    if colour then term.setBackgroundColour(colour) end
    startX, startY, endX, endY = floor(startX), floor(startY), floor(endX), floor(endY)
    local width, height = endX - startX, endY - startY
    local steps = max(math.abs(width), math.abs(height))
    if steps == 0 then return drawCell(startX, startY) end
    for i = 0, steps do
        drawCell(floor(startX + width * i / steps + 0.5), floor(startY + height * i / steps + 0.5))
    end
end

---Draws the edge of a box.
---@param startX integer
---@param startY integer
---@param endX integer
---@param endY integer
---@param colour? integer the background colour unless given
function drawBox(startX, startY, endX, endY, colour)
    expect(1, startX, "number")
    expect(2, startY, "number")
    expect(3, endX, "number")
    expect(4, endY, "number")
    expect(5, colour, "number", "nil")
    if colour then term.setBackgroundColour(colour) end
    local left, top, right, bottom = ordered(startX, startY, endX, endY)
    local width = right - left + 1
    fill(left, top, width)
    for y = top + 1, bottom - 1 do
        fill(left, y, 1)
        if right > left then fill(right, y, 1) end
    end
    if bottom > top then fill(left, bottom, width) end
end

---Draws a box.
---@param startX integer
---@param startY integer
---@param endX integer
---@param endY integer
---@param colour? integer the background colour unless given
function drawFilledBox(startX, startY, endX, endY, colour)
    expect(1, startX, "number")
    expect(2, startY, "number")
    expect(3, endX, "number")
    expect(4, endY, "number")
    expect(5, colour, "number", "nil")
    if colour then term.setBackgroundColour(colour) end
    local left, top, right, bottom = ordered(startX, startY, endX, endY)
    for y = top, bottom do fill(left, y, right - left + 1) end
end

---Draws an image.
---@param image integer[][] as parseImage and loadImage return it
---@param x integer column of its left edge
---@param y integer line of its top edge
function drawImage(image, x, y)
    expect(1, image, "table")
    expect(2, x, "number")
    expect(3, y, "number")
    for i, row in ipairs(image) do
        for n, colour in ipairs(row) do
            if colour > 0 then
                term.setBackgroundColour(colour)
                drawCell(x + n - 1, y + i - 1)
            end
        end
    end
end
