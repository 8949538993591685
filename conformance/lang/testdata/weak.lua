-- Weak tables: §1.1. When an entry goes is the collector's affair: here is only that they work as tables.

for _, mode in ipairs {"k", "v", "kv"} do
  local t = setmetatable({}, {__mode = mode})
  local key, value = {}, {}
  t[key] = value
  t.x, t[1], t[2] = "strong", 10, value
  print(mode, t[key] == value, t.x, t[1], t[2] == value, #t)
end
--> k true strong 10 true 2
--> v true strong 10 true 2
--> kv true strong 10 true 2
local t = setmetatable({}, {__mode = "k"})
local n = 0
local kept = {}
for i = 1, 100 do kept[i] = {}; t[kept[i]] = i end
for k, v in pairs(t) do n = n + v end
print(n)                             --> 5050
for i = 1, 50 do t[kept[i]] = nil end
n = 0
for k, v in pairs(t) do n = n + 1 end
print(n, next(setmetatable({}, {__mode = "v"}))) --> 50 nil
local cache = setmetatable({}, {__mode = "v"})
local function get(k) local v = cache[k]; if not v then v = {k}; cache[k] = v end; return v end
local a = get("a")
print(get("a") == a, a[1])           --> true a
setmetatable(cache, {__mode = 5})
print(get("a") == a)                 --> true
---
-- craftos only: there is no way to look at the collector (§1.1)
print(collectgarbage, gcinfo, newproxy) --> nil nil nil
