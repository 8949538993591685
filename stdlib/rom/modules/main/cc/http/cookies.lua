-- Cookies: those that a client sends, and those that a server sets (RFC 6265).

local expectModule = require "cc.expect"
local expect, field = expectModule.expect, expectModule.field
local url = require "cc.http.url"
local date = require "cc.http.date"

local find, format, gsub, match, sub = string.find, string.format, string.gsub, string.match, string.sub

---What a cookie is to be like.
---@class cc.http.CookieOptions
---@field path? string Below which paths the client sends it; "/" unless given.
---@field domain? string To which host, and all below it, the client sends it; to this one only unless given.
---@field max_age? integer For how many seconds the client keeps it; 0 deletes it. Until the client ends unless given.
---@field expires? number Until when the client keeps it, in milliseconds since 1970 as os.epoch("utc") tells; max_age is better.
---@field secure? boolean Whether it is only sent over HTTPS; false unless given.
---@field http_only? boolean Whether scripts of pages can't see it; true unless given.
---@field same_site? "Strict"|"Lax"|"None" Whether requests that other sites make carry it; "Lax" unless given. "None" needs secure.

---@class cc.http.cookies
local cookies = {}

---Parses the header Cookie: `parse("a=1; b=x%20y")` is `{ a = "1", b = "x y" }`. Values are percent-decoded if they can be.
---What is malformed is left out, and so is what comes after the first 200 cookies. Of two with the same name the first counts:
---clients put that of the longer path first.
---@param header string? nil for none
---@return table<string, string>
function cookies.parse(header)
    local found = {}
    if not header then return found end
    local at, length = 1, #header
    for _ = 1, 200 do
        if at > length then break end
        local stop = find(header, ";", at, true) or length + 1
        local equals = find(header, "=", at, true)
        if not equals then break end
        if equals < stop then
            local name = match(sub(header, at, equals - 1), "^[ \t]*([%w!#$%%&'*+.^_`|~-]+)[ \t]*$")
            if name and found[name] == nil then
                local value = match(sub(header, equals + 1, stop - 1), "^[ \t]*(.*)$")
                value = gsub(value, "[ \t]+$", "")
                value = match(value, '^"(.*)"$') or value
                if find(value, "%", 1, true) then value = url.decode(value) or value end
                found[name] = value
            end
        end
        at = stop + 1
    end
    return found
end

-- Attributes of a cookie are texts without control characters and semicolons.
local function attribute(options, name)
    local value = field(options, name, "string", "nil")
    if value and (find(value, "[%c;]") or value == "") then error("bad field '" .. name .. "' (it can't be in a cookie)", 3) end
    return value
end

local sites = { Strict = true, Lax = true, None = true }

---Makes the value of a header Set-Cookie. In the cookie's value, what can't be in one is percent-encoded.
---
---   format("session", "abc", { max_age = 3600 }) --> "session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"
---
---Throws for a name that can't be, and for options that clients would refuse.
---@param name string
---@param value string|number
---@param options? cc.http.CookieOptions
---@return string
function cookies.format(name, value, options)
    expect(1, name, "string")
    expect(2, value, "string", "number")
    expect(3, options, "table", "nil")
    options = options or {}
    if not find(name, "^[%w!#$%%&'*+.^_`|~-]+$") then error("bad argument #1 (not a cookie's name)", 2) end
    local text = name .. "=" .. gsub(tostring(value), "[^%w!#$&'()*+./:<=>?@%[%]^_`{|}~-]", function(c) return format("%%%02X", c:byte()) end)

    local path, domain = attribute(options, "path") or "/", attribute(options, "domain")
    local age, expires = field(options, "max_age", "number", "nil"), field(options, "expires", "number", "nil")
    local secure, site = field(options, "secure", "boolean", "nil"), field(options, "same_site", "string", "nil") or "Lax"
    if not sites[site] then error("bad field 'same_site' (Strict, Lax or None expected)", 2) end
    if site == "None" and not secure then error("bad field 'same_site' (None needs secure)", 2) end
    if find(name, "^__Secure%-") and not secure then error("a cookie __Secure-… needs secure", 2) end
    if find(name, "^__Host%-") and (not secure or domain or path ~= "/") then
        error("a cookie __Host-… needs secure, the path \"/\", and no domain", 2)
    end

    text = text .. "; Path=" .. path
    if domain then text = text .. "; Domain=" .. domain end
    if age then text = text .. format("; Max-Age=%d", math.max(math.floor(age), 0)) end
    if expires then text = text .. "; Expires=" .. date.format(expires) end
    if secure then text = text .. "; Secure" end
    if field(options, "http_only", "boolean", "nil") ~= false then text = text .. "; HttpOnly" end
    return text .. "; SameSite=" .. site
end

return cookies
