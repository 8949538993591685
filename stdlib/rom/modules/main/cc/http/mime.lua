-- Media types: those of files, by the ends of their names, and those of headers.

local find, gmatch, gsub, lower, match, sub = string.find, string.gmatch, string.gsub, string.lower, string.match, string.sub

---@class cc.http.mime
local mime = {}

---Media types by extensions, in lower case without the dot. A program may add its own.
---@type table<string, string>
mime.types = {
    css = "text/css; charset=utf-8",
    csv = "text/csv; charset=utf-8",
    htm = "text/html; charset=utf-8",
    html = "text/html; charset=utf-8",
    ics = "text/calendar; charset=utf-8",
    js = "text/javascript; charset=utf-8",
    lua = "text/plain; charset=utf-8",
    md = "text/markdown; charset=utf-8",
    mjs = "text/javascript; charset=utf-8",
    txt = "text/plain; charset=utf-8",
    log = "text/plain; charset=utf-8",
    nfp = "text/plain; charset=utf-8",

    json = "application/json",
    map = "application/json",
    webmanifest = "application/manifest+json",
    xml = "application/xml",
    yaml = "application/yaml",
    yml = "application/yaml",
    toml = "application/toml",
    pdf = "application/pdf",
    wasm = "application/wasm",
    zip = "application/zip",
    gz = "application/gzip",
    tar = "application/x-tar",
    ["7z"] = "application/x-7z-compressed",

    avif = "image/avif",
    bmp = "image/bmp",
    gif = "image/gif",
    ico = "image/x-icon",
    jpeg = "image/jpeg",
    jpg = "image/jpeg",
    png = "image/png",
    svg = "image/svg+xml",
    webp = "image/webp",

    flac = "audio/flac",
    m4a = "audio/mp4",
    mp3 = "audio/mpeg",
    oga = "audio/ogg",
    ogg = "audio/ogg",
    opus = "audio/ogg",
    wav = "audio/wav",
    mp4 = "video/mp4",
    webm = "video/webm",

    otf = "font/otf",
    ttf = "font/ttf",
    woff = "font/woff",
    woff2 = "font/woff2",
}
local types = mime.types

---The media type of a file, by the end of its name.
---@param name string a name or a path
---@return string type "application/octet-stream" if it is not known
function mime.ofFile(name)
    local extension = match(name, "%.(%w+)$")
    return extension and types[lower(extension)] or "application/octet-stream"
end

-- The characters of tokens (RFC 9110 §5.6.2).
local TOKEN = "[%w!#$%%&'*+.^_`|~-]+"

-- Reads parameters, `; name=value; name="value"`, from a place on. A quoted value loses its backslashes, unless raw is set.
local function parameters(text, at, raw)
    local found, count = {}, 0
    while true do
        local _, stop, name = find(text, "^[ \t]*;[ \t]*(" .. TOKEN .. ")=", at)
        if not stop then
            _, stop = find(text, "^[ \t]*;", at) -- an empty one
            if not stop then return found, find(text, "^[ \t]*$", at) ~= nil end
            at = stop + 1
        else
            count = count + 1
            if count > 32 then return found, false end
            name = lower(name)
            local value
            if sub(text, stop + 1, stop + 1) == '"' then
                local from = stop + 2
                at = from
                while true do
                    at = find(text, '["\\]', at)
                    if not at then return found, false end
                    if sub(text, at, at) == '"' then break end
                    -- Browsers never sent one before anything but a quotation mark, and Windows's paths are full of them.
                    if raw and sub(text, at + 1, at + 1) ~= '"' then at = at + 1 else at = at + 2 end
                end
                value = sub(text, from, at - 1)
                if raw then value = gsub(value, '\\"', '"') else value = gsub(value, "\\(.)", "%1") end
                at = at + 1
            else
                _, at, value = find(text, "^(" .. TOKEN .. ")", stop + 1)
                if not at then return found, false end
                at = at + 1
            end
            if found[name] == nil then found[name] = value end
        end
    end
end

---Parses the value of a header such as Content-Type: `parse('Text/HTML; charset="utf-8"')` is "text/html", `{ charset = "utf-8"
---}`.
---@param text string? nil is malformed, too
---@return string? type in lower case; nil if it is malformed
---@return table<string, string> parameters by their names in lower case
function mime.parse(text)
    if not text then return nil, {} end
    local _, stop, name = find(text, "^[ \t]*(" .. TOKEN .. "/" .. TOKEN .. ")")
    if not stop then return nil, {} end
    local found, complete = parameters(text, stop + 1)
    if not complete then return nil, {} end
    return lower(name), found
end

---Parses the value of a header Content-Disposition: `parseDisposition('form-data; name="a"')` is "form-data", `{ name = "a" }`. A
---backslash stands for itself, but for one before a quotation mark.
---@param text string? nil is malformed, too
---@return string? disposition in lower case; nil if it is malformed
---@return table<string, string> parameters by their names in lower case
function mime.parseDisposition(text)
    if not text then return nil, {} end
    local _, stop, name = find(text, "^[ \t]*(" .. TOKEN .. ")")
    if not stop then return nil, {} end
    local found, complete = parameters(text, stop + 1, true)
    if not complete then return nil, {} end
    return lower(name), found
end

---Whether a media type is one of a pattern: "text/html", "text/*", "*/*", or the end of one, "+json".
---@param name string in lower case, without parameters
---@param pattern string
---@return boolean
function mime.matches(name, pattern)
    if name == pattern or pattern == "*/*" then return true end
    if sub(pattern, 1, 1) == "+" then return sub(name, -#pattern) == pattern end
    return sub(pattern, -2) == "/*" and sub(name, 1, #pattern - 1) == sub(pattern, 1, -2)
end

---The best of some media types for a client, by its header Accept (RFC 9110 §12.5.1).
---@param accept string? the header; whoever sends none takes anything
---@param offered string[] media types, the best of the server's first
---@return string? type one of those offered; nil if the client takes none
function mime.best(accept, offered)
    if not accept or accept == "" then return offered[1] end
    local ranges, count = {}, 0
    for part in gmatch(accept, "[^,]+") do
        local name, options = mime.parse(part)
        if name then
            count = count + 1
            if count > 64 then break end
            ranges[count] = { name, tonumber(options.q) or 1 }
        end
    end
    local best, bestQuality = nil, 0
    for _, offer in ipairs(offered) do
        -- The most specific range decides.
        local quality, rank = 0, 0
        for i = 1, count do
            local range = ranges[i]
            local specific = range[1] == "*/*" and 1 or sub(range[1], -2) == "/*" and 2 or 3
            if specific > rank and mime.matches(offer, range[1]) then quality, rank = range[2], specific end
        end
        if quality > bestQuality then best, bestQuality = offer, quality end
    end
    return best
end

return mime
