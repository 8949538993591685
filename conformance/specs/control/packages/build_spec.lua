package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local build = require "packages.build"
local failure = require "packages.failure"
local json = require "luart.json"
local packages = require "packages"
local resolver = require "packages.resolver"

local function put(path, text)
    local f = assert(fs.open(path, "wb"))
    f.write(text)
    f.close()
end

local function read(path)
    local f = assert(fs.open(path, "rb"))
    local text = f.readAll()
    f.close()
    return json.decode(text)
end

local LIB = [[
group: g
name: lib
version: "2"
subfolder: 100-props
info: { summary: A library, author: "Ann / Bob; Cid and lib", website: "https://community.simtropolis.com/files/file/77-x/" }
assets: [ { assetId: x, include: [ "/a" ], withConditions: [ { ifVariant: { "g:lib:roof": red }, exclude: [ blue ] } ] } ]
variantInfo: [ { variantId: "g:lib:roof", description: Roofs, values: [ { value: red, default: true }, { value: blue } ] } ]
---
assetId: x
version: "1"
lastModified: "2024-01-01T00:00:00Z"
url: https://files.test/x
archiveType: { format: Clickteam, version: "40" }
checksum: { sha256: abababababababababababababababababababababababababababababababab }
]]
local APP = [[
group: g
name: app
version: "1.0"
subfolder: 150-mods/1-core
dependencies: [ "g:lib", "other:thing" ]
conflicting: [ "g:bad" ]
assets: [ { assetId: elsewhere } ]
variants:
- { variant: { side: right }, assets: [ { assetId: x } ] }
- { variant: { side: left }, dependencies: [ "g:left" ] }
]]

