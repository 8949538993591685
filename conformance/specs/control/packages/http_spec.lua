-- The package manager with a real server.
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local archive = require "luart.archive"
local extract = require "packages.extract"
local failure = require "packages.failure"
local packages = require "packages"
local plan = require "packages.plan"
local recipe = require "packages.recipe"
local resolver = require "packages.resolver"
local web = require "control.packages.web"

-- Runs f with the address of a server that has the pages of a web; a page may be a function of the request and the response.
local function serving(pages, f)
    local wrong
    parallel.waitForAny(
        function()
            http.listen(0, function(request, response)
                local page = pages["http://127.0.0.1" .. request.getURL()]
                pages.asked = (pages.asked or 0) + 1
                if type(page) == "function" then return page(request, response) end
                if not page then response.setStatusCode(404) else
                    response.setResponseHeader("ETag", '"' .. #page .. '"')
                    if request.getRequestHeaders()["if-none-match"] == '"' .. #page .. '"' then
                        response.setStatusCode(304)
                        pages.unchanged = (pages.unchanged or 0) + 1
                    else
                        response.write(page)
                    end
                end
                response.close()
            end, { on_listen = function(port) os.queueEvent("serving", port) end })
        end,
        function()
            local _, port = os.pullEvent "serving"
            local ok, message = pcall(f, "http://127.0.0.1:" .. port .. "/")
            if not ok then wrong = { message } end
        end)
    if wrong then error(wrong[1], 0) end
end

describe("packages over HTTP", function()
    local pages, offset
    before_each(function()
        fs.delete "/h"
        pages, offset = web.new(), 0
        assert(archive.create("/h/pack.zip", { { name = "top/a.dat", data = "DBPF1" }, { name = "top/b.txt", data = "x" } }))
        local f = fs.open("/h/pack.zip", "rb")
        pages.pages["http://127.0.0.1/pack.zip"] = f.readAll()
        f.close()
    end)
    local function open(url)
        local store = packages.open { profiles = "/h/profiles", channels = { url }, now = function() return os.epoch "utc" / 1000 + offset end }
        local profile = store:profile "1"
        if not profile:isInitialized() then profile:init { plugins = "plugins", cache = "cache", temp = "temp" } end
        return profile, store
    end

    it("come from a channel to the disk", function()
        serving(pages.pages, function(url)
            pages.channel("http://127.0.0.1/", { web.package("g:a", { needs = { "g:b" }, assets = { "x" } }), web.package "g:b" },
                { web.asset("x", { url = url .. "pack.zip", lastModified = "2020-01-01T00:00:00Z" }) })
            local profile, store = open(url)
            local channels = profile:channels()
            local p = plan.make(resolver.resolve { channels = channels, explicit = { "g:a" }, selections = {} }, profile:lock())
            expect(#p.toInstall):eq(2)
            local events = {}
            local roots = profile:roots()
            local path, info = store:cache(roots.cache):asset(p.assets[1], { report = function(event) if event ~= "poll" then events[#events + 1] = event end end })
            expect(events[1]):eq("started")
            expect(events[#events]):eq("finished")
            expect(info.fromCache):eq(false)
            local a = p.toInstall[2]
            local r = extract.asset {
                recipe = recipe.new(a.choice.assets[1], a.assets[1], a.variant), asset = a.assets[1], package = a.id, path = path, fileName = info.fileName,
                to = roots.plugins .. "/" .. recipe.folder(a.package, a.variant), temp = roots.temp,
            }
            expect(r.files):same { "a.dat" }
            expect(fs.exists "/h/profiles/1/plugins/150-mods/g.a.1.0.sc4pac/a.dat"):eq(true)

            -- Everything is in the cache for the next time, and contents that are old are asked for only if they have changed.
            local asked = pages.pages.asked
            local again = open(url)
            expect(resolver.resolve({ channels = again:channels(), explicit = { "g:a" }, selections = {} }).kind):eq("resolved")
            expect(pages.pages.asked):eq(asked)
            offset = 4000
            expect(open(url):channels():load()[1].state):eq("fresh")
            expect(pages.pages.unchanged):eq(1)
        end)
    end)

    it("stay where they were when the server doesn't answer", function()
        serving(pages.pages, function(url)
            pages.channel("http://127.0.0.1/", { web.package "g:a" })
            open(url):channels():load()
            pages.pages["http://127.0.0.1/sc4pac-channel-contents.json"] = function(_, response)
                response.setStatusCode(404)
                response.write "gone"
                response.close()
            end
            offset = 4000
            local channels = open(url):channels()
            expect(channels:load()[1]):matches { state = "stale" }
            expect(#channels:list()):eq(1)
            local ok, e = pcall(channels.package, channels, "g:a")
            expect(ok):describe(tostring(e)):eq(true)
        end)
    end)

    it("can be stopped at any moment", function()
        serving(pages.pages, function(url)
            local _, store = open(url)
            local c = store:cache "/h/cache"
            pages.pages["http://127.0.0.1/slow"] = function(_, response)
                response.write(("x"):rep(100000))
                os.queueEvent "begun"
                os.pullEvent "never"
            end
            local ok, e
            parallel.waitForAll(
                function() ok, e = pcall(c.fetch, c, url .. "slow") end,
                function()
                    os.pullEvent "begun"
                    c:cancel(url .. "slow")
                    c:cancel(url .. "another")
                end)
            expect(ok):eq(false)
            expect(failure.is(e, "aborted")):describe(tostring(e)):eq(true)
            expect(fs.exists(c:path(url .. "slow"))):eq(false)
        end)
    end)

    it("say what the server has said", function()
        serving(pages.pages, function(url)
            local _, store = open(url)
            local ok, e = pcall(function() store:cache("/h/cache"):fetch(url .. "none") end)
            expect(ok):eq(false)
            expect(failure.is(e, "download-failed")):eq(true)
            expect(e.title):eq("Failed to download " .. url .. "none")
            expect(e.detail):str_match("404 Not Found.+not there any more")
        end)
    end)
end)
