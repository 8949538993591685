-- Runs `programs`, a table of {name=, source=} that is put in front of this
-- text, and writes a record for what each of them does (see readOutcomes).
-- Programs may replace any global: all that is used later is kept in locals,
-- and what they changed is put back before the next one.

local write = io.write
local concat, select, tostring, type, load = table.concat, select, tostring, type, load
local gsub, format, byte, gmatch = string.gsub, string.format, string.byte, string.gmatch
local create, resume, status = coroutine.create, coroutine.resume, coroutine.status
local pairs, rawset, next = pairs, rawset, next
local setmeta, sethook = debug.setmetatable, debug.sethook
local G, stringMeta = _G, getmetatable("")

local function record(tag, text)
  write(tag, " ", format("%d", #text), "\n", text, "\n")
end

local function visible(text)
  return (gsub(text, "[^\32-\126]", function(c) return format("\\x%02x", byte(c)) end))
end

-- A Lua function on purpose: __tostring may yield, also where the library's
-- tostring can't.
local function print(...)
  local parts = {}
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    parts[i] = tostring(v)
  end
  for line in gmatch(concat(parts, " ") .. "\n", "([^\n]*)\n") do
    record("p", visible(line))
  end
end

G.io, G.arg, G.print = nil, nil, print

-- What is there before the first program, one level deep.
local kept = {[G] = {}, [stringMeta] = {}}
for k, v in pairs(G) do
  kept[G][k] = v
  if type(v) == "table" and not kept[v] then
    kept[v] = {}
    for name, f in pairs(v) do kept[v][name] = f end
  end
end
for k, v in pairs(stringMeta) do kept[stringMeta][k] = v end

local function restore()
  sethook()
  setmeta(nil, nil)
  setmeta(0, nil)
  setmeta(true, nil)
  setmeta(print, nil)
  setmeta(create(print), nil)
  setmeta("", stringMeta)
  for t, fields in next, kept do
    setmeta(t, nil)
    for k in next, t do
      if fields[k] == nil then rawset(t, k, nil) end
    end
    for k, v in next, fields do rawset(t, k, v) end
  end
end

for i = 1, #programs do
  local p = programs[i]
  record("s", "")
  local f, message = load(p.source, "=" .. p.name, "t", G)
  local ok = f ~= nil
  if f then
    local thread = create(f)
    repeat
      ok, message = resume(thread)
    until not ok or status(thread) == "dead"
  end
  restore()
  if not ok then
    if type(message) == "string" then
      record("e", visible(message))
    else
      record("e", "(a " .. type(message) .. " value)")
    end
  end
  record("d", "")
end
