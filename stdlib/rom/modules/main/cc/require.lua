-- Makes the `require` and `package` that a program gets: modules are looked for relative to the program's own folder, then
-- among those of the ROM.

local expect = dofile("rom/modules/main/cc/expect.lua").expect

local defaultPath = "?;?.lua;?/init.lua;/rom/modules/main/?;/rom/modules/main/?.lua;/rom/modules/main/?/init.lua"

-- Marks a module that is being loaded, or that has failed to.
local busy = {}

-- A name as a pattern that matches just it.
local function literal(text)
    return (text:gsub("%W", "%%%0"))
end

-- Finds the first file of a path, such as "?.lua;/lib/?.lua", that is there for a name.
local function searchPath(dir, name, path, separator, replacement)
    expect(1, name, "string")
    expect(2, path, "string")
    separator = expect(3, separator, "string", "nil") or "."
    replacement = expect(4, replacement, "string", "nil") or "/"
    if separator ~= "" then name = name:gsub(literal(separator), (replacement:gsub("%%", "%%%%"))) end
    local tried = {}
    local inserted = name:gsub("%%", "%%%%")
    for template in path:gmatch("[^;]+") do
        local file = template:gsub("%?", inserted)
        if file:sub(1, 1) ~= "/" then file = fs.combine(dir, file) end
        if fs.exists(file) and not fs.isDir(file) then return file end
        tried[#tried + 1] = "no file '" .. file .. "'"
    end
    return nil, table.concat(tried, "\n  ")
end

local function preloadLoader(package)
    return function(name)
        if package.preload[name] ~= nil then return package.preload[name] end
        return nil, "no field package.preload['" .. name .. "']"
    end
end

-- Modules that the host has, made in Go; see runtime.WithModule.
local function hostLoader(name)
    local modules = debug.getregistry()._MODULES
    local open = type(modules) == "table" and modules[name]
    if open then return open, "host" end
end

local function fileLoader(package, env, dir)
    return function(name)
        if type(package.path) ~= "string" then error("'package.path' must be a string", 0) end
        local file, message = searchPath(dir, name, package.path)
        if not file then return nil, message end
        local chunk
        chunk, message = loadfile(file, nil, env)
        if not chunk then return nil, message end
        return chunk, file
    end
end

local function makeRequire(package)
    return function(name)
        expect(1, name, "string")
        local known = package.loaded[name]
        if known == busy then error("loop or previous error loading module '" .. name .. "'", 0) end
        -- A module may be false, so it is told from an absent one by the key.
        if known ~= nil then return known end

        local message = { "module '" .. name .. "' not found:" }
        for _, loader in ipairs(package.loaders) do
            local found = table.pack(loader(name))
            if found[1] then
                package.loaded[name] = busy
                local result = found[1](name, table.unpack(found, 2, found.n))
                if result == nil then
                    -- A module may have set its value itself.
                    result = package.loaded[name]
                    if result == busy then result = true end
                end
                package.loaded[name] = result
                return result
            end
            if found[2] ~= nil then message[#message + 1] = tostring(found[2]) end
        end
        error(table.concat(message, "\n  "), 2)
    end
end

---Makes a `require` and a `package` for a program.
---@param env table the globals that modules get
---@param dir string the folder that relative paths are looked up in: the program's
---@return fun(name: string): any require
---@return table package
local function make(env, dir)
    expect(1, env, "table")
    expect(2, dir, "string")

    local package = {}
    package.loaded = { package = package }
    local libraries = debug.getregistry()._LOADED
    if type(libraries) == "table" then
        for name, library in pairs(libraries) do package.loaded[name] = library end
    end
    -- As long as nobody has asked for the API, no setting has a value.
    local settings = rawget(_G, "settings")
    package.path = settings and settings.get("shell.package_path") or defaultPath
    package.config = "/\n;\n?\n!\n-"
    package.preload = {}
    package.loaders = { preloadLoader(package), hostLoader, fileLoader(package, env, dir) }

    ---Finds the file of a module.
    ---@param name string
    ---@param path string templates with ? for the name and ; between
    ---@param sep? string what separates the parts of a name, "." unless given
    ---@param rep? string what stands for it in a path, "/" unless given
    ---@return string? file
    ---@return string? message what was tried
    function package.searchpath(name, path, sep, rep)
        return searchPath(dir, name, path, sep, rep)
    end

    return makeRequire(package), package
end

return { make = make }
