-- craftos only: what there is before bios runs, and nothing else (§1.3)
-- print belongs to these tests. The host's APIs may be there or not.
local host = {_HOST = true, _CC_DEFAULT_SETTINGS = true, term = true, redstone = true, rs = true, fs = true, peripheral = true, os = true, http = true, print = true}
local function list(t, hidden)
  local names = {}
  for k in pairs(t) do if not (hidden and hidden[k]) then names[#names + 1] = k end end
  table.sort(names)
  return table.concat(names, " ")
end
print(list(_G, host))                --> _G _VERSION assert bit32 coroutine debug error getfenv getmetatable ipairs load loadstring math next pairs pcall rawequal rawget rawlen rawset select setfenv setmetatable string table tonumber tostring type unpack utf8 xpcall
print(list(string))                  --> byte char dump find format gfind gmatch gsub len lower match pack packsize rep reverse sub unpack upper
print(list(table))                   --> concat foreach foreachi getn insert maxn move pack remove sort unpack
print(list(math))                    --> abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min mod modf pi pow rad random randomseed sin sinh sqrt tan tanh
print(list(coroutine))               --> create isyieldable resume running status wrap yield
print(list(bit32))                   --> arshift band bnot bor btest bxor extract lrotate lshift replace rrotate rshift
print(list(utf8))                    --> char charpattern codepoint codes len offset
print(list(debug))                   --> debug getfenv gethook getinfo getlocal getmetatable getregistry getupvalue setfenv sethook setlocal setmetatable setupvalue traceback upvalueid upvaluejoin
print(getmetatable(_G), getmetatable(string), list(getmetatable(""))) --> nil nil __index
for name in pairs(host) do
  local v = rawget(_G, name)
  if v ~= nil and type(v) ~= "table" and type(v) ~= "string" and name ~= "print" then print(name, v) end
end
if rs ~= nil then print(rs == redstone) else print(true) end --> true
