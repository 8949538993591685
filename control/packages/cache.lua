-- Files of the web, kept in a folder in the layout of the original program: coursier/https/host/path, and beside each file one that tells when it
-- was looked at last. All profiles may share one folder.

local check = require "packages.check"
local digest = require "luart.digest"
local failure = require "packages.failure"
local json = require "luart.json"
local jsonfile = require "packages.jsonfile"

local format, gsub, match, sub = string.format, string.gsub, string.match, string.sub

---@class packages.Cache
---@field root string
---@field headers? fun(url: string): table<string, string>? more headers for a download
local Cache = {}
Cache.__index = Cache

local OLD = 43200        -- s: what has no date and no checksum is asked for again after 12 hours
local PER_HOST = 2       -- downloads at a time
local SMALL_PER_HOST = 6 -- the same of metadata
local STEP = 524288      -- bytes between reports
local SILENCE = 180      -- s after which nobody believes any more that somebody else is downloading

---@class packages.FetchOptions
---@field sha256? string what the content must have; a cached file with another one is fetched again if it is JSON
---@field modified? number seconds since 1970: a file that was looked at before is fetched again
---@field ttl? number seconds for which a cached file is good; 12 hours unless there is modified or sha256
---@field force? boolean fetches it in any case
---@field json? boolean it is metadata: small, and checked by sha256 each time
---@field stale? boolean a cached file serves if the server doesn't
---@field maxBytes? number
---@field headers? table<string, string>
---@field notHtml? boolean a web page is a failure
---@field report? fun(event: "started"|"length"|"intermediate"|"finished"|"poll", url: string, n?: any): boolean? "poll" comes often; false as the answer to it, or to "intermediate", cancels the download

---@class packages.Fetched
---@field fromCache boolean
---@field fileName? string the name that the server has given
---@field sha256? string of the content, if it is known
---@field stale? string why it could not be brought up to date

-- Percent-encodes what could not be in a file's name.
local function escape(text)
    return (gsub(text, "[^%w%-._~!*'()/]", function(ch)
        if ch == "%" then return "%25" end
        return format("%%%02X", ch:byte())
    end))
end

