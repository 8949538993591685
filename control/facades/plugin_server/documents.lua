-- Files of folders, and Markdown as pages. Nothing leads out of a folder: names are checked before fs sees them.

local date = require "cc.http.date"
local digest = require "luart.digest"
local problem = require "cc.http.problem"
local requests = require "cc.http.request"
local responses = require "cc.http.response"
local router = require "cc.http.router"
local static = require "cc.http.static"
local url = require "cc.http.url"

local floor, format, lower, sub = math.floor, string.format, string.lower, string.sub

local ROOT = "/documents/"
local LARGEST = 1048576 -- bytes of a text that becomes a page; larger ones are sent as they are
local KEPT = 4194304 -- bytes of pages that are kept
local RENDERING = 3 -- pages that are made at a time

-- Files that are nobody's business, wherever they are; paths.hidden of the settings has more.
local HIDDEN = { ["luart.ini"] = true, ["secrets.txt"] = true }

---@class plugin_server.Documents
local Documents = {}
Documents.__index = Documents

---Makes the files of the settings.
---@param manager Manager
---@param settings table
---@return plugin_server.Documents
local function new(manager, settings)
    local options = settings.file_server or {}
    local self = setmetatable({
        manager = manager, routes = {}, index = options.indexfile and options.indexfile ~= "" and options.indexfile or "index.html",
        markdown = options.markdown ~= false, styles = {}, pages = {}, kept = 0, rendering = 0,
    }, Documents)
    for _, name in ipairs { "markdown_css", "highlight_css" } do
        local style = options[name]
        if style and style ~= "" then self.styles[#self.styles + 1] = '<link rel="stylesheet" href="' .. router.escape(style) .. '">\n' end
    end
    self.look = digest.crc32(table.concat(self.styles))
    local paths = settings.paths or {}
    local hidden = type(paths.hidden) == "table" and paths.hidden or {}
    for route, name in pairs(type(paths.documents) == "table" and paths.documents or {}) do
        if type(route) == "string" then
            local list = {}
            for _, path in ipairs(hidden[name] or {}) do list[#list + 1] = lower("/" .. path) end
            self.routes[#self.routes + 1] = { prefix = route == "/" and "" or route, root = ROOT .. name, hidden = list }
        end
    end
    table.sort(self.routes, function(a, b)
        if #a.prefix ~= #b.prefix then return #a.prefix > #b.prefix end
        return a.prefix < b.prefix
    end)
    return self
end

---The folder that a path of a URL is in.
---@param path string undecoded
---@return { prefix: string, root: string, hidden: string[] }? route
function Documents:find(path)
    for _, route in ipairs(self.routes) do
        local prefix = route.prefix
        if path == prefix or sub(path, 1, #prefix + 1) == prefix .. "/" then return route end
    end
end

---Whether a plugin's path is one of files.
---@param id string
---@return boolean
function Documents:covers(id)
    for _, route in ipairs(self.routes) do
        if lower(route.prefix) == "/" .. id then return true end
    end
    return false
end

-- The file that a path means; 404 if there is none that may be seen.
local function resolve(route, path)
    local rest = sub(path, #route.prefix + 2)
    local segments = url.segments("/" .. rest)
    if not segments then error(problem.new(404), 0) end
    for _, segment in ipairs(segments) do
        if segment:find("/", 1, true) or HIDDEN[lower(segment)] then error(problem.new(404), 0) end
    end
    local decoded = table.concat(segments, "/")
    local found = static.resolve(route.root, decoded)
    if not found then error(problem.new(404), 0) end
    local below = lower(sub(found, #route.root + 1))
    for _, hidden in ipairs(route.hidden) do
        if below == hidden or sub(below, 1, #hidden + 1) == hidden .. "/" then error(problem.new(404), 0) end
    end
    return found, decoded
end

-- Makes a page of a text, one of few at a time, since each takes a while.
local function render(self, path, text)
    while self.rendering >= RENDERING do
        self.free = self.free or self.manager:gate()
        self.free:wait()
    end
    self.rendering = self.rendering + 1
    local ok, html, title = pcall(require("luart.markdown").render, text)
    self.rendering = self.rendering - 1
    local gate = self.free
    if gate then
        self.free = nil
        gate:open()
    end
    if not ok then error(html, 0) end
    return table.concat {
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>',
        router.escape(title or fs.getName(path)), "</title>\n", table.concat(self.styles), "</head>\n<body>\n", html, "</body>\n</html>\n",
    }
end

-- The page of a file, as it is now.
local function page(self, path, tag)
    local kept = self.pages[path]
    if kept and kept.tag == tag then return kept.text end
    local file = fs.open(path, "rb")
    if not file then error(problem.new(404), 0) end
    local source = file.readAll() or ""
    file.close()
    local text = render(self, path, source)
    if self.kept + #text > KEPT then self.pages, self.kept = {}, 0 end
    local before = self.pages[path]
    self.kept = self.kept + #text - (before and #before.text or 0)
    self.pages[path] = { tag = tag, text = text }
    return text
end

local function sendPage(self, req, res, path, attributes)
    local modified = floor(attributes.modified / 1000) * 1000
    local tag = format('"%x-%x-%s"', attributes.size, attributes.modified, self.look)
    res:header("ETag", tag)
    if modified > 0 then res:header("Last-Modified", date.format(modified)) end
    local known, since = req.headers["If-None-Match"], req.headers["If-Modified-Since"]
    local same
    if known then
        same = known:find(tag, 1, true) ~= nil or known:match("^%s*%*%s*$") ~= nil
    else
        since = date.parse(since)
        same = since ~= nil and modified > 0 and modified <= since
    end
    if same then return res:status(304):empty() end
    res:header("X-Content-Type-Options", "nosniff")
    res:html(page(self, path, tag))
end

local function serve(self, route, req, res)
    if req.method ~= "GET" and req.method ~= "HEAD" then
        res:header("Allow", "GET, HEAD, OPTIONS")
        if req.method == "OPTIONS" then return res:empty() end
        error(problem.new(405, "allowed: GET, HEAD"), 0)
    end
    local path, rest = resolve(route, req.path)
    if fs.isDir(path) then
        local target = path .. "/" .. self.index
        if not fs.exists(target) or fs.isDir(target) then error(problem.new(404), 0) end
        if sub(req.path, -1) ~= "/" then
            local name = req.path:match("([^/]*)$")
            return res:redirect("./" .. name .. "/" .. (req.rawQuery ~= "" and "?" .. req.rawQuery or ""), 301)
        end
        path = target
    elseif rest == "" or sub(rest, -1) == "/" or not fs.exists(path) then
        error(problem.new(404), 0)
    end
    if self.markdown and (path:lower():find("%.md$") or path:lower():find("%.markdown$")) then
        local ok, attributes = pcall(fs.attributes, path)
        if ok and attributes.size <= LARGEST then return sendPage(self, req, res, path, attributes) end
    end
    res:file(path)
end

local function sendFailure(exchange, res, failure)
    if res.sent then return end
    if res.began then error(tostring(failure), 0) end -- the connection is cut off
    for name, value in pairs(failure.headers or {}) do exchange.set(name, value) end
    for _, name in ipairs { "ETag", "Last-Modified", "Accept-Ranges", "Content-Length" } do exchange.set(name, {}) end
    res.code = failure.status
    local title = failure.status .. " " .. failure.title
    exchange.set("X-Content-Type-Options", "nosniff")
    res:status(failure.status):html(format("<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n", title, title))
end

---Answers a request for a file.
---@param exchange table
---@param route table of find
---@return string? message what has gone wrong here, for the log; the client has got 500
function Documents:serve(exchange, route)
    local req = requests.new(exchange.request, exchange.method, exchange.target, exchange.path, exchange.query, 0)
    local res = responses.new(exchange.response, req)
    req.headers = exchange.headers
    local ok, failure = pcall(serve, self, route, req, res)
    local message
    if not ok then
        if not problem.is(failure) then
            message = tostring(failure)
            if message:find("the client has gone", 1, true) then return end
            failure = problem.new(500)
        end
        sendFailure(exchange, res, failure)
    end
    exchange.status = res.code
    exchange.closed = res.sent
    return message
end

return { new = new }
