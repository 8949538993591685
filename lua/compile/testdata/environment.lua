x = y
_ENV = {x = x}
function f() return z end
local _ENV = {}
z = z + 1
