-- luart pkg channel: makes a channel of sources, and says which channels a profile has.

local build = require "packages.build"
local failure = require "packages.failure"
local json = require "luart.json"

local channel = {}

-- A text about files in which these are called as the user knows them.
local function forUser(text, places)
    for _, place in ipairs(places) do
        local path = "/?" .. place.path:sub(2):gsub("%p", "%%%0")
        if place.shown == "." then text = text:gsub(path .. "/", "") end
        text = text:gsub(path, (place.shown:gsub("%%", "%%%%")))
    end
    return text
end

---Makes a channel of sources. Throws bad-request for sources that are malformed.
---@param s pkg.Session
---@param o { places: { path: string, shown: string }[], sources: string[], output: string, label: string, sourceUrl: string, issueUrl: string, shown: string }
function channel.build(s, o)
    local function given(text) return text ~= "" and text or nil end
    local url = given(o.sourceUrl)
    local ok, result = pcall(build.run, {
        sources = o.sources, output = o.output, label = given(o.label), metadataSourceUrl = url and url:gsub("/*$", "/"), metadataIssueUrl = given(o.issueUrl),
    })
    if not ok then
        if not failure.is(result) then error(result, 0) end
        failure.throw(result.type:sub(8), forUser(result.title, o.places), forUser(result.detail, o.places), result.extra)
    end
    for _, text in ipairs(result.warnings) do s:note("warning: " .. text) end
    if result.packages == 0 then s:note "warning: there are no packages in these sources." end
    local function count(n, what) return n .. " " .. what .. (n == 1 and "" or "s") end
    s:say(("%s and %s are in %s (%s changed)."):format(count(result.packages, "package"), count(result.assets, "asset"), o.shown, count(result.written, "file")))
    s:say "Put the folder on any web server; its address is the channel's."
    s:result { packages = result.packages, assets = result.assets, written = result.written, warnings = json.array(result.warnings) }
end

---Sets the profile's channels, if there are any in the options, and lists them. Throws bad-request for what is no address.
---@param s pkg.Session
---@param o { urls: string[]? }
function channel.channels(s, o)
    local profile = s:profile()
    if o.urls and o.urls[1] then profile:setChannels(o.urls) end
    local urls = profile:channelUrls()
    for _, url in ipairs(urls) do s:say(url) end
    s:result(json.array(urls))
end

return channel
