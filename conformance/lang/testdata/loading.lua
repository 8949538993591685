-- load and loadstring: §1.2, §1.7.

print(load("return 1 + 1")())        --> 2
print(load("local a, b = ... return b, a")(1, 2)) --> 2 1
print(type(load("")), load("")())    --> function
print(load("x = 5")(), x)            --> nil 5
print(load("return ...", "=name", "t", {})(7)) --> 7
local f, e = load("return return")
print(f, e)                          --> nil [string "return return"]:1: unexpected symbol near 'return'
print(load("x =", "=name"))          --> nil name:1: unexpected symbol near <eof>
print(load("x =", "@dir/file.lua"))  --> nil dir/file.lua:1: unexpected symbol near <eof>
print(load("x =", "some text"))      --> nil [string "some text"]:1: unexpected symbol near <eof>
print(load("\n\nx =", "=name"))      --> nil name:3: unexpected symbol near <eof>
print(pcall(load("error('at run time')", "=name"))) --> false name:1: at run time
print(pcall(load("local x = nil\nx()", "@f.lua"))) --> false f.lua:2: attempt to call local 'x' (a nil value)
---
-- Environments.
local env = {y = 10}
print(load("x = y; return x", "c", "t", env)(), env.x, x) --> 10 10 nil
print(pcall(load("return print", "c", "t", {}))) --> true nil
print(pcall(load("return x.y", "=c", "t", {}))) --> false c:1: attempt to index global 'x' (a nil value)
local f = load("n = (n or 0) + 1; return n", "c", "t", setmetatable({}, {__index = _G}))
print(f(), f(), n)                   --> 1 2 nil
print(load("return _ENV", "c", "t", env)() == env, load("return _ENV")() == _G) --> true true
-- A chunk's environment is the globals, whatever the caller's is.
local _ENV = {load = load, print = print, marker = "caller's"}
print(load("return marker")())       --> nil
print(load("return _ENV")() == _ENV) --> false
---
-- Readers.
local function reader(...) local parts, i = {...}, 0 return function() i = i + 1 return parts[i] end end
print(load(reader("return ", "4", "2"))()) --> 42
print(load(reader())) --~ function: .*
print(load(reader("return 1", "", "garbage"))()) --> 1
print(load(reader("x ="), "=r"))     --> nil r:1: unexpected symbol near <eof>
print(load(function() error("in reader", 0) end)) --> nil in reader
local parts, i = {"re", "tu", "rn 'spl", "it'"}, 0
print(load(function() i = i + 1 return parts[i] end)()) --> split
local one = "return #'" .. ("x"):rep(1000) .. "'"
local pos = 0
print(load(function() pos = pos + 1 local c = one:sub(pos, pos) return c ~= "" and c or nil end)()) --> 1000
---
-- craftos only: the reader's chunk name, bad readers, and message texts
print(load(function() return nil end, nil)) --~ function: .*
local done
print(load(function() if not done then done = true return "x =" end end)) --> nil [string "function"]:1: unexpected symbol near <eof>
local n = 0
print(load(function() n = n + 1; if n == 1 then return "return " elseif n == 2 then return 5 end end)()) --> 5
print(pcall(load, function() return {} end)) --~ (true nil|false) .*reader function must return a string
print(load(function() error({}) end)) --~ nil table: .*
print(load(function() error() end))  --> nil nil
print(pcall(load))                   --> false @LINE: bad argument (function expected, got nil)
print(pcall(load, nil))              --> false @LINE: bad argument (function expected, got nil)
print(pcall(load, 5))                --> true nil [string "5"]:1: unexpected symbol near '5'
print(pcall(load, {}))               --> false @LINE: bad argument (function expected, got table)
print(pcall(load, "return 1", {}))   --> false @LINE: bad argument (string expected, got table)
print(pcall(load, "return 1", "n", {})) --> false @LINE: bad argument (string expected, got table)
print(pcall(load, "return 1", "n", "x")) --> true nil attempt to load a text chunk (mode is x)
print(pcall(load, "return x", "n", "t", 5)) --> false @LINE: bad argument (table expected, got number)
print(load("return 1", "n", "b"))    --> nil attempt to load a text chunk (mode is b)
print(load("\27Lua"))                --> nil attempt to load a binary chunk
print(load("\27Lua", "n", "t"))      --> nil attempt to load a binary chunk (mode is t)
print(load("return 1", "n", "bt")()) --> 1
print(load("return 1", "n", nil)())  --> 1
print(load("return x", "n", "t", nil)) --~ function: .*
print(pcall(load("return x", "n", "t", nil))) --> true nil
print(load("#!shebang\nreturn 1")())  --> 1
---
-- craftos only: loadstring (§1.7)
print(loadstring("return 5")())      --> 5
print(loadstring("x ="))             --> nil [string "x ="]:1: unexpected symbol near <eof>
print(loadstring("x =", "=name"))    --> nil name:1: unexpected symbol near <eof>
print(loadstring("x =", "@f"))       --> nil f:1: unexpected symbol near <eof>
print(pcall(loadstring))             --> false @LINE: bad argument (string expected, got nil)
print(pcall(loadstring, nil))        --> false @LINE: bad argument (string expected, got nil)
print(pcall(loadstring, print))      --> false @LINE: bad argument (string expected, got function)
print(loadstring("return marker")()) --> nil
print(loadfile, dofile)              --> nil nil
---
-- craftos only: the names of chunks, of at most thirty bytes (§1.6 short_src)
local function src(name) return debug.getinfo(load("return 1", name), "S").short_src end
print(src("=name"), src("@name"), src("name")) --> name name [string "name"]
print(src("=" .. ("x"):rep(28)), src("=" .. ("x"):rep(29)), src("=" .. ("x"):rep(30)), src("=" .. ("x"):rep(40))) --> xxxxxxxxxxxxxxxxxxxxxxxxxxxx xxxxxxxxxxxxxxxxxxxxxxxxxxxxx xxxxxxxxxxxxxxxxxxxxxxxxxxxxx xxxxxxxxxxxxxxxxxxxxxxxxxxxxx
print(src("@" .. ("x"):rep(21) .. "yz"), src("@" .. ("x"):rep(23) .. "yz"), src("@" .. ("x"):rep(40) .. "yz")) --> ...xxxxxxxxxxxxxxxxxxxxyz ...xxxxxxxxxxxxxxxxxxxxyz ...xxxxxxxxxxxxxxxxxxxxyz
print(src("@abcdefghijklmnopqrstuv"), src("@abcdefghijklmnopqrstuvw"), src("@abcdefghijklmnopqrstuvwx")) --> abcdefghijklmnopqrstuv ...bcdefghijklmnopqrstuvw ...cdefghijklmnopqrstuvwx
print(src("@abcdefghijklmnopqrstuvwxyz"), src("@abcdefghijklmnopqrstuvwxyz0"), src("@abcdefghijklmnopqrstuvwxyz012")) --> ...efghijklmnopqrstuvwxyz ...fghijklmnopqrstuvwxyz0 ...hijklmnopqrstuvwxyz012
print(src("abcdefghijklm"), src("abcdefghijklmn"), src("abcdefghijklmno"), src("abcdefghijklmnopqrstuvwxyz")) --> [string "abcdefghijklm"] [string "abcdefghijklm..."] [string "abcdefghijklm..."] [string "abcdefghijklm..."]
print(src("abcdefghijklmnop"), src("abcdefghijklmnopq"), src("abcdefghijklmnopqr"), src("abcdefghijklmnopqrs")) --> [string "abcdefghijklm..."] [string "abcdefghijklm..."] [string "abcdefghijklm..."] [string "abcdefghijklm..."]
print(src("line\nline"), src("\nline"), src(""), src("="), src("@")) --> [string "line..."] [string "..."] [string ""]
print(src("a rather long first line\nline")) --> [string "a rather long..."]
