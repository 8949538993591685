package runtime_test

import (
	"testing"

	"github.com/luart/luart/eventqueue"
)

// What plugins store, what they can't, and that neither the values nor the functions of one are in another's way.
func TestControlStorage(t *testing.T) {
	c := newControlled(t, map[string]string{
		"p/main.lua": `
			local function try(f, ...) return (select(2, pcall(f, ...))) end
			export("values", function()
				local kept = { list = { 1, 2, { 3 } }, [7] = "seven", deep = { yes = true } }
				Storage.Set("ns", 1, "table", setmetatable(kept, { __index = error, __pairs = error, __len = error, __newindex = error }))
				kept.deep.yes = "changed later"
				local got = Storage.Get("ns", "1", "table")
				print(got.list[3][1], got[7], got.deep.yes, getmetatable(got))
				for i, value in ipairs { "\0\255bytes", 0.1, 2 ^ 60, math.huge, false, true, "", textutils.empty_json_array } do
					Storage.Set("ns", "id", i, value)
					local read = Storage.Get("ns", "id", i)
					print(i, read == value or type(read) == "table" and next(read) == nil)
				end
				print(Storage.DeleteAll("ns", "id"), Storage.DeleteAll("ns"), Storage.Get("ns", "1", "table"), next(Storage.GetAll("ns", "id")))
				local circle = {} circle.circle = circle
				print(try(Storage.Set, "ns", "id", "key", circle))
				print(try(Storage.Set, "ns", "id", "key", print))
				print(try(Storage.Set, "ns", "id", "key", { { 0 / 0 } }))
				print(try(Storage.Set, "ns", "id", "key", ("x"):rep(2 ^ 20 + 1)))
				print(try(Storage.Set, "ns", "id", {}, 1))
				print(try(Storage.Set, ("n"):rep(2000), "id", "key", 1))
				Storage.Set(("n"):rep(2000), "id", "key", 1)
			end)
			export("add", function(n)
				local function one()
					for _ = 1, n do
						Storage.Update("ns", "id", "sum", function(value) return (value or 0) + 1 end)
						Storage.Update("ns", "id", "list", function(value) value = value or {} value[#value + 1] = #value + 1 return value end)
					end
				end
				parallel.waitForAll(one, one, one)
			end)
			export("update", function()
				print(Storage.Update("ns", "id", "x", function(value) return value == nil and "first" end))
				print(try(Storage.Update, "ns", "id", "x", function() error("not this time", 0) end), Storage.Get("ns", "id", "x"))
				print(try(Storage.Update, "ns", "id", "x", function() error({ code = 7 }) end).code)
				print(try(Storage.Update, "ns", "id", "x", function() return print end))
				-- The function may use the storage itself, even for the same value.
				print(Storage.Update("ns", "id", "x", function(value) if value == "first" then Storage.Set("ns", "id", "x", "second") end return value .. "!" end))
				print(Storage.Update("ns", "id", "x", function() end), Storage.Has("ns", "id", "x"))
			end)`,
		"q/main.lua": `
			export("add", function(n) for _ = 1, n do Storage.Update("ns", "id", "sum", function(value) return (value or 0) + 1 end) end end)
			export("forever", function() Storage.Update("ns", "id", "sum", function() while true do end end) end)
			export("waits", function() Storage.Update("ns", "id", "sum", function() os.pullEvent("never") end) end)`,
	})
	c.clock = eventqueue.SystemClock{}
	c.set["plugins"] = map[string]any{"call_time": 1.0}
	c.want(`
		TRACES = false
		manager:call("p", "values")
		manager:call("p", "update")
		-- Functions that don't end are in nobody's way.
		local held = manager:spawn(function() manager:call("q", "waits") end)
		local busy = manager:spawn(function() print((select(3, manager:call("q", "forever")))) end)
		sleep(0.05)
		local both = { manager:spawn(function() manager:call("p", "add", 5) end), manager:spawn(function() manager:call("p", "add", 5) end) }
		for _, task in ipairs(both) do task:wait() end
		busy:wait()
		manager:unload("q")
		manager:load("q")
		manager:call("q", "add", 5)
		local _, all = manager:run("look.lua", "return Storage.GetAll('ns', 'id')")
		print(all.sum, #all.list, all.list[30])`, `
[p] 3	seven	true	nil
[p] 1	true
[p] 2	true
[p] 3	true
[p] 4	true
[p] 5	true
[p] 6	true
[p] 7	true
[p] 8	true
[p] 8	1	nil	nil
[p] bad argument #4 (tables that are at most 100 deep expected; is it in itself)
[p] bad argument #4 (a function can't be stored)
[p] bad argument #4 (NaN can't be stored)
[p] bad argument #4 (a value of at most 1048576 bytes expected)
[p] bad argument #3 (string or number expected, got table)
[p] Storage: bad argument #1 (namespace of at most 1024 bytes expected)
![p] p/main.lua:22: Storage: bad argument #1 (namespace of at most 1024 bytes expected)
[p] first
[p] not this time	first
[p] 7
[p] Storage.Update: the function has returned what can't be: a function can't be stored
[p] second!
[p] nil	false
![q] q/main.lua:3: Too long without yielding
deadline
35	30	30
`)
}
