local a, b = ...
while a < 10 and b do
  if b == "skip" then goto continue end
  if a > 5 then break end
  a = a + 1
  ::continue::
end
repeat local x = f(a) until x or not b
for i = 1, #b do f(i) end
for i = a, b, -1 do fs[i] = function() i = i + 1 end end
for k, v in pairs(b) do f(k, v) end
if not a then f() elseif a == 1 or b then g() else h() end
