package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local failure = require "packages.failure"
local json = require "luart.json"
local packages = require "packages"

local function throws(kind, f, ...)
    local ok, e = pcall(f, ...)
    if ok then error("nothing was thrown", 2) end
    if not failure.is(e, kind) then error("another failure: " .. tostring(e), 2) end
    return e
end

local function text(path)
    local f = assert(fs.open(path, "rb"))
    local s = f.readAll()
    f.close()
    return s
end

local function put(path, content)
    local f = assert(fs.open(path, "wb"))
    f.write(content)
    f.close()
end

describe("packages.profiles", function()
    local store
    before_each(function()
        fs.delete "/p"
        store = packages.open { profiles = "/p", channels = { "https://a.test/" } }
    end)

    it("are a list with a current one", function()
        expect({ store.profiles:list() }):same { {} }
        expect(store.profiles:add "One"):same { id = "1", name = "One" }
        expect(store.profiles:add "Two \u{e4}"):same { id = "2", name = "Two \u{e4}" }
        expect({ store.profiles:list() }):same { { { id = "1", name = "One" }, { id = "2", name = "Two \u{e4}" } }, "2" }
        store.profiles:switch "1"
        store.profiles:rename("1", "Other")
        expect({ store.profiles:list() }):same { { { id = "1", name = "Other" }, { id = "2", name = "Two \u{e4}" } }, "1" }
        store.profiles:remove "1"
        expect({ store.profiles:list() }):same { { { id = "2", name = "Two \u{e4}" } }, "2" }
        expect(store.profiles:add("Three").id):eq("1")
        for _, f in ipairs { "switch", "remove", "rename" } do
            expect(throws("bad-request", store.profiles[f], store.profiles, "9", "x").title):eq('Profile ID "9" does not exist.')
        end
    end)

    it("are written as others expect it", function()
        store.profiles:add "One"
        store.profiles:setSettings '{"b":1,"a":[{}]}'
        expect(text "/p/sc4pac-profiles.json"):eq([[
{
  "profiles": [
    {
      "id": "1",
      "name": "One"
    }
  ],
  "currentProfileId": [
    "1"
  ],
  "settings": {"b":1,"a":[{}]}
}
]])
    end)

    it("keep settings as they are", function()
        expect(store.profiles:settings()):eq("{}")
        put("/p/sc4pac-profiles.json", '{"profiles":[{"id":"7","name":"Seven"}],"currentProfileId":[],"settings":{"z":9007199254740993,"a":null}}')
        expect({ store.profiles:list() }):same { { { id = "7", name = "Seven" } } }
        store.profiles:add "One"
        expect(store.profiles:settings()):eq('{"z":9007199254740993,"a":null}')
        store.profiles:setSettings "[1]"
        expect(store.profiles:settings()):eq("[1]")
        throws("bad-request", store.profiles.setSettings, store.profiles, "{")
        expect(store.profiles:settings()):eq("[1]")
    end)

    it("stay as they are if the file is corrupt", function()
        for _, content in ipairs { "", "{", "[]1", '{"profiles":{"a":1}}', '{"profiles":[{"id":1}]}', ("\0"):rep(100) } do
            put("/p/sc4pac-profiles.json", content)
            local e = throws("profile-read-error", store.profiles.list, store.profiles)
            expect(tostring(e)):str_match("/p/sc4pac%-profiles.json is corrupt.+copy in /p/sc4pac%-profiles.json.corrupt")
            throws("profile-read-error", store.profiles.add, store.profiles, "x")
            throws("profile-read-error", store.profiles.setSettings, store.profiles, "{}")
            expect(text "/p/sc4pac-profiles.json"):eq(content)
            expect(text "/p/sc4pac-profiles.json.corrupt"):eq(content)
        end
    end)

    it("have ids that are names of folders", function()
        for _, id in ipairs { "", ".", "..", "a/b", "../x", "a\\b", "a\0b" } do throws("bad-request", store.profile, store, id) end
        expect(store:profile("unlisted").folder):eq("/p/unlisted")
    end)

    it("are only removed with folders that hold nothing else", function()
        store.profiles:add "One"
        store:profile("1"):init { plugins = "/elsewhere/plugins", cache = "/elsewhere/cache", temp = "temp" }
        fs.makeDir "/p/1/sub"
        throws("file-access-denied", store.profiles.remove, store.profiles, "1")
        fs.delete "/p/1/sub"
        store.profiles:remove "1"
        expect(fs.exists "/p/1"):eq(false)
        expect(fs.isDir "/elsewhere/plugins"):eq(true)
    end)
end)

