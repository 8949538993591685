--- Runs specs: Lua files that say in words and code what something does.
---
--- ```lua
--- describe("string.rep", function()
---   it("repeats", function() expect(("x"):rep(3)):eq("xxx") end)
---   it("wants a number", function()
---     expect.error(string.rep, "x"):eq("bad argument (number expected, got nil)")
---   end)
--- end)
--- ```
---
--- This chunk returns a table with one function, `new`. A host (driver.lua, for
--- one) loads the files, gives them to `Suite:collect` and calls `Suite:run`; all
--- output is its own affair, by way of the `on_result` callback. Tests may yield:
--- the callback `wait` says with what they go on, or that they don't.

---@class Result What became of a test.
---@field name string Names of the groups around it and its own, with the separator between them.
---@field path string[] The same names as a list.
---@field source string Where the test is written: "file:line", with the file's whole name.
---@field status "pass"|"fail"|"error"|"pending" `fail` is an expectation not met, `error` any other error.
---@field message? string What went wrong, of one or more lines.
---@field trace? string Where, as by `debug.traceback`, without the runner's own frames.

---@class Options
---@field env? table Gets `describe`, `it` and the other words; the globals if nil.
---@field separator? string Goes between names; " / " if nil.
---@field on_start? fun(test: Result, index: integer) Called before a test runs.
---@field on_body? fun() Called before each function that a spec has given: a chunk, a test, a before_each, an after_each.
---@field on_result? fun(result: Result): boolean? Called after each test. No more are run if it returns true.
---@field wait? fun(...): boolean, ... Called with what such a function yields. It returns true and with what the function goes on, or false and why it does not. If nil, yields go to whoever runs the suite.

---@class Suite
---@field tests table[]
---@field options Options
local Suite = {}
Suite.__index = Suite

-- Functions that the code under test may replace.
local error, ipairs, next, pairs, pcall, rawequal, select, setmetatable, tostring, type, xpcall =
  error, ipairs, next, pairs, pcall, rawequal, select, setmetatable, tostring, type, xpcall
local concat, sort, pack, unpack = table.concat, table.sort, table.pack, table.unpack
local format, gsub, find, sub, match, gmatch, byte =
  string.format, string.gsub, string.find, string.sub, string.match, string.gmatch, string.byte
local insert, getmetatable, rawget, rawset = table.insert, getmetatable, rawget, rawset
local create, resume, status = coroutine.create, coroutine.resume, coroutine.status
local getinfo, traceback = debug.getinfo, debug.traceback

--- How positions in this file begin in messages and tracebacks.
local own_source = getinfo(1, "S").short_src

--------------------------------------------------------------------------------
-- Values as text

local MAX_DEPTH, MAX_FIELDS, MAX_STRING = 4, 20, 200

