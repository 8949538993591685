-- GET /image.fetch: a client that is a web page gets images of other sites through the server. It is no way to anything but images, and to nothing
-- that is not public: http.get refuses other addresses, unless plugins.allow_private says otherwise.

local answers = require "facades.packages.answers"
local failure = require "packages.failure"

local MOST = 16777216 -- bytes of an image
local AT_A_TIME = 6
local WAITING = 200
local SECONDS = 30 -- for all of it
local PIECE = 65536

---@class packages.Images
---@field manager Manager
---@field running integer
---@field waiting table[] gates
local Images = {}
Images.__index = Images

-- Waits until it may begin.
local function enter(self)
    if self.running < AT_A_TIME then
        self.running = self.running + 1
        return
    end
    if #self.waiting >= WAITING then
        error(answers.problem(failure.new("server-error", "Too many images are being fetched.", "Try again later."), 503), 0)
    end
    local gate = self.manager:gate()
    self.waiting[#self.waiting + 1] = gate
    gate:wait() -- who leaves gives its place
end

local function leave(self)
    local gate = table.remove(self.waiting, 1)
    if gate then gate:open() else self.running = self.running - 1 end
end

-- Ends the handler with what the other server, or the way to it, has come to.
local function fail(kind, title, url, status)
    error(answers.problem(failure.new(kind, title, url), status), 0)
end

local function fetch(url, res)
    local start = os.epoch "utc"
    local ok, response, message, failed = pcall(http.get, { url = url, headers = { Accept = "image/*" }, stream = true, timeout = SECONDS })
    if not ok then -- too many requests, or an address that no request can be made of
        fail("bad-request", "The image can't be fetched: " .. tostring(response), url)
    end
    if failed then
        local status = failed.getResponseCode()
        failed.close()
        fail("download-failed", ("The server of the image has answered: %d %s"):format(status, message), url, status)
    elseif not response then
        if message == "Domain not permitted" then
            fail("bad-request", "Images are fetched from public addresses only.", url .. ": the setting plugins.allow_private allows others.")
        elseif message == "URL malformed" or message:find "^Must specify" or message:find "^Invalid protocol" then
            fail("bad-request", "Malformed URL.", url)
        end
        fail("server-error", "The image can't be fetched: " .. message, url)
    end
    local status, headers = response.getResponseCode(), response.getResponseHeaders()
    local kind = (headers["Content-Type"] or ""):match "^%s*([^;]*[^;%s])" or ""
    local problem
    if status ~= 200 then
        problem = ("The server of the image has answered: %d."):format(status)
    elseif not kind:lower():find "^image/[%w.+-]+$" then
        problem = "It is no image, but " .. (kind == "" and "of an unknown type" or kind:sub(1, 100)) .. "."
    elseif (tonumber(headers["Content-Length"]) or 0) > MOST then
        problem = ("The image is larger than %d bytes."):format(MOST)
    end
    local pieces, size = {}, 0
    while not problem do
        local read, piece = pcall(response.read, PIECE)
        if not read then
            problem = "The image has not come in full: " .. tostring(piece)
        elseif not piece then
            break
        else
            size = size + #piece
            pieces[#pieces + 1] = piece
            if size > MOST then
                problem = ("The image is larger than %d bytes."):format(MOST)
            elseif os.epoch "utc" - start > SECONDS * 1000 then
                problem = ("The image did not come in %d seconds."):format(SECONDS)
            end
        end
    end
    response.close()
    if problem then fail("download-failed", problem, url) end
    res:type(kind)
    for _, name in ipairs { "Last-Modified", "ETag", "Expires", "Cache-Control" } do
        if headers[name] then res:header(name, headers[name]) end
    end
    -- Should a browser show it as a page of its own, an SVG image for example: then without scripts.
    res:header("X-Content-Type-Options", "nosniff")
    res:header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    res:text(table.concat(pieces))
end

---Adds the endpoint to a router.
---@param app cc.http.Router
---@param facade packages.Facade
return function(app, facade)
    local self = setmetatable({ manager = facade.manager, running = 0, waiting = {} }, Images)
    app:get("/image.fetch", facade.guard, function(req, res)
        local url = answers.parameter(req, "url")
        if not url:lower():find "^https?://[^/%s]" or url:find "[%c%s]" or #url > 4096 then
            failure.throw("bad-request", "Malformed URL.", "It has to be an address of an image, such as https://example.com/a.png.")
        end
        enter(self)
        local ok, e = pcall(fetch, url, res)
        leave(self)
        if not ok then error(e, 0) end
    end)
end
