local url = require "cc.http.url"

describe("cc.http.url", function()
    it("decodes", function()
        expect(url.decode("a%20b+c%2fd%2F")):eq("a b+c/d/")
        expect(url.decode("a+%2B", true)):eq("a +")
        expect(url.decode("%C3%BC%E2%82%AC")):eq("ü€")
        expect(url.decode("%2541")):eq("%41") -- once only
    end)

    it("refuses what is malformed", function()
        for _, text in ipairs { "%", "%4", "a%zz", "%4g", "%%41", "%41%", "%u0041", "%-1" } do
            expect({ url.decode(text) }):same { nil, "bad percent-encoding" }
        end
        expect({ url.decode("a%00b") }):same { nil, "zero byte" }
        expect({ url.decode("a\0") }):same { nil, "zero byte" }
        -- Alone, cut off, too long, surrogates, beyond Unicode.
        for _, text in ipairs { "%FF", "%C3", "%80", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "\255" } do
            expect({ url.decode(text) }):same { nil, "invalid UTF-8" }
        end
    end)

    it("encodes", function()
        expect(url.encode("a/ü?&=+%~-._")):eq("a%2F%C3%BC%3F%26%3D%2B%25~-._")
        expect(url.encode("\0\255")):eq("%00%FF")
        expect(url.query { q = "a b", n = { 1, 2 }, ok = true }):eq("n=1&n=2&ok=true&q=a%20b")
    end)

    it("parses queries", function()
        local first, all = url.parseQuery("a=1&b=x+y&a=2&&c&=d&e=f=g&%C3%BC=%26")
        expect(first):same { a = "1", b = "x y", c = "", [""] = "d", e = "f=g", ["ü"] = "&" }
        expect(all.a):same { "1", "2" }
        expect(url.parseQuery("")):same {}
        expect({ url.parseQuery("a=%") }):same { nil, "bad percent-encoding" }
        expect({ url.parseQuery("%00=1") }):same { nil, "zero byte" }
        expect({ url.parseQuery(("a&"):rep(1001)) }):same { nil, "too many fields" }
        expect({ url.parseQuery("a&b&c", 2) }):same { nil, "too many fields" }
    end)

    it("parses long queries in time that grows with their length", function()
        expect({ url.parseQuery(("a"):rep(100000) .. "&") }):same { { [("a"):rep(100000)] = "" }, { [("a"):rep(100000)] = { "" } } }
        expect(url.parseQuery(("&"):rep(500000))):same {}
        expect(url.parseQuery(("a&"):rep(200000), 1e6).a):eq("")
    end)

    it("splits targets", function()
        expect({ url.split("/a%20b?c=d?e#f") }):same { "/a%20b", "c=d?e" }
        expect({ url.split("/a#b?c") }):same { "/a", "" }
        expect({ url.split("http://example.com:80/x?y") }):same { "/x", "y" }
        expect({ url.split("http://example.com?y") }):same { "/", "y" }
        expect({ url.split("*") }):same { "*", "" }
        expect({ url.split("//evil.example/x") }):same { "//evil.example/x", "" }
        for _, target in ipairs { "", "a", "?", "example.com:443", "http://", "://x/" } do
            expect((url.split(target))):eq(nil)
        end
    end)

    it("splits paths", function()
        expect(url.segments("/")):same { "" }
        expect(url.segments("/a/b")):same { "a", "b" }
        expect(url.segments("/a%2Fb//c/")):same { "a/b", "", "c", "" }
        for _, path in ipairs { "/.", "/..", "/a/../b", "/%2e%2E", "/.%2e/x", "/a/%2e" } do
            expect({ url.segments(path) }):same { nil, "dots in the path" }
        end
        expect(url.segments("/.../..a/.b")):same { "...", "..a", ".b" }
        expect({ url.segments("/%ff") }):same { nil, "invalid UTF-8" }
        expect({ url.segments(("/a"):rep(257)) }):same { nil, "too many segments" }
    end)

    it("gives back what was encoded, and never fails", function()
        local random = 12345
        local function nextRandom(n)
            random = (random * 1103515245 + 12345) % 2 ^ 31
            return math.floor(random / 65536) % n
        end
        local alphabet = "%%%0123456789abcdefABCDEF/.&=+?# \0\255\195\188\237\160\128zZ"
        for _ = 1, 3000 do
            local pieces = {}
            for i = 1, nextRandom(24) do
                local at = nextRandom(#alphabet) + 1
                pieces[i] = alphabet:sub(at, at)
            end
            local text = table.concat(pieces)
            local decoded = url.decode(text)
            if decoded then
                expect(decoded:find("%z")):eq(nil)
                expect(url.isUTF8(decoded)):eq(true)
                expect(url.decode(url.encode(decoded))):eq(decoded)
            end
            url.parseQuery(text)
            local path = url.split("/" .. text)
            local segments = url.segments(path)
            for _, segment in ipairs(segments or {}) do
                expect(segment == "." or segment == ".."):eq(false)
            end
        end
    end)
end)