describe("packages.build", function()
    before_each(function()
        fs.delete "/src"
        fs.delete "/out"
        put("/src/g/lib.yaml", LIB)
        put("/src/app.yml", APP)
        put("/src/readme.txt", "not yaml: [")
    end)

    local function run(o)
        o = o or {}
        return build.run { sources = o.sources or { "/src" }, output = "/out", label = "Test", metadataSourceUrl = "https://src.test/" }
    end

    it("makes a channel", function()
        expect(run()):same { packages = 2, assets = 1, written = 8, warnings = {} }
        local contents = read "/out/sc4pac-channel-contents.json"
        expect(contents):matches {
            scheme = 9, info = { channelLabel = { "Test" }, metadataSourceUrl = { "https://src.test/" } },
            stats = { totalPackageCount = 2, categories = { { category = "100-props", count = 1 }, { category = "150-mods", count = 1 } } },
        }
        expect(contents.packages[2]):matches {
            group = "g", name = "lib", versions = { "2" }, externalIds = { stex = { "77" } }, summary = "A library", category = { "100-props" }, tags = { "Ann", "Bob", "Cid" },
        }
        expect(#contents.externalPackages):eq(3)
        expect(contents.externalPackages[3]):matches { group = "other", name = "thing" }
        local app = read "/out/metadata/g/app/1.0/pkg.json"
        expect(app.variants[1]):same {
            variant = { side = "right" }, conflictingPackages = { "g:bad" }, assets = { { assetId = "elsewhere" }, { assetId = "x" } },
            dependencies = { { group = "g", name = "lib", version = "latest.release" }, { group = "other", name = "thing", version = "latest.release" } },
        }
        expect(#app.variants[2].dependencies):eq(3)
        expect(app.variantChoices):same { { variantId = "side", choices = { "right", "left" } } }
        expect(app.metadataSource):same { "app.yml" }
        expect(app.metadataSourceUrl):same { "https://src.test/app.yml" }
        local lib = read "/out/metadata/g/lib/2/pkg.json"
        expect(lib.info.requiredBy):same { "g:app" }
        expect(lib.info.websites):same { "https://community.simtropolis.com/files/file/77-x/" }
        expect(lib.variantInfo):same { ["g:lib:roof"] = { description = "Roofs", default = { "red" } } }
        expect(lib.variantChoices):same { { variantId = "g:lib:roof", choices = { "red", "blue" } } }
        expect(read "/out/metadata/sc4pacAsset/x/1/pkg.json"):same {
            ["$type"] = "Asset", assetId = "x", version = "1", url = "https://files.test/x", lastModified = "2024-01-01T00:00:00Z",
            archiveType = { { format = "Clickteam", version = "40" } }, requiredBy = { "g:app", "g:lib" }, checksum = { sha256 = ("ab"):rep(32) },
        }
        expect(read "/out/metadata/_extpkg/g/bad/latest/pkg.json"):same { group = "g", name = "bad", requiredBy = {}, reverseConflictingPackages = { "g:app" } }
        expect(read "/out/metadata/_extasset/elsewhere/latest/pkg.json"):same { assetId = "elsewhere", requiredBy = { "g:app" } }
    end)

    it("writes what has changed, and deletes what is gone", function()
        run()
        expect(run().written):eq(0)
        put("/src/g/lib.yaml", (LIB:gsub('version: "2"', 'version: "3"', 1)))
        expect(run().written):eq(2)
        expect(fs.exists "/out/metadata/g/lib/2"):eq(false)
        expect(fs.exists "/out/metadata/g/lib/3/pkg.json"):eq(true)
    end)

    it("makes channels that can be read", function()
        put("/src/other.yaml", 'group: other\nname: thing\nversion: "1"\nsubfolder: x\n---\nassetId: elsewhere\nversion: "1"\nurl: https://files.test/e')
        run()
        fs.delete "/p"
        local store = packages.open { profiles = "/p", channels = { "file:/out/" } }
        local profile = store:profile "1"
        profile:init { plugins = "plugins", cache = "cache", temp = "temp" }
        local channels = profile:channels()
        expect(channels:load()[1]):matches { state = "fresh", label = "Test", warnings = {} }
        local r = resolver.resolve { channels = channels, explicit = { "g:app" }, selections = { side = "right", ["g:lib:roof"] = "blue" } }
        expect(r.kind):eq("resolved")
        expect(#r.packages):eq(3)
        expect(channels:info("g:bad" and "g:lib").info.requiredBy):same { "g:app" }
    end)

    it("has several versions of a package", function()
        put("/src/more.yaml", (APP:gsub('"1.0"', '"1.10"', 1)) .. "\n---\n" .. (APP:gsub('"1.0"', '"1.9"', 1)))
        run()
        local item = read("/out/sc4pac-channel-contents.json").packages[1]
        expect(item.versions[1]):eq("1.10")
        expect(#item.versions):eq(3)
        expect(item.checksums["1.9"]):type("table")
    end)

    it("names the file and the package that is malformed, and writes nothing", function()
        for _, pair in ipairs {
            { "a: [", "The source src/bad.yaml is malformed.+malformed YAML: did not find" }, { "a: 1", "document 1: it is neither" },
            { "group: g\nname: bad\nversion: 1.0\nsubfolder: x", "The package g:bad in bad.yaml, document 1 is malformed. version: a text was expected, not the number 1; put it in quotes" },
            { 'group: g\nname: bad\nversion: "1"', "package g:bad.+subfolder" }, { 'group: ".."\nname: bad\nversion: "1"\nsubfolder: x', "group" },
            { 'assetId: y\nversion: "1"\nurl: x', "asset y in bad.yaml.+url" }, { 'assetId: "../y"\nversion: "1"\nurl: https://x/', "assetId" },
            { 'group: g\nname: bad\nversion: "1"\nsubfolder: x\nassets: [ { assetId: "../../x" } ]', "assets%[1%].assetId" },
            { 'group: g\nname: bad\nversion: "1"\nsubfolder: x\nassets: [ x ]', "assets%[1%]: a map was expected, not a text" },
            { 'group: g\nname: bad\nversion: "1"\nsubfolder: x\ndependencies: [ x ]', '"x" is no package; write group:name' },
            { APP, "it is in app.yml already" }, { ("["):rep(2000), "malformed YAML" },
        } do
            put("/src/bad.yaml", pair[1])
            local ok, e = pcall(run)
            expect(ok):eq(false)
            expect(failure.is(e, "bad-request")):describe(tostring(e)):eq(true)
            expect(tostring(e)):str_match(pair[2])
            expect(fs.exists "/out"):eq(false)
        end
        expect(tostring(select(2, pcall(run, { sources = { "/none" } })))):str_match("There is no such source: /none")
    end)
end)
