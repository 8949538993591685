-- Has all files of a plan in the cache: two at a time of a host, as sites want it. What fails doesn't keep the others from coming, so that the next
-- update has less to do.

local failure = require "packages.failure"

---@class packages.fetch
local fetch = {}

local PER_HOST, WIDTH = 2, 8
local GIVE_UP = 3 -- failures after which nothing more is asked of a host
local SHOWN = 10  -- failures of which a message has the details

---@class packages.FetchedFile
---@field path string
---@field fileName? string
---@field fromCache boolean it has not come just now

---@class packages.FetchFailure
---@field asset packages.Asset
---@field failure packages.Failure

local function hostOf(url) return url:match "^%a[%w+.-]*://([^/?#]*)" or "" end

---Fetches. What is no failed download is thrown once all that is under way has ended.
---@param o { assets: packages.Asset[], get: (fun(asset: packages.Asset): packages.FetchedFile), files: table<string, packages.FetchedFile>, check: fun() }
---o.files gets what has come, by assetId; o.check throws if nothing more is to be begun.
---@return packages.FetchFailure[] failures
function fetch.all(o)
    local hosts, byName = {}, {}
    for _, asset in ipairs(o.assets) do
        if not o.files[asset.assetId] then
            local name = hostOf(asset.url)
            local host = byName[name]
            if not host then
                host = { at = 1, active = 0, failed = 0 }
                byName[name], hosts[#hosts + 1] = host, host
            end
            host[#host + 1] = asset
        end
    end
    local failures, wrong, stopped = {}, nil, false
    local function take()
        for _, host in ipairs(hosts) do
            if host.at <= #host and host.active < PER_HOST and host.failed < GIVE_UP then return host end
        end
    end
    local function work()
        while not stopped do
            local host = take()
            if not host then return end -- those that work on the hosts that are left go on with them
            local asset = host[host.at]
            host.at, host.active = host.at + 1, host.active + 1
            local ok, e = pcall(function()
                o.check()
                o.files[asset.assetId] = o.get(asset)
            end)
            host.active = host.active - 1
            if not ok and failure.is(e, "download-failed") then
                failures[#failures + 1] = { asset = asset, failure = e }
                local status = e.cause and e.cause.status
                -- Who is refused, or has asked for too much, is not to ask for more.
                host.failed = (status == 401 or status == 403 or status == 429) and GIVE_UP or host.failed + 1
            elseif not ok then
                if not stopped then wrong = e end
                stopped = true
            end
        end
    end
    local workers = {}
    for i = 1, WIDTH do workers[i] = work end
    if #hosts > 0 then parallel.waitForAll(table.unpack(workers)) end
    if stopped then error(wrong, 0) end
    for _, host in ipairs(hosts) do
        for i = host.at, #host do
            failures[#failures + 1] = {
                asset = host[i],
                failure = failure.new("download-failed", "Failed to download " .. host[i].url, "It was not tried, as others of the same site have failed."),
                untried = true,
            }
        end
    end
    return failures
end

---The failure for all that could not be fetched.
---@param failures packages.FetchFailure[]
---@return packages.Failure
function fetch.failure(failures)
    if #failures == 1 then
        local only = failures[1]
        return failure.new("download-failed", only.failure.title, ("%s (asset %s) What has come stays in the cache, and the next update goes on from there."):format(
            only.failure.detail, only.asset.assetId))
    end
    local lines = {}
    for i = 1, math.min(#failures, SHOWN) do
        local each = failures[i]
        lines[i] = ("%s: %s: %s"):format(each.asset.assetId, each.asset.url, each.failure.detail)
    end
    if #failures > SHOWN then lines[#lines + 1] = ("and %d more"):format(#failures - SHOWN) end
    lines[#lines + 1] = "What has come stays in the cache, and the next update goes on from there."
    return failure.new("download-failed", ("Failed to download %d files."):format(#failures), table.concat(lines, "\n"))
end

return fetch
