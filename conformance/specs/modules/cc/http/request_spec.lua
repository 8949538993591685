local router = require "cc.http.router"

local function echo(f)
    local app = router.new({ max_body = 1000, log = function(text) error(text, 0) end })
    app:route("*", "/*path", function(req, res) res:json({ f(req) }) end)
    return function(request)
        local response = app:dispatch(request)
        expect(response.error):eq(nil)
        if response.status ~= 200 then return response.status, response.json.detail end
        return table.unpack(response.json)
    end
end

local FORM = "application/x-www-form-urlencoded"

describe("cc.http.request", function()
    it("has the query", function()
        local ask = echo(function(req) return req.query.a or "none", #req:values("a"), #req:values("b") end)
        expect({ ask "/?a=1&a=2" }):same { "1", 2, 0 }
        expect({ ask "/" }):same { "none", 0, 0 }
        expect({ ask "/?a=%" }):same { 400, "malformed query: bad percent-encoding" }
        expect({ ask "/?a=%00" }):same { 400, "malformed query: zero byte" }
        expect({ ask "/?%ff" }):same { 400, "malformed query: invalid UTF-8" }
        expect({ ask("/?" .. ("a&"):rep(1001)) }):same { 400, "malformed query: too many fields" }
    end)

    it("has headers, cookies and the address", function()
        local ask = echo(function(req) return req.headers["x-a"], req.headers["X-A"], req.cookies.c, req.address, req.route end)
        expect({ ask { url = "/", headers = { ["X-a"] = "v", cookie = "c=1; d=2" }, address = "10.0.0.1" } })
            :same { "v", "v", "1", "10.0.0.1", "/*path" }
    end)

    it("has fields that middleware adds, and no others", function()
        local ask = echo(function(req)
            req.user = "ada"
            return req.user, req.nothing == nil
        end)
        expect({ ask "/" }):same { "ada", true }
    end)

    it("shares nothing with other requests", function()
        local app, seen = router.new(), {}
        app:get("/", function(req, res)
            seen[#seen + 1] = tostring(req.params.x)
            req.params.x, req.query.y = 1, 1
            res:text("")
        end)
        app:dispatch("/")
        app:dispatch("/")
        expect(seen):same { "nil", "nil" }
    end)

    it("wants a colon", function()
        local app = router.new({ debug = true, log = function() end })
        app:get("/", function(req) req.json() end)
        expect(app:dispatch("/").json.detail):str_match("call it with a colon: req:json%(…%)")
    end)

    it("reads texts up to a limit, whatever the pieces they come in", function()
        local ask = echo(function(req) return #req:text() end)
        for _, piece in ipairs { 1, 7, 999, 1000, 1001 } do
            expect(ask { url = "/", body = ("x"):rep(1000), piece = piece }):eq(1000)
            expect({ ask { url = "/", body = ("x"):rep(1001), piece = piece } }):same { 413, "the body may have 1000 bytes" }
            -- Chunked bodies have no Content-Length, and others may lie.
            expect(ask { url = "/", body = ("x"):rep(1001), piece = piece, headers = { ["Content-Length"] = "x" } }):eq(413)
            expect(ask { url = "/", body = ("x"):rep(1000), piece = piece, headers = { ["Content-Length"] = "1" } }):eq(1000)
        end
        expect(ask { url = "/", method = "POST" }):eq(0)
        expect(echo(function(req) return #req:text(2000) end) { url = "/", body = ("x"):rep(1500) }):eq(1500)
    end)

    it("reads pieces of any body", function()
        local ask = echo(function(req) return req:read(2), req:read(1), req:read() or "end" end)
        expect({ ask { url = "/", body = "abc" } }):same { "ab", "c", "end" }
    end)

    it("reads JSON", function()
        local ask = echo(function(req) return req:json() end)
        expect((ask { url = "/", json = { a = { 1, "ü" } } })):same { a = { 1, "ü" } }
        local function post(body, kind) return ask { url = "/", body = body, headers = { ["Content-Type"] = kind or "application/json; charset=utf-8" } } end
        expect(post("[1]", "application/vnd.api+json")):same { 1 }
        for _, body in ipairs { "", "{", "[1,]", "nul", "1 2", "{'a':1}", "\0", ("["):rep(1000), '"\255"', '{"a"}' } do
            expect(post(body)):describe(body):eq(400)
        end
        expect({ post('"\255"') }):same { 400, "malformed JSON: invalid UTF-8" }
        expect({ post("{") }):same { 400, "Malformed JSON at position 2: Unexpected end of input, expected '}'." }
        expect(post("{}", "text/plain")):eq(415)
        expect(post("{}", "application/jsonx")):eq(415)
        expect(ask { url = "/", method = "POST" }):eq(415)
        expect(post(" " .. ("1"):rep(1000))):eq(413)
        expect(post("null")):eq(nil)
    end)

    it("reads forms", function()
        local ask = echo(function(req) return (req:form()) end)
        expect((ask { url = "/", form = { a = "x y", b = "ü&=" } })):same { a = "x y", b = "ü&=" }
        local function post(body, kind) return ask { url = "/", body = body, headers = { ["Content-Type"] = kind or FORM } } end
        expect(post("a=1&b=x+y%21")):same { a = "1", b = "x y!" }
        expect({ post("a=%zz") }):same { 400, "malformed form: bad percent-encoding" }
        expect(post("a=%00")):eq(400)
        expect(post("a=" .. ("x"):rep(1000))):eq(413)
        expect(post("a", "text/plain")):eq(415)
        expect(post("a", "multipart/form-data")):eq(400)
        expect(post("a", "multipart/mixed; boundary=x")):eq(415)
    end)

    it("reads forms with files", function()
        local function post(body, options, piece)
            local ask = echo(function(req)
                local fields, files = req:form(options)
                return { fields, files }
            end)
            return ask { url = "/", body = body, piece = piece, headers = { ["Content-Type"] = 'multipart/form-data; boundary="b b"' } }
        end
        local function part(disposition, text)
            return "--b b\r\nContent-Disposition: form-data; " .. disposition .. "\r\n\r\n" .. text .. "\r\n"
        end
        local body = part('name="a"', "1") .. part('name="a"', "2") .. part('name="f"; filename="x.txt"', "data\0") .. "--b b--\r\n"
        for piece = 1, 40, 13 do
            expect(post(body, nil, piece)):same { { a = "1" }, { f = { filename = "x.txt", type = "text/plain", data = "data\0" } } }
        end
        expect(post(part('name="a"', ("x"):rep(100)) .. "--b b--", { max_field = 99 })):eq(413)
        expect(post(part('name="a"; filename="f"', ("x"):rep(500)):rep(2) .. "--b b--")):eq(413)
        expect(post(part('name="a"', ""):rep(5) .. "--b b--", { max_parts = 4 })):eq(413)
        expect(post(part('name="a"', "x"))):eq(400)
    end)

    it("knows what the body is, and what the client takes", function()
        local ask = echo(function(req) return req:is("text/*"), req:accepts("text/html", "application/json") end)
        expect({ ask { url = "/", headers = { ["Content-Type"] = "Text/Plain", Accept = "application/*" } } }):same { true, "application/json" }
        expect({ ask "/" }):same { false, "text/html" }
    end)
end)
