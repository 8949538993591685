-- A scanner for a small language: find with anchored patterns by position, keywords looked up, tokens collected.
local N = ... or 1000

local keywords = {}
for w in ("and break do else elseif end false for function if in local nil not or repeat return then true until while"):gmatch("%a+") do
  keywords[w] = true
end

local source = [==[
local function area(w, h) -- of a box
  if w == nil or h <= 0 then return 0, "bad 'size'" end
  local t = { name = "box", [1] = 0x1F, size = 3.5e2 }
  for i = 1, #t do t[i] = t[i] + w * h / 2 % 7 end
  while not done do t.n = (t.n or 0) .. 'it''s' ; break end
  return t.name ~= "x" and area(w - 1, h - 1) -- tail
end
]==]

local function scan(text)
  local tokens, n, pos, line = {}, 0, 1, 1
  local find, sub, byte = string.find, string.sub, string.byte
  local size = #text
  while pos <= size do
    local c = byte(text, pos)
    local kind, stop
    if c == 10 then
      line = line + 1
      pos = pos + 1
    elseif c == 32 or c == 9 then
      local _, e = find(text, "^[ \t]+", pos)
      pos = e + 1
    elseif c == 45 and byte(text, pos + 1) == 45 then
      local _, e = find(text, "^%-%-[^\n]*", pos)
      pos = e + 1
    else
      if c >= 48 and c <= 57 then
        local _, e = find(text, "^0[xX]%x+", pos)
        if not e then _, e = find(text, "^%d+%.?%d*[eE]?%d*", pos) end
        kind, stop = "number", e
      elseif c == 34 or c == 39 then
        local _, e = find(text, c == 34 and '^"[^"\n]*"' or "^'[^'\n]*'", pos)
        kind, stop = "string", e
      elseif c == 95 or (c >= 97 and c <= 122) or (c >= 65 and c <= 90) then
        local _, e = find(text, "^[%a_][%w_]*", pos)
        kind, stop = "name", e
        if keywords[sub(text, pos, e)] then kind = "keyword" end
      else
        local two = sub(text, pos, pos + 1)
        kind = "operator"
        stop = (two == "==" or two == "~=" or two == "<=" or two == ">=" or two == "..") and pos + 1 or pos
      end
      n = n + 1
      tokens[n] = { kind = kind, text = sub(text, pos, stop), line = line }
      pos = stop + 1
    end
  end
  return tokens, line
end

local text = source:rep(8)
local kinds, check = { number = 0, string = 0, name = 0, keyword = 0, operator = 0 }, 0
for _ = 1, N do
  local tokens, lines = scan(text)
  for i, t in ipairs(tokens) do
    kinds[t.kind] = kinds[t.kind] + 1
    check = (check + #t.text * i + t.line) % 1000003
  end
  check = check + lines
end

print(string.format("%d %d %d %d %d %d", kinds.number, kinds.string, kinds.name, kinds.keyword, kinds.operator, check))
