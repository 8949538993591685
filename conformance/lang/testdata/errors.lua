-- Messages of runtime errors, with the kind and name of the variable: §1.6.

-- Calls.
print(pcall(function() local x; x() end)) --> false @LINE: attempt to call local 'x' (a nil value)
print(pcall(function() undefd() end)) --> false @LINE: attempt to call global 'undefd' (a nil value)
print(pcall(function() local t = {}; t.y() end)) --> false @LINE: attempt to call field 'y' (a nil value)
print(pcall(function() local t = {}; t:nope() end)) --> false @LINE: attempt to call method 'nope' (a nil value)
print(pcall(function() local t = {x = 5}; t.x() end)) --> false @LINE: attempt to call field 'x' (a number value)
print(pcall(function() string.nope("x") end)) --> false @LINE: attempt to call field 'nope' (a nil value)
print(pcall(function() ("x"):nope() end)) --> false @LINE: attempt to call method 'nope' (a nil value)
print(pcall(function(a) a() end, 5)) --> false @LINE: attempt to call local 'a' (a number value)
print(pcall(function() (5)() end)) --> false @LINE: attempt to call a number value
print(pcall(function() ({})() end)) --> false @LINE: attempt to call a table value
print(pcall(function() (nil)() end)) --> false @LINE: attempt to call a nil value
print(pcall(function() (true)() end)) --> false @LINE: attempt to call a boolean value
print(pcall(function() local t = {}; t.a.b.c() end)) --> false @LINE: attempt to index field 'a' (a nil value)
print(pcall(function() return undefd() end)) --> false @LINE: attempt to call global 'undefd' (a nil value)
print(pcall(function() local x = undefd() end)) --> false @LINE: attempt to call global 'undefd' (a nil value)
print(pcall(function() local t = {}; return t.f() end)) --> false @LINE: attempt to call field 'f' (a nil value)
print(pcall(function() print(print()()) end)) --~ |false.*
--~ false errors.lua:\d+: attempt to call a nil value
print(pcall(nil))                    --~ false (errors.lua:\d+: )?attempt to call a nil value
print(pcall({}))                     --~ false (errors.lua:\d+: )?attempt to call a table value
local up
local function uses() up() end
print(pcall(uses))                   --> false @LINE-1: attempt to call upvalue 'up' (a nil value)
local tab = {}
local function field() tab.x.y() end
print(pcall(field))                  --> false @LINE-1: attempt to index field 'x' (a nil value)
local function field2() tab.f() end
print(pcall(field2))                 --> false @LINE-1: attempt to call field 'f' (a nil value)
local function method() tab:m() end
print(pcall(method))                 --> false @LINE-1: attempt to call method 'm' (a nil value)
for _, a in ipairs {1} do print(pcall(function() a() end)) end --> false @LINE: attempt to call upvalue 'a' (a number value)
---
-- Indexing.
print(pcall(function() local t; return t.x end)) --> false @LINE: attempt to index local 't' (a nil value)
print(pcall(function() return undefd.x end)) --> false @LINE: attempt to index global 'undefd' (a nil value)
print(pcall(function() local t = {}; return t.a.b end)) --> false @LINE: attempt to index field 'a' (a nil value)
print(pcall(function() local t = {}; t.a.b = 1 end)) --> false @LINE: attempt to index field 'a' (a nil value)
print(pcall(function() local t; t.x = 1 end)) --> false @LINE: attempt to index local 't' (a nil value)
print(pcall(function() local t; t[1] = 1 end)) --> false @LINE: attempt to index local 't' (a nil value)
print(pcall(function() local t; local k = "x"; return t[k] end)) --> false @LINE: attempt to index local 't' (a nil value)
print(pcall(function() undefd.x = 1 end)) --> false @LINE: attempt to index global 'undefd' (a nil value)
print(pcall(function() undefd.x.y = 1 end)) --> false @LINE: attempt to index global 'undefd' (a nil value)
print(pcall(function() local n = 5; return n.x end)) --> false @LINE: attempt to index local 'n' (a number value)
print(pcall(function() local b = true; b.x = 1 end)) --> false @LINE: attempt to index local 'b' (a boolean value)
print(pcall(function() local f = print; return f.x end)) --> false @LINE: attempt to index local 'f' (a function value)
print(pcall(function() return (5).x end)) --> false @LINE: attempt to index a number value
print(pcall(function() return (nil)[1] end)) --> false @LINE: attempt to index a nil value
print(pcall(function() return print().x end)) --~ |false.*
--~ false errors.lua:\d+: attempt to index a nil value
print(pcall(function() local t; t:m() end)) --> false @LINE: attempt to index local 't' (a nil value)
print(pcall(function() undefd:m() end)) --> false @LINE: attempt to index global 'undefd' (a nil value)
print(pcall(function() local t = {}; t.x:m() end)) --> false @LINE: attempt to index field 'x' (a nil value)
print(pcall(function(a, b) return b.x end, 1)) --> false @LINE: attempt to index local 'b' (a nil value)
print(pcall(function() local a = {}; local b = a.x; return b.y end)) --> false @LINE: attempt to index local 'b' (a nil value)
print(pcall(function() local s = "x"; s.y = 1 end)) --> false @LINE: attempt to index local 's' (a string value)
print(pcall(function() ("x").y.z = 1 end)) --> false @LINE: attempt to index field 'y' (a nil value)
---
-- craftos only: an upvalue that is indexed has no name, and fields of tables by other keys neither
local up
local function get() return up.x end
local function set() up.x = 1 end
local function call() up:m() end
print(pcall(get))                    --> false @LINE-3: attempt to index a nil value
print(pcall(set))                    --> false @LINE-3: attempt to index a nil value
print(pcall(call))                   --> false @LINE-3: attempt to index upvalue 'up' (a nil value)
print(pcall(function() local t = {}; return t[1][2] end)) --> false @LINE: attempt to index field '1' (a nil value)
print(pcall(function() local t = {}; t[1]() end)) --> false @LINE: attempt to call field '1' (a nil value)
print(pcall(function() local t, k = {}, "key"; t[k]() end)) --> false @LINE: attempt to call field '?' (a nil value)
print(pcall(function() local t, k = {}, "key"; return t[k].x end)) --> false @LINE: attempt to index field '?' (a nil value)
print(pcall(function() local t, k = {}, "key"; return t[k] + 1 end)) --> false @LINE: attempt to perform arithmetic on field '?' (a nil value)
print(pcall(function() ("x")() end)) --> false @LINE: attempt to call a string value
print(pcall(function() for _ in 5 do end end)) --> false @LINE: attempt to call local '(for generator)' (a number value)
print(pcall(function() for _ in {} do end end)) --> false @LINE: attempt to call local '(for generator)' (a table value)
print(pcall(function() return up[1] end)) --> false @LINE: attempt to index a nil value
print(pcall(function() return _ENV.nope.x end)) --> false @LINE: attempt to index global 'nope' (a nil value)
print(pcall(function() _ENV.nope() end)) --> false @LINE: attempt to call global 'nope' (a nil value)
print(pcall(function() local _ENV = {}; nope() end)) --> false @LINE: attempt to call global 'nope' (a nil value)
print(pcall(function() local _ENV = {}; return nope.x end)) --> false @LINE: attempt to index global 'nope' (a nil value)
---
-- Arithmetic.
print(pcall(function() local a = {}; return a + 1 end)) --> false @LINE: attempt to perform arithmetic on local 'a' (a table value)
print(pcall(function() local a = {}; return 1 + a end)) --> false @LINE: attempt to perform arithmetic on local 'a' (a table value)
print(pcall(function() local a, b = {}, 1; return b - a end)) --> false @LINE: attempt to perform arithmetic on local 'a' (a table value)
print(pcall(function() local t = {}; return t.x * 2 end)) --> false @LINE: attempt to perform arithmetic on field 'x' (a nil value)
print(pcall(function() return undefd / 2 end)) --> false @LINE: attempt to perform arithmetic on global 'undefd' (a nil value)
print(pcall(function() return 2 % undefd end)) --> false @LINE: attempt to perform arithmetic on global 'undefd' (a nil value)
print(pcall(function() return "x" + 1 end)) --> false @LINE: attempt to perform arithmetic on a string value
print(pcall(function() local s = "x"; return s ^ 2 end)) --> false @LINE: attempt to perform arithmetic on local 's' (a string value)
print(pcall(function() local b = true; return -b end)) --> false @LINE: attempt to perform arithmetic on local 'b' (a boolean value)
print(pcall(function() return -{} end)) --> false @LINE: attempt to perform arithmetic on a table value
print(pcall(function() return {} + {} end)) --> false @LINE: attempt to perform arithmetic on a table value
print(pcall(function() return 1 + nil end)) --> false @LINE: attempt to perform arithmetic on a nil value
print(pcall(function() return (function() end)() + 1 end)) --> false @LINE: attempt to perform arithmetic on a nil value
print(pcall(function() local t = {x = {}}; t.x = t.x + 1 end)) --> false @LINE: attempt to perform arithmetic on field 'x' (a table value)
print(pcall(function() count = count + 1 end)) --> false @LINE: attempt to perform arithmetic on global 'count' (a nil value)
print(pcall(function() local i; i = i + 1 end)) --> false @LINE: attempt to perform arithmetic on local 'i' (a nil value)
local up
print(pcall(function() return up + 1 end)) --> false @LINE: attempt to perform arithmetic on upvalue 'up' (a nil value)
print(pcall(function() up = up - 1 end)) --> false @LINE: attempt to perform arithmetic on upvalue 'up' (a nil value)
-- The second operand is blamed only when the first one is a number.
print(pcall(function() local a, b; return a + b end)) --~ false errors.lua:\d+: attempt to perform arithmetic on local '[ab]' \(a nil value\)
print(pcall(function() local a, b = 1; return a + b end)) --> false @LINE: attempt to perform arithmetic on local 'b' (a nil value)
print(pcall(function() local a, b = "5"; return a + b end)) --> false @LINE: attempt to perform arithmetic on local 'b' (a nil value)
print(pcall(function() local a, b = "5", "x"; return a + b end)) --~ false errors.lua:\d+: attempt to perform arithmetic on local '[ab]' \(a string value\)
---
-- craftos only: which operand is blamed
print(pcall(function() local a, b; return a + b end)) --> false @LINE: attempt to perform arithmetic on local 'a' (a nil value)
print(pcall(function() local a, b = "5", "x"; return a + b end)) --> false @LINE: attempt to perform arithmetic on local 'b' (a string value)
print(pcall(function() local a, b = "x", 5; return a + b end)) --> false @LINE: attempt to perform arithmetic on local 'a' (a string value)
print(pcall(function() local a, b = "x", {}; return a + b end)) --> false @LINE: attempt to perform arithmetic on local 'a' (a string value)
print(pcall(function() local a, b = {}, "x"; return a + b end)) --> false @LINE: attempt to perform arithmetic on local 'a' (a table value)
print(pcall(function() local a = nil; return a .. {} end)) --> false @LINE: attempt to concatenate local 'a' (a nil value)
print(pcall(function() local a, b = {}, nil; return a .. b end)) --> false @LINE: attempt to concatenate local 'a' (a table value)
print(pcall(function() local a, b = 1, nil; return a .. b end)) --> false @LINE: attempt to concatenate local 'b' (a nil value)
---
-- Concatenation and length.
print(pcall(function() local x; return "a" .. x end)) --> false @LINE: attempt to concatenate local 'x' (a nil value)
print(pcall(function() local x; return x .. "a" end)) --> false @LINE: attempt to concatenate local 'x' (a nil value)
print(pcall(function() return "a" .. undefd end)) --> false @LINE: attempt to concatenate global 'undefd' (a nil value)
print(pcall(function() local t = {}; return "a" .. t.x .. "b" end)) --> false @LINE: attempt to concatenate field 'x' (a nil value)
print(pcall(function() return "a" .. {} end)) --> false @LINE: attempt to concatenate a table value
print(pcall(function() return 1 .. true end)) --> false @LINE: attempt to concatenate a boolean value
print(pcall(function() local f = print; return 1 .. 2 .. f end)) --> false @LINE: attempt to concatenate local 'f' (a function value)
local up
print(pcall(function() return "a" .. up end)) --> false @LINE: attempt to concatenate upvalue 'up' (a nil value)
print(pcall(function() return #5 end)) --> false @LINE: attempt to get length of a number value
print(pcall(function() local x; return #x end)) --> false @LINE: attempt to get length of local 'x' (a nil value)
print(pcall(function() return #undefd end)) --> false @LINE: attempt to get length of global 'undefd' (a nil value)
print(pcall(function() local t = {}; return #t.x end)) --> false @LINE: attempt to get length of field 'x' (a nil value)
print(pcall(function() return #up end)) --> false @LINE: attempt to get length of upvalue 'up' (a nil value)
print(pcall(function() return #print end)) --> false @LINE: attempt to get length of global 'print' (a function value)
---
-- Comparison.
print(pcall(function() return {} < {} end)) --> false @LINE: attempt to compare two table values
print(pcall(function() return nil < nil end)) --> false @LINE: attempt to compare two nil values
print(pcall(function() return 1 < "1" end)) --> false @LINE: attempt to compare number with string
print(pcall(function() return "1" < 1 end)) --> false @LINE: attempt to compare string with number
print(pcall(function() return 1 <= {} end)) --> false @LINE: attempt to compare number with table
print(pcall(function() return nil > 1 end)) --> false @LINE: attempt to compare number with nil
print(pcall(function() return nil >= 1 end)) --> false @LINE: attempt to compare number with nil
print(pcall(function() local a, b; return a < b end)) --> false @LINE: attempt to compare two nil values
print(pcall(function() local a = 1; if a > "x" then end end)) --> false @LINE: attempt to compare string with number
print(pcall(function() return true < false end)) --> false @LINE: attempt to compare two boolean values
print(pcall(function() return print < print end)) --> false @LINE: attempt to compare two function values
print(pcall(function() return undefd < 5 end)) --> false @LINE: attempt to compare nil with number
---
-- for
print(pcall(function() for i = "a", 2 do end end)) --> false @LINE: 'for' initial value must be a number
print(pcall(function() for i = 1, "b" do end end)) --> false @LINE: 'for' limit must be a number
print(pcall(function() for i = 1, 2, {} do end end)) --> false @LINE: 'for' step must be a number
print(pcall(function() for i = nil, nil do end end)) --~ false errors.lua:\d+: 'for' (limit|initial value) must be a number
print(pcall(function() for i = 1, nil do end end)) --> false @LINE: 'for' limit must be a number
---
-- craftos only: table keys
print(pcall(function() local t = {}; t[nil] = 1 end)) --> false @LINE: table index is nil
print(pcall(function() local t = {}; t[0/0] = 1 end)) --> false @LINE: table index is NaN
print(pcall(function() return {[nil] = 1} end)) --> false @LINE: table index is nil
print(pcall(function() return {[0/0] = 1} end)) --> false @LINE: table index is NaN
local t = {}
print(t[nil], t[0/0])                --> nil nil
---
-- Values of every type as errors.
print(pcall(error))                  --> false nil
print(pcall(error, nil))             --> false nil
print(pcall(error, 5, 0))            --> false 5
print(pcall(error, true))            --> false true
local t = {}
print(select(2, pcall(error, t)) == t, select("#", pcall(error))) --> true 2
print(pcall(function() error(t) end)) --~ false table: .*
print(pcall(function() error(setmetatable({}, {__tostring = function() return "custom" end})) end)) --> false custom
print(pcall(function() error(5) end)) --~ false (errors.lua:\d+: )?5
print(type(select(2, pcall(error, print)))) --> function
print(pcall(function() error("msg") end)) --> false @LINE: msg
print(pcall(function() error("") end)) --> false @LINE:
print(pcall(function() error() end)) --> false nil
-- A rethrown message gets a position again, unless the level is 0.
print(pcall(function() local _, e = pcall(error, "x", 0); error(e) end)) --> false @LINE: x
print(pcall(function() local _, e = pcall(function() error("x") end); error(e, 0) end)) --> false @LINE: x
print(pcall(function() local _, e = pcall(function() error("x") end); error(e) end)) --> false @LINE: @LINE: x
---
-- craftos only: a number as an error stays as it is?
print(pcall(function() error(5) end)) --> false 5
print(pcall(function() error(5, 2) end)) --> false 5
print(pcall(error, "x"))             --> false x
print(pcall(error, "x", 1))          --> false x
print(pcall(error, "x", 2))          --> false @LINE: x
print(pcall(error, "x", 3))          --> false x
---
-- pcall and xpcall
print(pcall(function() return 1, nil, 3 end)) --> true 1 nil 3
print(pcall(function(...) return ... end, 1, 2)) --> true 1 2
print(pcall(pcall, error, "x"))      --> true false x
print(xpcall(function() error("x", 0) end, function(m) return "handled " .. m end)) --> false handled x
print(xpcall(function(...) return ... end, print, 1, nil, 3)) --> true 1 nil 3
print(xpcall(function() local x = nil; x() end, function(m) return m:gsub("attempt", "ATTEMPT") end)) --> false @LINE: ATTEMPT to call local 'x' (a nil value)
print(xpcall(function() error({1}) end, function(t) return t[1], "second" end)) --> false 1
print(xpcall(function() error("x", 0) end, function() end)) --> false nil
print(xpcall(error, function(m) return "h:" .. tostring(m) end)) --> false h:nil
print(xpcall(error, function(m) return "h:" .. tostring(m) end, "arg", 0)) --> false h:arg
print(pcall(xpcall, function() error("x", 0) end, function(m) return m end)) --> true false x
-- The handler runs where the error is, before the stack is gone.
local function inner() error("deep", 0) end
local depth
print(xpcall(function() inner() end, function(m)
  local names = {}
  for l = 1, 10 do local i = debug.getinfo(l, "n"); if not i then break end names[#names + 1] = i.name end
  return table.concat(names, " "):match("error inner") ~= nil
end))                                --> false true
print(select(2, xpcall(function() error("x", 0) end, debug.traceback)):match("^x\nstack traceback:\n") ~= nil) --> true
---
-- craftos only: errors in the handler, and messages of pcall and xpcall themselves
print(xpcall(function() error("x") end, function(m) error("y") end)) --> false error in error handling
print(xpcall(function() error("x") end, function(m) local x = nil; x() end)) --> false error in error handling
print(xpcall(function() error("x") end, nil)) --> false error in error handling
print(pcall(xpcall))                 --> false @LINE: bad argument #1 (value expected)
print(pcall(xpcall, print))          --> false @LINE: bad argument #2 (value expected)
print(pcall(pcall))                  --> false @LINE: bad argument #1 (value expected)
print(xpcall(function() error("x") end, 5)) --> false error in error handling
print(xpcall(nil, function(m) return m end)) --> false @LINE: attempt to call a nil value
print(pcall(assert))                 --> false @LINE: bad argument #1 (value expected)
print(pcall(error, setmetatable({}, {__tostring = function() return "T" end}))) --> false T
---
-- assert
print(assert(1, 2, 3))               --> 1 2 3
print(pcall(function() assert(false, "why") end)) --> false @LINE: why
print(pcall(function() assert(false) end)) --> false @LINE: assertion failed!
print(select("#", assert(1, nil)))   --> 2
---
-- craftos only: assert takes any error value, and finds a position where there is one
print(pcall(assert, false))          --> false @LINE: assertion failed!
print(pcall(assert, nil, "why", 5))  --> false @LINE: why
local t = {}
print(select(2, pcall(assert, false, t)) == t) --> true
print(pcall(function() assert(false, 42) end)) --> false 42
print(pcall(function() assert(false, nil) end)) --> false nil
---
-- Levels of error().
local function level1() error("one", 1) end
local function level2() error("two", 2) end
local function level3() error("three", 3) end
local function level0() error("zero", 0) end
local function call(f)
  f()                                -- level 2 is here
end
local function outer(f)
  call(f)                            -- level 3 is here
  return 1
end
print(pcall(level1))                 --> false @LINE-11: one
print(pcall(outer, level1))          --> false @LINE-12: one
print(pcall(outer, level2))          --> false @LINE-8: two
print(pcall(outer, level3))          --> false @LINE-6: three
print(pcall(outer, level0))          --> false zero
print(pcall(outer, function() error("far", 50) end)) --> false far
print(pcall(outer, function() error("default") end)) --> false @LINE: default
---
-- Errors have the line of what failed, in expressions that run over several lines.
local t = {}
local sum = function()
  local x = 1 +
    t.a
end
print(select(2, pcall(sum)))         --~ errors.lua:\d+: attempt to perform arithmetic on field 'a' \(a nil value\)
local chain = function()
  t
  .a
  .b()
end
print(select(2, pcall(chain)))       --> @LINE-2: attempt to index field 'a' (a nil value)
local args = function()
  print(1,
    2,
    t.x.y)
end
print(select(2, pcall(args)))        --> @LINE-2: attempt to index field 'x' (a nil value)
local call = function()
  undefd(
    1,
    2
  )
end
print(select(2, pcall(call)))        --> @LINE-5: attempt to call global 'undefd' (a nil value)
local cond = function()
  if 1 == 1
    and t < 5 then
    return 1
  end
end
print(select(2, pcall(cond)))        --> @LINE-4: attempt to compare table with number
print(pcall(function()

  error("third")

end))                                --> false @LINE-2: third
---
-- The uncaught error ends the chunk with its position.
local function f()
  local t = nil
  t.x = 1                            --! attempt to index local 't' (a nil value)
end
f()
---
error("top level")                   --! top level
---
error("no position", 0)              --!! no position
---
error({code = 1})                    --!! (a table value)
---
error()                              --!! (a nil value)
---
local x = nil + 1                    --! attempt to perform arithmetic on a nil value
---
print("before")                      --> before
undefined_function()                 --! attempt to call global 'undefined_function' (a nil value)
