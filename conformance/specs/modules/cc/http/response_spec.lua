local router = require "cc.http.router"

local function ask(f, request)
    local app = router.new({ debug = true, log = function() end })
    app:route("*", "/*path", function(req, res) f(res, req) end)
    return app:dispatch(request or "/")
end

describe("cc.http.response", function()
    it("sends texts, pages and JSON", function()
        expect(ask(function(res) res:text("x\0") end)):matches { status = 200, body = "x\0", headers = { ["Content-Type"] = "text/plain; charset=utf-8" } }
        expect(ask(function(res) res:html("<p>") end)):matches { body = "<p>", headers = { ["Content-Type"] = "text/html; charset=utf-8" } }
        expect(ask(function(res) res:status(201):json({ a = "ü" }) end)):matches { status = 201, json = { a = "ü" }, headers = { ["Content-Type"] = "application/json" } }
        expect(ask(function(res) res:json(nil) end).body):eq("null")
        expect(ask(function(res) res:json(textutils.empty_json_array) end).body):eq("[]")
        expect(ask(function(res) res:type("text/csv"):text("a,b") end).headers["content-type"]):eq("text/csv")
        local row = { 1 }
        expect(ask(function(res) res:json({ row, row }) end).body):eq("[[1],[1]]")
        expect(ask(function(res) res:json({ print }) end).status):eq(500)
        expect(ask(function(res) res:json("\255") end).status):eq(500)
    end)

    it("sends nothing, or the client elsewhere", function()
        expect(ask(function(res) res:empty() end)):matches { status = 204, body = "" }
        expect(ask(function(res) res:status(202):empty() end)):matches { status = 202, body = "" }
        local response = ask(function(res) res:redirect("/a b?c=ü\r\nSet-Cookie: x") end)
        expect({ response.status, response.headers.location }):same { 303, "/a%20b?c=%C3%BC%0D%0ASet-Cookie:%20x" }
        expect(ask(function(res) res:redirect("https://example.com/%20", 308) end)):matches { status = 308, headers = { Location = "https://example.com/%20" } }
    end)

    it("is sent once", function()
        local ok, message
        local response = ask(function(res)
            res:text("one")
            ok, message = pcall(res.text, res, "two")
            expect(pcall(res.header, res, "x", 1)):eq(false)
            expect(res.sent):eq(true)
        end)
        expect({ response.body, ok }):same { "one", false }
        expect(message):str_match("the response has been sent already")
        for name, arguments in pairs { text = { "t" }, html = { "h" }, json = { {} }, empty = {}, redirect = { "/" }, close = {}, file = { "/rom/motd.txt" } } do
            ask(function(res)
                res[name](res, table.unpack(arguments))
                expect(res.sent):describe(name):eq(true)
                expect.error(res.text, res, "again"):str_match("the response has been sent already")
            end)
        end
    end)

    it("wants a colon", function()
        expect(ask(function(res) res.json({}) end).json.detail):str_match("call it with a colon: res:json%(…%)")
    end)

    it("sets headers", function()
        local response = ask(function(res)
            res:header("X-A", { "1", "2" }):vary("Origin"):vary("Accept"):vary("origin"):text("")
        end)
        expect({ response.headers["x-a"], response.headers.vary }):same { "1, 2", "Origin, Accept" }
        expect(ask(function(res) res:header("X", "a\r\nSet-Cookie: x=y") end).status):eq(500)
        expect(ask(function(res) res:status(99) end).status):eq(500)
    end)

    it("sets cookies, and takes them away", function()
        local response = ask(function(res) res:cookie("a", "x y", { max_age = 5 }):forget("b", { path = "/p" }):empty() end)
        expect(response.cookies):same {
            "a=x%20y; Path=/; Max-Age=5; HttpOnly; SameSite=Lax",
            "b=; Path=/p; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax",
        }
    end)

    it("sends events", function()
        local response = ask(function(res)
            res:event("one")
            res:event("two\r\nlines\n", { event = "tick", id = 7, retry = 500 })
            res:close()
        end)
        expect(response.headers["content-type"]):eq("text/event-stream")
        expect(response.body):eq("data: one\n\nevent: tick\nid: 7\nretry: 500\ndata: two\ndata: lines\ndata: \n\n")
        local message
        ask(function(res)
            message = select(2, pcall(res.event, res, "x", { id = "1\ndata: y" }))
            res:close()
        end)
        expect(message):str_match("bad field 'id'")
    end)
end)
