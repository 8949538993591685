local function file(name, text)
    local handle = fs.open(name, "w")
    handle.write(text)
    handle.close()
end

-- Runs the program on a window. Returns its coroutine, and a function that gives it an event.
local function start(w, ...)
    local program = coroutine.create(shell.run)
    local function resume(...)
        local old = term.redirect(w)
        local ok, message = coroutine.resume(program, ...)
        term.redirect(old)
        if not ok then error(message, 0) end
    end
    resume("help", ...)
    return program, resume
end

local function lines(w)
    local _, height = w.getSize()
    local found = {}
    for y = 1, height do found[y] = (w.getLine(y):gsub("%s+$", "")) end
    return found
end

describe("help", function()
    local path = help.path()

    local function topic(name, text)
        fs.makeDir("texts")
        file("texts/" .. name, text)
        help.setPath("/texts")
        return window.create(term.current(), 1, 1, 20, 5, false)
    end

    it("prints what fits on the screen", function()
        local w = topic("short.txt", "one\n\n    code\n")
        local program = start(w, "short")
        help.setPath(path)
        expect(coroutine.status(program)):eq("dead")
        expect(lines(w)):same { "one", "", "    code", "", "" }
    end)

    it("breaks lines between words, and keeps code indented", function()
        local w = topic("wide.txt", "words that are many more\n    print('x', 'yy', 'z')\n")
        start(w, "wide")
        help.setPath(path)
        expect(lines(w)):same { "words that are many", "more", "    print('x', 'yy',", "    'z')", "" }
    end)

    it("scrolls what is longer", function()
        local text = {}
        for i = 1, 12 do text[i] = "line " .. i end
        local w = topic("long.txt", table.concat(text, "\n") .. "\n")
        local program, resume = start(w, "long")
        help.setPath(path)
        local function shows(first, bar)
            expect(coroutine.status(program)):eq("suspended")
            expect(lines(w)):same {
                "line " .. first, "line " .. first + 1, "line " .. first + 2, "line " .. first + 3, bar,
            }
        end
        local more = "Help: long Down or Q"
        shows(1, more)
        resume("key", keys.up, false)
        shows(1, more)
        resume("key", keys.down, false)
        shows(2, more)
        resume("key", keys.pageDown, false)
        shows(5, more)
        resume("mouse_scroll", -1, 1, 1)
        shows(4, more)
        resume("key", keys["end"], false)
        shows(9, "Help: long")
        resume("mouse_scroll", 1, 1, 1)
        shows(9, "Help: long")
        resume("key", keys.home, false)
        shows(1, more)
        w.reposition(1, 1, 20, 4)
        resume("term_resize")
        expect(lines(w)):same { "line 1", "line 2", "line 3", more }
        resume("char", "q")
        expect(coroutine.status(program)):eq("dead")
        expect(lines(w)):same { "", "", "", "" }
    end)

    it("shows headings and code of Markdown", function()
        local w = topic("page.md", "# Title\n```lua\nprint(1)\n```\n")
        start(w, "page")
        help.setPath(path)
        expect(lines(w)):same { "Title", "    print(1)", "", "", "" }
        expect((select(2, w.getLine(1)))):eq(("4"):rep(5) .. ("0"):rep(15))
    end)

    it("begins with the intro, and says when there is no topic", function()
        stub(_G, "printError", function() end)
        stub(help, "lookup", function() return nil end)
        expect(shell.run("help")):eq(true)
        expect(help.lookup):called_with("intro")
        expect(printError):called_with("No help available")
    end)

    it("lists all topics", function()
        stub(textutils, "pagedTabulate", function() end)
        stub(_G, "print", function() end)
        shell.run("help", "index")
        expect(textutils.pagedTabulate):called_with_matching(help.topics())
    end)
end)