local function by_type_and_value(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return ta < tb end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

local function sorted_keys(t)
  local keys = {}
  for k in next, t do keys[#keys + 1] = k end
  sort(keys, by_type_and_value)
  return keys
end

local function is_name(k) return type(k) == "string" and find(k, "^[%a_][%w_]*$") ~= nil end

--- A value as Lua source, as far as it has one. Long values are cut, and tables
--- that hold themselves are marked.
---@param v any
---@return string
local function show(v, depth, seen)
  local kind = type(v)
  if kind == "string" then
    local cut = ""
    if #v > MAX_STRING then v, cut = sub(v, 1, MAX_STRING), format("... (%d bytes)", #v) end
    return (gsub(gsub(format("%q", v), "\\\n", "\\n"), "[^\32-\126]", function(c) return format("\\%03d", byte(c)) end)) .. cut
  end
  if kind ~= "table" then return tostring(v) end
  depth, seen = depth or 0, seen or {}
  if seen[v] then return "<the table itself>" end
  if depth >= MAX_DEPTH then return "{...}" end
  seen[v] = true
  local parts, n = {}, 0
  local length = 0
  while rawget(v, length + 1) ~= nil do length = length + 1 end
  for i = 1, length do
    if n >= MAX_FIELDS then break end
    n = n + 1
    parts[n] = show(rawget(v, i), depth + 1, seen)
  end
  for _, k in ipairs(sorted_keys(v)) do
    if not (type(k) == "number" and k >= 1 and k <= length and k % 1 == 0) then
      if n >= MAX_FIELDS then break end
      n = n + 1
      parts[n] = (is_name(k) and k or "[" .. show(k, depth + 1, seen) .. "]") .. " = " .. show(rawget(v, k), depth + 1, seen)
    end
  end
  if n >= MAX_FIELDS then parts[n + 1] = "..." end
  seen[v] = nil
  return "{" .. concat(parts, ", ") .. "}"
end

local function show_list(values)
  local parts = {}
  for i = 1, values.n do parts[i] = show(values[i]) end
  return "(" .. concat(parts, ", ") .. ")"
end

local function field_path(path, k)
  if is_name(k) then return path .. "." .. k end
  return path .. "[" .. show(k) .. "]"
end

--------------------------------------------------------------------------------
-- Comparison

local function is_nan(v) return v ~= v end

local MAX_DIFFERENCES = 10

--- Collects where two values differ. With `partial`, fields that only `actual`
--- has don't matter. Metatables aren't looked at.
local function collect_differences(actual, expected, partial, path, seen, found)
  if rawequal(actual, expected) or (is_nan(actual) and is_nan(expected)) then return end
  if #found >= MAX_DIFFERENCES then return end
  if type(actual) ~= "table" or type(expected) ~= "table" then
    if actual == expected then return end
    local where = path == "" and "" or path .. ": "
    found[#found + 1] = where .. "expected " .. show(expected) .. ", got " .. show(actual)
    return
  end
  -- A pair that is being compared further up is equal unless something else differs.
  local pairs_seen = seen[actual]
  if not pairs_seen then
    pairs_seen = {}
    seen[actual] = pairs_seen
  end
  if pairs_seen[expected] then return end
  pairs_seen[expected] = true

  for _, k in ipairs(sorted_keys(expected)) do
    collect_differences(rawget(actual, k), rawget(expected, k), partial, field_path(path, k), seen, found)
  end
  if partial then return end
  for _, k in ipairs(sorted_keys(actual)) do
    if rawget(expected, k) == nil and #found < MAX_DIFFERENCES then
      found[#found + 1] = field_path(path, k) .. ": expected nothing, got " .. show(rawget(actual, k))
    end
  end
end

---@return string[] differences Empty when the values are the same.
local function differences(actual, expected, partial)
  local found = {}
  collect_differences(actual, expected, partial, "", {}, found)
  return found
end

--- For two long strings that differ, the first place where they do.
local function first_difference(actual, expected)
  if type(actual) ~= "string" or type(expected) ~= "string" or #actual + #expected < 60 then return nil end
  local at = 1
  while at <= #actual and byte(actual, at) == byte(expected, at) do at = at + 1 end
  local from = at > 15 and at - 15 or 1
  local _, line = gsub(sub(expected, 1, at - 1), "\n", "")
  return format("first difference at byte %d, line %d:\nexpected ...%s\n     got ...%s", at, line + 1,
    show(sub(expected, from, at + 30)), show(sub(actual, from, at + 30)))
end

local function check(what, i, value, wanted)
  if type(value) ~= wanted then
    error(format("%s: argument %d must be a %s, not a %s", what, i, wanted, type(value)), 3)
  end
end

--------------------------------------------------------------------------------
-- Expectations

--- An expectation that isn't met is thrown as a value of this class.
local Failure = {}
Failure.__index = Failure
function Failure.__tostring(self) return self.message end

--- The first expectation of a test that wasn't met. That is what went wrong, also
--- if the code under test has caught the error, as servers do with those of their
--- handlers, and whatever else came of it.
local unmet

local function fail_with(message, level)
  local failure = setmetatable({message = message, trace = traceback("", (level or 1) + 1)}, Failure)
  unmet = unmet or failure
  error(failure, 0)
end

--- What stubs recorded, by the functions that stand in.
local recorded = setmetatable({}, {__mode = "k"})

---@class Expectation
---@field value any
local Expectation = {}

Expectation.__index = function(_, name)
  if name == "value" then return nil end
  local method = rawget(Expectation, name)
  if method == nil then error(format("there is no expectation %q", tostring(name)), 2) end
  return method
end

local function expect_value(value) return setmetatable({value = value}, Expectation) end

--- The value is this very one (`==`).
function Expectation:eq(expected)
  if self.value ~= expected then
    local message = "expected " .. show(expected) .. "\n     got " .. show(self.value)
    local place = first_difference(self.value, expected)
    if place then message = message .. "\n" .. place end
    fail_with(message, 2)
  end
  return self
end

Expectation.equals = Expectation.eq
Expectation.equal = Expectation.eq

--- The value is another one.
function Expectation:ne(unexpected)
  if self.value == unexpected then fail_with("expected anything but " .. show(unexpected), 2) end
  return self
end

Expectation.not_equals = Expectation.ne

--- Says what the value is. Only for those who read the spec.
---@param what string
function Expectation:describe(what)
  check("describe", 1, what, "string")
  return self
end

--- The value is equal, or a table with the same fields all the way down.
function Expectation:same(expected)
  local found = differences(self.value, expected, false)
  if #found > 0 then
    local message = "expected " .. show(expected) .. "\n     got " .. show(self.value)
    if type(self.value) == "table" and type(expected) == "table" then
      message = message .. "\ndifferences:\n  " .. concat(found, "\n  ")
    end
    fail_with(message, 2)
  end
  return self
end

--- The value is a table with at least these fields, all the way down.
function Expectation:matches(expected)
  local found = differences(self.value, expected, true)
  if #found > 0 then
    fail_with("expected a value that has " .. show(expected) .. "\n     got " .. show(self.value) .. "\ndifferences:\n  " .. concat(found, "\n  "), 2)
  end
  return self
end

--- The value is of a type, as the function `type` names it.
function Expectation:type(expected)
  if type(self.value) ~= expected then
    fail_with("expected a " .. expected .. "\n     got a " .. type(self.value) .. ": " .. show(self.value), 2)
  end
  return self
end

--- The value is a string in which the pattern is found.
function Expectation:str_match(pattern)
  if type(self.value) ~= "string" then
    fail_with("expected a string that matches " .. show(pattern) .. "\n     got " .. show(self.value), 2)
  elseif not find(self.value, pattern) then
    fail_with("expected a match of " .. show(pattern) .. "\n      in " .. show(self.value), 2)
  end
  return self
end

local function calls_of(self)
  local calls = recorded[self.value]
  if not calls then fail_with("expected a stub (made by stub(table, key))\n     got " .. show(self.value), 3) end
  return calls
end

local function show_calls(calls)
  if #calls == 0 then return "it was not called" end
  local parts = {}
  for i, arguments in ipairs(calls) do
    if i > 5 then
      parts[i] = "..."
      break
    end
    parts[i] = show_list(arguments)
  end
  return format("it was called %d time%s: %s", #calls, #calls == 1 and "" or "s", concat(parts, " "))
end

--- The stub was called: at all, or this often.
---@param times? integer
function Expectation:called(times)
  local calls = calls_of(self)
  if times == nil and #calls == 0 then
    fail_with("expected the stub to be called", 2)
  elseif times ~= nil and #calls ~= times then
    fail_with(format("expected the stub to be called %s time%s\n", tostring(times), times == 1 and "" or "s") .. show_calls(calls), 2)
  end
  return self
end

local function has_call(calls, arguments, partial)
  for _, call in ipairs(calls) do
    local equal = partial or call.n == arguments.n
    for i = 1, arguments.n do equal = equal and #differences(call[i], arguments[i], partial) == 0 end
    if equal then return true end
  end
  return false
end

--- The stub was called with the same arguments, some time or other.
function Expectation:called_with(...)
  local calls, arguments = calls_of(self), pack(...)
  if not has_call(calls, arguments, false) then
    fail_with("expected a call with " .. show_list(arguments) .. "\n" .. show_calls(calls), 2)
  end
  return self
end

--- The stub was called with arguments that these match, some time or other.
function Expectation:called_with_matching(...)
  local calls, arguments = calls_of(self), pack(...)
  if not has_call(calls, arguments, true) then
    fail_with("expected a call that matches " .. show_list(arguments) .. "\n" .. show_calls(calls), 2)
  end
  return self
end

--- The message of an error as the code that raised it wrote it. A function that
--- takes its caller's position puts one of this file in front, or the name of
--- the native that called it.
local function without_own_position(message)
  if type(message) ~= "string" then return message end
  local length = #own_source
  if sub(message, 1, length) == own_source then
    local rest = match(message, "^:%d+: (.*)$", length + 1)
    if rest then return rest end
  end
  return (gsub(message, "^pcall: ", ""))
end

local expect = {}

--- Calls a function that must fail.
---@param f function
---@param ... any Its arguments.
---@return Expectation # Of the error, without the position of this call.
function expect.error(f, ...)
  local results = pack(pcall(f, ...))
  if results[1] then
    fail_with("expected an error\n     got " .. show_list(pack(unpack(results, 2, results.n))), 2)
  end
  -- An expectation inside f wasn't met: that is not the error that was meant.
  if getmetatable(results[2]) == Failure then error(results[2], 0) end
  return expect_value(without_own_position(results[2]))
end

setmetatable(expect, {__call = function(_, value) return expect_value(value) end})

--------------------------------------------------------------------------------
-- Collecting

local function group(parent, name)
  return {parent = parent, name = name, before = {}, after = {}}
end

local function path_of(g)
  local path = {}
  while g and g.name do
    insert(path, 1, g.name)
    g = g.parent
  end
  return path
end

--- Makes the words that specs use. They put what they are given into the suite.
local function vocabulary(suite)
  local words = {expect = expect}

  local function collecting(what)
    if suite.running then error(what .. " can't be used inside of a test", 3) end
  end

  --- A group of tests, whose name goes before theirs.
  function words.describe(name, body)
    check("describe", 1, name, "string")
    check("describe", 2, body, "function")
    collecting("describe")
    suite:enter(name, body)
  end

  --- A test.
  function words.it(name, body)
    check("it", 1, name, "string")
    check("it", 2, body, "function")
    collecting("it")
    suite:add(name, body, getinfo(2, "Sl"))
  end

  --- A test that isn't run: it is known not to pass yet.
  function words.pending(name)
    check("pending", 1, name, "string")
    collecting("pending")
    suite:add(name, nil, getinfo(2, "Sl"))
  end

  --- Runs before each test of the group, after those of the groups around it.
  function words.before_each(body)
    check("before_each", 1, body, "function")
    collecting("before_each")
    local before = suite.group.before
    before[#before + 1] = body
  end

  --- Runs after each test of the group, before those of the groups around it.
  function words.after_each(body)
    check("after_each", 1, body, "function")
    collecting("after_each")
    local after = suite.group.after
    after[#after + 1] = body
  end

  --- Fails the test.
  function words.fail(message)
    fail_with(tostring(message), 2)
  end

  --- Puts something else in a table until the test ends: a function that records
  --- its calls, and calls the given one; or a value that is not a function.
  function words.stub(t, key, ...)
    check("stub", 1, t, "table")
    if not suite.running then error("stub is for use inside of a test", 2) end
    local replacement = ...
    local old = rawget(t, key)
    local restore = suite.restore
    restore[#restore + 1] = function() rawset(t, key, old) end
    if select("#", ...) > 0 and type(replacement) ~= "function" then
      rawset(t, key, replacement)
      return replacement
    end
    local calls = {}
    local function stand_in(...)
      calls[#calls + 1] = pack(...)
      if replacement then return replacement(...) end
    end
    recorded[stand_in] = calls
    rawset(t, key, stand_in)
    return stand_in
  end

  return words
end

function Suite:add(name, body, info)
  local path = path_of(self.group)
  path[#path + 1] = name
  local source = info and gsub(info.source, "^[@=]", "") .. ":" .. (info.currentline or 0) or self.file or "?"
  self.tests[#self.tests + 1] = {
    path = path, name = concat(path, self.options.separator or " / "), source = source, body = body, group = self.group,
  }
end

--------------------------------------------------------------------------------
-- Running

--- The frames of a traceback that aren't the runner's. Those at the end belong
--- to whoever has called the runner.
local function own_frames_removed(trace)
  local kept = {}
  local pattern = "^%s*" .. gsub(own_source, "%p", "%%%0") .. ":%d+:"
  local started = false
  for line in gmatch(trace, "[^\n]+") do
    if find(line, pattern) then
      if started then break end
    elseif find(line, "^%s") then
      -- A native between the test and the runner is pcall or error.
      if started or not find(line, "^%s*%[C%]") then
        started = true
        kept[#kept + 1] = line
      end
    end
  end
  while kept[1] and find(kept[#kept], "^%s*%[C%]") do kept[#kept] = nil end
  if not kept[1] then return nil end
  return "stack traceback:\n" .. concat(kept, "\n")
end

local function outcome_of(failure)
  return {status = "fail", message = failure.message, trace = own_frames_removed(failure.trace)}
end

local function on_error(problem)
  if getmetatable(problem) == Failure then return outcome_of(problem) end
  local message = problem
  if type(problem) == "table" and getmetatable(problem) and getmetatable(problem).__tostring then
    message = tostring(problem)
  elseif type(problem) ~= "string" then
    message = show(problem)
  end
  return {status = "error", message = message, trace = own_frames_removed(traceback("", 2))}
end

--- Runs a group's function, which defines tests.
function Suite:enter(name, body)
  local outer = self.group
  self.group = group(outer, name)
  local ok, problem = xpcall(body, on_error)
  if not ok then self:broken(problem) end
  self.group = outer
end

--- Notes an error outside of the tests as a test that ends with it.
---@param problem {status: string, message: string, trace?: string}|string
function Suite:broken(problem)
  if type(problem) ~= "table" then problem = {status = "error", message = tostring(problem)} end
  self:add("(loading)")
  self.tests[#self.tests].problem = problem
end

--- Runs the chunks of a spec, which define tests: first those that set things up, then its own. What follows one that
--- fails is left out.
---@param chunks function[]
---@param name? string A group around all of the tests.
---@param file? string What to call the file where that is all that is known of a position.
function Suite:collect(chunks, name, file)
  local outermost = group(nil, name)
  self.file = file
  for _, chunk in ipairs(chunks) do
    self.group = outermost
    local problem = self:attempt(chunk)
    if problem then
      self.group = outermost
      self:broken(problem)
      break
    end
  end
  self.group, self.file = nil, nil
end

local function groups_of(test)
  local groups, g = {}, test.group
  while g do
    insert(groups, 1, g)
    g = g.parent
  end
  return groups
end

--- What a coroutine's resume has given, with what it yields or returns as a list.
local function step(ok, ...) return ok, pack(...) end

--- xpcall(body, on_error) in a coroutine, with the host's `wait` for its yields.
local function call_with_waits(body, wait)
  local co = create(function() return xpcall(body, on_error) end)
  local resumed, values = step(resume(co))
  while resumed and status(co) ~= "dead" do
    local going_on
    going_on, values = step(wait(unpack(values, 1, values.n)))
    if not going_on then
      return false, {status = "error", message = tostring(values[1]), trace = own_frames_removed(traceback(co))}
    end
    resumed, values = step(resume(co, unpack(values, 1, values.n)))
  end
  if not resumed then return false, values[1] end
  return values[1], values[2]
end

--- Runs a function of a spec and gives nil, or what went wrong.
function Suite:attempt(body)
  local on_body, wait = self.options.on_body, self.options.wait
  if on_body then on_body() end
  local ok, problem
  if wait then
    ok, problem = call_with_waits(body, wait)
  else
    ok, problem = xpcall(body, on_error)
  end
  if ok then return nil end
  if type(problem) ~= "table" then problem = {status = "error", message = tostring(problem)} end
  return problem
end

function Suite:run_one(test)
  if test.problem then return test.problem end
  if not test.body then return {status = "pending"} end
  self.running, self.restore, unmet = true, {}, nil
  local groups = groups_of(test)
  local problem
  for _, g in ipairs(groups) do
    for _, before in ipairs(g.before) do problem = problem or self:attempt(before) end
  end
  problem = problem or self:attempt(test.body)
  for i = #groups, 1, -1 do
    for _, after in ipairs(groups[i].after) do problem = self:attempt(after) or problem end
  end
  for i = #self.restore, 1, -1 do self.restore[i]() end
  self.running, self.restore = false, nil
  if unmet then problem = outcome_of(unmet) end
  unmet = nil
  return problem or {status = "pass"}
end

--- Which tests there are to run, as indices of `self.tests`.
---@param filter? string Only those whose name contains this text, and those that stand for errors.
---@return integer[]
function Suite:chosen(filter)
  local indices = {}
  for i, test in ipairs(self.tests) do
    if not filter or test.problem or find(test.name, filter, 1, true) then indices[#indices + 1] = i end
  end
  return indices
end

--- Runs the tests in the order in which they were collected.
---@param indices? integer[] Those to run; all if nil.
function Suite:run(indices)
  local on_start, on_result = self.options.on_start, self.options.on_result
  for _, i in ipairs(indices or self:chosen()) do
    local test = self.tests[i]
    if on_start then on_start(test, i) end
    local outcome = self:run_one(test)
    local stop = on_result and on_result {
      name = test.name, path = test.path, source = test.source,
      status = outcome.status, message = outcome.message, trace = outcome.trace,
    }
    if stop then return end
  end
end

local runner = {}

--- Makes an empty suite and puts the words of specs into its environment.
---@param options? Options
---@return Suite
function runner.new(options)
  options = options or {}
  local suite = setmetatable({tests = {}, options = options, running = false}, Suite)
  local env = options.env or _G
  for name, word in pairs(vocabulary(suite)) do rawset(env, name, word) end
  return suite
end

return runner
