-- Makes the globals of a plugin: those of a computer of its own, as the bios makes them, with libraries that nobody else sees. What a plugin
-- does to its globals, its libraries or the ROM's APIs is done to its own.

local control = require "luart.control"

local libraries = { "string", "table", "math", "bit32", "utf8", "coroutine" }
local plain = {
    "assert", "error", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber",
    "tostring", "type", "unpack", "xpcall", "_VERSION", "_HOST", "_CC_DEFAULT_SETTINGS",
}

local load, getfenv, setfenv, getmetatable, setmetatable = load, getfenv, setfenv, getmetatable, setmetatable
local debugTraceback, getinfo = debug.traceback, debug.getinfo
local rawget, select, type = rawget, select, type
local create, running = coroutine.create, coroutine.running
local hostGlobals = _G
local home = getfenv(1)

-- In metatables of globals that belong to one plugin. A table of all such globals would keep those of plugins that are gone. Plugins can find it there;
-- a function is nothing that they could change for others.
local function MINE() end

-- Whether globals are such that no plugin may get hold of them: the control plane's, and those of other plugins, unless they have given them away.
local function isPrivate(globals)
    if globals == hostGlobals or globals == home then return true end
    local meta = getmetatable(globals)
    return type(meta) == "table" and rawget(meta, MINE) ~= nil
end

local function copy(from)
    local to = {}
    for k, v in pairs(from) do to[k] = v end
    return to
end

-- load and the functions that tell and change what globals functions have.
local function addLoaders(env)
    function env.load(chunk, name, mode, ...)
        if select("#", ...) == 0 then return load(chunk, name, mode, env) end
        return load(chunk, name, mode, (...))
    end

    function env.loadstring(chunk, name)
        return load(chunk, name, "t", env)
    end

    function env.getfenv(f)
        if f == 0 then return env end
        local found = getfenv(f == nil and 2 or type(f) == "number" and f + 1 or f)
        if found ~= env and isPrivate(found) then return env end
        return found
    end

    function env.setfenv(f, globals)
        if f == 0 then error("'setfenv' cannot change environment of given object", 2) end
        local at = type(f) == "number" and f + 1 or f
        local found = getfenv(at)
        if found ~= env and isPrivate(found) then error("'setfenv' cannot change environment of given object", 2) end
        local result = setfenv(at, globals)
        if type(f) == "number" then return end
        return result
    end

    local strings
    function env.getmetatable(value)
        if type(value) == "string" then
            strings = strings or { __index = env.string }
            return strings
        end
        return getmetatable(value)
    end

    env.debug = {
        traceback = debugTraceback,
        getinfo = function(f, what)
            local info = getinfo(type(f) == "number" and f + 1 or f, "Sln")
            if info and type(what) == "string" and what:find("f", 1, true) and type(f) == "function" then info.func = f end
            return info
        end,
    }
end

-- coroutine.running. A function that a plugin has handed out, such as a metamethod, may be called in another one's coroutines: it gets none of
-- them, so that nobody goes on with a coroutine in the place of whoever waits in it.
local function hideRunning(library, atHome)
    local stranger = create(function() end)
    function library.running()
        if atHome() then return running() end
        return stranger, false
    end
end

---@class PluginNatives what luart.control.open gives
---@field fs table
---@field os table
---@field http table
---@field term table
---@field peripheral table
---@field redstone table
---@field modules table<string, function>

---@class EnvironmentOptions
---@field natives PluginNatives
---@field os table functions that take the place of the native os's
---@field http table the native http's functions
---@field write fun(text: string) gets what is printed
---@field writeError fun(text: string)
---@field shared table globals that all plugins see
---@field sharing? boolean new globals become shared ones
---@field chunkName fun(path: string): string what messages call a file of the plugin
---@field listen? function takes the place of http.listen
---@field beside fun(thread: thread)
---@field atHome fun(): boolean whether it is a task of the plugin that runs, and not another one that has called a function of it

---Makes the globals of a plugin. They have all that programs have, but `shell`.
---@param options EnvironmentOptions
---@return table env
local function new(options)
    local natives = options.natives
    local env = {}
    env._G = env
    for _, name in ipairs(plain) do env[name] = hostGlobals[name] end
    local loaded = { _G = env }
    for _, name in ipairs(libraries) do
        env[name] = copy(hostGlobals[name])
        loaded[name] = env[name]
    end
    hideRunning(env.coroutine, options.atHome)
    addLoaders(env)
    loaded.debug = env.debug
    env.os = natives.os
    loaded.os = env.os
    for name, f in pairs(options.os) do env.os[name] = f end
    env.fs, env.term, env.peripheral = natives.fs, natives.term, natives.peripheral
    env.redstone, env.rs = natives.redstone, natives.redstone
    env.http = options.http
    env._LUART = {
        write = function(...)
            options.write(table.concat({ ... }))
            return select(2, table.concat({ ... }):gsub("\n", ""))
        end,
        writeError = function(...) options.writeError(table.concat({ ... })) end,
        readLine = function() return nil, true end,
        fail = function() end,
        beside = options.beside,
        screen = false,
    }
    local bios = assert(load(control.bios, "@bios.lua", "t", env))
    bios()
    function env.os.shutdown() error("a plugin can't shut the server down", 2) end
    function env.os.reboot() error("a plugin can't start the server anew", 2) end
    env.sleep = env.os.sleep
    if options.os.sleep then env.os.sleep, env.sleep = options.os.sleep, options.os.sleep end

    -- Files of the plugin have its name in messages, those of the ROM their own.
    local loadROM = env.loadfile
    local fs = env.fs
    function env.loadfile(path, mode, globals)
        if type(mode) == "table" and globals == nil then mode, globals = nil, mode end
        if type(path) ~= "string" then return loadROM(path, mode, globals) end
        local clean = fs.combine(path)
        if clean:match("^rom/") then return loadROM(path, mode, globals) end
        local file = fs.open(clean, "rb")
        if not file then return nil, "File not found" end
        local source = file.readAll() or ""
        file.close()
        if source:sub(1, 3) == "\239\187\191" then source = source:sub(4) end
        if source:sub(1, 2) == "#!" then source = source:gsub("^[^\n]*", "", 1) end
        return load(source, "@" .. options.chunkName(clean), mode, globals or env)
    end

    -- The APIs of the ROM are loaded when they are first asked for; before them come what all plugins share.
    local meta = getmetatable(env)
    local getAPI, shared, listen = meta.__index, options.shared, options.listen
    local function index(_, name)
        local value = shared[name]
        if value ~= nil then return value end
        value = getAPI(env, name)
        if name == "http" and value and listen then value.listen = listen end
        return value
    end
    setmetatable(env, {
        [MINE] = true,
        __index = index,
        __newindex = options.sharing and function(_, name, value)
            -- What is there only until it is loaded is the plugin's own.
            shared[name] = value
        end or nil,
    })

    -- The ROM's require, with the modules made in Go that are for plugins.
    local own = setmetatable({ debug = { getregistry = function() return { _LOADED = loaded, _MODULES = natives.modules } end } }, { [MINE] = true, __index = env })
    local path = "rom/modules/main/cc/require.lua"
    local file = assert(fs.open(path, "rb"))
    local source = file.readAll()
    file.close()
    local require, package = assert(load(source, "@/" .. path, "t", own))().make(env, "")
    rawset(env, "require", require)
    rawset(env, "package", package)
    return env
end

return { new = new }
