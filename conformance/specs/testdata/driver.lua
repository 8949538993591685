-- Runs the spec files that it is given, and reports what becomes of their tests: a record for each between the bytes 2 and 3,
-- with zero bytes between its fields. The last record has how many there are.

local report, terminal = print, term.current()
local folder = ...
dofile("devices.lua")

local env = setmetatable({}, { __index = _G })
env.require, env.package = require "cc.require".make(env, folder)
env.package.path = "/" .. folder .. "/?;/" .. folder .. "/?.lua;" .. env.package.path

local suite = assert(loadfile("runner.lua"))().new {
    -- Events that a test has left are none of the next one's business.
    on_start = function()
        os.queueEvent("next_test")
        repeat local event = os.pullEventRaw() until event == "next_test"
    end,
    on_result = function(r)
        -- Some tests leave the terminal redirected.
        term.redirect(terminal)
        report("\2" .. table.concat({ r.status, r.name, r.source, r.message or "", r.trace or "" }, "\0") .. "\3")
    end,
}
for i = 2, select("#", ...) do suite:collect(assert(loadfile((select(i, ...)), nil, env))) end
report("\2" .. #suite:run() .. "\3")
