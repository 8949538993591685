-- What edit does without a user; what it shows is tested in conformance/screens.
describe("The edit program", function()
    local capture = require "testdata.capture"

    -- Runs edit in a window, gives it events, and returns the row at the bottom after them.
    local function edit(path, ...)
        local window = window.create(term.current(), 1, 1, 40, 6, false)
        local native = term.redirect(window)
        local program = coroutine.create(capture.run)
        local filter
        local function resume(...)
            if coroutine.status(program) == "dead" then error("edit has ended", 0) end
            local ok, result = coroutine.resume(program, ...)
            if not ok then error(result, 0) end
            filter = result
        end
        resume("edit", path)
        for _, event in ipairs { ... } do
            if filter == nil or filter == event[1] then resume(table.unpack(event)) end
        end
        term.redirect(native)
        return (window.getLine(6):gsub(" +Ln .*$", ""))
    end

    local ctrl = { "key", keys.leftCtrl, false }

    local function makePrinter(ink, paper)
        local pages, page = {}, nil
        local printer = {
            getInkLevel = function() return ink end,
            getPaperLevel = function() return paper end,
            getPageSize = function() return 8, 2 end,
            newPage = function()
                page, paper = { title = "", lines = {} }, paper - 1
                return true
            end,
            setPageTitle = function(title) page.title = title end,
            setCursorPos = function(_, y) page.row = y end,
            write = function(text) page.lines[page.row] = text end,
            endPage = function()
                pages[#pages + 1] = page.title .. ": " .. table.concat(page.lines, "|")
                return true
            end,
        }
        stub(peripheral, "find", function() return printer end)
        return pages
    end

    it("needs a file", function()
        expect(capture.run("edit")):matches { ok = true, output = "Usage: edit <path>\n", error = "" }
        expect(capture.run("edit", "/rom")):matches { ok = true, output = "Cannot edit a directory.\n" }
    end)

    it("needs a screen", function()
        local shell = setmetatable({ resolve = fs.combine, getRunningProgram = function() return "edit" end }, { mode = "text" })
        local message = stub(_G, "printError")
        local env = setmetatable({ shell = shell }, { __index = _G })
        env.require, env.package = require "cc.require".make(env, "")
        expect(os.run(env, "/rom/programs/edit.lua", "/tmp/x")):eq(true)
        expect(message):called(1)
    end)

    it("prints", function()
        capture.write("/tmp/letter", "one\ntwelve letters\n\n")
        local pages = makePrinter(5, 5)
        expect(edit("/tmp/letter", ctrl, { "key", keys.p, false })):eq "Printed 2 pages"
        expect(pages):same { "letter: one|twelve l", "letter (page 2): etters|" }
        pages = makePrinter(0, 5)
        expect(edit("/tmp/letter", ctrl, { "char", "p" })):eq "Printer out of ink"
        makePrinter(5, 1)
        expect(edit("/tmp/letter", ctrl, { "char", "P" })):eq "Printer out of paper"
        expect(pages):same {}
        stub(peripheral, "find")
        expect(edit("/tmp/letter", ctrl, { "char", "p" })):str_match "^%[Save%]"
    end)

    it("shows what a file system says", function()
        capture.write("/tmp/letter", "dear")
        local open = fs.open
        stub(fs, "open", function(path, mode)
            if path == "tmp/letter" then return nil, "/tmp/letter: The disk is gone" end
            return open(path, mode)
        end)
        local result = capture.run("edit", "/tmp/letter")
        expect(result):matches { ok = false, error = "/tmp/letter: The disk is gone\n" }
    end)

    it("leaves a file that can't be written as it was", function()
        capture.write("/tmp/letter", "dear\n")
        stub(fs, "getFreeSpace", function() return 0 end)
        local events = { { "char", "o" } }
        for _ = 1, 3 do events[#events + 1] = { "paste", ("x"):rep(500) } end
        events[#events + 1] = ctrl
        events[#events + 1] = { "key", keys.s, false }
        expect(edit("/tmp/letter", table.unpack(events))):eq "Error saving: Out of space"
        expect(capture.read("/tmp/letter")):eq "dear\n"
    end)

    it("keeps line breaks", function()
        capture.write("/tmp/letter", "one\r\ntwo")
        edit("/tmp/letter", { "char", "x" }, { "key", keys.enter, false }, ctrl, { "key", keys.s, false })
        expect(capture.read("/tmp/letter")):eq "x\r\none\r\ntwo"
    end)
end)
