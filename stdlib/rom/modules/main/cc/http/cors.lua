-- Lets pages of other sites use a server: cross-origin resource sharing (the Fetch standard, "CORS protocol").

local expectModule = require "cc.expect"
local expect, field = expectModule.expect, expectModule.field

local concat, floor = table.concat, math.floor

---@class cc.http.CorsOptions
---@field origins "*"|string[]|fun(origin: string, req: cc.http.Request): boolean Whose pages may: anybody's, those of a list such as { "https://app.example" }, or those for which a function says so.
---@field methods? string[] What they may use; GET, HEAD, PUT, PATCH, POST and DELETE unless given.
---@field headers? string[] Headers of requests that they may set; those that they ask for unless given.
---@field expose? string[] Headers of responses that they may see, besides a few that they always may.
---@field credentials? boolean Whether requests may carry cookies; false unless given. Not with "*".
---@field max_age? integer For how many seconds a browser need not ask again; 600 unless given.

---@class cc.http.cors
local cors = {}

local function list(options, name)
    local value = field(options, name, "table", "nil")
    return value and concat(value, ", ")
end

---Makes a middleware that tells browsers which pages may use the server, and answers their preflight requests. Other origins get the
---response without its headers, so that their pages don't see it; the request is handled all the same, as it would be without
---a browser.
---@param options cc.http.CorsOptions
---@return fun(req: cc.http.Request, res: cc.http.Response, next: fun())
function cors.middleware(options)
    expect(1, options, "table")
    local origins = options.origins
    local allowed
    if origins == "*" then
        allowed = function() return true end
    elseif type(origins) == "table" then
        local set = {}
        for _, origin in ipairs(origins) do
            if not origin:find("^%a[%w+.-]*://[^/%s]+$") and origin ~= "null" then
                error("bad field 'origins' (an origin is like \"https://app.example\", without a path; got \"" .. tostring(origin) .. "\")", 2)
            end
            set[origin:lower()] = true
        end
        allowed = function(origin) return set[origin:lower()] end
    elseif type(origins) == "function" then
        allowed = origins
    else
        error("bad field 'origins' (\"*\", a list or a function expected)", 2)
    end
    local credentials = field(options, "credentials", "boolean", "nil")
    if credentials and origins == "*" then
        error("bad field 'credentials' (any site could act in the name of a user; give a list of origins)", 2)
    end
    local methods = list(options, "methods") or "GET, HEAD, PUT, PATCH, POST, DELETE"
    local headers, expose = list(options, "headers"), list(options, "expose")
    local age = floor(field(options, "max_age", "number", "nil") or 600)

    return function(req, res, next)
        local origin = req.headers.Origin
        if origins ~= "*" then res:vary("Origin") end
        if not origin or not allowed(origin, req) then return next() end
        res:header("Access-Control-Allow-Origin", origins == "*" and "*" or origin)
        if credentials then res:header("Access-Control-Allow-Credentials", "true") end
        if req.method ~= "OPTIONS" or not req.headers["Access-Control-Request-Method"] then
            if expose then res:header("Access-Control-Expose-Headers", expose) end
            return next()
        end
        res:header("Access-Control-Allow-Methods", methods)
        local asked = req.headers["Access-Control-Request-Headers"]
        if headers then
            res:header("Access-Control-Allow-Headers", headers)
        elseif asked then
            res:vary("Access-Control-Request-Headers")
            res:header("Access-Control-Allow-Headers", asked)
        end
        res:header("Access-Control-Max-Age", age)
        res:empty()
    end
end

return cors
