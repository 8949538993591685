package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local failure = require "packages.failure"
local json = require "luart.json"
local web = require "control.packages.web"

local A, B = "https://a.test/", "https://b.test/"

local function throws(kind, f, ...)
    local ok, e = pcall(f, ...)
    if ok then error("nothing was thrown", 2) end
    if not failure.is(e, kind) then error("another failure: " .. tostring(e), 2) end
    return e
end

describe("packages.channels", function()
    local pages, store, profile, clock, channels
    before_each(function()
        pages = web.new()
        pages.channel(A, {
            web.package("memo:demo", { summary = "A demo of terrain", version = "1.0", needs = { "memo:lib" } }),
            web.package("memo:lib", { version = "2.0", subfolder = "100-props", ids = { stex = { "123" } } }),
        }, { web.asset "pack" }, { info = { channelLabel = { "First" } } })
        pages.channel(B, { web.package("memo:lib", { version = "1.9" }), web.package("b:other", { summary = "Other terrain" }) })
        fs.delete "/profiles"
        store, profile, clock = web.store(pages, { A, B })
        channels = profile:channels()
    end)

    it("lists the packages of all of them in their order", function()
        expect(channels:list()):same {
            { package = "memo:demo", version = "1.0", summary = "A demo of terrain", category = { "150-mods" } },
            { package = "memo:lib", version = "2.0", summary = "The package lib", category = { "100-props" } },
            { package = "memo:lib", version = "1.9", summary = "The package lib", category = { "150-mods" } },
            { package = "b:other", version = "1.0", summary = "Other terrain", category = { "150-mods" } },
        }
        local combined, each = channels:stats()
        expect(combined):same { totalPackageCount = 4, categories = { { category = "100-props", count = 1 }, { category = "150-mods", count = 3 } } }
        expect(each[1].channelLabel):eq("First")
        expect(each[2].stats.totalPackageCount):eq(2)
    end)

    it("asks for the contents only when they are old", function()
        channels:list()
        expect(#pages.asked):eq(2)
        clock.now = clock.now + 1799
        profile:channels():list()
        expect(#pages.asked):eq(2)
        clock.now = clock.now + 1
        profile:channels():list()
        expect(#pages.asked):eq(4)
        channels:load { refresh = true }
        expect(#pages.asked):eq(6)
    end)

    it("keeps them on the disk", function()
        channels:list()
        local _, again = web.store(pages, { A, B })
        expect(#again:channels():list()):eq(4)
        expect(#pages.asked):eq(2)
    end)

    it("counts the age of what is on the disk", function()
        channels:list()
        clock.now = clock.now + 1700
        local again = require "packages.channels".new({ A, B }, store:cache "/profiles/1/cache")
        again:list()
        expect(#pages.asked):eq(2)
        clock.now = clock.now + 100
        again:list()
        expect(#pages.asked):eq(4)
    end)

    it("tells those who want to know of downloads", function()
        local events = {}
        local reporting = channels:reporting(function(event, url) events[#events + 1] = event .. " " .. url end)
        expect(#reporting:list()):eq(4)
        local begun = 0
        for _, each in ipairs(events) do if each:find "^started" then begun = begun + 1 end end
        expect(begun):eq(2)
        local count = #events
        channels:package "memo:lib"
        expect(#events):eq(count)
        reporting:package "memo:demo"
        expect(events[#events]):eq("finished https://a.test/metadata/memo/demo/1.0/pkg.json")
    end)

    it("asks only whether they have changed", function()
        local sent = 0
        local text = pages.pages[A .. "sc4pac-channel-contents.json"]
        pages.pages[A .. "sc4pac-channel-contents.json"] = function(options)
            if options.etag ~= "v1" then sent = sent + 1 end
            return { text = text, etag = "v1" }
        end
        channels:load { refresh = true }
        clock.now = clock.now + 4000
        channels:load()
        expect(sent):eq(1)
        expect(pages.count(A)):eq(2)
        expect(#channels:failures()):eq(0)
    end)

    it("goes on without one that is dead", function()
        pages.pages[B .. "sc4pac-channel-contents.json"] = { class = "host", message = "nobody knows it" }
        local states = channels:load()
        expect(states[1].state):eq("fresh")
        expect(states[2]):matches { url = B, state = "failed" }
        expect(states[2].message):str_match("https://b.test/sc4pac%-channel%-contents.json nobody knows it")
        expect(#channels:list()):eq(2)
        expect(channels:package("memo:lib").version):eq("2.0")
        expect(tostring(throws("channels-not-available", channels.package, channels, "b:other"))):str_match("https://b.test/.+b:other")
        expect(#channels:failures()):eq(1)
    end)

    it("leaves one alone for a while that does not answer", function()
        local function asked(answer)
            pages.pages[B .. "sc4pac-channel-contents.json"] = answer
            local n = #pages.asked
            channels:load { ttl = 1e9 }
            return #pages.asked - n
        end
        expect(asked { class = "http", status = 503 }):eq(2)
        expect(asked { class = "http", status = 503 }):eq(0)
        expect(channels:failures()[1].message):str_match("https://b.test/")
        clock.now = clock.now + 10
        expect(asked { class = "http", status = 410 }):eq(1)
        expect(asked { class = "timeout" }):eq(1)
        expect(asked(nil)):eq(0)
        pages.pages[A .. "sc4pac-channel-contents.json"] = nil
        channels:load { refresh = true }
        expect(pages.asked[#pages.asked]):str_match("sc4pac%-channel%-contents")
    end)

    it("serves an older copy of one that is dead", function()
        channels:load()
        pages.pages[B .. "sc4pac-channel-contents.json"] = { class = "http", status = 500 }
        clock.now = clock.now + 3000
        local states = channels:load()
        expect(states[2].state):eq("stale")
        expect(#channels:list()):eq(4)
        clock.now = clock.now + 30
        local asked = #pages.asked
        channels:list()
        expect(#pages.asked):eq(asked)
        clock.now = clock.now + 31
        channels:list()
        expect(#pages.asked):eq(asked + 1)
    end)

    it("fails if none can be read", function()
        pages.pages = { [A .. "sc4pac-channel-contents.json"] = "<html>" }
        local e = throws("channels-not-available", channels.list, channels)
        expect(e.status):eq(502)
        expect(e.detail):str_match("https://a.test/: malformed JSON.+https://b.test/.+404")
    end)

    it("fetches what can't be read once more", function()
        local n = 0
        local text = pages.pages[A .. "sc4pac-channel-contents.json"]
        pages.pages[A .. "sc4pac-channel-contents.json"] = function()
            n = n + 1
            return n == 1 and "<!DOCTYPE html>" or text
        end
        expect(#channels:list()):eq(4)
    end)

    describe("contents of old schemes", function()
        local function load(value)
            pages.pages[A .. "sc4pac-channel-contents.json"] = type(value) == "string" and value or json.encode(value)
            return channels:load({ refresh = true })[1], channels
        end

        it("have packages and assets together", function()
            local state = load {
                scheme = 1, info = {}, contents = { { group = "g", name = "n", versions = { "1.0", "1.1" } }, { group = "sc4pacAsset", name = "x", versions = { "1" } } },
            }
            expect(state.state):eq("fresh")
            expect(channels:versions "g:n"):same { "1.1", "1.0" }
            expect(channels:list()[1]):same { package = "g:n", version = "1.1", summary = "", category = {} }
        end)

        it("are known from 1 to 9, and newer ones are tried", function()
            for scheme = 1, 9 do
                pages.channel(A, {}, {}, { scheme = scheme })
                expect(channels:load({ refresh = true })[1]):matches { state = "fresh", warnings = {} }
            end
            expect(load({ scheme = 10, packages = json.array {} }).warnings[1]):str_match("scheme 10 is newer")
            expect(channels:load({ refresh = true })[1].state):eq("fresh")
        end)

        it("that are malformed are refused, or what is malformed in them", function()
            local function message(value)
                pcall(load, value)
                local state = channels:load({ refresh = true })[1]
                return state.message or state.warnings[1]
            end
            expect(message "[]"):str_match("scheme: a number was expected")
            expect(message "1"):str_match("a map was expected, not a number")
            expect(message '{"scheme":"9"}'):str_match("scheme: a number was expected")
            expect(message '{"scheme":0}'):str_match("scheme: 0 is none")
            expect(message '{"scheme":9,"packages":{"a":1}}'):str_match("packages: a list was expected, not a map")
            expect(message '{"scheme":9,"packages":[{"group":"g"}]}'):str_match("packages%[1%].name: a text was expected, not nothing")
            expect(message '{"scheme":9,"packages":[{"group":"..","name":"n","versions":[]}]}'):str_match('packages%[1%].group: ".." can\'t be')
            expect(message '{"scheme":9,"packages":[{"group":"a/b","name":"n","versions":[]}]}'):str_match("packages%[1%].group")
            expect(message '{"scheme":9,"packages":[{"group":"g","name":"n","versions":[1.0]}]}'):str_match("versions%[1%]: a text was expected, not the number 1; put it in quotes")
            expect(message '{"scheme":9,"packages":[{"group":"g","name":"n","versions":["1"],"checksums":{"1":{"sha256":"x"}}}]}'):str_match("64 hexadecimal")
            expect(message(('['):rep(100) .. (']'):rep(100))):str_match("nested deeper than 32 levels")
        end)
    end)

    describe("search", function()
        it("finds words", function()
            local hits, stats = channels:search { q = "terrain" }
            expect(hits):same {
                { package = "b:other", relevance = 100, summary = "Other terrain" }, { package = "memo:demo", relevance = 100, summary = "A demo of terrain" },
            }
            expect(stats):same { totalPackageCount = 2, categories = { { category = "150-mods", count = 2 } } }
            expect(channels:search { q = "demo terain" }):same { { package = "memo:demo", relevance = 92, summary = "A demo of terrain" } }
            expect(channels:search { q = "xyzzy" }):same {}
        end)

        it("finds all for no words, and of duplicates the first", function()
            local hits = channels:search { q = "" }
            expect(#hits):eq(3)
            expect(hits[1]):same { package = "b:other", relevance = 100, summary = "Other terrain" }
            expect(#channels:search { q = "", channel = B }):eq(2)
        end)

        it("filters by categories", function()
            local hits, stats = channels:search { q = "", categories = { "100-props" } }
            expect(hits):same { { package = "memo:lib", relevance = 100, summary = "The package lib" } }
            expect(stats.totalPackageCount):eq(3)
            expect(#channels:search { q = "", categories = { "100-props", "150-mods" } }):eq(3)
            expect(#channels:search { q = "", notCategories = { "100-props" } }):eq(2)
        end)

        it("finds by the addresses of pages", function()
            expect(channels:search { q = "https://community.simtropolis.com/files/file/123-lib/" }):same {
                { package = "memo:lib", relevance = 100, summary = "The package lib" },
            }
            expect(channels:search { q = "https://community.simtropolis.com/files/file/12-lib/" }):same {}
            local hits, missing, missingIds = channels:find { packages = { "x:y", "memo:demo" }, externalIds = { { "stex", "123" }, { "stex", "9" } } }
            expect(hits):same {
                { package = "x:y", relevance = 100, summary = "" }, { package = "memo:demo", relevance = 100, summary = "A demo of terrain" },
                { package = "memo:lib", relevance = 100, summary = "The package lib" },
            }
            expect(missing):eq(1)
            expect(missingIds):eq(1)
        end)

        it("refuses what is no search", function()
            for _, threshold in ipairs { -1, 101, 0 / 0, "80" } do throws("bad-request", channels.search, channels, { q = "a", threshold = threshold }) end
            throws("bad-request", channels.search, channels, { q = ("a"):rep(257) })
        end)
    end)

    describe("metadata", function()
        it("is that of the newest version", function()
            local p = channels:package "memo:lib"
            expect(p):matches { id = "memo:lib", version = "2.0", subfolder = "100-props", channel = A }
            expect(channels:package("memo:lib", "1.9").channel):eq(B)
            expect(channels:asset("pack").url):eq("https://files.test/pack")
            expect(p.url):eq(A .. "metadata/memo/lib/2.0/pkg.json")
        end)

        it("is fetched once, and again if it isn't what it was", function()
            channels:package "memo:lib"
            local _, again = web.store(pages, { A, B })
            again:channels():package "memo:lib"
            expect(pages.count("memo/lib")):eq(1)
            local path = store:cache("/profiles/1/cache"):path(A .. "metadata/memo/lib/2.0/pkg.json")
            expect(path):eq("/profiles/1/cache/coursier/https/a.test/metadata/memo/lib/2.0/pkg.json")
            local f = fs.open(path, "w")
            f.write("\0\0\0")
            f.close()
            _, again = web.store(pages, { A, B })
            expect(again:channels():package("memo:lib").version):eq("2.0")
            expect(pages.count("memo/lib")):eq(2)
        end)

        it("without a checksum is asked for after 12 hours, and comes only if it has changed", function()
            local text = json.encode {
                scheme = 5, packages = { { group = "o", name = "ld", versions = { "1" } } }, assets = { { group = "sc4pacAsset", name = "x", versions = { "1" } } },
            }
            pages.pages[A .. "sc4pac-channel-contents.json"] = { text = text, lastModified = "Sat, 14 Dec 2024 17:32:24 GMT" }
            local package, asset = A .. "metadata/o/ld/1/pkg.json", A .. "metadata/sc4pacAsset/x/1/pkg.json"
            pages.pages[package] = { text = json.encode(web.package("o:ld", { version = "1", summary = "before" })), etag = '"1"' }
            pages.pages[asset] = { text = json.encode(web.asset("x", { version = "1" })), lastModified = "Sat, 14 Dec 2024 17:32:24 GMT" }
            local function read() return channels:package("o:ld").info.summary, channels:asset("x").version end
            read()
            clock.now = clock.now + 43000 -- the contents are asked for, the others aren't
            read()
            expect({ pages.count(package), pages.count(asset), pages.unchanged }):same { 1, 1, 1 }
            clock.now = clock.now + 2000
            expect(read()):eq("before")
            expect({ pages.count(package), pages.count(asset), pages.unchanged }):same { 2, 2, 4 }
            pages.pages[package] = { text = json.encode(web.package("o:ld", { version = "1", summary = "after" })), etag = '"2"' }
            clock.now = clock.now + 50000
            expect(read()):eq("after")
            expect({ pages.count(package), pages.count(asset), pages.unchanged }):same { 3, 3, 6 }
        end)

        it("says which is missing", function()
            local e = throws("version-not-found", channels.package, channels, "no:such")
            expect(e.status):eq(404)
            expect(e.title):str_match("no:such")
            throws("asset-not-found", channels.asset, channels, "no")
            throws("package-not-found", channels.info, channels, "no:such")
            expect(throws("bad-request", channels.info, channels, "x").title):eq("Malformed package name: x")
        end)

        it("looks whether there is something new when something is missing", function()
            channels:load()
            pages.channel(A, { web.package "new:package" })
            clock.now = clock.now + 61
            expect(channels:package("new:package").version):eq("1.0")
        end)

        it("has what other channels say", function()
            local text = json.encode { group = "memo", name = "lib", requiredBy = { "b:z", "a-b:c", "a:b" }, reverseConflictingPackages = { "x:y" } }
            pages.pages[B .. "metadata/_extpkg/memo/lib/latest/pkg.json"] = text
            pages.channel(B, {}, {}, { externalPackages = { { group = "memo", name = "lib", checksum = { sha256 = require "luart.digest".sha256(text) } } } })
            channels:load { refresh = true }
            local remote = channels:info "memo:lib"
            expect(remote.info.requiredBy):same { "a:b", "a-b:c", "b:z" }
            expect(remote.info.reverseConflictingPackages):same { "x:y" }
            expect(remote.info.summary):eq("The package lib")
            expect(channels:package("memo:lib").json.info.requiredBy):eq(nil)
        end)

        it("that is malformed is named", function()
            local function message(value)
                pages.pages[A .. "sc4pac-channel-contents.json"] = json.encode {
                    scheme = 9, packages = { { group = "g", name = "n", versions = { "1" } } }, assets = { { group = "sc4pacAsset", name = "x", versions = { "1" } } },
                }
                pages.pages[A .. "metadata/g/n/1/pkg.json"] = type(value) == "string" and value or json.encode(value)
                channels:load { refresh = true }
                store:cache("/profiles/1/cache"):forget(A .. "metadata/g/n/1/pkg.json")
                return throws("download-failed", channels.package, channels, "g:n")
            end
            local good = { group = "g", name = "n", version = "1", subfolder = "x" }
            local function with(t)
                local copy = {}
                for k, v in pairs(good) do copy[k] = v end
                for k, v in pairs(t) do copy[k] = v end
                return copy
            end
            local e = message "["
            expect(e.title):eq("The metadata of the package g:n 1 in the channel https://a.test/ is malformed.")
            expect(e.detail):str_match("malformed JSON")
            for _, pair in ipairs {
                { {}, "group: a text was expected, not nothing" }, { json.array {}, "group" },
                { with { version = 1 }, "version: a text was expected, not the number 1; put it in quotes" },
                { with { version = "2" }, "it is that of the package g:n 2" }, { with { name = "m" }, "it is that of the package g:m 1" },
                { with { subfolder = "../x" }, "subfolder: it is no path" }, { with { subfolder = "/x" }, "subfolder" }, { with { subfolder = "a\\..\\b" }, "subfolder" },
                { with { variants = { 1 } }, "variants%[1%]: a map was expected, not a number" },
                { with { variants = { { variant = { a = 1 } } } }, "variants%[1%].variant.a: a text was expected" },
                { with { variants = { { variant = {}, dependencies = { "a:b" } } } }, "variants%[1%].dependencies%[1%]: a map was expected, not a text" },
                { with { variants = { { variant = {}, assets = { { assetId = "a", include = "x" } } } } }, "assets%[1%].include: a list was expected, not a text" },
                { with { variants = { { variant = {}, assets = { { assetId = "a", withChecksum = { { include = "x" } } } } } } }, "withChecksum%[1%].sha256" },
                { with { variants = { { variant = {}, conflictingPackages = { "x" } } } }, 'conflictingPackages%[1%]: "x" is no package' },
                { with { info = { images = { 1 } } }, "info.images%[1%]: a text was expected" }, { with { info = 1 }, "info: a map was expected" },
                { with { variantInfo = { a = { valueDescriptions = { b = 1 } } } }, "variantInfo.a.valueDescriptions.b: a text" },
                { with { variantChoices = { a = 1 } }, "variantChoices: a list was expected, not a map" },
            } do expect(message(pair[1]).detail):str_match(pair[2]) end
            local function assetMessage(value)
                pages.pages[A .. "metadata/sc4pacAsset/x/1/pkg.json"] = json.encode(value)
                store:cache("/profiles/1/cache"):forget(A .. "metadata/sc4pacAsset/x/1/pkg.json")
                return throws("download-failed", channels.asset, channels, "x").detail
            end
            expect(assetMessage { assetId = "x", version = "1", url = "ftp://x" }):str_match("url: an address was expected")
            expect(assetMessage { assetId = "x", version = "1", url = "file:///etc/passwd" }):str_match("url: a channel of the web can't name files")
            expect(assetMessage { assetId = "x", version = "1", url = "https://x/", lastModified = "yesterday" }):str_match("lastModified: a date")
            expect(assetMessage { assetId = "x", version = "1", url = "https://x/", checksum = { sha256 = "1" } }):str_match("checksum.sha256: 64 hexa")
            expect(assetMessage { assetId = "x", version = "1", url = "https://x/", archiveType = { { format = 1 } } }):str_match("archiveType.format: a text")
        end)
    end)

    describe("of one file of YAML", function()
        local Y = "https://y.test/all.yaml"
        local function load(text)
            pages.pages[Y] = text
            profile:setChannels { Y }
            channels = profile:channels()
            return channels:load { refresh = true }
        end

        it("have all in it", function()
            local states = load [[
group: g
name: n
version: "1.0"
subfolder: 150-mods
info:
  summary: A package
  author: Ann, Bob and g
  website: https://community.simtropolis.com/files/file/77-x/
dependencies: [ "g:lib" ]
variantInfo:
- variantId: driveside
  values:
  - { value: right, description: as in France, default: true }
  - { value: left }
variants:
- variant: { driveside: right }
  assets:
  - { assetId: a, include: [ right ] }
- variant: { driveside: left }
  dependencies: [ "o:ther" ]
---
assets:
- { assetId: a, version: "1", url: "https://x.test/a", lastModified: 2024-01-01T00:00:00Z }
packages:
- &lib { group: g, name: lib, version: "2", subfolder: 100-x }
---
assetId: broken
version: 1
url: x
]]
            expect(states[1].state):eq("fresh")
            expect(states[1].warnings[1]):str_match("all.yaml, document 3 %(broken%): version: a text was expected, not the number 1; put it in quotes")
            expect(channels:list()):same {
                { package = "g:n", version = "1.0", summary = "A package", category = { "150-mods" } },
                { package = "g:lib", version = "2", summary = "", category = { "100-x" } },
            }
            local p = channels:package "g:n"
            expect(#p.variants):eq(2)
            expect(p.variants[1]):matches { variant = { driveside = "right" }, dependencies = { "g:lib" }, assets = { { assetId = "a", include = { "right" } } } }
            expect(p.variants[2].dependencies):same { "g:lib", "o:ther" }
            expect(p.variantInfo.driveside):same { values = { right = "as in France" }, default = "right" }
            expect(p.choices):same { { variantId = "driveside", choices = { "right", "left" } } }
            expect(channels:info("g:lib").info.requiredBy):same { "g:n" }
            expect(channels:asset("a")):matches { url = "https://x.test/a", modified = 1704067200 }
            expect(channels:search({ q = "https://community.simtropolis.com/files/file/77-x/" })[1].package):eq("g:n")
            expect(channels:search({ q = "bob" })[1].package):eq("g:n")
        end)

        it("say what is wrong with them", function()
            throws("channels-not-available", load, "a: [")
            expect(throws("channels-not-available", load, "a: 1").detail):str_match("all.yaml, document 1: it is neither a package")
            expect(throws("channels-not-available", load, "- 1").detail):str_match("a package or an asset was expected")
            expect(throws("channels-not-available", load, ("["):rep(1000)).detail):str_match("malformed YAML")
        end)
    end)
end)
