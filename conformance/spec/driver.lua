-- The program of a computer that runs one spec file. The host has left what it wants in the global _SPEC (computer.go says
-- what), which specs don't see.

local spec = _SPEC
_G._SPEC = nil

-- Functions that specs may replace.
local error, find, format, gsub, ipairs, load, pack, pairs, pcall, sub, type, unpack, yield = error, string.find, string.format,
    string.gsub, ipairs, load, table.pack, pairs, pcall, string.sub, type, table.unpack, coroutine.yield
local getinfo = debug.getinfo
local screen, redirect = term.native(), term.redirect

local runner = load(spec.runner, "=(specs)", "t", _ENV)()

-- What specs see: the globals, and what every program gets. Modules are looked for in the spec's folder, then in those around it up
-- to the root folder, then in the ROM.
local env = setmetatable({}, { __index = _ENV })
env.require, env.package = dofile("/rom/modules/main/cc/require.lua").make(env, spec.dir)
local folders, dir = "", spec.dir
while dir ~= "" do
    dir = gsub(dir, "/?[^/]*$", "")
    local at = "/" .. dir .. (dir == "" and "" or "/")
    folders = folders .. at .. "?;" .. at .. "?.lua;" .. at .. "?/init.lua;"
end
env.package.path = gsub(env.package.path, "/rom/", gsub(folders, "%%", "%%%%") .. "/rom/", 1)

-- CraftOS shortens the names of files in messages. People, and their editors, want them whole.
local shortened = {}
local function withWholeNames(text)
    if type(text) ~= "string" then return text end
    for short, name in pairs(shortened) do
        local at = 1
        while true do
            local from, to = find(text, short, at, true)
            if not from then break end
            text = sub(text, 1, from - 1) .. name .. sub(text, to + 1)
            at = from + #name
        end
    end
    return text
end

-- Waits for the host's event that ends a test's time between two yields.
local function breathe()
    spec.breathe()
    repeat until yield() == "spec_next"
end

-- The screen as it is at the start.
local function clearScreen()
    redirect(screen)
    screen.setBackgroundColour(32768)
    screen.setTextColour(1)
    screen.setCursorBlink(false)
    screen.clear()
    screen.setCursorPos(1, 1)
end

local suite = runner.new {
    env = env,
    on_start = function(test, index)
        spec.clear()
        breathe()
        pcall(clearScreen)
        spec.started(index, test.name, test.source)
    end,
    on_body = spec.arm,
    on_result = function(result)
        result.message, result.trace = withWholeNames(result.message), withWholeNames(result.trace)
        return spec.result(result)
    end,
    wait = function(filter)
        local wanted = type(filter) == "string" and filter or type(filter) == "number" and filter .. "" or nil
        while true do
            local event = pack(yield())
            local expired = spec.expired()
            if expired then return false, expired .. (wanted and format(", waiting for the event %q", wanted) or "") end
            local name = event[1]
            if name ~= "spec_deadline" and (not wanted or name == wanted or name == "terminate") then
                return true, unpack(event, 1, event.n)
            end
        end
    end,
}

local chunks, failed = {}, false
for i, source in ipairs(spec.sources) do
    local short = getinfo(load("", source.chunk), "S").short_src
    if sub(short, 1, 3) == "..." then shortened[short .. ":"] = sub(source.chunk, 2) .. ":" end
    local chunk, message = load(source.code, source.chunk, "t", env)
    -- A file that doesn't compile is no reason not to run those before it: they may explain it.
    chunks[i] = chunk or function() error(message, 0) end
    failed = failed or not chunk
end
local name = spec.sources[#spec.sources].chunk
suite:collect(chunks, nil, sub(name, 2))

local chosen = {}
for _, i in ipairs(suite:chosen(spec.filter)) do
    if i >= spec.first then chosen[#chosen + 1] = i end
end
spec.loaded(#chosen)
if spec.list then
    for _, i in ipairs(chosen) do
        local test = suite.tests[i]
        spec.started(i, test.name, test.source)
        local problem = test.problem or { status = "listed" }
        spec.result { name = test.name, source = test.source, status = problem.status,
            message = withWholeNames(problem.message), trace = withWholeNames(problem.trace) }
    end
else
    suite:run(chosen)
end
spec.done()
