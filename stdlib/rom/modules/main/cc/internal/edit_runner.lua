-- Runs a text that is being edited as the program that it will be. edit calls this, in a tab of its own where there are tabs.

local path, text = ...

local exception = require "cc.internal.exception"

local source = "@/" .. path
local env = setmetatable({ shell = shell, multishell = multishell, arg = { [0] = path } }, { __index = _G })
env.require, env.package = require "cc.require".make(env, "/" .. fs.getDir(path))

term.setBackgroundColour(colours.black)
term.setTextColour(colours.white)
term.clear()
term.setCursorPos(1, 1)

local shown = text:gsub("^#![^\n]*", "", 1)
local chunk, message = load(shown, source, "t", env)
if chunk then
    local ok, problem = exception.try(chunk)
    if not ok then exception.report(problem, { [source] = text }) end
else
    exception.report(exception.syntaxError(source, shown, message), { [source] = text })
end

-- The program may have left the terminal in any state.
term.setBackgroundColour(colours.black)
if term.isColour() then term.setTextColour(colours.yellow) end
term.setCursorBlink(false)
if term.getCursorPos() ~= 1 then print() end
write("Press any key to continue")
os.pullEvent("key")
require "cc.internal.event".discard_char()
print()
