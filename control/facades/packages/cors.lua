-- Which pages may use the API, as its clients expect to be told (CORS). The listener has refused those of other origins before: only its own, those of
-- the loopback and those of the setting packages.origins come here.

local answers = require "facades.packages.answers"

---A middleware: it adds the headers for pages, and answers the requests by which browsers ask before a page's own.
---@param req cc.http.Request
---@param res cc.http.Response
---@param next fun()
return function(req, res, next)
    local origin, wanted = req.headers.Origin, req.headers["Access-Control-Request-Method"]
    local preflight = req.method == "OPTIONS"
    if preflight and not (origin and wanted) then answers.missing(req) end
    if not origin then return next() end
    res:header("Access-Control-Allow-Origin", origin)
    res:header("Access-Control-Allow-Methods", "*")
    res:header("Access-Control-Allow-Credentials", "true")
    if not preflight then
        res:header("Access-Control-Expose-Headers", "*")
        return next()
    end
    res:header("Access-Control-Allow-Headers", req.headers["Access-Control-Request-Headers"] or "*")
    -- Browsers ask whether a page of the public network may use a server of a private one.
    if req.headers["Access-Control-Request-Private-Network"] == "true" then res:header("Access-Control-Allow-Private-Network", "true") end
    res:empty()
end
