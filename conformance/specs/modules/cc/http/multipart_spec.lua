local multipart = require "cc.http.multipart"
local problem = require "cc.http.problem"

-- A body that comes in pieces of some length.
local function reading(body, piece)
    local at = 1
    return function(count)
        if at > #body then return nil end
        local text = body:sub(at, at + math.min(count, piece or count) - 1)
        at = at + #text
        return text
    end
end

local function form(...)
    return table.concat({ ... }, "\r\n")
end

local BODY = form(
    "preamble", "--XX", 'Content-Disposition: form-data; name="title"', "", "a b", "--XX",
    'content-disposition:form-data; name="f"; filename="C:\\fakepath\\x.png"', "Content-Type: image/png; x=y", "",
    "\r\n--X\0\255\r\n--\r\n", "--XX  ", 'Content-Disposition: form-data; name="empty"', "", "", "--XX--", "epilogue")

local function all(body, piece, boundary, limits)
    local list = {}
    local reader = multipart.reader(reading(body, piece), boundary or "XX", limits)
    for part in function() return reader:next() end do
        list[#list + 1] = { part.name, part.filename or false, part.type, part:readAll(1e6) }
    end
    return list
end

local function failure(body, ...)
    local ok, message = pcall(all, body, ...)
    if ok then return "no failure" end
    expect(problem.is(message)):eq(true)
    return message.status .. " " .. message.detail
end

describe("cc.http.multipart", function()
    it("reads parts, whatever the pieces they come in", function()
        local want = {
            { "title", false, "text/plain", "a b" },
            { "f", "x.png", "image/png", "\r\n--X\0\255\r\n--\r\n" },
            { "empty", false, "text/plain", "" },
        }
        for piece = 1, #BODY + 1 do expect(all(BODY, piece)):same(want) end
    end)

    it("skips what is not read", function()
        local reader = multipart.reader(reading(BODY, 5), "XX")
        expect(reader:next().name):eq("title")
        local file = reader:next()
        expect(file:read(1)):eq("\r")
        expect(reader:next().name):eq("empty")
        expect.error(file.read, file):str_match("the part is over")
        expect(reader:next()):eq(nil)
        expect(reader:next()):eq(nil)
    end)

    it("takes names as browsers encode them", function()
        local function name(filename)
            return all(form("--XX", 'Content-Disposition: form-data; name="a%22b"; filename="' .. filename .. '"', "", "", "--XX--"))[1]
        end
        expect(name("x")[1]):eq('a"b')
        expect(name("../../etc/passwd")[2]):eq("passwd")
        expect(name("..")[2]):eq("")
        expect(name(" a\\b%0D%0Ac.txt ")[2]):eq("bc.txt")
        expect(name("ü%41.txt")[2]):eq("ü%41.txt")
    end)

    it("refuses what is malformed", function()
        expect(failure("")):eq("400 malformed multipart body: it ends in the middle of a part")
        expect(failure("--XX")):str_match("^400 ")
        expect(failure(BODY:sub(1, -13))):str_match("^400 ")
        expect(failure(form("--XX", "x", "", "y", "--XX--"))):eq("400 malformed multipart body: bad header")
        expect(failure(form("--XX", "", "y", "--XX--"))):eq("400 malformed multipart body: a part without a name")
        expect(failure(form("--XX", "Content-Disposition: form-data", "", "y", "--XX--"))):str_match("without a name")
        expect(failure(form("--XX", 'Content-Disposition: attachment; name="x"', "", "y", "--XX--"))):str_match("without a name")
        expect(failure(form("--XX", "a: b", "A: c", "", "y", "--XX--"))):str_match("a header twice")
        expect(failure(form("--XXY", "a: b", "", "y", "--XX--"))):str_match("bad boundary line")
        expect(failure(form("--XX", 'Content-Disposition: form-data; name="\255"', "", "y", "--XX--"))):str_match("not UTF%-8")
        for _, boundary in ipairs { "", ("x"):rep(71), "a\r\nb", "a ", "ü" } do
            expect(failure(BODY, nil, boundary)):eq("400 malformed multipart body: bad boundary")
        end
    end)

    it("has limits", function()
        expect(failure(BODY, nil, "XX", { max_parts = 2 })):eq("413 a form may have 2 parts")
        expect(failure(form("--XX", "a: " .. ("b"):rep(9000), "", "", "--XX--"))):eq("413 headers of a part may have 8192 bytes")
        expect(failure(form("--XX", ("b"):rep(9000)))):str_match("^413 headers")
        expect(failure("--XX" .. (" "):rep(1e5))):str_match("bad boundary line")
        local reader = multipart.reader(reading(BODY), "XX")
        local part = reader:next()
        expect(select(2, pcall(part.readAll, part, 2)).status):eq(413)
    end)

    it("saves files, and nothing of those that are not whole", function()
        local function save(body, max)
            local reader = multipart.reader(reading(body, 9), "XX")
            reader:next()
            return pcall(reader.next(reader).save, reader.part, "/saved.bin", max)
        end
        expect({ save(BODY) }):same { true, 13 }
        local file = fs.open("/saved.bin", "rb")
        expect(file.readAll()):eq("\r\n--X\0\255\r\n--\r\n")
        file.close()
        local ok, message = save(BODY, 5)
        expect({ ok, message.status }):same { false, 413 }
        expect((save((BODY:sub(1, BODY:find("\255", 1, true)))))):eq(false)
        expect(fs.getSize("/saved.bin")):eq(13) -- the old one
        expect(#fs.find("/saved.bin*")):eq(1)
        expect({ save(BODY) }):same { true, 13 }
        fs.delete("/saved.bin")
        expect((save(BODY, 5))):eq(false)
        expect(#fs.find("/saved.bin*")):eq(0)
    end)

    it("either reads or refuses anything", function()
        local random = 4711
        local function nextRandom(n)
            random = (random * 1103515245 + 12345) % 2 ^ 31
            return math.floor(random / 65536) % n
        end
        local words = { "\r\n", "\r", "\n", "--XX", "--XX--", "--", "X", 'Content-Disposition: form-data; name="a"', ": ", "\0", '"', ";", "x" }
        local read = 0
        for round = 1, 2000 do
            local pieces = { "--XX\r\n" .. 'Content-Disposition: form-data; name="a"' .. "\r\n\r\n" }
            if round % 3 == 0 then pieces[1] = "" end
            for i = 2, nextRandom(12) + 2 do pieces[i] = words[nextRandom(#words) + 1] end
            if round % 2 == 0 then pieces[#pieces + 1] = "\r\n--XX--" end
            local text = table.concat(pieces)
            local ok, result = pcall(all, text, nextRandom(9) + 1)
            if ok then
                read = read + 1
                expect(all(text)):same(result)
            else
                expect(problem.is(result)):eq(true)
            end
        end
        expect(read > 200):eq(true)
    end)
end)
