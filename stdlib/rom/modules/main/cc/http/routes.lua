-- The routes of a router, made ready for matching: a tree by the segments of their paths. A request walks down the tree; each
-- node is visited once at most, so that no path takes longer than there are nodes.
--
-- Which route a request gets: segments are compared from the left; where routes differ first, one with the segment itself comes
-- before one with a parameter, and that before `*rest`. A route that does not have the method doesn't count, as long as there is
-- another one.

local url = require "cc.http.url"

local concat, find, gmatch, match, sub = table.concat, string.find, string.gmatch, string.match, string.sub

---@class cc.http.routes
local routes = {}

---What a route does: middleware and handlers in the order in which they are called.
---@class cc.http.Entry
---@field chain function[]
---@field count integer
---@field path string As declared.
---@field positions integer[] Which segments are parameters.
---@field names string[] What they are called.
---@field rest? string What `*rest` is called.
---@field restFrom? integer The first segment of it.

---The methods that a path has.
---@class cc.http.Leaf
---@field methods table<string, cc.http.Entry> "*" is any method, "WEBSOCKET" a request for a WebSocket.

---@class cc.http.Node
---@field static table<string, cc.http.Node>
---@field param? cc.http.Node
---@field leaf? cc.http.Leaf
---@field rest? cc.http.Leaf

---Routes made ready.
---@class cc.http.RouteTree
---@field root cc.http.Node
---@field exact table<string, cc.http.Leaf> Paths without parameters, as clients send them.
---@field scopes { prefix: string[], chain: function[] }[] Of mounted routers, the longest first.
---@field chain function[] The middleware of the router itself.
---@field sockets boolean Whether there is a route for WebSockets.
local Tree = {}
Tree.__index = Tree

