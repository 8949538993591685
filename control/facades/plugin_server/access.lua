-- Who may use the Plugin Server: pages of which origins (CORS), and requests that other sites make a browser send. Keys are in control/http/guards.

local guards = require "http.guards"

local find, lower, match, sub = string.find, string.lower, string.match, string.sub
local rawget = rawget

---@class plugin_server.Access
---@field enabled boolean whether CORS is
---@field origins table<string, true>
---@field acl string[]
local Access = {}
Access.__index = Access

---Makes the rules of the settings' section [cors].
---@param cors? { enabled?: boolean, origin_url?: string[], acl?: string[] }
---@return plugin_server.Access
local function new(cors)
    cors = cors or {}
    local self = setmetatable({ enabled = cors.enabled == true, origins = {}, acl = {} }, Access)
    for _, origin in ipairs(cors.origin_url or {}) do self.origins[lower(origin:gsub("/+$", ""))] = true end
    for _, suffix in ipairs(cors.acl or {}) do self.acl[#self.acl + 1] = lower(suffix) end
    return self
end

-- The host of an origin, without its port.
local function hostOf(origin)
    local host = match(origin, "^%a[%w+.-]*://(.*)$")
    return host and (match(host, "^%[.-%]") or match(host, "^[^:/]*"))
end

---Whether CORS lets pages of an origin use the server.
---@param origin string
---@return boolean
function Access:allows(origin)
    if not self.enabled then return false end
    origin = lower(origin)
    if self.origins[origin] then return true end
    local host = hostOf(origin)
    if not host or host == "" then return false end
    for _, suffix in ipairs(self.acl) do
        -- "example.com" is that host and those below it, but not "badexample.com".
        if host == suffix then return true end
        local tail = sub(suffix, 1, 1) == "." and suffix or "." .. suffix
        if #host > #tail and sub(host, -#tail) == tail then return true end
    end
    return false
end

-- Whether a page is one of this server's own.
local function isOwn(origin, host)
    local name = match(origin, "^https?://(.*)$")
    return name ~= nil and host ~= nil and lower(name) == lower(host)
end

local METHODS = { GET = true, POST = true, OPTIONS = true }

---Checks where a request comes from. If it may be answered, the response gets the headers that CORS needs; if not, this tells
---what the answer is.
---@param method string
---@param headers table<string, string>
---@param set fun(name: string, value: string) sets a header of the response
---@param effect boolean whether the request changes something, whatever its method
---@return boolean ok
---@return string? refusal for the client: "origin" if it is a page's of an origin that CORS leaves out, "site" if another site's page is behind it
function Access:admit(method, headers, set, effect)
    local origin, site = rawget(headers, "Origin"), rawget(headers, "Sec-Fetch-Site")
    if self.enabled then set("Vary", "Origin") end
    if not origin and not site then return true end
    local safe = not effect and (method == "GET" or method == "HEAD" or method == "OPTIONS")
    if origin and origin ~= "null" then
        if isOwn(origin, rawget(headers, "Host")) then
            -- A page of this server, unless another name of the machine is behind it; browsers that tell are believed.
            if not guards.isCrossSite(headers) then return true end
        elseif self:allows(origin) then
            set("Access-Control-Allow-Origin", origin)
            set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
            set("Access-Control-Allow-Headers", "Content-Type, Authorization, X-Custom-Auth")
            set("Access-Control-Expose-Headers", "X-Request-Id")
            set("X-Content-Type-Options", "nosniff")
            return true
        else
            return false, "origin"
        end
    elseif origin == "null" and not safe then
        return false, "site"
    end
    if guards.isCrossSite(headers) then
        -- A link may lead here, to something that is only shown.
        if safe and method ~= "OPTIONS" and rawget(headers, "Sec-Fetch-Mode") == "navigate" then return true end
        if origin == "null" then return false, "origin" end
        return false, "site"
    end
    return true
end

---Whether a request is one by which a browser asks before a page's own.
---@param method string
---@param headers table<string, string>
---@return string? wanted the method that the page wants to use
function Access.preflight(method, headers)
    return method == "OPTIONS" and rawget(headers, "Origin") and rawget(headers, "Access-Control-Request-Method") or nil
end

---Sets the headers of the answer to a browser that asks, for an origin that is admitted.
---@param headers table<string, string>
---@param set fun(name: string, value: string)
---@param wanted string? a method that there is, besides those that always are
function Access:answerPreflight(headers, set, wanted)
    if not self:allows(rawget(headers, "Origin")) then return end
    if wanted and not METHODS[wanted] and find(wanted, "^%u+$") then set("Access-Control-Allow-Methods", "GET, POST, OPTIONS, " .. wanted) end
    set("Access-Control-Max-Age", "600")
    if rawget(headers, "Access-Control-Request-Private-Network") == "true" then set("Access-Control-Allow-Private-Network", "true") end
end

return { new = new }