---Where the cache keeps what has an address. Throws bad-request if it is none.
---@param url string
---@return string path
function Cache:path(url)
    local scheme, rest = match(url, "^(https?)://(.+)$")
    if not scheme then failure.throw("bad-request", "That is no address of the web.", sub(tostring(url), 1, 200)) end
    rest = gsub(rest, "#.*$", "")
    if sub(rest, -1) == "/" then rest = rest .. ".directory" end
    local parts = {}
    for part in rest:gmatch "[^/]+" do
        part = escape(part)
        if part == "." or part == ".." then part = gsub(part, "%.", "%%2E") end
        if #part > 200 then part = sub(part, 1, 120) .. "%" .. digest.sha1(part) end
        parts[#parts + 1] = part
    end
    return self.root .. "/coursier/" .. scheme .. "/" .. table.concat(parts, "/")
end

local function checkedPath(path) return fs.combine(fs.getDir(path), "." .. fs.getName(path) .. ".checked") end

-- What is known of a cached file: {} if there is nothing.
local function readChecked(path)
    local file = checkedPath(path)
    local ok, value = pcall(function()
        local text = jsonfile.text(file)
        local t = text and text ~= "" and json.decode(text, { null = false })
        if type(t) ~= "table" then return {} end
        return {
            fileName = check.option(t, "filename", ""), sha256 = check.sha256(check.optMap(t, "checksum", ""), "sha256", ""),
            source = check.optText(t, "source", ""), etag = check.option(t, "etag", ""), lastModified = check.option(t, "lastModified", ""),
        }
    end)
    return ok and value or {}
end

local checkedOrder = { "filename", "checksum", "source", "etag", "lastModified" }

local function writeChecked(path, known, seconds)
    local function option(v) return json.array { v } end
    local text = json.encode({
        filename = option(known.fileName), checksum = known.sha256 and { sha256 = known.sha256 } or {}, source = known.source,
        etag = option(known.etag), lastModified = option(known.lastModified), checkedAt = seconds,
    }, { order = checkedOrder })
    -- Without it, as on a full disk, the file is only fetched again too early.
    pcall(function()
        local file = assert(fs.open(checkedPath(path), "wb"))
        file.write(text)
        file.close()
    end)
end

-- When a file was looked at last, in seconds since 1970.
local function checkedAt(path)
    local mark = checkedPath(path)
    local file = fs.exists(mark) and mark or path
    return fs.attributes(file).modified / 1000
end

---Makes a cache.
---@param options { root: string, now?: (fun(): number), checkedAt?: (fun(path: string): number), locate?: (fun(path: string): string?, string?), headers?: (fun(url: string): table<string, string>?), download?: luart.download }
---@return packages.Cache
local function new(options)
    return setmetatable({
        root = "/" .. fs.combine(options.root), now = options.now or function() return os.epoch "utc" / 1000 end,
        checkedAt = options.checkedAt or checkedAt, locate = options.locate or function(path) return path end,
        headers = options.headers, download = options.download, busy = {}, hosts = {},
    }, Cache)
end

---The file that an address file: stands for. Throws file-access-denied if it can't be reached from here, bad-request if it is no such address.
---@param url string
---@return string path of the computer
function Cache:localUrl(url)
    local path = match(url, "^file:(/.*)$")
    if not path then failure.throw("bad-request", "That is no address of a file.", sub(tostring(url), 1, 200)) end
    path = gsub(gsub(path, "^//[^/]*/", "/"), "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    local here, message = self.locate(path)
    if not here then failure.throw("file-access-denied", "The file can't be reached: " .. path, message or "") end
    return here
end

-- Waits for a moment at which something may have changed.
local function pause()
    local timer = os.startTimer(5)
    while true do
        local event, id = os.pullEvent()
        if event == "packages_cache" or event == "timer" and id == timer then break end
    end
    os.cancelTimer(timer)
end

local function age(self, path) return self.now() - self.checkedAt(path) end

-- Whether a cached file has to be fetched; "age" if only because it is old.
local function need(self, path, o, known)
    if o.force then return "force" end
    if not fs.exists(path) or fs.isDir(path) then return "absent" end
    local ttl = o.ttl
    if not ttl and not o.modified and not o.sha256 then ttl = OLD end
    if ttl then
        local seconds = age(self, path)
        if seconds >= ttl or seconds < -300 then return "age" end -- the clock may have been wrong
    end
    if o.modified and o.modified > self.checkedAt(path) then return "modified" end
    if o.sha256 then
        -- Of large files the sum is trusted that was made when they came; metadata is small.
        if o.json or not known.sha256 then known.sha256 = digest.file("sha256", path) end
        if known.sha256 ~= o.sha256 then return "checksum" end
    end
    return nil
end

-- What clients are told of one download. The results are the callback for luart.download and a function for the end.
local function reporter(url, report)
    if not report then return nil, function() end end
    local told, mark = nil, STEP
    report("started", url)
    return function(received, total)
        if total and total ~= told then
            told = total
            report("length", url, total)
        end
        if received >= mark then
            mark = (math.floor(received / STEP) + 1) * STEP
            return report("intermediate", url, received)
        end
        return report("poll", url)
    end, function(success, size)
        if success and size then
            if not told then report("length", url, size) end -- it has come before anybody was told
            report("intermediate", url, size)
        end
        report("finished", url, success)
    end
end

local hints = {
    [401] = "You are not logged in there, or the session has ended.", [403] = "The server refuses it: the file may be private, or the session has ended.",
    [404] = "It is not there any more. Update the channels, or ask the package's maintainer.",
    [429] = "The server has enough for now; files of some sites are limited to a number each day. Try again later.",
}

local function throwFailed(url, message, fail)
    if fail and fail.class == "cancelled" then failure.throw("aborted", "Operation aborted.", "") end
    local detail = tostring(message)
    if detail:sub(1, #url + 2) == url .. ": " then detail = detail:sub(#url + 3) end -- the title has it
    if fail and fail.status and hints[fail.status] then detail = detail .. ". " .. hints[fail.status] end
    if fail and fail.class == "html" then
        detail = detail .. ". The site may be under maintenance, or want a login."
    end
    local e = failure.new("download-failed", "Failed to download " .. url, detail)
    e.cause = fail
    error(e, 0)
end

-- Takes a place among the downloads of a host. A download of which nothing has been heard for long has no place any more: its task has ended.
local function enter(self, url, small, mark)
    local key = (small and "small " or "") .. (match(url, "^https?://([^/?#]*)") or "")
    local marks = self.hosts[key] or {}
    self.hosts[key] = marks
    while true do
        local count = 0
        for each in pairs(marks) do
            if self.now() - each.seen > SILENCE then marks[each] = nil else count = count + 1 end
        end
        if count < (small and SMALL_PER_HOST or PER_HOST) then break end
        mark.seen = self.now()
        pause()
    end
    marks[mark] = true
    return function()
        marks[mark] = nil
        if not next(marks) and self.hosts[key] == marks then self.hosts[key] = nil end
    end
end

local function transfer(self, url, path, o, why, known, mark)
    local conditional = why == "age" and known.source == url
    local headers = {}
    for k, v in pairs(self.headers and self.headers(url) or {}) do headers[k] = v end
    for k, v in pairs(o.headers or {}) do headers[k] = v end
    local progress, finished = reporter(url, o.report)
    local download = self.download or require "luart.download"
    fs.makeDir("/" .. fs.getDir(path))
    local job, message, fail = download.start(url, path, {
        sha256 = o.sha256, maxBytes = o.maxBytes or (o.json and 67108864 or nil), headers = headers, sync = not o.json, resume = not o.json,
        etag = conditional and known.etag or nil, lastModified = conditional and not known.etag and known.lastModified or nil, timeout = 60,
        retries = o.json and 2 or nil, notHtml = o.notHtml,
    })
    local result
    if job then
        mark.job = job
        result, message, fail = job.wait(function(received, total)
            mark.seen = self.now()
            return not progress or progress(received, total) ~= false
        end)
        mark.job = nil
    end
    if not result then
        finished(false)
        return nil, message, fail
    end
    if result.notModified then
        finished(true)
        writeChecked(path, known, self.now())
        return known
    end
    finished(true, result.size)
    known = { fileName = result.fileName, sha256 = result.sha256, source = url, etag = result.etag, lastModified = result.lastModified }
    writeChecked(path, known, self.now())
    return known
end

---Has a file of the web in the cache. Others that want it meanwhile wait for it. Addresses file: are used in place.
---@param url string
---@param options? packages.FetchOptions
---@return string path
---@return packages.Fetched
function Cache:fetch(url, options)
    local o = options or {}
    if sub(url, 1, 5) == "file:" then
        local path = self:localUrl(url)
        if not fs.exists(path) then failure.throw("download-failed", "Failed to read " .. url, "There is no such file.") end
        return path, { fromCache = true, fileName = fs.getName(path) }
    end
    local path = self:path(url)
    while true do
        local busy = self.busy[url]
        if not busy or self.now() - busy.seen > SILENCE then break end
        pause()
    end
    local known = readChecked(path)
    local why = need(self, path, o, known)
    if not why then return path, { fromCache = true, fileName = known.fileName, sha256 = known.sha256 } end
    local mark = { seen = self.now() }
    self.busy[url] = mark
    local leave
    local ok, result, message, fail = pcall(function()
        leave = enter(self, url, o.json, mark)
        return transfer(self, url, path, o, why, known, mark)
    end)
    if leave then leave() end
    if self.busy[url] == mark then self.busy[url] = nil end
    os.queueEvent "packages_cache"
    if not ok then error(result, 0) end
    if result then return path, { fromCache = false, fileName = result.fileName, sha256 = result.sha256 } end
    if o.stale and fs.exists(path) and not (fail and fail.class == "cancelled") then
        return path, { fromCache = true, fileName = known.fileName, sha256 = known.sha256, stale = tostring(message) }
    end
    throwFailed(url, message, fail)
end

---The content of a file of the web.
---@param url string
---@param options? packages.FetchOptions
---@return string text
---@return packages.Fetched
function Cache:text(url, options)
    local o = options or {}
    if o.json and o.sha256 and not o.force and not o.ttl and sub(url, 1, 5) ~= "file:" then -- most metadata: nothing waits
        local file = fs.open(self:path(url), "rb")
        if file then
            local text = file.readAll() or ""
            file.close()
            if digest.sha256(text) == o.sha256 then return text, { fromCache = true, sha256 = o.sha256 } end
        end
    end
    local path, fetched = self:fetch(url, options)
    return jsonfile.text(path) or "", fetched
end

---Has the file of an asset in the cache: fetched anew if the asset has become newer since, or has neither date nor checksum and is old.
---@param asset packages.Asset
---@param options? { force?: boolean, report?: function, headers?: table<string, string> }
---@return string path
---@return packages.Fetched
function Cache:asset(asset, options)
    local o = options or {}
    return self:fetch(asset.url, {
        sha256 = asset.sha256, modified = asset.modified, ttl = not asset.modified and not asset.sha256 and OLD or nil, force = o.force,
        report = o.report, headers = o.headers, notHtml = true,
    })
end

---Ends a download that is under way: it fails with "aborted". What has come so far stays for the next time, if it is an asset's.
---@param url string
function Cache:cancel(url)
    local busy = self.busy[url]
    if busy and busy.job then busy.job.cancel() end
end

---Removes a file that has turned out to be broken, so that it is fetched anew.
---@param url string
function Cache:forget(url)
    if sub(url, 1, 5) == "file:" then return end
    local path = self:path(url)
    for _, each in ipairs { path, checkedPath(path), path .. ".part", path .. ".part.json" } do pcall(fs.delete, each) end
end

---Runs functions, a number of them at a time. When one has thrown, no more are begun, and its error is thrown when those under way have ended.
---@param tasks (fun())[]
---@param width integer
local function together(tasks, width)
    local at, wrong, failed = 0, nil, false
    local function work()
        while at < #tasks and not failed do
            at = at + 1
            local ok, e = pcall(tasks[at])
            if not ok and not failed then wrong, failed = e, true end
        end
    end
    local workers = {}
    for i = 1, math.min(width, #tasks) do workers[i] = work end
    if #workers == 1 then work() elseif #workers > 1 then parallel.waitForAll(table.unpack(workers)) end
    if failed then error(wrong, 0) end
end

return { new = new, together = together }
