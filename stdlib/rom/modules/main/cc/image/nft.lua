-- NFT images: text with colours. In a file, "\30" and a digit set the background colour, "\31" and a digit the text colour,
-- from there to the end of the line.
--
--     local nft = require "cc.image.nft"
--     nft.draw(assert(nft.load("logo.nft")), term.getCursorPos())

local expect = require "cc.expect".expect
local find, rep, sub = string.find, string.rep, string.sub

---A line of an image, as term.blit wants it.
---@class nft.Line
---@field text string
---@field foreground string
---@field background string

---@param line string
---@return nft.Line
local function parseLine(line)
    local texts, foregrounds, backgrounds, n = {}, {}, {}, 0
    local foreground, background = "0", "f"
    local at, last = 1, #line
    while at <= last do
        local mark = sub(line, at, at)
        if mark == "\30" or mark == "\31" then
            local digit = sub(line, at + 1, at + 1):lower()
            if find(digit, "^%x$") then
                if mark == "\30" then background = digit else foreground = digit end
            end
            at = at + 2
        else
            local stop = (find(line, "[\30\31]", at) or last + 1) - 1
            local length = stop - at + 1
            n = n + 1
            texts[n], foregrounds[n], backgrounds[n] = sub(line, at, stop), rep(foreground, length), rep(background, length)
            at = stop + 1
        end
    end
    return { text = table.concat(texts), foreground = table.concat(foregrounds), background = table.concat(backgrounds) }
end

---Makes an image of the text of a file.
---@param image string
---@return nft.Line[]
local function parse(image)
    expect(1, image, "string")
    local lines, count, at = {}, 0, 1
    while at <= #image do
        local stop = find(image, "\n", at, true) or #image + 1
        count = count + 1
        lines[count] = parseLine((sub(image, at, stop - 1):gsub("\r$", "")))
        at = stop + 1
    end
    return lines
end

---Loads an image.
---@param path string
---@return nft.Line[]? image
---@return string? message if it can't be loaded
local function load(path)
    expect(1, path, "string")
    local file, message = fs.open(path, "r")
    if not file then return nil, message end
    local text = file.readAll()
    file.close()
    return parse(text or "")
end

---Draws an image.
---@param image nft.Line[]
---@param xPos integer column of its left edge
---@param yPos integer line of its top edge
---@param target? term.Redirect where to, the current terminal unless given
local function draw(image, xPos, yPos, target)
    expect(1, image, "table")
    expect(2, xPos, "number")
    expect(3, yPos, "number")
    expect(4, target, "table", "nil")
    target = target or term
    for i, line in ipairs(image) do
        target.setCursorPos(xPos, yPos + i - 1)
        target.blit(line.text, line.foreground, line.background)
    end
end

return { parse = parse, load = load, draw = draw }
