package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local archive = require "luart.archive"
local digest = require "luart.digest"
local extract = require "packages.extract"
local failure = require "packages.failure"
local metadata = require "packages.metadata"
local recipe = require "packages.recipe"
local web = require "control.packages.web"

local SUM = ("ab"):rep(32)

local function make(fields, o)
    fields.assetId = "pack"
    local p = metadata.package(web.package("g:n", { assets = { fields } }))
    return recipe.new(p.variants[1].assets[1], metadata.asset(web.asset("pack", o)), o and o.variant or {})
end

local function chosen(r, names, inner)
    local entries = {}
    for i, name in ipairs(names) do entries[i] = type(name) == "table" and name or { name = name, kind = "file" } end
    local result = r:select(entries, inner)
    local list = {}
    for i, each in ipairs(result.files) do list[i] = each.path end
    return list, result
end

describe("packages.recipe", function()
    it("takes files of the game unless told otherwise", function()
        local r = make {}
        expect(chosen(r, { "a.dat", "b/c.SC4Lot", "d.sc4model", "e.sc4desc", "f.sc4", "g.txt", "h.dll", "i.dat.txt", "j.png" })):same {
            "a.dat", "b/c.SC4Lot", "d.sc4model", "e.sc4desc", "f.sc4",
        }
        expect(r:warning()):eq(nil)
    end)

    it("takes off the folders that all have in common", function()
        expect(chosen(make {}, { "pack/x/a.dat", "pack/x/b/c.dat", "pack/readme.txt" })):same { "a.dat", "b/c.dat" }
        expect(chosen(make {}, { "pack/xy/a.dat", "pack/xz/c.dat" })):same { "xy/a.dat", "xz/c.dat" }
        expect(chosen(make {}, { "pack/x/a.dat" })):same { "a.dat" }
        expect(chosen(make {}, { "a/b.dat", "b.dat" })):same { "a/b.dat", "b.dat" }
    end)

    it("follows patterns", function()
        expect(chosen(make { include = { "/Light/", "^/top" } }, { "x/light/a.dat", "x/dark/b.dat", "Top.dat", "x/top.dat" })):same { "x/light/a.dat", "Top.dat" }
        expect(chosen(make { include = { "readme" } }, { "readme.txt", "readme.dat" })):same { "readme.dat" }
        expect(chosen(make { include = { "readme" }, exclude = { "x^" } }, { "readme.txt", "readme.dat" })):same { "readme.txt", "readme.dat" }
        expect(chosen(make { exclude = { "dark" } }, { "dark.dat", "light.dat", "a.txt" })):same { "light.dat" }
        expect(chosen(make { include = { "(?<!\\.jar)$" }, exclude = { "(?=PLOP).*\\.SC4Lot$" } }, { "a.dat", "PLOP_1.sc4lot", "x.jar" })):same { "a.dat" }
    end)

    it("takes by checksum what it takes no other way", function()
        local r = make { withChecksum = { { include = "\\.dll$", sha256 = SUM }, { include = "\\.ini$", sha256 = SUM, isIni = true } }, exclude = { "dll" } }
        local _, result = chosen(r, { "m/a.dll", "m/a.ini", "m/a.dat", "m/a.txt" })
        expect(result.files):same {
            { name = "m/a.dll", path = "a.dll", check = "sha256", sha256 = SUM, isIni = false }, { name = "m/a.ini", path = "a.ini", check = "sha256", sha256 = SUM, isIni = true },
            { name = "m/a.dat", path = "a.dat", check = "dbpf", isIni = false },
        }
    end)

    it("follows conditions", function()
        local fields = { include = { "base" }, withConditions = { { ifVariant = { x = "1" }, include = { "one" } }, { ifVariant = { x = "2" }, exclude = { "." } } } }
        expect(chosen(make(fields, { variant = { x = "1" } }), { "base.dat", "one.dat", "two.dat" })):same { "base.dat", "one.dat" }
        expect(chosen(make(fields, { variant = { x = "2" } }), { "base.dat", "one.dat" })):same {}
        expect(chosen(make({ withConditions = fields.withConditions }, { variant = { x = "3" } }), { "a.dat", "a.txt" })):same { "a.dat" }
    end)

    it("looks into archives in archives, once", function()
        local r = make { exclude = { "mac\\.zip" } }
        local _, result = chosen(r, { "a.zip", "x/b.JAR", "mac.zip", "c.7z", "d.exe", "e.rar", "f.txt" })
        expect(result.nested):same { "a.zip", "x/b.JAR", "c.7z", "d.exe", "e.rar" }
        _, result = chosen(r, { "a.zip" }, true)
        expect(result.nested):same {}
    end)

    it("leaves out what leads elsewhere", function()
        local files, result = chosen(make {}, {
            "../a.dat", "x/../../a.dat", "/a.dat", "\\a.dat", "", "..\\a.dat", { name = "l.dat", kind = "symlink" }, { name = "u.dat", kind = "file", unsafe = "why" },
            { name = "d/", kind = "folder" }, "ok.dat",
        })
        expect(files):same { "ok.dat" }
        expect(#result.skipped):eq(8)
        expect(result.skipped[8]):same { name = "u.dat", reason = "why" }
    end)

    it("tells what has matched nothing", function()
        local r = make { include = { "yes", "no1" }, exclude = { "no2", "never" }, withChecksum = { { include = "no3", sha256 = SUM } } }
        chosen(r, { "yes.dat", "never.txt" })
        expect(r:unused()):same { "no3", "no1", "no2" }
        expect(r:warning()):eq("These inclusion/exclusion patterns did not match any files in the asset pack: no3 no1 no2")
        r = make {}
        chosen(r, { "a.txt" })
        expect(#r:unused()):eq(1)
        r = make { withChecksum = { { include = "a", sha256 = SUM } } }
        chosen(r, { "a.txt" })
        expect(r:unused()):same {}
    end)

    it("warns of malformed patterns, and of those that take too long", function()
        local r = make { include = { "(", "a" } }
        expect(chosen(r, { "a.dat" })):same { "a.dat" }
        expect(r:warning()):str_match('The pattern "%(" of the asset pack is malformed')
        r = make { include = { "(a+)+$", "x" } }
        expect(chosen(r, { ("a"):rep(60) .. "!.dat", "x.dat" })):same { "x.dat" }
        expect(r:warning()):str_match("can't be used: .*pattern took too")
    end)

    it("knows how files are opened", function()
        local r = make {}
        for name, kind in pairs {
            ["a.zip"] = "archive", ["a.JAR"] = "archive", a = "archive", ["a.7z"] = "archive", ["a.exe"] = "executable", ["a.DAT"] = "single", ["a.dll"] = "single",
        } do expect(r:kind(name)):describe(name):eq(kind) end
        expect(make({}, { archiveType = { { format = "Clickteam", version = "40" } } }):kind("a.exe")):eq("clickteam")
    end)

    it("names the folders of packages", function()
        local p = metadata.package(web.package("memo:demo", { subfolder = "770-net/1-core" }))
        expect(recipe.folder(p, {})):eq("770-net/1-core/memo.demo.1.0.sc4pac")
        expect(recipe.folder(p, { side = "right", ["a:b:c"] = "x" })):eq("770-net/1-core/memo.demo.x-right.1.0.sc4pac")
        expect(recipe.folder(p, { side = "../../x" })):eq("770-net/1-core/memo.demo..._.._x.1.0.sc4pac")
        local long = recipe.folder(p, { side = ("x"):rep(500) })
        expect(#long < 255):eq(true)
        expect(long):ne(recipe.folder(p, { side = ("x"):rep(501) }))
    end)
end)

describe("packages.extract", function()
    local function run(entries, fields, o)
        fs.delete "/x"
        fs.makeDir "/x"
        o = o or {}
        local path = "/x/" .. (o.file or "file")
        if o.content then
            local f = fs.open(path, "wb")
            f.write(o.content)
            f.close()
        else
            assert(archive.create(path, entries, { format = o.format or "zip" }))
        end
        local asset = metadata.asset(web.asset("pack", o))
        return extract.asset {
            recipe = make(fields, o), asset = asset, package = "g:n", path = path, fileName = o.name or "pack.zip", to = "/x/to", temp = "/x/temp",
        }
    end
    local function fails(...)
        local ok, e = pcall(run, ...)
        expect(ok):eq(false)
        if not failure.is(e, "extraction-failed") then error(e, 0) end
        return tostring(e)
    end

    it("takes files out", function()
        local r = run({ { name = "top/a.dat", data = "DBPF1" }, { name = "top/s/b.dat", data = "DBPF2" }, { name = "top/x.txt", data = "x" } }, {})
        expect(r):same { files = { "a.dat", "s/b.dat" }, dlls = {}, inis = {}, warnings = {} }
        expect(fs.open("/x/to/s/b.dat", "rb").readAll()):eq("DBPF2")
    end)

    it("takes them out of archives in archives, each by itself", function()
        assert(archive.create("/inner.zip", { { name = "in/c.dat", data = "DBPF3" }, { name = "deep.zip", data = "PK" } }))
        local r = run({ { name = "top/a.dat", data = "DBPF1" }, { name = "top/inner.zip", path = "/inner.zip" }, { name = "top/fake.zip", data = "nothing" } }, {})
        expect(r.files):same { "a.dat", "c.dat" }
    end)

    it("takes single files", function()
        local r = run(nil, {}, { content = "DBPF", name = "x y.DAT" })
        expect(r.files):same { "x y.DAT" }
        r = run(nil, { withChecksum = { { include = "/m.dll", sha256 = digest.sha256 "MZ" } } }, { content = "MZ", name = "m.dll" })
        expect(r.files):same { "m.dll" }
        expect(r.dlls):same { { path = "m.dll", sha256 = digest.sha256 "MZ" } }
        expect(fails(nil, {}, { content = "<html>", name = "x.dat" })):str_match("x.dat.+pack of the package g:n.+/x/file.+not a DBPF file")
    end)

    it("looks at files", function()
        expect(fails({ { name = "a.dat", data = "MZ" } }, {})):str_match("The file a.dat is not a DBPF file")
        local entries = { { name = "d/m.dll", data = "MZ" }, { name = "d/m.ini", data = "[x]" } }
        local sums = { { include = "dll$", sha256 = digest.sha256 "MZ" }, { include = "ini$", sha256 = digest.sha256 "[x]", isIni = true } }
        local r = run(entries, { withChecksum = sums })
        expect(r.files):same { "m.dll", "m.ini" }
        expect(r.inis):same { { path = "m.ini", sha256 = digest.sha256 "[x]" } }
        sums[1].sha256 = SUM
        expect(fails(entries, { withChecksum = sums })):str_match("The file d/m.dll has the SHA%-256 %x+, but abab")
    end)

    it("says what can't be opened", function()
        expect(fails(nil, {}, { content = "<!DOCTYPE html>" })):str_match("pack.zip")
        expect(fails(nil, {}, { content = "PK\3\4broken" })):str_match("asset pack of the package g:n")
        expect(fails(nil, {}, { content = "MZ", name = "setup.exe", archiveType = { { format = "Clickteam", version = "40" } } })):str_match("setup.exe.+cicdec")
        expect(fails(nil, {}, { content = "MZ", name = "setup.exe" })):str_match("setup.exe")
    end)

    it("takes other archives", function()
        expect(run({ { name = "a.dat", data = "DBPF" } }, {}, { format = "tar.gz", name = "a.tar.gz" }).files):same { "a.dat" }
    end)

    it("warns", function()
        expect(run({ { name = "a.dat", data = "DBPF" } }, { include = { "a", "zz" } }).warnings[1]):str_match("did not match any files in the asset pack: zz")
    end)
end)
