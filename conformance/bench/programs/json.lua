-- A JSON encoder and decoder in plain Lua, run over nested documents.
local N = ... or 1500

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }
local unescapes = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", n = "\n", t = "\t", r = "\r" }

local encode
local function encode_into(value, out)
  local kind = type(value)
  if kind == "table" then
    if #value > 0 then
      out[#out + 1] = "["
      for i, v in ipairs(value) do
        if i > 1 then out[#out + 1] = "," end
        encode_into(v, out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for k in pairs(value) do keys[#keys + 1] = k end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, k in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        encode_into(k, out)
        out[#out + 1] = ":"
        encode_into(value[k], out)
      end
      out[#out + 1] = "}"
    end
  elseif kind == "string" then
    out[#out + 1] = '"' .. value:gsub('["\\\n\t\r]', escapes) .. '"'
  elseif kind == "number" then
    out[#out + 1] = string.format("%.14g", value)
  else
    out[#out + 1] = tostring(value)
  end
end
function encode(value)
  local out = {}
  encode_into(value, out)
  return table.concat(out)
end

local function decode(text)
  local pos = 1
  local value
  local function skip() pos = text:find("%S", pos) or #text + 1 end
  local function fail(what) error("expected " .. what .. " at " .. pos, 0) end
  local function str()
    local parts, start = {}, pos + 1
    while true do
      local stop = text:find('["\\]', start)
      if not stop then fail("end of string") end
      parts[#parts + 1] = text:sub(start, stop - 1)
      if text:byte(stop) == 34 then
        pos = stop + 1
        return #parts == 1 and parts[1] or table.concat(parts)
      end
      parts[#parts + 1] = unescapes[text:sub(stop + 1, stop + 1)] or fail("escape")
      start = stop + 2
    end
  end
  local function array()
    local out, n = {}, 0
    pos = pos + 1
    skip()
    if text:sub(pos, pos) == "]" then pos = pos + 1 return out end
    while true do
      n = n + 1
      out[n] = value()
      skip()
      local c = text:sub(pos, pos)
      pos = pos + 1
      if c == "]" then return out end
      if c ~= "," then fail("comma") end
    end
  end
  local function object()
    local out = {}
    pos = pos + 1
    skip()
    if text:sub(pos, pos) == "}" then pos = pos + 1 return out end
    while true do
      skip()
      local k = str()
      skip()
      if text:sub(pos, pos) ~= ":" then fail("colon") end
      pos = pos + 1
      out[k] = value()
      skip()
      local c = text:sub(pos, pos)
      pos = pos + 1
      if c == "}" then return out end
      if c ~= "," then fail("comma") end
    end
  end
  function value()
    skip()
    local c = text:sub(pos, pos)
    if c == "{" then return object() end
    if c == "[" then return array() end
    if c == '"' then return str() end
    local word = text:match("^%a+", pos)
    if word then
      pos = pos + #word
      if word == "true" then return true end
      if word == "false" then return false end
      if word == "null" then return nil end
      fail("value")
    end
    local number = text:match("^%-?%d+%.?%d*[eE]?[%+%-]?%d*", pos)
    if not number then fail("value") end
    pos = pos + #number
    return tonumber(number)
  end
  local result = value()
  skip()
  if pos <= #text then fail("end of text") end
  return result
end

local bytes, sum = 0, 0
for i = 1, N do
  local doc = { id = i, title = 'A "quoted"\ttitle', done = i % 2 == 0, ratio = i / 8, items = {}, owner = { name = "Ann", tags = { "x", "y", "z" } } }
  for k = 1, 20 do doc.items[k] = { k = k, price = k * 1.25, label = "item " .. k .. "\n", ok = k % 3 == 0 } end
  local text = encode(doc)
  local copy = decode(text)
  local again = encode(copy)
  if again ~= text then error("round trip differs") end
  bytes = bytes + #text
  for _, item in ipairs(copy.items) do sum = sum + item.price end
  sum = sum + copy.id + #copy.owner.tags
end

print(string.format("%d %d", bytes, sum))
