package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local answers = require "facades.packages.answers"
local cors = require "facades.packages.cors"
local failure = require "packages.failure"
local json = require "luart.json"
local metadata = require "packages.metadata"
local router = require "cc.http.router"

-- A facade whose channels and profile are tables of the spec.
local function server(channels, profile)
    local written = {}
    local manager = {
        logs = {
            write = function(_, source, level, text, fields) written[#written + 1] = { source = source, level = level, text = text, fields = fields } end,
            shown = function(_, text) return (text:gsub("secret", "***")) end,
        },
    }
    local facade = {
        guard = function(_, _, next) return next() end, limits = function() return {} end, manager = manager,
        profile = function(_, req)
            answers.parameter(req, "profile")
            return profile
        end,
        channels = function() return channels end, checkId = function() end,
    }
    local app = router.new { log = function(text) error("the router has logged: " .. text) end }
    app:onError(answers.onError())
    app:use(answers.guard(manager))
    app:use(cors)
    require "facades.packages.plugins"(app, facade)
    require "facades.packages.profiles"(app, facade)
    return app, written
end

local function ask(app, request)
    local response = app:dispatch(request)
    return json.decode(response.body), response
end

local installed = {
    { id = "b:two", group = "b", name = "two", version = "1", variant = {}, summary = "Second", installedAt = "x", updatedAt = "y" },
    { id = "c:one", group = "c", name = "one", version = "2", variant = { v = "1" }, category = { "150-mods", "200-x" }, installedAt = "x", updatedAt = "y", reinstall = true },
}

local function profile()
    return {
        installed = function() return installed end, variants = function() return { v = "1", w = "2" } end, lock = function() return { packages = installed } end,
        statuses = function()
            return { ["a:added"] = { explicit = true }, ["b:two"] = { explicit = true, installed = installed[1] }, ["c:one"] = { explicit = false, installed = installed[2] } }
        end,
    }
end

describe("facades.packages", function()
    it("tells what searches find, as clients of each version expect it", function()
        local asked
        local channels = {
            search = function(_, o)
                asked = o
                return { { package = "b:two", relevance = 100, summary = "" }, { package = "z:z", relevance = 81, summary = "Zed" } }, { totalPackageCount = 2, categories = json.array {} }
            end,
        }
        local app = server(channels, profile())
        local target = "/packages.search?profile=1&q=a+b%2B&threshold=7&category=x&category=&category=y&notCategory=z&channel=http://c/"
        local list = ask(app, target)
        expect(asked):same { q = "a b+", threshold = 7, categories = { "x", "y" }, notCategories = { "z" }, channel = "http://c/" }
        expect(#list):eq(2)
        expect(list[1]):same { package = "b:two", relevance = 100, summary = "", status = { explicit = true, installed = { version = "1", variant = {}, installedAt = "x", updatedAt = "y" } } }
        expect(list[2]):same { package = "z:z", relevance = 81, summary = "Zed" }
        expect(#ask(app, target .. "&ignoreInstalled")):eq(1)
        local object = ask(app, target .. "&api=2.5")
        expect(#object.packages):eq(2)
        expect(object.stats.totalPackageCount):eq(2)
        ask(app, "/packages.search?profile=1&q=")
        expect(asked):same { q = "" }
    end)

    it("searches what is installed without channels", function()
        local app = server(nil, profile())
        expect(ask(app, "/plugins.search?profile=1&q=")):matches {
            stats = { totalPackageCount = 2, categories = { { category = "150-mods", count = 1 }, { category = "200-x", count = 1 } } },
            packages = { { package = "b:two", relevance = 100, summary = "Second" }, { package = "c:one", summary = "", status = { installed = { reinstall = true, variant = { v = "1" } } } } },
        }
        local some = ask(app, "/plugins.search?profile=1&q=one&threshold=100&category=150-mods&category=none")
        expect(#some.packages):eq(1)
        expect(some.packages[1].package):eq("c:one")
        expect(#ask(app, "/plugins.search?profile=1&q=one&threshold=100&category=none").packages):eq(0)
    end)

    it("tells about packages of old and new channels alike", function()
        local app = server({
            info = function(_, id)
                local old = json.decode [[{"$type":"Package","group":"g","name":"old","version":"1","subfolder":"1","info":{"website":"w","requiredBy":["c:one"]},
                    "variants":[{"variant":{"v":"1"},"dependencies":[{"group":"b","name":"two"}]},{"variant":{"v":"2"}}],"variantDescriptions":{"v":{"1":"first"}}}]]
                local new = json.decode [[{"$type":"Package","group":"g","name":"new","version":"1","subfolder":"1","info":{"websites":["w","x"]},
                    "variants":[{"variant":{}}],"variantInfo":{"v":{"description":"d","default":["2"]}}}]]
                local value = id == "g:old" and old or new
                return value, metadata.package(value)
            end,
        }, profile())
        local old = ask(app, "/packages.info?profile=1&pkg=g:old")
        expect(old.remote.info):matches { website = "w", websites = { "w" } }
        expect(old.remote.variantInfo):same { v = { valueDescriptions = { ["1"] = "first" } } }
        expect(old.remote.variantChoices):same { { variantId = "v", choices = { "1", "2" } } }
        expect(old["local"].statuses["b:two"].explicit):eq(true)
        expect(old["local"].statuses["c:one"].installed.version):eq("2")
        expect(old["local"].statuses["a:added"]):eq(nil)
        local new, response = ask(app, "/packages.info?profile=1&pkg=g:new")
        expect(new.remote.info):matches { website = "w", websites = { "w", "x" } }
        expect(new.remote.variantDescriptions):eq(nil)
        expect(new.remote.variantInfo):same { v = { description = "d", default = { "2" } } }
        expect(new.remote.variantChoices):eq(nil)
        expect(response.body:find('"remote":{"$type":"Package"', 1, true)):ne(nil)
        expect(response.body:find('"statuses":{}', 1, true)):ne(nil)
    end)

    it("tells which variants nobody uses", function()
        local app = server(nil, profile())
        expect(ask(app, "/variants.list?profile=1")):same { v = "1", w = "2" }
        expect(ask(app, "/variants.list?profile=1&api=3.1").variants):same { v = { value = "1", unused = false }, w = { value = "2", unused = true } }
    end)

    it("makes error objects of failures and logs other errors", function()
        local thrown
        local app, log = server({ listText = function() error(thrown, 0) end }, {})
        for _, each in ipairs { { "channels-not-available", 502 }, { "package-not-found", 404 }, { "profile-read-error", 500 }, { "aborted", 500 } } do
            thrown = failure.new(each[1], "Title", "Detail", { conflict = { "a:b", "c:d" } })
            local object, response = ask(app, "/packages.list?profile=1")
            expect(response.status):eq(each[2])
            expect(object):same { ["$type"] = "/error/" .. each[1], title = "Title", detail = "Detail", conflict = { "a:b", "c:d" } }
            expect(response.body:sub(1, 10)):eq('{"$type":"')
            expect(response.headers["Content-Type"]):eq("application/json")
        end
        expect(#log):eq(0)
        thrown = "a secret bug"
        expect(ask(app, "/packages.list?profile=1")):same { ["$type"] = "/error/server-error", title = "Unexpected error.", detail = "a *** bug" }
        expect(#log):eq(1)
        expect(log[1].level):eq("error")
        expect(log[1].fields.traceback):ne(nil)
        thrown = failure.new("server-error", "not UTF-8: \255", "\254")
        local object, response = ask(app, "/packages.list?profile=1")
        expect(response.status):eq(500)
        expect(object["$type"]):eq("/error/server-error")
        thrown = setmetatable({}, { __tostring = function() error "no" end })
        expect(ask(app, "/packages.list?profile=1")["$type"]):eq("/error/server-error")
    end)

    it("answers what it has no endpoint for", function()
        local app = server(nil, profile())
        for _, request in ipairs { "/nothing", { method = "PUT", url = "/packages.list" }, { method = "OPTIONS", url = "/packages.list" } } do
            local object, response = ask(app, request)
            expect(response.status):eq(404)
            expect(object["$type"]):eq("/error/bad-request")
        end
    end)

    it("refuses what is malformed before it looks at anything", function()
        local app = server(nil, nil)
        for _, target in ipairs {
            "/packages.search?q=a", "/packages.search?profile=1", "/packages.search?profile=1&q=a&threshold=1.5", "/packages.search?profile=1&q=a&api=x",
            "/variants.list?profile=1&api=2.", "/plugins.search?profile=1&threshold=1000", "/plugins.search?profile=1&q=" .. ("ü"):rep(257),
        } do
            local object, response = ask(app, target)
            expect(response.status):eq(400)
            expect(object["$type"]):eq("/error/bad-request")
        end
        for _, body in ipairs { "", "{}", "[1]", "[[]]", "[null]", "[", '["\255"]', '["a"] x', "null" } do
            local object, response = ask(app, { method = "POST", url = "/plugins.add?profile=1", body = body })
            expect(response.status):eq(400)
            expect(object["$type"]):eq("/error/bad-request")
        end
    end)
end)
