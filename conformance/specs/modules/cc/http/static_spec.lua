local router = require "cc.http.router"

local function write(path, text)
    local file = fs.open(path, "wb")
    file.write(text)
    file.close()
end

local app

local function get(url, headers, method)
    local response = app:dispatch({ url = url, headers = headers, method = method or "GET" })
    expect(response.error):eq(nil)
    return response
end

describe("cc.http.static", function()
    before_each(function()
        fs.delete("/site")
        write("/site/index.html", "home")
        write("/site/a.txt", "0123456789")
        write("/site/dir/index.html", "dir")
        write("/site/bare/x.js", "x")
        write("/site/.env", "secret")
        write("/site/.git/config", "secret")
        write("/secret.txt", "secret")
        write("/site/b c.bin", "\0\255")
        app = router.new({ log = function(text) error(text, 0) end })
        app:static("/s", "/site")
        app:static("/app", "site", { fallback = "index.html", max_age = 60 })
    end)

    it("serves files", function()
        local response = get("/s/a.txt")
        expect(response):matches { status = 200, body = "0123456789" }
        expect(response.headers["content-type"]):eq("text/plain; charset=utf-8")
        expect(response.headers["x-content-type-options"]):eq("nosniff")
        expect(response.headers["accept-ranges"]):eq("bytes")
        expect(response.headers.etag):str_match('^"%x+%-%x+"$')
        expect(response.headers["last-modified"]):str_match("GMT$")
        expect(get("/s/b%20c.bin").body):eq("\0\255")
        expect(get("/s/bare/x.js").headers["content-type"]):eq("text/javascript; charset=utf-8")
        expect(get("/app/a.txt").headers["cache-control"]):eq("max-age=60")
        expect(get("/s/a.txt", nil, "POST").status):eq(405)
        local head = get("/s/a.txt", nil, "HEAD")
        expect({ head.status, head.body, head.headers["content-length"] }):same { 200, "", "10" }
    end)

    it("serves folders by their index", function()
        expect(get("/s/").body):eq("home")
        expect(get("/s/dir/").body):eq("dir")
        expect(get("/s/dir?x=1")):matches { status = 301, headers = { Location = "./dir/?x=1" } }
        expect(get("/s")):matches { status = 301, headers = { Location = "./s/" } }
        expect(get("/s/bare").status):eq(404)
        expect(get("/s/bare/").status):eq(404)
        expect(get("/app/some/page").body):eq("home")
    end)

    it("serves nothing else", function()
        for _, path in ipairs {
            "/s/../secret.txt", "/s/%2e%2e/secret.txt", "/s/..%2fsecret.txt", "/s/..%5Csecret.txt", "/s/dir/..%5C..%5Csecret.txt",
            "/s/%2e%2e%5csecret.txt", "/s/.env", "/s/%2eenv", "/s/%20.env", "/s/.env%20", "/s/%22.env", "/s/:.env", "/s/%3C.env", "/s/%01.env",
            "/s/*.env", "/s/.git/config", "/s/dir/%2egit/config", "/s//a.txt", "/s/dir//index.html", "/s///etc/passwd", "/s/a.txt/", "/s/a.txt%00",
            "/s/a.txt%20", "/s/a.txt.", "/s/%7C", "/s/" .. ("x"):rep(300), "/s/a.txt/x", "/s/.../a.txt", "/s/dir/%2F/index.html", "/s/a.txt?/../../secret.txt#",
        } do
            local response = get(path)
            if path:find("?", 1, true) then
                expect(response.body):eq("0123456789")
            else
                expect(response.status == 404 or response.status == 400):describe(path):eq(true)
                expect(response.body:find("secret", 1, true)):eq(nil)
            end
        end
    end)

    it("answers 304 for what the client has", function()
        local first = get("/s/a.txt").headers
        for _, tag in ipairs { first.etag, "W/" .. first.etag, "*", '"x", ' .. first.etag .. ' , "y"' } do
            expect(get("/s/a.txt", { ["If-None-Match"] = tag })):matches { status = 304, body = "" }
        end
        expect(get("/s/a.txt", { ["If-Modified-Since"] = first["last-modified"] }).status):eq(304)
        expect(get("/s/a.txt", { ["If-Modified-Since"] = "Thu, 01 Jan 1970 00:00:00 GMT" }).status):eq(200)
        expect(get("/s/a.txt", { ["If-Modified-Since"] = "yesterday" }).status):eq(200)
        expect(get("/s/a.txt", { ["If-None-Match"] = '"x"', ["If-Modified-Since"] = first["last-modified"] }).status):eq(200)
        expect(get("/s/a.txt", { ["If-None-Match"] = first.etag:sub(2, -2) }).status):eq(200)
        expect(get("/s/a.txt", { ["If-Match"] = '"x"' }).status):eq(412)
        expect(get("/s/a.txt", { ["If-Match"] = first.etag }).status):eq(200)
        expect(get("/s/a.txt", { ["If-Unmodified-Since"] = "Thu, 01 Jan 1970 00:00:00 GMT" }).status):eq(412)
        write("/site/a.txt", "01234567890")
        expect(get("/s/a.txt", { ["If-None-Match"] = first.etag }).status):eq(200)
    end)

    it("sends ranges", function()
        for range, want in pairs {
            ["bytes=0-0"] = { "0", "bytes 0-0/10" }, ["bytes=2-4"] = { "234", "bytes 2-4/10" }, ["bytes=7-"] = { "789", "bytes 7-9/10" },
            ["bytes=-2"] = { "89", "bytes 8-9/10" }, ["bytes=-99"] = { "0123456789", "bytes 0-9/10" },
            ["bytes=5-99999999999999999999"] = { "56789", "bytes 5-9/10" }, [" Bytes=9-9 "] = { "9", "bytes 9-9/10" },
        } do
            local response = get("/s/a.txt", { Range = range })
            expect({ response.status, response.body, response.headers["content-range"], response.headers["content-length"] })
                :describe(range):same { 206, want[1], want[2], tostring(#want[1]) }
        end
        for _, range in ipairs { "bytes=10-", "bytes=99-100", "bytes=-0", "bytes=99999999999999999999-" } do
            local response = get("/s/a.txt", { Range = range })
            expect({ response.status, response.headers["content-range"] }):describe(range):same { 416, "bytes */10" }
            expect({ response.headers.etag, response.headers["accept-ranges"] }):same {}
        end
        for _, range in ipairs { "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes 0-1", "bytes=a-b", "bytes=0x1-2", "bytes=1.5-2" } do
            expect(get("/s/a.txt", { Range = range })):describe(range):matches { status = 200, body = "0123456789" }
        end
        local tag = get("/s/a.txt").headers.etag
        expect(get("/s/a.txt", { Range = "bytes=1-1", ["If-Range"] = tag }).status):eq(206)
        expect(get("/s/a.txt", { Range = "bytes=1-1", ["If-Range"] = '"old"' }).status):eq(200)
        expect(get("/s/a.txt", { Range = "bytes=1-1" }, "HEAD").status):eq(200)
        write("/site/empty.txt", "")
        expect(get("/s/empty.txt")):matches { status = 200, body = "" }
        expect(get("/s/empty.txt", { Range = "bytes=0-" }).status):eq(416)
        expect(get("/s/empty.txt", { Range = "bytes=-1" }).status):eq(416)
    end)

    it("sends what a range says, or everything, or nothing", function()
        local numbers = { "", "0", "3", "9", "10", "007", "99999999999999999999", "-1", "x" }
        for _, first in ipairs(numbers) do
            for _, last in ipairs(numbers) do
                local response = get("/s/a.txt", { Range = "bytes=" .. first .. "-" .. last })
                if response.status == 206 then
                    local from, to = response.headers["content-range"]:match("^bytes (%d+)%-(%d+)/10$")
                    expect(response.body):eq(("0123456789"):sub(from + 1, to + 1))
                    expect(#response.body > 0):eq(true)
                elseif response.status == 200 then
                    expect(response.body):eq("0123456789")
                else
                    expect(response.status):eq(416)
                end
            end
        end
    end)

    it("sends large files in pieces, and leaves none open", function()
        local text = ("0123456789abcdef"):rep(20000)
        write("/site/large.bin", text)
        for _ = 1, 200 do get("/s/a.txt", { Range = "bytes=99-" }) end
        expect(get("/s/large.bin").body == text):eq(true)
        expect(get("/s/large.bin", { Range = "bytes=100000-299999" }).body == text:sub(100001, 300000)):eq(true)
    end)

    it("offers downloads", function()
        app:get("/download", function(_, res) res:file("/site/a.txt", { download = 'ü"x.txt', type = "x/y" }) end)
        app:get("/gone", function(_, res) res:file("/site/gone.txt") end)
        app:get("/folder", function(_, res) res:file("/site/dir") end)
        local headers = get("/download").headers
        expect(headers["content-disposition"]):eq("attachment; filename=\"___x.txt\"; filename*=UTF-8''%C3%BC%22x.txt")
        expect(headers["content-type"]):eq("x/y")
        expect(get("/gone").status):eq(404)
        expect(get("/folder").status):eq(404)
    end)
end)
