local t, f = ...
f()
f(1, f(...))
t.a.b:c(f(), (f()))
local x, y = f(), t:m(...)
x = f{1, 2, k = x, f()}
return t:last("arg")
