local a, b = 1
local captured = a
local changed = b
function get() return captured, changed end
function set(x) changed = x end
local function rec(n) return n, rec end
local function replaced() replaced = nil end
a, b = b, a
local t = {}
t[a], a = changed, 2
global = t.x.y[1][b]
