-- Prints a text with a printer, on as many pages as it takes.

local sub = string.sub

---Prints lines; those that are too long for a page go on in the next row. Throws, without a position, "Printer out of ink" and the like.
---@param printer table the peripheral
---@param title string of the first page; the others have their numbers behind it
---@param lines string[]
---@return integer pages
return function(printer, title, lines)
    local page, row, columns, rows = 0, 0, nil, nil

    local function startPage()
        if printer.getInkLevel() < 1 then error("Printer out of ink", 0) end
        if printer.getPaperLevel() < 1 then error("Printer out of paper", 0) end
        if not printer.newPage() then error("Printer can't start a page", 0) end
        page, row = page + 1, 0
        columns, rows = printer.getPageSize()
        printer.setPageTitle(page == 1 and title or title .. " (page " .. page .. ")")
    end

    local function endPage()
        if not printer.endPage() then error("Printer output is full", 0) end
    end

    local function put(text)
        if row == rows then
            endPage()
            startPage()
        end
        row = row + 1
        printer.setCursorPos(1, row)
        printer.write(text)
    end

    startPage()
    for _, line in ipairs(lines) do
        line = line:gsub("\t", "    ")
        local at = 1
        repeat
            put(sub(line, at, at + columns - 1))
            at = at + columns
        until at > #line
    end
    endPage()
    return page
end
