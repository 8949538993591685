-- Who may use a facade: checks of requests before anything is done for them. Host and Origin are checked by the listener, by
-- its options allowed_hosts and origins.

local digest = require "luart.digest"
local problem = require "cc.http.problem"

---@class control.http.guards
local guards = {}

-- The value of a header Authorization: Bearer.
local function bearer(headers)
    local value = headers.Authorization
    return value and value:match("^[Bb]earer +(%S+) *$")
end

---The key that a client of the Plugin Server has sent: by `Authorization: Bearer KEY`, `X-Custom-Auth: KEY`, or the parameter `apikey`. The first of
---them that is there decides, and an Authorization of another scheme is not there.
---@param headers table<string, string>
---@param values table<string, any> parameters
---@return string? key nil if there is none
function guards.key(headers, values)
    local authorization = rawget(headers, "Authorization")
    local key = authorization and authorization:match("^Bearer +(.*)$") or rawget(headers, "X-Custom-Auth")
    if key then return key end
    key = rawget(values, "apikey")
    if type(key) == "number" then key = ("%.14g"):format(key) end
    return type(key) == "string" and key or nil
end

---Whether a key is the right one. How long it takes does not tell how much of a wrong one is right.
---@param given string? what the client has sent
---@param key string? the right one; nobody has it if it is nil or ""
---@return boolean
function guards.fits(given, key)
    return given ~= nil and key ~= nil and key ~= "" and digest.equal(given, key)
end

---Whether a request has a token: by `Authorization: Bearer TOKEN`, `X-Custom-Auth: TOKEN`, or the parameter `token` of the query. The first of
---them that is there decides. How long it takes does not tell how much of a wrong token is right.
---@param headers table<string, string>
---@param query table<string, string>
---@param token string
---@return boolean
function guards.hasToken(headers, query, token)
    local given
    if headers.Authorization then
        given = bearer(headers) or ""
    else
        given = headers["X-Custom-Auth"] or query.token
    end
    return given ~= nil and digest.equal(given, token)
end

---Makes a middleware that asks for a token: 401 without it. It lets everybody pass if there is none to ask for.
---@param token string? nil or "": none
---@return fun(req: cc.http.Request, res: cc.http.Response, next: fun())
function guards.token(token)
    if not token or token == "" then return function(_, _, next) return next() end end
    return function(req, _, next)
        if guards.hasToken(req.headers, req.query, token) then return next() end
        local failure = problem.new(401, "a token is needed: Authorization: Bearer TOKEN")
        failure.headers = { ["WWW-Authenticate"] = "Bearer" }
        error(failure, 0)
    end
end

---Whether a browser says that a page of another site has made it send the request. Programs that are no browsers don't say anything.
---@param headers table<string, string>
---@return boolean
function guards.isCrossSite(headers)
    local site = headers["Sec-Fetch-Site"]
    return site == "cross-site" or site == "same-site"
end

---A middleware for what has side effects: 403 if a page of another site is behind the request, since a link or an image is all that such
---a page needs to make a browser send a GET.
---@param req cc.http.Request
---@param next fun()
function guards.sameSite(req, _, next)
    if guards.isCrossSite(req.headers) then
        error(problem.new(403, "pages of other sites may not do that"), 0)
    end
    return next()
end

---Makes a middleware as sameSite, but that lets pages of some origins pass. The listener has refused all other origins already; what has no
---Origin at all, such as links and images, is never theirs for certain.
---@param origins fun(): string[]? asked for each request; "*" is all
---@return fun(req: cc.http.Request, res: cc.http.Response, next: fun())
function guards.ownPages(origins)
    return function(req, res, next)
        local origin = req.headers.Origin
        for _, each in ipairs(origin and guards.isCrossSite(req.headers) and origins() or {}) do
            if each == "*" or each:lower():gsub("/$", "") == origin:lower() then return next() end
        end
        return guards.sameSite(req, res, next)
    end
end

return guards
