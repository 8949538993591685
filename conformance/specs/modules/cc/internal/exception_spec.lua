describe("cc.internal.exception", function()
    local exception = require "cc.internal.exception"

    -- What is shown of an exception, row by row.
    local function report(problem, texts)
        local current = term.current()
        local w = window.create(current, 1, 1, 40, 6, false)
        term.redirect(w)
        exception.report(problem, texts)
        term.redirect(current)
        local rows = {}
        for y = 1, 6 do
            local row = w.getLine(y):gsub(" +$", "")
            if row ~= "" then rows[#rows + 1] = row end
        end
        return rows
    end

    it("calls functions", function()
        expect({ exception.try(function(...) return "a", nil, ... end, 1, nil) }):same { true, "a", nil, 1 }
        expect(exception.try(function() return coroutine.isyieldable() end)):eq(true)
    end)

    it("shows the line of an error", function()
        local text = "local t = nil\nreturn 1 + t.x\n"
        local ok, problem = exception.try(load(text, "=code"))
        expect(ok):eq(false)
        expect(problem):matches { value = "code:2: attempt to index local 't' (a nil value)", source = "=code", place = { line = 2 } }
        expect(report(problem, { ["=code"] = text })):matches {
            "code:2: attempt to index local 't' (a", "nil value)", " 2 | return 1 + t.x",
        }
        -- Without the text there is the message.
        expect(#report(problem)):eq(2)
    end)

    it("names the frame that the message is about", function()
        local text = "local function check(x)\n    error('bad', 2)\nend\n\ncheck(5)\n"
        local _, problem = exception.try(load(text, "=code"))
        expect(problem):matches { value = "code:5: bad", place = { line = 5 } }
    end)

    it("shows errors of syntax", function()
        local text = "if x then\n\tfoo bar\nend\n"
        local _, message = load(text, "=code")
        expect(report(exception.syntaxError("=code", text, message), { ["=code"] = text })):same {
            "code:2: syntax error near 'bar'", " 2 |  foo bar", "   |      ^^^",
        }
    end)

    it("shows the part around the place of a long line", function()
        local text = "x = '" .. ("a"):rep(100) .. "' = '" .. ("b"):rep(100) .. "'"
        local _, message = load(text, "=code")
        local rows = report(exception.syntaxError("=code", text, message), { ["=code"] = text })
        expect(rows[2]):str_match "^ 1 | a+' = 'b+$"
        expect(rows[2]:find("=", 1, true)):eq(rows[3]:find("^", 1, true))
        expect(#rows):eq(3)
    end)

    it("shows any value", function()
        local function thrown(value)
            local _, problem = exception.try(function() error(value, 0) end)
            return report(problem)
        end
        expect(thrown "plain"):same { "plain" }
        expect(thrown(setmetatable({}, { __tostring = function() return "a thing" end }))):same { "a thing" }
        expect(thrown(setmetatable({}, { __tostring = function() error "no" end }))):same { "(error object is a table value)" }
        expect(thrown(nil)):same { "nil" }
    end)
end)
