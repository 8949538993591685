-- Serves the files of a folder.

local expectModule = require "cc.expect"
local expect, field = expectModule.expect, expectModule.field
local problem = require "cc.http.problem"

local find, gmatch, match, sub = string.find, string.gmatch, string.match, string.sub

---@class cc.http.StaticOptions: cc.http.FileOptions
---@field index? string What stands for a folder; "index.html" unless given.
---@field dotfiles? boolean Whether files and folders are served whose names begin with a dot; false unless given.
---@field fallback? string A file of the folder that stands for all that there is not: the page of an application that has paths of its own.

---@class cc.http.static
local static = {}

-- Whether a segment is a name that fs takes as it is. fs leaves out some characters, and white space around a name, so that the
-- name of a file that isn't to be served could be spelled in another way.
local function isName(segment, dotfiles)
    if segment == "" or #segment > 255 or find(segment, "[%c\"*:<>?|\\/]") or find(segment, "^%s") or find(segment, "[%s.]$") then return false end
    return dotfiles or sub(segment, 1, 1) ~= "."
end

---The path below a folder that a decoded path of a URL means. It says nothing of whether there is such a file.
---@param root string the folder; it is put in front as it is
---@param rest string decoded, without a slash in front; segments with a slash that was encoded have to be refused before
---@param dotfiles? boolean whether names may begin with a dot; false unless given
---@return string? path nil if a name in it can't be one, or leads out of the folder
function static.resolve(root, rest, dotfiles)
    local path = root
    for segment in gmatch(rest, "[^/]*") do
        -- The last one may be empty: that of a folder ends with "/".
        if segment ~= "" and isName(segment, dotfiles) then
            path = path .. "/" .. segment
        elseif segment ~= "" then
            return nil
        end
    end
    if find(rest, "//", 1, true) or sub(rest, 1, 1) == "/" then return nil end
    return path
end

---Makes a handler that serves the files of a folder, for a route with `*path`. Only files below the folder are, and none whose name,
---or a folder's, begins with a dot. A folder is served by its file index.html; there are no listings. See cc.http.file for what
---clients can ask for.
---@param root string the folder, a path of fs
---@param options? cc.http.StaticOptions
---@return fun(req: cc.http.Request, res: cc.http.Response)
function static.handler(root, options)
    expect(1, root, "string")
    expect(2, options, "table", "nil")
    options = options or {}
    local index = field(options, "index", "string", "nil") or "index.html"
    local dotfiles, fallback = field(options, "dotfiles", "boolean", "nil"), field(options, "fallback", "string", "nil")
    root = "/" .. fs.combine(root)
    if root == "/" then root = "" end
    return function(req, res)
        local rest = req.params.path
        if not rest then error("the route of a static handler has to end with *path", 0) end
        local path = static.resolve(root, rest, dotfiles)
        if path and fs.isDir(path == "" and "/" or path) then
            local target = path .. "/" .. index
            if fs.exists(target) then
                if sub(req.path, -1) == "/" then return res:file(target, options) end
                -- The page's links are relative to the folder. "./" keeps a name from being taken for more than one.
                local name = match(req.path, "([^/]*)$")
                return res:redirect("./" .. name .. "/" .. (req.rawQuery ~= "" and "?" .. req.rawQuery or ""), 301)
            end
        elseif path and rest ~= "" and sub(rest, -1) ~= "/" and fs.exists(path) then
            return res:file(path, options)
        end
        if fallback then return res:file(root .. "/" .. fallback, options) end
        error(problem.new(404), 0)
    end
end

return static
