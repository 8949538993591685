-- Lays out texts and tables as the space allows, in colours. A document is made of parts, and says where lines may be
-- broken; how it looks is found when it is shown.
--
--     local pretty = require "cc.pretty"
--     pretty.pretty_print({ 1, 2, { name = "x" } })
--     pretty.print(pretty.group(pretty.text("hello", colours.red) .. pretty.space_line .. "world"))
--
-- (The layout is that of P. Wadler, "A prettier printer".)

local expectModule = require "cc.expect"
local expect, field = expectModule.expect, expectModule.field
local find, format, gsub, match, rep, sub = string.find, string.format, string.gsub, string.match, string.rep, string.sub
local floor, huge = math.floor, math.huge
local getmetatable, next, rawget, rawlen, select, setmetatable, tostring, type =
    getmetatable, next, rawget, rawlen, select, setmetatable, tostring, type

---@class cc.pretty.Document
---@field tag "nil"|"text"|"line"|"concat"|"nest"|"group"
---@operator concat(cc.pretty.Document|string): cc.pretty.Document
local meta = { __name = "document" }

local function document(doc) return setmetatable(doc, meta) end
local function isDocument(value) return getmetatable(value) == meta end

---The document without anything.
---@type cc.pretty.Document
local empty = document { tag = "nil" }
---A space.
---@type cc.pretty.Document
local space = document { tag = "text", text = " " }
---A line break, or nothing in a group that fits on a line.
---@type cc.pretty.Document
local line = document { tag = "line", flat = empty }
---A line break, or a space in a group that fits on a line.
---@type cc.pretty.Document
local space_line = document { tag = "line", flat = space }

-- Makes one document of those in a list.
local function join(docs, count)
    if count == 0 then return empty end
    if count == 1 then return docs[1] end
    docs.tag, docs.n = "concat", count
    return document(docs)
end

local function textPart(text, colour)
    if text == "" then return empty end
    if text == " " then return space end
    return document { tag = "text", text = text, colour = colour }
end

---A document of a text. Its line breaks are those of space_line.
---@param text string
---@param colour? integer of the text; the terminal's unless given
---@return cc.pretty.Document
local function text(text, colour)
    expect(1, text, "string")
    expect(2, colour, "number", "nil")
    if not find(text, "\n", 1, true) then return textPart(text, colour) end
    local docs, count, at = {}, 0, 1
    while true do
        local stop = find(text, "\n", at, true)
        local part = sub(text, at, (stop or 0) - 1)
        if part ~= "" then
            count = count + 1
            docs[count] = textPart(part, colour)
        end
        if not stop then return join(docs, count) end
        count = count + 1
        docs[count] = space_line
        at = stop + 1
    end
end

---Documents one after the other; `a .. b` is the same for two.
---@param ... cc.pretty.Document|string
---@return cc.pretty.Document
local function concat(...)
    local docs, count = {}, 0
    for i = 1, select("#", ...) do
        local doc = select(i, ...)
        if type(doc) == "string" then
            doc = text(doc)
        elseif not isDocument(doc) then
            expect(i, doc, "document")
        end
        if doc ~= empty then
            count = count + 1
            docs[count] = doc
        end
    end
    return join(docs, count)
end

meta.__concat = concat

---Indents the lines of a document, except for the first.
---@param depth integer how many spaces more
---@param doc cc.pretty.Document
---@return cc.pretty.Document
local function nest(depth, doc)
    expect(1, depth, "number")
    if not isDocument(doc) then expect(2, doc, "document") end
    if depth == 0 then error("depth must be a positive number", 2) end
    return document { tag = "nest", depth = depth, doc }
end

-- Tells whether a document has a place where a line may be broken.
local function hasLine(doc)
    local tag = doc.tag
    if tag == "line" or tag == "group" then return true end
    if tag == "nest" then return hasLine(doc[1]) end
    for i = 1, doc.n or 0 do
        if hasLine(doc[i]) then return true end
    end
    return false
end

---Puts a document on one line if it fits there, and breaks all of its lines otherwise.
---@param doc cc.pretty.Document
---@return cc.pretty.Document
local function group(doc)
    if not isDocument(doc) then expect(1, doc, "document") end
    if doc.tag == "group" or not hasLine(doc) then return doc end
    return document { tag = "group", doc }
