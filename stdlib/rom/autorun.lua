-- Runs the program that the computer was started for, on a system that is not ours and knows nothing of that: its shell
-- finds this file in /rom/autorun. The runtime leaves what this needs in the global _LUART (see package runtime).

local host = _LUART
_G._LUART = nil

local program = host.program
host.start()

local env = setmetatable({ shell = shell, multishell = multishell, arg = { [0] = program.name } }, { __index = _G })
for i, value in ipairs(program.args) do env.arg[i] = value end
env.require, env.package = require("cc.require").make(env, program.dir)

-- What to say about an error of any type. __tostring may fail, too.
local function describe(value)
    local ok, text = pcall(tostring, value)
    return ok and type(text) == "string" and text or "(error object is a " .. type(value) .. " value)"
end

local chunk, message
if program.source then
    chunk, message = load(program.source, program.chunk, "t", env)
else
    chunk, message = loadfile(program.path, "t", env)
end
if chunk then
    local ok, err = xpcall(chunk, function(value)
        return { describe(value), (debug.traceback("", 2):gsub("^\n", "")) }
    end, table.unpack(program.args))
    if not ok then host.fail(err[1], err[2]) end
else
    host.fail(message)
end
os.shutdown()
while true do coroutine.yield() end