---Takes the path of a route apart: `parse("/todos/:id")` is `{ "todos", ":id" }`. Throws for paths that can't be.
---@param path string
---@param level integer whose mistake it would be, as for error
---@return string[] segments
function routes.parse(path, level)
    if sub(path, 1, 1) ~= "/" then error("a path begins with \"/\", got \"" .. path .. "\"", level + 1) end
    local segments, names = {}, {}
    if path == "/" then return segments end
    local rest = false
    for segment in gmatch(sub(path, 2) .. "/", "([^/]*)/") do
        local first = sub(segment, 1, 1)
        if rest then error("\"*" .. names[#names] .. "\" has to be the end of the path \"" .. path .. "\"", level + 1) end
        if first == ":" or first == "*" then
            local name = match(segment, "^.([%a_][%w_]*)$")
            if not name then error("\"" .. segment .. "\" in the path \"" .. path .. "\" needs a name of letters and digits", level + 1) end
            for _, other in ipairs(names) do
                if other == name then error("the path \"" .. path .. "\" has \"" .. name .. "\" twice", level + 1) end
            end
            names[#names + 1] = name
            rest = first == "*"
        elseif segment == "" or segment == "." or segment == ".." then
            error("the path \"" .. path .. "\" has an empty segment or dots, which no request can have", level + 1)
        end
        segments[#segments + 1] = segment
    end
    return segments
end

---Begins a tree.
---@return cc.http.RouteTree
function routes.new()
    return setmetatable({ root = { static = {} }, exact = {}, scopes = {}, chain = {}, sockets = false }, Tree)
end

---Adds a route. Throws if there is one for the same requests.
---@param method string
---@param path string
---@param segments string[]
---@param chain function[]
function Tree:add(method, path, segments, chain)
    local node, plain = self.root, true
    local entry = { chain = chain, count = #chain, path = path, positions = {}, names = {} }
    for i, segment in ipairs(segments) do
        local first, name = sub(segment, 1, 1), sub(segment, 2)
        if first == "*" then
            node.rest = node.rest or { methods = {} }
            entry.rest, entry.restFrom, plain = name, i, false
        elseif first == ":" then
            node.param = node.param or { static = {} }
            node = node.param
            entry.positions[#entry.positions + 1], entry.names[#entry.names + 1] = i, name
            plain = false
        else
            node.static[segment] = node.static[segment] or { static = {} }
            node = node.static[segment]
        end
    end
    local leaf
    if entry.rest then
        leaf = node.rest
    else
        node.leaf = node.leaf or { methods = {} }
        leaf = node.leaf
    end
    if leaf.methods[method] then
        error("two routes for the same requests: " .. method .. " " .. leaf.methods[method].path .. " and " .. path, 0)
    end
    leaf.methods[method] = entry
    if method == "WEBSOCKET" then self.sockets = true end
    -- Most requests are for such a path, spelled like this.
    if plain and not find(path, "[^%w/._~-]") then
        self.exact[path] = leaf
        if path ~= "/" then self.exact[path .. "/"] = leaf end
    end
end

---Adds what requests go through that no route of a mounted router has.
---@param prefix string[]
---@param chain function[]
function Tree:addScope(prefix, chain)
    local at = 1
    while self.scopes[at] and #self.scopes[at].prefix >= #prefix do at = at + 1 end
    table.insert(self.scopes, at, { prefix = prefix, chain = chain })
end

-- What a leaf does with a method.
local function choose(leaf, method)
    local methods = leaf.methods
    return methods[method] or method == "HEAD" and methods.GET or method ~= "WEBSOCKET" and methods["*"] or nil
end

-- Whether segments can be those of a `*rest`. A slash that was encoded could not be told from a real one.
local function isRest(segments, i, count)
    for n = i, count do
        if find(segments[n], "/", 1, true) then return false end
    end
    return true
end

local function walk(node, segments, i, count, method)
    if i > count then
        local leaf = node.leaf
        local entry = leaf and choose(leaf, method)
        if entry then return entry end
    else
        local segment = segments[i]
        local child = node.static[segment]
        if child then
            local entry = walk(child, segments, i + 1, count, method)
            if entry then return entry end
        end
        child = node.param
        if child and segment ~= "" then
            local entry = walk(child, segments, i + 1, count, method)
            if entry then return entry end
        end
    end
    local leaf = node.rest
    local entry = leaf and choose(leaf, method)
    return entry and isRest(segments, i, count) and entry or nil
end

-- Collects all methods that the routes of a path have.
local function collect(node, segments, i, count, found)
    local function add(leaf)
        for method in pairs(leaf and leaf.methods or {}) do found[method] = true end
    end
    if i > count then
        add(node.leaf)
    else
        local child = node.static[segments[i]]
        if child then collect(child, segments, i + 1, count, found) end
        if node.param and segments[i] ~= "" then collect(node.param, segments, i + 1, count, found) end
    end
    if node.rest and isRest(segments, i, count) then add(node.rest) end
end

---Finds the route of a request.
---@param method string
---@param path string as the client has sent it
---@return cc.http.Entry? entry nil if there is none
---@return table<string, string>|string? params nil if the route has none; if there is no route, what is wrong with the path, if anything
---@return string[]? segments if there is no route, and nothing is wrong
function Tree:find(method, path)
    local leaf = self.exact[path]
    local entry = leaf and choose(leaf, method)
    if entry then return entry, nil end
    if path == "*" then return nil, nil end

    local segments, count = url.segments(path)
    if not segments then return nil, count --[[@as string]] end
    ---@cast count integer
    local slash = segments[count] == ""
    if slash then count = count - 1 end
    entry = walk(self.root, segments, 1, count, method)
    if not entry then return nil, nil, segments end
    local positions, names, params = entry.positions, entry.names, nil
    if #names > 0 or entry.rest then
        params = {}
        for i = 1, #names do params[names[i]] = segments[positions[i]] end
        if entry.rest then
            params[entry.rest] = concat(segments, "/", entry.restFrom, count) .. (slash and count >= entry.restFrom and "/" or "")
        end
    end
    return entry, params
end

---Whether a path, as the client has sent it, is that of a route without parameters for GET requests, and not for WebSockets.
---@param path string
---@return boolean
function Tree:isPlain(path)
    local leaf = self.exact[path]
    return leaf ~= nil and leaf.methods.GET ~= nil and leaf.methods.WEBSOCKET == nil
end

---The methods that the routes of a path have, as the header Allow lists them.
---@param segments string[]
---@return string? allow nil if there is no route at all
function Tree:allowed(segments)
    local count, found = #segments, {}
    if segments[count] == "" then count = count - 1 end
    collect(self.root, segments, 1, count, found)
    if not next(found) then return nil end
    if found.WEBSOCKET then found.GET, found.WEBSOCKET = true, nil end
    if found.GET then found.HEAD = true end
    found.OPTIONS = true
    found["*"] = nil
    local list = {}
    for method in pairs(found) do list[#list + 1] = method end
    table.sort(list)
    return concat(list, ", ")
end

---The middleware for a path that has no route: that of the router whose prefix has most of it.
---@param segments string[]
---@return function[]
function Tree:middleware(segments)
    for _, scope in ipairs(self.scopes) do
        local prefix, same = scope.prefix, true
        for i, part in ipairs(prefix) do
            local segment = segments[i]
            if segment ~= part and not (segment and segment ~= "" and sub(part, 1, 1) == ":") then
                same = false
                break
            end
        end
        if same then return scope.chain end
    end
    return self.chain
end

return routes
