local mime = require "cc.http.mime"

describe("cc.http.mime", function()
    it("knows files", function()
        expect(mime.ofFile("a/b.HTML")):eq("text/html; charset=utf-8")
        expect(mime.ofFile("x.tar.gz")):eq("application/gzip")
        for _, name in ipairs { "x", ".html2", "a.", "html", "a.b c" } do expect(mime.ofFile(name)):eq("application/octet-stream") end
    end)

    it("parses media types", function()
        expect({ mime.parse(' Text/HTML ; Charset="utf-8"; x=y ') }):same { "text/html", { charset = "utf-8", x = "y" } }
        expect({ mime.parse("a/b;") }):same { "a/b", {} }
        expect({ mime.parse('a/b; x="q\\"\\\\;"') }):same { "a/b", { x = 'q"\\;' } }
        for _, text in ipairs { "", "text", "text/", "/x", "a/b c", "a/b; x", "a/b; x=", 'a/b; x="y', "a/b; x=\1", "a/b;x=y z", ("a/b" .. (";x=y"):rep(33)) } do
            expect({ mime.parse(text) }):same { nil, {} }
        end
        expect({ mime.parse(nil) }):same { nil, {} }
    end)

    it("parses dispositions", function()
        expect({ mime.parseDisposition('form-data; name="a;b"; filename="C:\\dir\\x.txt"') })
            :same { "form-data", { name = "a;b", filename = "C:\\dir\\x.txt" } }
        expect({ mime.parseDisposition('form-data; name="a\\"b"') }):same { "form-data", { name = 'a"b' } }
        expect((mime.parseDisposition('form-data; name="a'))):eq(nil)
    end)

    it("compares", function()
        expect(mime.matches("text/html", "text/*")):eq(true)
        expect(mime.matches("application/problem+json", "+json")):eq(true)
        expect(mime.matches("text/html", "*/*")):eq(true)
        expect(mime.matches("textual/html", "text/*")):eq(false)
    end)

    it("finds what a client likes best", function()
        local offered = { "text/html", "application/json" }
        expect(mime.best(nil, offered)):eq("text/html")
        expect(mime.best("application/json", offered)):eq("application/json")
        expect(mime.best("text/html;q=0.5, */*;q=0.8", offered)):eq("application/json")
        expect(mime.best("text/*, application/json;q=0", offered)):eq("text/html")
        expect(mime.best("image/png", offered)):eq(nil)
        expect(mime.best((","):rep(10000), offered)):eq(nil)
    end)

    it("parses anything, or nothing", function()
        local cookies, date = require "cc.http.cookies", require "cc.http.date"
        local random = 99
        local function nextRandom(n)
            random = (random * 1103515245 + 12345) % 2 ^ 31
            return math.floor(random / 65536) % n
        end
        local words = { "a", "/", ";", "=", '"', "\\", " ", "\t", ",", "*", "q=0.5", "form-data", "name", "\0", "\255", "%41", "%", "Sun, 06 Nov 1994", " GMT" }
        for _ = 1, 3000 do
            local pieces = {}
            for i = 1, nextRandom(12) do pieces[i] = words[nextRandom(#words) + 1] end
            local text = table.concat(pieces)
            local name, parameters = mime.parse(text)
            if name then expect(name):str_match("^[^/]+/[^/]+$") end
            for key, value in pairs(parameters) do expect(type(key) .. type(value)):eq("stringstring") end
            mime.parseDisposition(text)
            mime.best(text, { "a/a" })
            for key in pairs(cookies.parse(text)) do expect(key:find('[%z;=" ]')):eq(nil) end
            expect(date.parse(text)):eq(nil)
        end
    end)
end)
