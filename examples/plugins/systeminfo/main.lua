-- Tells about the server.
--
--   curl http://127.0.0.1:9192/systeminfo
--   curl http://127.0.0.1:9192/systeminfo/time

local function uptime() return os.epoch("utc") / 1000 - START_TIME end

-- Names of the plugins that run: exports has all of them.
local function plugins()
    local names = {}
    for name in pairs(exports) do names[#names + 1] = name end
    table.sort(names)
    return names
end

route("GET", "/", function()
    return 200, {
        system = os.version(),
        host = _HOST,
        started = START_TIME,
        uptime = uptime(),
        plugins = plugins(),
        this = { name = PLUGIN_NAME, path = PLUGIN_PATH, loaded = PLUGIN_START },
        disk = { free = fs.getFreeSpace("/data") },
    }
end)

route("GET", "/time", function()
    return 200, { utc = os.date("!%Y-%m-%dT%H:%M:%SZ"), here = os.date("%Y-%m-%d %H:%M:%S") }
end)