end

-- How much room is left after a document without line breaks; negative if there is none.
local function roomAfter(doc, room)
    local tag = doc.tag
    if tag == "text" then return room - #doc.text end
    if tag == "line" then return roomAfter(doc.flat, room) end
    if tag == "nest" or tag == "group" then return roomAfter(doc[1], room) end
    for i = 1, doc.n or 0 do
        room = roomAfter(doc[i], room)
        if room < 0 then break end
    end
    return room
end

-- Lays a document out. Calls put(text, colour) for each text and newLine(indent) for each line break, which return the
-- column after it.
local function layout(doc, column, width, ribbonFraction, put, newLine)
    local ribbon = width == huge and huge or floor(ribbonFraction * width)
    local lineIndent = 0
    local function go(doc, indent, flat)
        local tag = doc.tag
        if tag == "text" then
            column = put(doc.text, doc.colour)
        elseif tag == "line" then
            if flat then return go(doc.flat, indent, true) end
            lineIndent = indent
            column = newLine(indent)
        elseif tag == "concat" then
            for i = 1, doc.n do go(doc[i], indent, flat) end
        elseif tag == "nest" then
            return go(doc[1], indent + doc.depth, flat)
        elseif tag == "group" then
            if not flat then flat = roomAfter(doc[1], math.min(width - column, ribbon - (column - lineIndent))) >= 0 end
            return go(doc[1], indent, flat)
        end
    end
    go(doc, 0, false)
end

---A document as text, without colours.
---@param doc cc.pretty.Document
---@param width? integer of a line; lines are broken only where they must be unless given
---@param ribbon_frac? number how much of the width the text after the indentation may take, 0 to 1; 0.6 unless given
---@return string
local function render(doc, width, ribbon_frac)
    if not isDocument(doc) then expect(1, doc, "document") end
    expect(2, width, "number", "nil")
    expect(3, ribbon_frac, "number", "nil")
    local out, n, column = {}, 0, 0
    layout(doc, 0, width or huge, ribbon_frac or 0.6, function(text)
        n = n + 1
        out[n] = text
        column = column + #text
        return column
    end, function(indent)
        n = n + 1
        out[n] = "\n" .. rep(" ", indent)
        column = indent
        return column
    end)
    return table.concat(out)
end

meta.__tostring = function(doc) return render(doc) end

---Writes a document to the terminal.
---@param doc cc.pretty.Document
---@param ribbon_frac? number as for render
local function writeDocument(doc, ribbon_frac)
    if not isDocument(doc) then expect(1, doc, "document") end
    expect(2, ribbon_frac, "number", "nil")
    if not term then
        write(render(doc, 80, ribbon_frac))
        return
    end
    local width = term.getSize()
    local default = term.getTextColour()
    local current = default
    local column = term.getCursorPos() - 1
    layout(doc, column, width, ribbon_frac or 0.6, function(text, colour)
        colour = colour or default
        if colour ~= current then
            current = colour
            term.setTextColour(colour)
        end
        local before = term.getCursorPos()
        write(text)
        local after = term.getCursorPos()
        -- What is written to the standard output moves no cursor.
        column = after ~= before and after - 1 or column + #text
        return column
    end, function(indent)
        write("\n" .. rep(" ", indent))
        column = indent
        return column
    end)
    if current ~= default then term.setTextColour(default) end
end

---Writes a document to the terminal, and a line break.
---@param doc cc.pretty.Document
---@param ribbon_frac? number as for render
local function printDocument(doc, ribbon_frac)
    if not isDocument(doc) then expect(1, doc, "document") end
    expect(2, ribbon_frac, "number", "nil")
    writeDocument(doc, ribbon_frac)
    write("\n")
end

----------------------------------------------------------------------------------------------------------------------
-- Values

local keywords = {
    ["and"] = true, ["break"] = true, ["do"] = true, ["else"] = true, ["elseif"] = true, ["end"] = true, ["false"] = true,
    ["for"] = true, ["function"] = true, ["goto"] = true, ["if"] = true, ["in"] = true, ["local"] = true, ["nil"] = true,
    ["not"] = true, ["or"] = true, ["repeat"] = true, ["return"] = true, ["then"] = true, ["true"] = true, ["until"] = true,
    ["while"] = true,
}