describe("packages.profile", function()
    local store, profile
    before_each(function()
        fs.delete "/p"
        store = packages.open { profiles = "/p", channels = { "https://a.test/" }, home = "/home/x" }
        profile = store:profile "1"
    end)
    local function init() return profile:init { plugins = "/p/1/plugins", cache = "/p/1/cache", temp = "../temp" } end

    it("is initialized once", function()
        local e = throws("profile-not-initialized", profile.config, profile)
        expect(e.status):eq(409)
        expect(e.extra.platformDefaults):same {
            plugins = { "/home/x/Documents/SimCity 4/Plugins", "/p/1/plugins" }, cache = { "/home/x/.cache/sc4pac", "/p/1/cache" }, temp = { "temp" },
        }
        for _, places in ipairs { {}, { plugins = "a", cache = "b" }, { plugins = 1, cache = "b", temp = "c" }, { plugins = "", cache = "b", temp = "c" } } do
            expect(throws("init/bad-request", profile.init, profile, places).extra.platformDefaults.temp):same { "temp" }
        end
        expect(init()):same { pluginsRoot = "plugins", cacheRoot = "cache", tempRoot = "../temp", variant = {}, channels = { "https://a.test/" } }
        expect(fs.isDir "/p/1/plugins"):eq(true)
        throws("init/not-allowed", init)
        expect(profile:roots()):same { plugins = "/p/1/plugins", cache = "/p/1/cache", temp = "/p/temp" }
        expect(text "/p/1/sc4pac-plugins.json"):eq([[
{
  "config": {
    "pluginsRoot": "plugins",
    "cacheRoot": "cache",
    "tempRoot": "../temp",
    "variant": {},
    "channels": [
      "https://a.test/"
    ]
  },
  "explicit": []
}
]])
    end)

    it("keeps paths elsewhere absolute, and those in it relative", function()
        local config = profile:init { plugins = "/games/Plugins", cache = "sub/../c", temp = "t" }
        expect(config):matches { pluginsRoot = "/games/Plugins", cacheRoot = "c", tempRoot = "t" }
        expect(fs.isDir "/games/Plugins"):eq(true)
    end)

    it("reaches other folders as it is told to", function()
        store = packages.open {
            profiles = "/p", channels = { "https://a.test/" },
            locate = function(path)
                if path:sub(1, 6) == "/host/" then return "/mounted/" .. path:sub(7) end
                return nil, "start the server with --folder"
            end,
            hostPath = function(path) return "/host" .. path end,
        }
        profile = store:profile "1"
        expect(profile:platformDefaults().plugins):same { "/host/p/1/plugins" }
        expect(throws("file-access-denied", profile.init, profile, { plugins = "/x", cache = "c", temp = "t" }).detail):eq("start the server with --folder")
        expect(profile:isInitialized()):eq(false)
        local config = profile:init { plugins = "/host/a/b", cache = "/host/p/1/c", temp = "t" }
        expect(config):matches { pluginsRoot = "/host/a/b", cacheRoot = "c" }
        expect(profile:roots()):same { plugins = "/mounted/a/b", cache = "/p/1/c", temp = "/p/1/t" }
    end)

    it("has packages that were added", function()
        init()
        profile:add { "a:b", "c:d", "a:b" }
        profile:add { "c:d", "e:f" }
        expect(profile:explicit()):same { "a:b", "c:d", "e:f" }
        expect(throws("bad-request", profile.remove, profile, { "a:b", "x:y" }).detail):eq("x:y")
        expect(#profile:explicit()):eq(3)
        profile:remove { "a:b", "e:f" }
        expect(profile:explicit()):same { "c:d" }
        for _, id in ipairs { "x", "a:b:c", ":b", "a:", "a/b:c", 1 } do
            throws("bad-request", profile.add, profile, { id })
        end
    end)

    it("has selected variants", function()
        init()
        profile:setVariants { side = "right", ["a:b:size"] = "1" }
        profile:setVariants { side = "left" }
        expect(profile:variants()):same { side = "left", ["a:b:size"] = "1" }
        throws("bad-request", profile.resetVariants, profile, { "side", "no" })
        profile:resetVariants { "side" }
        expect(profile:variants()):same { ["a:b:size"] = "1" }
        throws("bad-request", profile.setVariants, profile, { a = 1 })
    end)

    it("has channels", function()
        init()
        expect(profile:setChannels { "https://b.test/x", "https://b.test/x/", "http://c.test/all.yaml", "file:/x" }):same {
            "https://b.test/x/", "http://c.test/all.yaml", "file:/x/",
        }
        for _, url in ipairs { "b.test", "https://", "https://b.test/?a", "https://b.test/#a", "ftp://b.test/", "", "https://b .test/", 1 } do
            throws("bad-request", profile.setChannels, profile, { url })
        end
        expect(profile:setChannels {}):same { "https://a.test/" }
    end)

    it("keeps what others write into its file", function()
        init()
        put("/p/1/sc4pac-plugins.json", '{"config":{"pluginsRoot":"p","cacheRoot":"c","tempRoot":"t","variant":{},"channels":[],"future":[1]},"explicit":["a:b"],"more":{"x":null}}')
        profile:add { "c:d" }
        local value = json.decode(text "/p/1/sc4pac-plugins.json")
        expect(value.config.future):same { 1 }
        expect(value.more.x):eq(json.null)
        expect(value.explicit):same { "a:b", "c:d" }
    end)

    it("is never overwritten when it is corrupt", function()
        init()
        for _, content in ipairs {
            "{", "[]", '{"config":1}', '{"config":{"pluginsRoot":"a"}}', '{"config":{"pluginsRoot":"a","cacheRoot":"b","variant":{"x":1}}}',
            '{"config":{"pluginsRoot":"a","cacheRoot":"b"},"explicit":["x"]}',
        } do
            put("/p/1/sc4pac-plugins.json", content)
            expect(throws("profile-read-error", profile.add, profile, { "a:b" }).title):str_match("/p/1/sc4pac%-plugins.json")
            throws("init/not-allowed", init)
            expect(text "/p/1/sc4pac-plugins.json"):eq(content)
        end
    end)

    describe("lock", function()
        before_each(init)

        it("is read as the original program writes it", function()
            put("/p/1/sc4pac-plugins-lock.json", [[{"scheme":2,"installed":[{"group":"g","name":"n","variant":{"side":"right"},"version":"1.0",
"files":["100-x/g.n.right.1.0.sc4pac","x.dll"],"summary":"S","category":["100-x"],"installedAt":"2024-12-14T17:32:24Z","updatedAt":"2024-12-15T17:32:24Z",
"reinstall":true,"iniFiles":[{"file":"a.ini","checksum":{},"finalName":"b.ini"}]}],
"assets":[{"assetId":"x","version":"1","url":"https://x.test/","lastModified":"2024-12-14T17:32:24Z","archiveType":[{"format":"Clickteam","version":"40"}],
"checksum":{"sha256":"]] .. ("aB"):rep(32) .. [["}},{"assetId":"y","version":"1","url":"https://y.test/","archiveType":[],"checksum":{}}],"redownload":["g:n"]}]])
            local lock = profile:lock()
            expect(lock.packages[1]):matches { id = "g:n", variant = { side = "right" }, files = { "100-x/g.n.right.1.0.sc4pac", "x.dll" }, reinstall = true }
            expect(lock.assets[1]):same {
                assetId = "x", version = "1", url = "https://x.test/", lastModified = "2024-12-14T17:32:24Z", archiveType = { format = "Clickteam", version = "40" },
                sha256 = ("ab"):rep(32),
            }
            expect(lock.redownload):same { "g:n" }
            local before = json.decode(text "/p/1/sc4pac-plugins-lock.json")
            lock:write()
            local after = json.decode(text "/p/1/sc4pac-plugins-lock.json")
            before.assets[1].checksum.sha256 = ("ab"):rep(32)
            before.assets[2].archiveType, before.assets[2].checksum = nil, nil
            expect(after):same(before)
            expect(json.kind(after.installed[1].iniFiles[1].checksum)):eq("object")
        end)

        it("is empty when there is none", function()
            local lock = profile:lock()
            expect(lock.packages):same {}
            expect(lock:isCurrent()):eq(true)
            lock:write()
            expect(text "/p/1/sc4pac-plugins-lock.json"):eq('{\n  "scheme": 2,\n  "installed": [],\n  "assets": []\n}\n')
        end)

        it("is not written over what somebody else has written", function()
            local lock = profile:lock()
            put("/p/1/sc4pac-plugins-lock.json", '{"scheme":2,"installed":[],"assets":[]}')
            expect(lock:isCurrent()):eq(false)
            throws("server-error", lock.write, lock)
            expect(text "/p/1/sc4pac-plugins-lock.json"):eq('{"scheme":2,"installed":[],"assets":[]}')
        end)

        it("of the first scheme has no dates", function()
            put("/p/1/sc4pac-plugins-lock.json", '{"installed":[{"group":"g","name":"n","variant":{},"version":"1.0","files":[]}],"assets":[]}')
            expect(profile:installed()[1]):matches { id = "g:n", installedAt = "1970-01-01T00:00:00Z" }
        end)

        it("that is corrupt, or would have files deleted elsewhere, is refused", function()
            local function with(fields) return '{"scheme":2,"installed":[{"group":"g","name":"n","version":"1","variant":{},"files":[],' .. fields .. '}],"assets":[]}' end
            for _, content in ipairs {
                "x", '{"scheme":3}', '{"scheme":2,"installed":[1]}', with '"x":1,"files":["../x"]' , with '"category":1', with '"reinstall":1',
                '{"installed":[{"group":"g","name":"n","version":"1","variant":{},"files":["../x"]}]}',
                '{"installed":[{"group":"g","name":"n","version":"1","variant":{},"files":["/etc"]}]}',
                '{"installed":[{"group":"g","name":"n","version":"1","variant":{},"files":["a/..\\\\../x"]}]}',
                '{"installed":[{"group":"g","name":"n","version":"1","variant":{},"files":[""]}]}', '{"assets":[{"assetId":"x"}]}',
            } do
                put("/p/1/sc4pac-plugins-lock.json", content)
                local e = throws("profile-read-error", profile.lock, profile)
                expect(e.title):str_match("/p/1/sc4pac%-plugins%-lock.json is corrupt")
                expect(text "/p/1/sc4pac-plugins-lock.json.corrupt"):eq(content)
            end
        end)

        it("and what was added together are statuses", function()
            put("/p/1/sc4pac-plugins-lock.json", '{"installed":[{"group":"g","name":"n","variant":{},"version":"1.0","files":[]}],"assets":[]}')
            profile:add { "a:b" }
            local all = profile:statuses()
            expect(all["a:b"]):same { explicit = true }
            expect(all["g:n"]):matches { explicit = false, installed = { version = "1.0" } }
        end)
    end)
end)
