local cookies = require "cc.http.cookies"

describe("cc.http.cookies", function()
    it("parses", function()
        expect(cookies.parse(nil)):same {}
        expect(cookies.parse("a=1; b=x%20y;c=\"q\" ; d= ; e=f=g")):same { a = "1", b = "x y", c = "q", d = "", e = "f=g" }
        expect(cookies.parse("a=1; a=2")):same { a = "1" }
    end)

    it("leaves out what is malformed", function()
        expect(cookies.parse("x; =y; a b=c; ;;; z=1")):same { z = "1" }
        expect(cookies.parse("a=%zz; b=%00")):same { a = "%zz", b = "%00" }
        expect(cookies.parse("__index=1")):same { __index = "1" }
    end)

    it("takes bounded time", function()
        local found, n = cookies.parse(("a"):rep(20000) .. (";"):rep(20000) .. "b=1"), 0
        for _ in pairs(found) do n = n + 1 end
        expect(n):eq(0)
        local many = {}
        for i = 1, 5000 do many[i] = "c" .. i .. "=1" end
        for _ in pairs(cookies.parse(table.concat(many, ";"))) do n = n + 1 end
        expect(n):eq(200)
    end)

    it("formats", function()
        expect(cookies.format("a", "b")):eq("a=b; Path=/; HttpOnly; SameSite=Lax")
        expect(cookies.format("session", "abc", {
            max_age = 3600.5, path = "/x", domain = "example.com", secure = true, http_only = false, same_site = "None", expires = 0,
        })):eq("session=abc; Path=/x; Domain=example.com; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=None")
        expect(cookies.parse((cookies.format("a", "x; y=\"%,\r\n€"):gsub(" Path=.*", "")))):same { a = "x; y=\"%,\r\n€" }
    end)

    it("refuses what can't be", function()
        expect.error(cookies.format, "a b", "c"):str_match("not a cookie's name")
        expect.error(cookies.format, "a", "b", { path = "/;x" }):str_match("bad field 'path'")
        expect.error(cookies.format, "a", "b", { domain = "x\r\ny" }):str_match("bad field 'domain'")
        expect.error(cookies.format, "a", "b", { same_site = "lax" }):str_match("bad field 'same_site'")
        expect.error(cookies.format, "a", "b", { same_site = "None" }):str_match("needs secure")
        expect.error(cookies.format, "__Host-a", "b", { secure = true, path = "/x" }):str_match("__Host")
        expect.error(cookies.format, "__Secure-a", "b"):str_match("__Secure")
    end)
end)
