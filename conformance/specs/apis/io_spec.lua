describe("io", function()
    local function write(text)
        local file = assert(io.open("f.txt", "w"))
        expect(file:write(text)):eq(file)
        file:close()
    end

    it("reads lines, numbers and all", function()
        write("a\n\n 12 0x1F -1.5e1x\nlast")
        local file = io.open("f.txt")
        expect({ file:read("l", "*L", "n", "n", "n", 1) }):same { "a", "\n", 12, 31, -15, "x" }
        expect({ file:read("L", "a") }):same { "\n", "last" }
        expect(table.pack(file:read("l"))):same { n = 1, nil }
        expect(file:read("a")):eq("")
        file:close()
    end)

    it("goes through files", function()
        write("1\n2\n3")
        local lines = {}
        for line in io.lines("f.txt") do lines[#lines + 1] = line end
        expect(lines):same { "1", "2", "3" }
        expect.error(io.lines, "missing"):str_match("/missing: No such file$")
    end)

    it("appends and seeks", function()
        write("abc")
        local file = io.open("f.txt", "a")
        file:write("def"):write(1)
        file:close()
        file = io.open("f.txt", "r+")
        expect(file:seek("set", 3)):eq(3)
        expect(file:read(2)):eq("de")
        expect(file:seek("end")):eq(7)
        expect(file:close()):eq(true)
    end)

    it("refuses what can't be", function()
        write("")
        local file = io.open("f.txt")
        expect({ file:write("x") }):same { nil, "file is not writable" }
        expect.error(file.read, file, "q"):str_match("bad argument #1 %(invalid format%)$")
        file:close()
        expect.error(file.read, file):str_match("attempt to use a closed file$")
        expect.error(file.read, {}):str_match("FILE%* expected, got table")
        expect({ io.open("missing") }):same { nil, "/missing: No such file" }
        expect({ io.stdout:close() }):same { nil, "attempt to close standard stream" }
        expect(io.type(file)):eq("closed file")
        expect(tostring(file)):eq("file (closed)")
        expect(io.type({})):eq(nil)
    end)

    it("has files to read from and write to, which may be changed", function()
        write("old\n")
        expect(io.output()):eq(io.stdout)
        expect(io.input()):eq(io.stdin)
        local file = io.output("out.txt")
        expect(io.output()):eq(file)
        expect(io.write("a", 1)):eq(file)
        expect(io.flush()):eq(file)
        expect(io.close()):eq(true)
        expect.error(io.write, "x"):str_match("attempt to use a closed file$")
        expect(io.output(io.stdout)):eq(io.stdout)
        io.input("out.txt")
        expect(io.read("a")):eq("a1")
        expect(io.close(io.input())):eq(true)
        expect(io.input(io.stdin)):eq(io.stdin)
        expect.error(io.input, "missing"):str_match("^/missing: No such file$")
        expect.error(io.output, "rom/x"):str_match("^/rom/x: Access denied$")
        expect.error(io.input, 1):eq("bad argument #1 (string or FILE* expected, got number)")
        expect.error(io.output, {}):eq("bad argument #1 (string or FILE* expected, got table)")
        expect.error(io.close, 1):eq("bad argument #1 (FILE* expected, got number)")
        expect(io.stdout:setvbuf("no")):eq(nil)
    end)

    it("writes to where print does, and to where errors do", function()
        local w = window.create(term.current(), 1, 1, 6, 2, false)
        local old = term.redirect(w)
        io.write("a", 1)
        io.stderr:write("e")
        term.redirect(old)
        expect({ w.getLine(1) }):same { "a1e   ", "00e000", "ffffff" }
    end)

    it("reads the standard input", function()
        local typed = { "one", "2 three", "four", "five" }
        stub(_G, "read", function() return table.remove(typed, 1) end)
        expect(io.read()):eq("one")
        expect({ io.stdin:read("n", 1, "L") }):same { 2, " ", "three\n" }
        expect(io.stdin:read(2)):eq("fo")
        expect(io.stdin:read("a")):eq("ur\nfive\n")
        expect(io.stdin:read("l")):eq(nil)
    end)
end)
