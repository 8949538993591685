-- A stand-in for luart.download, and channels made of tables, for specs of the package manager.

local digest = require "luart.digest"
local json = require "luart.json"

local web = {}

---A web of pages: answers by URL. An answer is a text, a function that returns one, or a table { status =, text =, name =, etag =, lastModified = }. It counts
---in `unchanged` how often it had nothing new.
function web.new()
    local self = { pages = {}, asked = {}, active = 0, most = 0, unchanged = 0 }

    local function fail(url, class, message, status)
        return nil, url .. ": " .. message, { class = class, message = message, url = url, status = status, attempts = 1 }
    end

    function self.get(url, path, options)
        self.asked[#self.asked + 1] = url
        self.active = self.active + 1
        self.most = math.max(self.most, self.active)
        if self.slow then sleep(0) end
        self.active = self.active - 1
        local page = self.pages[url]
        if type(page) == "function" then page = page(options) end
        if type(page) == "string" then page = { text = page } end
        if not page then return fail(url, "http", "the server answers 404 Not Found", 404) end
        if page.class then return fail(url, page.class, page.message or page.class, page.status) end
        if page.etag and options.etag == page.etag or page.lastModified and options.lastModified == page.lastModified then
            self.unchanged = self.unchanged + 1
            return { status = 304, url = url, attempts = 1, etag = page.etag, lastModified = page.lastModified, notModified = true }
        end
        local text = page.text
        if options.progress and options.progress(#text, #text) == false then return fail(url, "cancelled", "cancelled") end
        local sum = digest.sha256(text)
        if options.sha256 and options.sha256 ~= sum then return fail(url, "checksum", "the content is another one") end
        fs.makeDir(fs.getDir(path))
        local file = assert(fs.open(path, "wb"))
        file.write(text)
        file.close()
        return { status = 200, url = url, attempts = 1, etag = page.etag, lastModified = page.lastModified, path = path, size = #text, sha256 = sum, fileName = page.name, resumed = 0 }
    end

    function self.start(url, path, options)
        local job = {}
        function job.wait(progress)
            options.progress = progress
            return self.get(url, path, options)
        end
        function job.cancel() end
        return job
    end

    ---How often an address was asked for.
    function self.count(pattern)
        local n = 0
        for _, url in ipairs(self.asked) do
            if url:find(pattern, 1, true) then n = n + 1 end
        end
        return n
    end

    ---Puts a channel on the web. packages and assets are JSON values.
    function self.channel(url, packages, assets, more)
        local contents = { scheme = 9, info = {}, packages = json.array {}, assets = json.array {} }
        for k, v in pairs(more or {}) do contents[k] = v end
        for _, p in ipairs(packages) do
            local text = json.encode(p)
            self.pages[url .. "metadata/" .. p.group .. "/" .. p.name .. "/" .. p.version .. "/pkg.json"] = text
            table.insert(contents.packages, {
                group = p.group, name = p.name, versions = { p.version }, checksums = { [p.version] = { sha256 = digest.sha256(text) } },
                summary = p.info and p.info.summary, category = { p.subfolder }, externalIds = p.ids,
            })
        end
        for _, a in ipairs(assets or {}) do
            local text = json.encode(a)
            self.pages[url .. "metadata/sc4pacAsset/" .. a.assetId .. "/" .. a.version .. "/pkg.json"] = text
            table.insert(contents.assets, {
                group = "sc4pacAsset", name = a.assetId, versions = { a.version }, checksums = { [a.version] = { sha256 = digest.sha256(text) } },
            })
        end
        self.pages[url .. "sc4pac-channel-contents.json"] = json.encode(contents)
    end

    return self
end

---A package with dependencies, "g:n", and assets, or with variants.
function web.package(id, o)
    o = o or {}
    local group, name = id:match "^(.-):(.+)$"
    local function dependencies(ids)
        local list = {}
        for i, each in ipairs(ids or {}) do
            local g, n = each:match "^(.-):(.+)$"
            list[i] = { group = g, name = n, version = "latest.release" }
        end
        return #list > 0 and list or nil
    end
    local function assets(list)
        local t = {}
        for i, each in ipairs(list or {}) do t[i] = type(each) == "table" and each or { assetId = each } end
        return #t > 0 and t or nil
    end
    local variants = {}
    for i, v in ipairs(o.variants or { o }) do
        variants[i] = {
            variant = v.variant or {}, dependencies = dependencies(v.needs), assets = assets(v.assets), conflictingPackages = v.conflicts,
        }
    end
    return {
        ["$type"] = "Package", group = group, name = name, version = o.version or "1.0", subfolder = o.subfolder or "150-mods",
        info = o.info or { summary = o.summary or "The package " .. name }, variants = variants, variantInfo = o.variantInfo, variantChoices = o.variantChoices,
        ids = o.ids,
    }
end

---An asset.
function web.asset(id, o)
    o = o or {}
    return {
        ["$type"] = "Asset", assetId = id, version = o.version or "1.0", url = o.url or "https://files.test/" .. id, lastModified = o.lastModified,
        archiveType = o.archiveType, checksum = o.sha256 and { sha256 = o.sha256 },
    }
end

---A store with profile "1" on a web, whose time is what clock.now says.
function web.store(pages, urls, folder)
    local clock = { now = 1000000 }
    local packages = require "packages"
    local store = packages.open {
        profiles = folder or "/profiles", channels = urls, download = pages, now = function() return clock.now end,
        checkedAt = function(path)
            local mark = fs.combine(fs.getDir(path), "." .. fs.getName(path) .. ".checked")
            local file = fs.open(mark, "rb") or fs.open(path, "rb")
            local text = file.readAll()
            file.close()
            local t = json.decode(text)
            return type(t) == "table" and t.checkedAt or 0
        end,
    }
    local profile = store:profile "1"
    if not profile:isInitialized() then profile:init { plugins = "plugins", cache = "cache", temp = "temp" } end
    return store, profile, clock
end

return web
