-- Patterns: find, match and gmatch with classes, captures, anchors and back-tracking over log lines.
local N = ... or 120000

local levels = { "INFO", "WARN", "ERROR", "DEBUG" }
local lines = {}
for i = 1, 200 do
  lines[i] = string.format("2024-%02d-%02d %s [worker-%d] request id=%d path=/a/b%d/c.html took %d ms",
    i % 12 + 1, i % 28 + 1, levels[i % 4 + 1], i % 9, i * 37, i, i * 13 % 997)
end
local sum, errors, words = 0, 0, 0
for i = 1, N do
  local s = lines[i % 200 + 1]
  local y, m, d, level = s:match("^(%d+)%-(%d+)%-(%d+) (%u+)")
  sum = sum + y + m * d
  if level == "ERROR" then errors = errors + 1 end
  local _, stop, worker = s:find("%[([%w%-]+)%]")
  sum = sum + stop + #worker
  local path = s:match("path=(%S*)%.html")
  sum = sum + #path
  local ms = s:match("(%d+) ms$")
  sum = sum + ms
  if s:find("id=7", 1, true) then sum = sum + 1 end
  if i % 4 == 0 then
    for _ in s:gmatch("[%a_][%w_]*") do words = words + 1 end
    for k, v in s:gmatch("(%w+)=(%w+)") do sum = sum + #k + #v end
  end
end

print(string.format("%d %d %d", sum, errors, words))