-- The codes of colours: there may be no API of them.
local red, magenta, lightGrey = 0x4000, 0x4, 0x100

-- Tables inside of more tables than these are not shown.
local maxDepth = 100

local comma = text(",") .. space_line

local function byTypeAndValue(a, b)
    local ta, tb = type(a), type(b)
    if ta ~= tb then return ta < tb end
    if ta == "number" or ta == "string" then return a < b end
    return tostring(a) < tostring(b)
end

local function functionDocument(f, options)
    local info = debug.getinfo(f, "Su")
    local name
    if options.source and info.short_src and info.what ~= "C" then
        name = "function<" .. info.short_src .. ":" .. info.linedefined .. ">"
    else
        name = tostring(f)
    end
    if options.args and info.what ~= "C" and info.nparams then
        local args = {}
        for i = 1, info.nparams do args[i] = debug.getlocal(f, i) or "?" end
        if info.isvararg then args[#args + 1] = "..." end
        name = name .. "(" .. table.concat(args, ", ") .. ")"
    end
    return text(name, lightGrey)
end

local valueDocument

local function tableDocument(t, options, open, depth)
    local metatable = debug.getmetatable(t)
    if type(metatable) == "table" and rawget(metatable, "__tostring") ~= nil then return text(tostring(t)) end
    if next(t) == nil then return text("{}") end
    if open[t] then return text("{ ... }", lightGrey) end
    if depth >= maxDepth then return text("{...}", lightGrey) end
    open[t] = true

    local docs, count = { space_line }, 1
    local function add(doc)
        if count > 1 then
            count = count + 1
            docs[count] = comma
        end
        count = count + 1
        docs[count] = doc
    end

    local length = rawlen(t)
    for i = 1, length do add(valueDocument(rawget(t, i), options, open, depth + 1)) end
    local keys = {}
    for k in next, t do
        if not (type(k) == "number" and k >= 1 and k <= length and k % 1 == 0) then keys[#keys + 1] = k end
    end
    table.sort(keys, byTypeAndValue)
    for i = 1, #keys do
        local k = keys[i]
        local key
        if type(k) == "string" and not keywords[k] and match(k, "^[%a_][%w_]*$") then
            key = text(k .. " = ")
        else
            key = concat("[", valueDocument(k, options, open, depth + 1), "] = ")
        end
        add(concat(key, valueDocument(rawget(t, k), options, open, depth + 1)))
    end
    open[t] = nil
    return group(concat("{", nest(2, join(docs, count)), space_line, "}"))
end

function valueDocument(value, options, open, depth)
    local kind = type(value)
    if kind == "string" then return text((gsub(format("%q", value), "\\\n", "\\n")), red) end
    if kind == "number" then return text(tostring(value), magenta) end
    if kind == "function" then return functionDocument(value, options) end
    if kind == "table" then return tableDocument(value, options, open, depth) end
    return text(tostring(value), lightGrey)
end

---A document that shows a value.
---@param obj any
---@param options? { function_args?: boolean, function_source?: boolean } function_args: show the parameters of functions; function_source: show where they are written
---@return cc.pretty.Document
local function pretty(obj, options)
    expect(2, options, "table", "nil")
    local shown = {}
    if options then
        shown.args = field(options, "function_args", "boolean", "nil")
        shown.source = field(options, "function_source", "boolean", "nil")
    end
    return valueDocument(obj, shown, {}, 0)
end

---Writes a value to the terminal, and a line break.
---@param obj any
---@param options? { function_args?: boolean, function_source?: boolean } as for pretty
---@param ribbon_frac? number as for render
local function pretty_print(obj, options, ribbon_frac)
    expect(2, options, "table", "nil")
    expect(3, ribbon_frac, "number", "nil")
    return printDocument(pretty(obj, options), ribbon_frac)
end

return {
    empty = empty, space = space, line = line, space_line = space_line,
    text = text, concat = concat, nest = nest, group = group,
    write = writeDocument, print = printDocument, render = render,
    pretty = pretty, pretty_print = pretty_print,
}
