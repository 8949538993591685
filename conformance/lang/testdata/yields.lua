-- craftos only: a yield may come from anywhere (§1.1, §1.10)
-- drive runs f in a coroutine and gives back what it yields, as a list, and its results.
local function drive(f)
  local co, log = coroutine.create(f), {}
  local r = table.pack(coroutine.resume(co))
  while coroutine.status(co) ~= "dead" do
    log[#log + 1] = tostring(r[2])
    r = table.pack(coroutine.resume(co, r[2]))
  end
  return table.concat(log, " "), table.unpack(r, 1, r.n)
end
local yield = coroutine.yield

-- pcall and xpcall
print(drive(function() return pcall(function() return yield(1), yield(2) end) end)) --> 1 2 true true 1 2
print(drive(function() return pcall(function() yield(1); error("e", 0) end) end)) --> 1 true false e
print(drive(function() return pcall(pcall, pcall, function() yield(1); error("e", 0) end) end)) --> 1 true true true false e
print(drive(function() return xpcall(function(...) yield(1); return ... end, print, 7, 8) end)) --> 1 true true 7 8
print(drive(function() return xpcall(function() yield(1); error("e", 0) end, function(m) return m .. "!" end) end)) --> 1 true false e!
print(drive(function() return xpcall(function() error("e", 0) end, function(m) return yield(m) .. "!" end) end)) --> e true false e!
print(drive(function() return xpcall(function() yield(1); error("e", 0) end, function(m) yield(2); return yield(m) .. "!" end) end)) --> 1 2 e true false e!
print(drive(function() return xpcall(function() error("e", 0) end, function(m) yield(1); error("again") end) end)) --> 1 true false error in error handling
print(drive(function() return pcall(yield, 5) end)) --> 5 true true 5
print(drive(function() return pcall(coroutine.wrap(function() return 3 end)) end)) -->  true true 3
---
-- craftos only: metamethods
local function drive(f)
  local co, log = coroutine.create(f), {}
  local r = table.pack(coroutine.resume(co))
  while coroutine.status(co) ~= "dead" do
    log[#log + 1] = tostring(r[2])
    r = table.pack(coroutine.resume(co, r[2]))
  end
  return table.concat(log, " "), table.unpack(r, 1, r.n)
end
local yield = coroutine.yield
local mt = {}
for _, op in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm"} do mt["__" .. op] = function() return yield(op) end end
mt.__concat = function(a, b) return yield("concat") end
mt.__len = function() return yield("len") end
mt.__index = function(_, k) return yield("index " .. tostring(k)) end
mt.__newindex = function(t, k, v) yield("newindex " .. k); rawset(t, k, v) end
mt.__call = function(self, ...) return yield("call"), ... end
mt.__eq = function() return yield("eq") end
mt.__lt = function() return yield("lt") end
mt.__le = function() return yield("le") end
mt.__tostring = function() return yield("tostring") end
mt.__pairs = function() yield("pairs") return function(_, k) if not k then return yield("next") end end end
local function V() return setmetatable({}, mt) end
local a, b = V(), V()
print(drive(function() return a + b, a - 1, 2 * a, a / b, a % b, a ^ 2, -a end)) --> add sub mul div mod pow unm true add sub mul div mod pow unm
print(drive(function() return a .. "x", "x" .. a, a .. b .. "x" end)) --> concat concat concat concat true concat concat concat
print(drive(function() return #a, a.x, a[1] end)) --> len index x index 1 true len index x index 1
print(drive(function() a.new = 5; return rawget(a, "new") end)) --> newindex new true 5
print(drive(function() return a(1, 2) end)) --> call true call 1 2
print(drive(function() local x = a(1) return x end)) --> call true call
print(drive(function() return a == b, a ~= b end)) --> eq eq true true false
print(drive(function() return a < b, a <= b, a > b, a >= b end)) --> lt le lt le true true true true true
print(drive(function() if a < b then return "less" end end)) --> lt true less
print(drive(function() if not (a == b) then return "differ" end return "same" end)) --> eq true same
mt.__le = nil
print(drive(function() return a <= b, a >= b end)) --> lt lt true false false
print(drive(function() return tostring(a) end)) --> tostring true tostring
print(drive(function() return ("%s"):format(a) end)) --> tostring true tostring
print(drive(function() local r for k in pairs(a) do r = k end return r end)) --> pairs next true next
print(drive(function() local t = {} for i, v in ipairs(setmetatable({}, {__index = function(_, i) if i < 3 then return yield(i) end end})) do t[#t + 1] = v end return #t end)) --> 1 2 true 2
print(drive(function() return a:method() end)) --~ index method false .*attempt to call method 'method' \(a string value\)
print(drive(function() a.x.y = 1 end)) --~ index x false .*attempt to index field 'x' \(a string value\)
---
-- craftos only: concatenation of many operands
local yield = coroutine.yield
local mt
mt = {__concat = function(x, y)
  local a, b = yield(x, y)
  return setmetatable({s = (type(a) == "table" and a.s or a) .. (type(b) == "table" and b.s or b)}, mt)
end}
local v = setmetatable({s = "3"}, mt)
local co = coroutine.wrap(function() return (v .. v .. v .. v .. v).s, (1 .. v .. 2 .. v .. 4).s, (1 .. 2 .. v).s end)
local r = table.pack(co())
local n = 0
while type(r[1]) == "table" or type(r[2]) == "table" do n = n + 1; r = table.pack(co(r[1], r[2])) end
print(n, r[1], r[2], r[3])           --> 10 33333 13234 123
---
-- craftos only: library functions that call back
local function drive(f)
  local co, log = coroutine.create(f), {}
  local r = table.pack(coroutine.resume(co))
  while coroutine.status(co) ~= "dead" do
    log[#log + 1] = tostring(r[2])
    r = table.pack(coroutine.resume(co, r[2]))
  end
  return table.concat(log, " "), table.unpack(r, 1, r.n)
end
local yield = coroutine.yield
print(drive(function() return ("hello"):gsub("l", function(c) return yield(c):upper() end) end)) --> l l true heLLo 2
print(drive(function() return ("ab"):gsub("%w", setmetatable({}, {__index = function(_, k) return yield(k) .. "!" end})) end)) --> a b true a!b! 2
print(drive(function() return table.foreach({5}, function(k, v) return yield(k) + v end) end)) --> 1 true 6
print(drive(function() return table.foreachi({5, 6}, function(i, v) yield(i) end) end)) --> 1 2 true nil
print(drive(function() return select(2, table.foreach({a = 1}, function(k) yield(k) end)) end)) --> a true
print(drive(function() local t = {1, 2}; table.sort(t, function(a, b) yield("cmp"); return a > b end); return t[1], t[2] end)) --~ cmp( cmp)* true 2 1
print(drive(function() local t = {3, 1, 2}; table.sort(t, function(a, b) return yield(a) < b end); return table.concat(t, ",") end)) --~ \d( \d)* true 1,2,3
local V = {}
V.__lt = function(a, b) yield("lt"); return a.v < b.v end
local function N(v) return setmetatable({v = v}, V) end
print(drive(function() local t = {N(3), N(1), N(2)}; table.sort(t); return t[1].v, t[2].v, t[3].v end)) --~ lt( lt)* true 1 2 3
local proxy = setmetatable({}, {__index = function(_, k) return yield("get " .. k) and k end, __len = function() return yield("len") and 2 end})
print(drive(function() return table.concat(proxy, ",") end)) --> len get 1 get 2 true 1,2
print(drive(function() return table.unpack(proxy) end)) --> len get 1 get 2 true 1 2
print(drive(function() local store = {}; table.insert(setmetatable({}, {__len = function() return yield("len") and 4 end, __newindex = function(_, k, v) yield("set " .. k); store[k] = v end}), "v"); return store[5] end)) --> len set 5 true v
print(drive(function() for a, b in function(_, c) c = yield(c or "first"); if c ~= "stop" then return "stop", 1 end end do yield(a) end return "out" end)) --> first stop stop true out
---
-- craftos only: load readers (pieces come from yields)
local n = 0
local pieces = {"return ", "1", " + ", "41"}
local co = coroutine.wrap(function()
  local f = load(function() n = n + 1; coroutine.yield("piece " .. n); return pieces[n] end)
  return f()
end)
print(co(), co(), co(), co(), co())  --> piece 1 piece 2 piece 3 piece 4 piece 5
print(co())                          --> 42
co = coroutine.wrap(function() return load(function() coroutine.yield("y"); error("in reader", 0) end) end)
print(co())                          --> y
print(co())                          --> nil in reader
co = coroutine.wrap(function() local done; return load(function() if done then return end done = true; coroutine.yield("y"); return "x =" end, "=r") end)
print(co(), co())                    --~ y nil r:1: unexpected symbol near <eof>
---
-- craftos only: hooks
local function inHook(mask, count)
  local seen = {}
  local co = coroutine.create(function()
    debug.sethook(function(event) seen[event] = (seen[event] or 0) + 1; coroutine.yield(event) end, mask, count)
    local function f(x) return x + 1 end
    local s = 0
    for i = 1, 3 do
      s = s + f(i)
    end
    s = s + #("x"):rep(2)
    debug.sethook()
    return s
  end)
  local ok, r
  repeat ok, r = coroutine.resume(co) until coroutine.status(co) == "dead"
  return ok, r, (seen.call or 0) > 0, (seen["return"] or 0) > 0, (seen.line or 0) > 0, (seen.count or 0) > 0
end
print(inHook("c"))                   --> true 11 true false false false
print(inHook("r"))                   --> true 11 false true false false
print(inHook("l"))                   --> true 11 false false true false
print(inHook("", 1))                 --> true 11 false false false true
print(inHook("crl", 1))              --> true 11 true true true true
---
-- craftos only: error() and the stack after a yield
local co = coroutine.create(function()
  local ok, e = pcall(function()
    local x = coroutine.yield()
    x.y.z = 1
  end)
  coroutine.yield(e)
  error("level two", 2)
end)
coroutine.resume(co)
print(coroutine.resume(co, {}))      --> true @LINE-6: attempt to index field 'y' (a nil value)
print(coroutine.resume(co))          --> false level two
