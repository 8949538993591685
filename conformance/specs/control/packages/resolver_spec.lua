package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local failure = require "packages.failure"
local plan = require "packages.plan"
local resolver = require "packages.resolver"
local web = require "control.packages.web"

local A, B = "https://a.test/", "https://b.test/"

local function throws(kind, f, ...)
    local ok, e = pcall(f, ...)
    if ok then error("nothing was thrown", 2) end
    if not failure.is(e, kind) then error("another failure: " .. tostring(e), 2) end
    return e
end

local function ids(list)
    local t = {}
    for i, each in ipairs(list) do t[i] = each.id or each.assetId end
    return table.concat(t, " ")
end

describe("packages.resolver", function()
    local pages, profile
    before_each(function()
        pages = web.new()
        fs.delete "/profiles"
    end)

    local function put(packages, assets)
        pages.channel(A, packages, assets)
        local _, p = web.store(pages, { A })
        profile = p
        p:channels():load { refresh = true }
    end

    local function resolve(explicit, o)
        o = o or {}
        return resolver.resolve {
            channels = profile:channels(), explicit = explicit, selections = o.selections or {}, answers = o.answers, imported = o.imported,
        }
    end

    describe("closures", function()
        it("come layer by layer", function()
            put({
                web.package("g:a", { needs = { "g:c", "g:b" }, assets = { "x", "y" } }), web.package("g:b", { needs = { "g:d" } }),
                web.package("g:c", { needs = { "g:b", "g:e" }, assets = { "y", "z" } }), web.package "g:d", web.package "g:e", web.package "g:unused",
            }, { web.asset "x", web.asset "y", web.asset "z" })
            local r = resolve { "g:a", "g:e", "g:a" }
            expect(r.kind):eq("resolved")
            expect(ids(r.packages)):eq("g:a g:e g:c g:b g:d")
            expect(ids(r.assets)):eq("x y z")
            expect(r.packages[1].explicit):eq(true)
            expect(r.packages[3].explicit):eq(false)
            expect(ids(r.packages[3].assets)):eq("y z")
            expect(pages.count("unused")):eq(0)
        end)

        it("may have cycles", function()
            put { web.package("g:a", { needs = { "g:b", "g:a" } }), web.package("g:b", { needs = { "g:a" } }) }
            expect(ids(resolve({ "g:b" }).packages)):eq("g:b g:a")
        end)

        it("may be empty, or long chains", function()
            local list = {}
            for i = 1, 300 do list[i] = web.package("g:p" .. i, { needs = i < 300 and { "g:p" .. i + 1 } or {} }) end
            put(list)
            expect(#resolve({}).packages):eq(0)
            expect(#resolve({ "g:p1" }).packages):eq(300)
        end)

        it("name what there isn't, and who needs it", function()
            put { web.package("g:a", { needs = { "g:b" } }), web.package("g:b", { needs = { "x:gone", "x:too" } }), web.package "g:c" }
            local r = resolve { "g:c", "g:a", "x:misspelt" }
            expect(r.kind):eq("unresolvable")
            expect(r.packages):same { "x:gone", "x:misspelt", "x:too" }
            expect(r.explicit):same { "g:a", "x:misspelt" }
            expect(resolver.failure(r).type):eq("/error/unresolvable-dependencies")
            expect(resolver.failure(resolve { "x:misspelt" }).type):eq("/error/version-not-found")
            throws("bad-request", resolve, { "no id" })
        end)

        it("name the package that needs an asset that there isn't", function()
            put { web.package("g:a", { assets = { "no" } }) }
            expect(throws("asset-not-found", resolve, { "g:a" }).detail):str_match("The package g:a needs it")
        end)

        it("are not cut short by a channel that is dead", function()
            pages.channel(A, { web.package("g:a", { needs = { "b:b" } }) })
            local _, p = web.store(pages, { A, B })
            profile = p
            throws("channels-not-available", resolve, { "g:a" })
        end)

        it("say which metadata is malformed", function()
            put({ web.package("g:a", { assets = { "x" } }) }, { web.asset("x", { url = "gopher://x" }) })
            local e = throws("download-failed", resolve, { "g:a" })
            expect(e.title):eq("The metadata of the asset x 1.0 in the channel https://a.test/ is malformed.")
        end)
    end)

    describe("conflicts", function()
        it("are between packages of which others need them", function()
            put {
                web.package("g:a", { needs = { "g:left" } }), web.package("g:b", { needs = { "g:right" } }), web.package("g:left", { conflicts = { "g:right" } }),
                web.package "g:right", web.package "g:c",
            }
            local r = resolve { "g:c", "g:a", "g:b", "g:right" }
            expect(r):matches { kind = "conflict", conflict = { "g:left", "g:right" }, explicit = { { "g:a" }, { "g:b", "g:right" } } }
            local e = resolver.failure(r)
            expect(e.status):eq(400)
            expect(failure.object(e).conflict):same { "g:left", "g:right" }
            expect(resolve({ "g:a", "g:c" }).kind):eq("resolved")
        end)

        it("are those of the variant that is chosen", function()
            put {
                web.package("g:a", { variants = { { variant = { v = "x" }, conflicts = { "g:b" } }, { variant = { v = "y" } } } }), web.package "g:b",
            }
            expect(resolve({ "g:a", "g:b" }, { selections = { v = "x" } }).kind):eq("conflict")
            expect(resolve({ "g:a", "g:b" }, { selections = { v = "y" } }).kind):eq("resolved")
        end)
    end)

    describe("variants", function()
        local function three()
            put {
                web.package("g:a", {
                    variants = {
                        { variant = { night = "dark", side = "right" }, needs = { "g:dr" } }, { variant = { night = "dark", side = "left" } },
                        { variant = { night = "standard" } },
                    },
                    variantInfo = { side = { description = "Where to drive", valueDescriptions = { left = "as in Japan" }, default = { "right" } } },
                }),
                web.package "g:dr", web.package("g:b", { variants = { { variant = { side = "left" } }, { variant = { side = "right" } } } }),
            }
        end

        it("are asked for along the tree", function()
            three()
            local r = resolve { "g:a" }
            expect(r):same {
                kind = "choice", package = "g:a", variantId = "night", choices = { "dark", "standard" }, info = { valueDescriptions = {} }, imported = {},
            }
            expect(resolver.failure(r).detail):eq("Select one of: dark, standard.")
            r = resolve({ "g:a" }, { answers = { night = "dark" } })
            expect(r):same {
                kind = "choice", package = "g:a", variantId = "side", choices = { "right", "left" }, imported = {},
                info = { description = "Where to drive", valueDescriptions = { left = "as in Japan" }, default = "right" },
            }
            r = resolve({ "g:a" }, { answers = { night = "dark" }, selections = { side = "right", other = "1" } })
            expect(ids(r.packages)):eq("g:a g:dr")
            expect(r.packages[1].variant):same { night = "dark", side = "right" }
            expect(r.selections):same { night = "dark", side = "right", other = "1" }
            expect(resolve({ "g:a" }, { answers = { night = "standard" } }).packages[1].variant):same { night = "standard" }
        end)

        it("are shared by packages", function()
            three()
            local r = resolve({ "g:a", "g:b" }, { answers = { night = "standard" } })
            expect(r):matches { kind = "choice", package = "g:b", variantId = "side", choices = { "left", "right" } }
        end)

        it("that were selected, but that there aren't any more, are an error", function()
            three()
            local e = throws("variant-constraints-not-satisfiable", resolve, { "g:a" }, { selections = { night = "pink" } })
            expect(tostring(e)):str_match('g:a.+"pink".+"night".+dark, standard')
        end)

        it("must form a tree", function()
            put { web.package("g:a", { variants = { { variant = { x = "1" } }, { variant = { y = "1" } } } }) }
            expect(throws("variant-constraints-not-satisfiable", resolve, { "g:a" }).title):str_match("g:a do not form a decision tree")
            expect(resolve({ "g:a" }, { selections = { y = "1" } }).packages[1].variant):same { y = "1" }
        end)

        it("take the first that fits", function()
            put { web.package("g:a", { variants = { { variant = { x = "1", y = "1" } }, { variant = { x = "1" } }, { variant = {} } } }) }
            expect(resolve({ "g:a" }, { selections = { x = "1" } }).packages[1].variant):same { x = "1" }
            expect(resolve({ "g:a" }).packages[1].variant):same {}
        end)

        it("are explained by the package that they belong to", function()
            put {
                web.package("g:a", { variants = { { variant = { ["g:b:size"] = "1" } }, { variant = { ["g:b:size"] = "2" } } } }),
                web.package("g:b", { variantInfo = { ["g:b:size"] = { description = "The size" } } }),
            }
            expect(resolve({ "g:a" }).info.description):eq("The size")
        end)

        it("are asked for in the order of the package", function()
            local function package(choices)
                return web.package("g:a", {
                    variants = { { variant = { a = "1", b = "1" } }, { variant = { a = "2", b = "1" } }, { variant = { a = "1", b = "2" } }, { variant = { a = "2", b = "2" } } },
                    variantChoices = choices,
                })
            end
            put { package() }
            expect(resolve({ "g:a" }).variantId):eq("a")
            put { package { { variantId = "b", choices = { "2", "1" } } } }
            expect(resolve({ "g:a" })):matches { variantId = "b", choices = { "1", "2" } }
        end)

        it("are asked for again where imported ones differ", function()
            three()
            local selections = { night = "dark", side = "right" }
            local r = resolve({ "g:a" }, { selections = selections, imported = { { side = "left" }, { side = "right", night = "dark" }, { side = "up" } } })
            expect(r):matches { kind = "choice", variantId = "side", previous = "right", imported = { "left", "right" } }
            expect(resolve({ "g:a" }, { selections = selections, imported = { { side = "left" } }, answers = { side = "right" } }).kind):eq("resolved")
            expect(resolve({ "g:a" }, { selections = selections, imported = { selections } }).kind):eq("resolved")
            expect(resolve({ "g:a" }, { imported = { { night = "dark" } } })):matches { kind = "choice", variantId = "night", imported = { "dark" } }
        end)

        it("have all their values for who asks", function()
            three()
            expect(resolver.choices(profile:channels(), "g:a", "side", { side = "left" })):matches { choices = { "right", "left" }, previous = "left" }
            throws("package-not-found", resolver.choices, profile:channels(), "g:a", "no", {})
            throws("package-not-found", resolver.choices, profile:channels(), "g:none", "side", {})
        end)

        it("are exported if they count", function()
            three()
            local function export(ids, selections) return resolver.export(profile:channels(), ids, selections) end
            local urls = profile:channelUrls()
            expect(export({}, { side = "left" })):same { explicit = {}, variants = {}, channels = {} }
            throws("unresolvable-dependencies", export, { "g:a" }, { other = "x" })
            local selections = { other = "x", side = "right", night = "dark", roof = "red" }
            local given = export({ "g:a", "g:a" }, selections)
            expect(given.explicit):same { "g:a" }
            expect(given.variants.other):eq(nil)
            expect(given.variants.side):eq("right")
            expect(given.channels):same { urls[1] }
            expect(selections.other):eq("x")
            throws("version-not-found", export, { "g:none" }, {})
        end)
    end)

    describe("conditions", function()
        before_each(function()
            put({
                web.package("g:a", {
                    assets = { { assetId = "x", withConditions = {
                        { ifVariant = { ["g:a:size"] = "big" }, include = { "big" } }, { ifVariant = { ["g:a:size"] = "small", roof = "red" }, include = { "small" } },
                    } } },
                    variantChoices = { { variantId = "g:a:size", choices = { "small", "big", "none" } } },
                    variantInfo = { ["g:a:size"] = { description = "Size" } },
                }),
            }, { web.asset "x" })
        end)

        it("make choices", function()
            local r = resolve { "g:a" }
            expect(r):matches { kind = "choice", variantId = "g:a:size", choices = { "small", "big", "none" }, info = { description = "Size" } }
            r = resolve({ "g:a" }, { answers = { ["g:a:size"] = "none" } })
            expect(r):matches { kind = "choice", variantId = "roof", choices = { "red" } }
            r = resolve({ "g:a" }, { answers = { ["g:a:size"] = "none", roof = "red" } })
            expect(r.packages[1].variant):same { ["g:a:size"] = "none", roof = "red" }
            throws("variant-constraints-not-satisfiable", resolve, { "g:a" }, { selections = { ["g:a:size"] = "huge" } })
        end)

        it("are among all that a package may be asked for", function()
            expect(require "packages.variants".choices(profile:channels():package "g:a")):same {
                { id = "g:a:size", values = { "small", "big", "none" } }, { id = "roof", values = { "red" } },
            }
        end)
    end)

    describe("plans", function()
        local function commit(r, now)
            local lock = profile:lock()
            local p = plan.make(r, lock)
            local staged = {}
            for _, each in ipairs(p.toInstall) do staged[each.id] = { files = { "150-mods/" .. each.package.name .. "." .. each.version .. ".sc4pac" } } end
            lock:after(p, staged, now or 0):write()
            return p
        end
        local function shown(p)
            local remove, install = plan.shown(p)
            local function line(list)
                local t = {}
                for i, each in ipairs(list) do t[i] = each.package .. "=" .. each.version end
                return table.concat(t, " ")
            end
            return line(remove) .. " -> " .. line(install)
        end
        local function make(explicit, o) return plan.make(resolve(explicit, o), profile:lock()) end

        it("install what is missing, first what others need", function()
            put({ web.package("g:a", { needs = { "g:b" }, assets = { "x" } }), web.package("g:b", { assets = { "x", "y" } }) }, { web.asset "x", web.asset "y" })
            local p = make { "g:a" }
            expect(shown(p)):eq(" -> g:b=1.0 g:a=1.0")
            expect(ids(p.assets)):eq("x y")
            expect(p.upToDate):eq(false)
            commit(resolve { "g:a" }, 86400)
            p = make { "g:a" }
            expect(p.upToDate):eq(true)
            expect(shown(p)):eq(" -> ")
            expect(profile:lock():find("g:b")):same {
                id = "g:b", group = "g", name = "b", version = "1.0", variant = {}, files = { "150-mods/b.1.0.sc4pac" }, summary = "The package b",
                category = { "150-mods" }, installedAt = "1970-01-02T00:00:00Z", updatedAt = "1970-01-02T00:00:00Z",
            }
        end)

        it("replace, and keep the date of the first time", function()
            put({ web.package("g:a", { assets = { "x" } }), web.package "g:b" }, { web.asset "x" })
            commit(resolve { "g:a", "g:b" }, 86400)
            put({ web.package("g:a", { version = "1.1", assets = { "x" } }), web.package "g:b" }, { web.asset "x" })
            expect(shown(make { "g:a" })):eq("g:b=1.0 g:a=1.0 -> g:a=1.1")
            commit(resolve { "g:a" }, 172800)
            expect(profile:lock().packages[1]):matches { version = "1.1", installedAt = "1970-01-02T00:00:00Z", updatedAt = "1970-01-03T00:00:00Z" }
            expect(#profile:lock().packages):eq(1)
        end)

        it("install again what an asset has changed of", function()
            put({ web.package("g:a", { assets = { "x" } }), web.package("g:b", { assets = { "y" } }) }, { web.asset "x", web.asset "y" })
            commit(resolve { "g:a", "g:b" }, 86400)
            put({ web.package("g:a", { assets = { "x" } }), web.package("g:b", { assets = { "y" } }) },
                { web.asset("x", { lastModified = "2024-01-01T00:00:00Z" }), web.asset "y" })
            local p = make { "g:a", "g:b" }
            expect(shown(p)):eq("g:a=1.0 -> g:a=1.0")
            expect(ids(p.assets)):eq("x")
        end)

        it("install again what is marked", function()
            put({ web.package("g:a", { assets = { "x" } }), web.package "g:b" }, { web.asset "x" })
            commit(resolve { "g:a", "g:b" }, 86400)
            local lock = profile:lock()
            lock:markReinstall({ "g:b", "g:none" })
            lock:write()
            expect(shown(make { "g:a", "g:b" })):eq("g:b=1.0 -> g:b=1.0")
            lock = profile:lock()
            lock:markReinstall({ "g:a" }, true)
            lock:write()
            local p = make { "g:a", "g:b" }
            expect(shown(p)):eq("g:b=1.0 g:a=1.0 -> g:b=1.0 g:a=1.0")
            expect(p.force):same { x = true }
            commit(resolve { "g:a", "g:b" })
            expect(make({ "g:a", "g:b" }).upToDate):eq(true)
        end)

        it("replace variants", function()
            put { web.package("g:a", { variants = { { variant = { v = "x" } }, { variant = { v = "y" } } } }) }
            commit(resolve({ "g:a" }, { selections = { v = "x" } }))
            local remove, install = plan.shown(make({ "g:a" }, { selections = { v = "y" } }))
            expect(remove):same { { package = "g:a", version = "1.0", variant = { v = "x" } } }
            expect(install):same { { package = "g:a", version = "1.0", variant = { v = "y" } } }
        end)

        it("are not empty for an asset alone that nobody needs any more", function()
            put({ web.package("g:a", { assets = { "x" } }) }, { web.asset "x" })
            commit(resolve { "g:a" })
            local lock = profile:lock()
            lock.assets[2] = { assetId = "old", version = "1", url = "https://x.test/old" }
            lock:write()
            local p = make { "g:a" }
            expect(shown(p)):eq(" -> ")
            expect(p.upToDate):eq(false)
            commit(resolve { "g:a" })
            expect(make({ "g:a" }).upToDate):eq(true)
        end)
    end)
end)
