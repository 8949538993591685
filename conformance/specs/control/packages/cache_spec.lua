package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local cache = require "packages.cache"
local digest = require "luart.digest"
local failure = require "packages.failure"
local json = require "luart.json"
local web = require "control.packages.web"

local function throws(kind, f, ...)
    local ok, e = pcall(f, ...)
    if ok then error("nothing was thrown", 2) end
    if not failure.is(e, kind) then error("another failure: " .. tostring(e), 2) end
    return e
end

describe("packages.cache", function()
    local pages, c, now
    before_each(function()
        fs.delete "/c"
        pages, now = web.new(), 1000000
        c = cache.new {
            root = "/c", download = pages, now = function() return now end,
            checkedAt = function(path)
                local f = fs.open(fs.combine(fs.getDir(path), "." .. fs.getName(path) .. ".checked"), "rb")
                if not f then return 0 end
                local t = json.decode(f.readAll())
                f.close()
                return t and t.checkedAt or 0
            end,
        }
        pages.pages["https://a.test/x"] = { text = "one", name = "x.zip" }
    end)

    it("has the original program's names for files", function()
        for url, path in pairs {
            ["https://community.simtropolis.com/files/file/25137-x/?do=download"] = "https/community.simtropolis.com/files/file/25137-x/%3Fdo%3Ddownload",
            ["http://localhost:8090/files/magic.dll"] = "http/localhost%3A8090/files/magic.dll",
            ["https://a.test/x/"] = "https/a.test/x/.directory", ["https://a.test/a%20b#c"] = "https/a.test/a%2520b",
            ["https://a.test/\u{e4}"] = "https/a.test/%C3%A4",
        } do expect(c:path(url)):eq("/c/coursier/" .. path) end
    end)

    it("stays in its folder", function()
        for _, url in ipairs { "https://a.test/../../../x", "https://../x", "https://a.test/..", "https://a.test//x", "https://a.test/a\\..\\b", "https://a/./b" } do
            local path = c:path(url)
            expect("/" .. fs.combine(path)):eq(path)
            expect(path):str_match("^/c/coursier/https/")
        end
        for _, url in ipairs { "ftp://x/", "/x", "https://", "" } do throws("bad-request", c.path, c, url) end
        expect(#fs.getName(c:path("https://a.test/" .. ("x"):rep(1000))) < 200):eq(true)
    end)

    it("fetches once", function()
        local path, info = c:fetch "https://a.test/x"
        expect(info):same { fromCache = false, fileName = "x.zip", sha256 = digest.sha256 "one" }
        local again, second = c:fetch "https://a.test/x"
        expect(again):eq(path)
        expect(second):same { fromCache = true, fileName = "x.zip", sha256 = digest.sha256 "one" }
        expect(#pages.asked):eq(1)
        now = now + 43200
        c:fetch "https://a.test/x"
        expect(#pages.asked):eq(2)
        c:fetch("https://a.test/x", { force = true })
        expect(#pages.asked):eq(3)
        c:forget "https://a.test/x"
        expect(fs.exists(path)):eq(false)
    end)

    it("notes what it knows beside the file", function()
        pages.pages["https://a.test/x"].etag = '"v1"'
        local path = c:fetch "https://a.test/x"
        local f = fs.open("/c/coursier/https/a.test/.x.checked", "rb")
        expect(json.decode(f.readAll())):same {
            filename = { "x.zip" }, checksum = { sha256 = digest.sha256 "one" }, source = "https://a.test/x", etag = { '"v1"' }, lastModified = {}, checkedAt = now,
        }
        f.close()
        for _, text in ipairs { "", "{", "[]", '{"filename":1,"checksum":[]}', "\0" } do
            f = fs.open("/c/coursier/https/a.test/.x.checked", "wb")
            f.write(text)
            f.close()
            expect(c:fetch("https://a.test/x", { ttl = 1e9 })):eq(path)
        end
    end)

    it("fetches what has become newer, and what isn't what it should be", function()
        c:fetch "https://a.test/x"
        now = now + 10
        c:fetch("https://a.test/x", { modified = now - 11 })
        expect(#pages.asked):eq(1)
        c:fetch("https://a.test/x", { modified = now - 9 })
        expect(#pages.asked):eq(2)
        pages.pages["https://a.test/x"] = "two"
        c:asset { url = "https://a.test/x", sha256 = digest.sha256 "two" }
        expect(#pages.asked):eq(3)
        c:asset { url = "https://a.test/x", sha256 = digest.sha256 "two" }
        expect(#pages.asked):eq(3)
        local e = throws("download-failed", c.fetch, c, "https://a.test/x", { sha256 = digest.sha256 "three" })
        expect(e.status):eq(502)
        expect(tostring(e)):str_match("https://a.test/x")
    end)

    it("says why something can't be had", function()
        expect(throws("download-failed", c.fetch, c, "https://a.test/none").detail):str_match("404 Not Found. It is not there any more")
        pages.pages["https://a.test/y"] = { class = "http", status = 429, message = "429" }
        expect(throws("download-failed", c.fetch, c, "https://a.test/y").detail):str_match("Try again later")
        pages.pages["https://a.test/y"] = { class = "html" }
        expect(throws("download-failed", c.fetch, c, "https://a.test/y").detail):str_match("maintenance")
        throws("download-failed", c.fetch, c, "https://a.test/y", { stale = true })
    end)

    it("serves what it has if it may", function()
        c:fetch "https://a.test/x"
        pages.pages = {}
        local path, info = c:fetch("https://a.test/x", { force = true, stale = true })
        expect(fs.exists(path)):eq(true)
        expect(info.stale):str_match("404")
        throws("download-failed", c.fetch, c, "https://a.test/x", { force = true })
    end)

    it("fetches for several at once what several want", function()
        pages.slow = true
        local got = {}
        local tasks = {}
        for i = 1, 6 do tasks[i] = function() got[i] = c:text "https://a.test/x" end end
        cache.together(tasks, 6)
        expect(got):same { "one", "one", "one", "one", "one", "one" }
        expect(#pages.asked):eq(1)
    end)

    it("asks a host for two files at a time", function()
        pages.slow = true
        local tasks = {}
        for i = 1, 8 do
            pages.pages["https://a.test/f" .. i] = "f" .. i
            tasks[i] = function() c:fetch("https://a.test/f" .. i) end
        end
        cache.together(tasks, 8)
        expect(pages.most):eq(2)
        expect(#pages.asked):eq(8)
    end)

    it("doesn't wait for ever for a task that has ended", function()
        local co = coroutine.create(function() c:fetch "https://a.test/x" end)
        pages.slow = true
        coroutine.resume(co) -- it stays in the middle of the download
        expect(#pages.asked):eq(1)
        now = now + 1000
        expect(c:text "https://a.test/x"):eq("one")
    end)

    it("tells of downloads, and stops them", function()
        local events = {}
        local function report(event, url, n)
            if event ~= "poll" then events[#events + 1] = event .. " " .. url .. " " .. tostring(n) end
        end
        pages.pages["https://a.test/x"] = ("x"):rep(600000)
        c:fetch("https://a.test/x", { report = report })
        expect(events):same {
            "started https://a.test/x nil", "length https://a.test/x 600000", "intermediate https://a.test/x 600000", "intermediate https://a.test/x 600000",
            "finished https://a.test/x true",
        }
        c:fetch("https://a.test/x", { report = report })
        expect(#events):eq(5)
        events = {}
        throws("download-failed", c.fetch, c, "https://a.test/none", { report = report })
        expect(events):same { "started https://a.test/none nil", "finished https://a.test/none false" }
        throws("aborted", c.fetch, c, "https://a.test/x", { force = true, report = function() return false end })
    end)

    it("uses files of the machine in place", function()
        local f = fs.open("/local file.txt", "w")
        f.write("here")
        f.close()
        expect(c:text "file:/local%20file.txt"):eq("here")
        expect(c:text "file:///local%20file.txt"):eq("here")
        expect(fs.exists "/c"):eq(false)
        throws("download-failed", c.fetch, c, "file:/none")
        c.locate = function() return nil, "no" end
        throws("file-access-denied", c.fetch, c, "file:/local%20file.txt")
    end)

    it("runs tasks together, and ends with the first error", function()
        local ran = 0
        local ok, e = pcall(cache.together, { function() ran = ran + 1 end, function() error("no", 0) end, function() ran = ran + 1 end }, 1)
        expect(ok):eq(false)
        expect(e):eq("no")
        expect(ran):eq(1)
        cache.together({}, 5)
    end)
end)
