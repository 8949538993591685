-- What the API fs has besides the host's functions.

local expectModule = dofile("rom/modules/main/cc/expect.lua")
local expect, field = expectModule.expect, expectModule.field
local native = fs
local byte, sub = string.byte, string.sub

local env = _ENV
for name, value in pairs(native) do env[name] = value end

---What a path that is being typed may become.
---@param path string what has been typed
---@param location string the folder in which relative paths are
---@param include_files? boolean|{ include_files?: boolean, include_dirs?: boolean, include_hidden?: boolean } true unless given; or a table of all options. include_hidden: also what begins with a dot, when none has been typed
---@param include_dirs? boolean folders without "/" as well, true unless given
---@return string[] completions what is still missing; folders end with "/"
function complete(path, location, include_files, include_dirs)
    expect(1, path, "string")
    expect(2, location, "string")
    local include_hidden
    if type(include_files) == "table" then
        local options = include_files
        include_dirs = field(options, "include_dirs", "boolean", "nil")
        include_hidden = field(options, "include_hidden", "boolean", "nil")
        include_files = field(options, "include_files", "boolean", "nil")
    else
        expect(3, include_files, "boolean", "nil")
        expect(4, include_dirs, "boolean", "nil")
        include_hidden = true
    end
    include_hidden = include_hidden ~= false
    include_files = include_files ~= false
    include_dirs = include_dirs ~= false

    local folder, name = path:match("^(.*/)([^/]*)$")
    if not folder then folder, name = "", path end
    local dir
    if sub(path, 1, 1) == "/" then
        dir = native.combine(folder)
    else
        dir = native.combine(location, folder)
    end
    if not native.isDir(dir) then return {} end

    local found, n, length = {}, 0, #name
    local function add(text)
        if text ~= "" then
            n = n + 1
            found[n] = text
        end
    end
    if folder == "" and dir ~= "" and sub("..", 1, length) == name then
        add(sub("../", length + 1))
        if include_dirs then add(sub("..", length + 1)) end
    end
    local hidden = include_hidden or sub(name, 1, 1) == "."
    for _, file in ipairs(native.list(dir)) do
        if sub(file, 1, length) == name and (hidden or sub(file, 1, 1) ~= ".") then
            local rest = sub(file, length + 1)
            if native.isDir(native.combine(dir, file)) then
                add(rest .. "/")
                if include_dirs then add(rest) end
            elseif include_files then
                add(rest)
            end
        end
    end
    return found
end

-- Tells whether a name matches a pattern with "*" and "?". Takes time of the order of both lengths' product at most:
-- when it goes wrong, only the last "*" may have been too short.
local function matches(name, pattern)
    local n, p, lastStar, resume = 1, 1, nil, nil
    while n <= #name do
        local c = byte(pattern, p)
        if c == 42 then -- *
            lastStar, resume = p, n
            p = p + 1
        elseif c and (c == 63 or c == byte(name, n)) then -- ?
            n, p = n + 1, p + 1
        elseif lastStar then
            resume = resume + 1
            n, p = resume, lastStar + 1
        else
            return false
        end
    end
    while byte(pattern, p) == 42 do p = p + 1 end
    return p > #pattern
end

---Finds the files and folders whose path matches: `fs.find("rom/*/command")`.
---@param path string with "*" for any text and "?" for any character within a name
---@return string[] paths in order
function find(path)
    expect(1, path, "string")
    path = native.combine(path)
    if path == ".." or sub(path, 1, 3) == "../" then error("/" .. path .. ": Invalid Path", 2) end
    if not path:find("[*?]") then return native.exists(path) and { path } or {} end

    local parts = {}
    for part in path:gmatch("[^/]+") do parts[#parts + 1] = part end
    local found = {}
    local function search(dir, i)
        local part = parts[i]
        if not part:find("[*?]") then
            local next = native.combine(dir, part)
            if i < #parts then return search(next, i + 1) end
            if native.exists(next) then found[#found + 1] = next end
        elseif native.isDir(dir) then
            for _, name in ipairs(native.list(dir)) do
                if matches(name, part) then
                    local next = native.combine(dir, name)
                    if i < #parts then search(next, i + 1) else found[#found + 1] = next end
                end
            end
        end
    end
    search("", 1)
    table.sort(found)
    return found
end

---Tells whether a path is where a drive begins: the root folder, /rom, a disk.
---@param path string
---@return boolean root false if there is nothing
function isDriveRoot(path)
    expect(1, path, "string")
    local parent = native.getDir(path)
    if parent == ".." then return true end
    local drive = native.getDrive(path)
    return drive ~= nil and drive ~= native.getDrive(parent)
end
