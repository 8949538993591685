package lualib

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/luart/luart/lua"
)

func TestTable(t *testing.T) {
	runScripts(t, []scriptTest{
		{`local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) return table.concat(t, ",")`, "0,1,2,3"},
		{`local t = {1} table.insert(t, 5, 2) return t[1], t[5], #t`, "1 2 1"},
		{`local t = {1, 2} table.insert(t, 0, 9) return t[0], t[1], t[2], t[3]`, "9 nil 1 2"},
		{`local t = {1} table.insert(t, -1, 9) return t[-1], t[0], t[1], t[2]`, "9 nil nil 1"},
		{`table.insert({})`, `error: t:1: wrong number of arguments to "insert"`},
		{`table.insert({}, 1, 2, 3)`, `error: t:1: wrong number of arguments to "insert"`},
		{`table.insert({}, "x", 2)`, `error: t:1: bad argument (number expected, got string)`},
		{`table.insert(nil, 2)`, `error: t:1: bad argument (table expected, got nil)`},
		{`table.insert(5, 2)`, `error: t:1: bad argument (table expected, got number)`},
		{`local t = {} table.insert(t, nil) return #t`, "0"},
		{`local t = {1, 2, 3} return table.remove(t), table.remove(t, 1), #t, t[1]`, "3 1 1 2"},
		{`select("#", table.remove({1, 2}, 7))`, "0"},
		{`select("#", table.remove({})), table.remove({})`, "1 nil"},
		{`local t = {[0] = "z"} return table.remove(t, 0), t[0]`, "z nil"},
		{`local t = {1, 2, 3} return table.remove(t, -1), t[1], t[2], t[3]`, "nil 2 3 nil"},
		{`table.remove()`, `error: t:1: bad argument (table expected, got nil)`},
		{`table.concat({}), table.concat({1, 2.5, "x"}, "-"), table.concat({1, 2, 3}, ",", 2), table.concat({1, 2, 3}, ",", 2, 2)`, " 1-2.5-x 2,3 2"},
		{`table.concat({1, 2, 3}, ",", 3, 2)`, ""},
		{`table.concat({1, {}, 3})`, "error: t:1: bad argument (string expected, got table)"},
		{`table.concat({1, 2}, ",", 1, 3)`, "error: t:1: bad argument (string expected, got nil)"},
		{`table.concat({1, 2}, ",", 1, 2^31-1)`, "error: t:1: bad argument (string expected, got nil)"},
		{`table.unpack({1, 2, 3}), table.unpack({1, 2, 3}, 2)`, "1 2 3"},
		{`table.unpack({1, 2, 3}, 2, 5)`, "2 3 nil nil"},
		{`table.unpack({1, 2}, 2, 1)`, ""},
		{`table.unpack({}, 1, 2^31-1)`, "error: t:1: too many results to unpack"},
		{`table.unpack({}, -2^31, 2^31-1)`, "error: t:1: too many results to unpack"},
		{`table.unpack({[2^31-1] = 20}, 2^31-2, 2^31-1)`, "nil 20"},
		{`select("#", table.unpack({}, 1, 2^20))`, "1048576"},
		{`unpack == table.unpack`, "true"},
		{`table.unpack()`, "error: t:1: attempt to get length of a nil value"},
		{`local t = table.pack(1, nil, 3) return t.n, t[1], t[2], t[3]`, "3 1 nil 3"},
		{`table.pack().n`, "0"},
		{`table.getn({1, 2}), table.maxn({1, 2, [10.5] = 1, x = 2, [-3] = 1}), table.maxn({})`, "2 10.5 0"},
		{`local t = table.move({1, 2, 3}, 2, 3, 1) return unpack(t)`, "2 3 3"},
		{`local t = table.move({1, 2, 3}, 1, 3, 2) return unpack(t)`, "1 1 2 3"},
		{`local d = {} local t = table.move({1, 2, 3}, 1, 3, 2, d) return t == d, d[1], d[2], d[4]`, "true nil 1 3"},
		{`table.move({}, 1, 2^31-1, 2)`, "error: t:1: bad argument #4 (destination wrap around)"},
		{`table.move({}, 0, 2^31-1, 1)`, "error: t:1: bad argument #3 (too many elements to move)"},
		{`local t = table.move({[2^31-1] = 100}, 2^31-1, 2^31-1, -2^31) return t[-2^31], t[2^31-1]`, "100 100"},
		{`local r = {} table.foreachi({4, 5, nil, 6}, function(i, v) r[#r + 1] = i .. "=" .. v end) return unpack(r)`, "1=4 2=5"},
		{`table.foreach({a = 1}, function(k, v) return k .. v end)`, "a1"},
		{`table.foreach({a = 1}, function(k, v) end)`, "nil"},
		{`table.foreach({}, 1)`, "error: t:1: bad argument (function expected, got number)"},
		{`local co = coroutine.wrap(function() return table.foreach({5, 6}, function(i, v) return coroutine.yield(v) end) end)
		  return co(), co(), co("x")`, "5 6 x"},
	})
}

// proxy makes a table whose elements all live behind metamethods; with y they yield first.
const proxy = `local function proxy(real, y)
	local wait = y and coroutine.yield or function() end
	return setmetatable({}, {
		__len = function() wait() return #real end,
		__index = function(_, k) wait() return real[k] end,
		__newindex = function(_, k, v) wait() real[k] = v end,
	})
end
local function all(f)
	local co = coroutine.wrap(function() return "done", f() end)
	local r
	repeat r = table.pack(co()) until r[1] == "done"
	return unpack(r, 2, r.n)
end
`

func TestTableMetamethods(t *testing.T) {
	for _, yields := range []string{"false", "true"} {
		for _, c := range []scriptTest{
			{`table.insert(p, 4)`, "1,2,3,4"},
			{`table.insert(p, 1, 0)`, "0,1,2,3"},
			{`table.insert(p, 3, 0)`, "1,2,0,3"},
			{`return table.remove(p)`, "3 1,2"},
			{`return table.remove(p, 1)`, "1 2,3"},
			{`return select("#", table.remove(p, 7))`, "0 1,2,3"},
			{`return table.concat(p, "-")`, "1-2-3 1,2,3"},
			{`return table.concat(p, "-", 2, 3)`, "2-3 1,2,3"},
			{`return table.unpack(p)`, "1 2 3 1,2,3"},
			{`return table.unpack(p, 2, 4)`, "2 3 nil 1,2,3"},
			{`table.move(p, 1, 3, 2)`, "1,1,2,3"},
			{`table.move(p, 2, 3, 1)`, "2,3,3"},
			{`return #table.move(p, 1, 3, 1, {})`, "3 1,2,3"},
			{`table.sort(p, function(a, b) return a > b end)`, "3,2,1"},
			{`table.move({9, 8}, 1, 2, 1, p) table.sort(p)`, "3,8,9"},
			{`return getmetatable(p).__len and table.getn(p)`, "0 1,2,3"},
		} {
			source := proxy + `local real = {1, 2, 3} local p = proxy(real, ` + yields + `)
				local r = table.pack(all(function() ` + c.source + ` end))
				r[r.n + 1] = table.concat(real, ",") return unpack(r, 1, r.n + 1)`
			if got := run(t, newVM(lua.Options{}), source); got != c.want {
				t.Errorf("%s (yields: %s)\n got %s\nwant %s", c.source, yields, got, c.want)
			}
		}
	}
	runScripts(t, []scriptTest{
		{`table.concat(setmetatable({}, {__len = function() return 1.5 end}))`, "error: t:1: object length is not an integer"},
		{`table.concat(setmetatable({}, {__len = function() return "x" end}))`, "error: t:1: object length is not an integer"},
	})
}

func TestTableSort(t *testing.T) {
	runScripts(t, []scriptTest{
		{`local t = {3, 1, 2} table.sort(t) return unpack(t)`, "1 2 3"},
		{`local t = {"b", "a", "", "ab", "abcdefghi", "abcdefgh"} table.sort(t) return table.concat(t, ",")`, ",a,ab,abcdefgh,abcdefghi,b"},
		{`local t = {"\255", "\0", "a\0b", "a"} table.sort(t) return t[1] == "\0", t[2] == "a", t[3] == "a\0b"`, "true true true"},
		{`local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return unpack(t)`, "3 2 1"},
		{`local t = {1, "x"} table.sort(t) return 1`, "error: t:1: attempt to compare string with number"},
		{`local t = {{}, {}} table.sort(t) return 1`, "error: t:1: attempt to compare two table values"},
		{`table.sort({1, 2}, 5)`, "error: t:1: bad argument (function expected, got number)"},
		{`local t = {3, 0/0, 1, 0/0, 2} table.sort(t) return #t`, "5"},
		{`local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() return true end) return #t`, "100"},
		{`local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() return nil end) return #t, t[1], t[100]`, "100 1 100"},
		{`local t = {3, 2, 1} local ok, e = pcall(table.sort, t, function(a, b) error("x", 0) end) return ok, e, unpack(t)`, "false x 3 2 1"},
		{`local mt = {__lt = function(a, b) return a.v < b.v end}
		  local t = {} for i = 1, 20 do t[i] = setmetatable({v = i * 7 % 20}, mt) end
		  table.sort(t) for i = 2, 20 do assert(t[i - 1].v <= t[i].v) end return "ok"`, "ok"},
		{`local mt = {__lt = function(a, b) coroutine.yield() return a.v < b.v end}
		  local t = {} for i = 1, 20 do t[i] = setmetatable({v = i * 7 % 20}, mt) end
		  local co = coroutine.create(function() table.sort(t) end) local n = 0
		  repeat assert(coroutine.resume(co)) n = n + 1 until coroutine.status(co) == "dead"
		  for i = 2, 20 do assert(t[i - 1].v <= t[i].v) end return n > 20`, "true"},
		{`local t = {5, 3, 9, 1} local co = coroutine.wrap(function()
			table.sort(t, function(a, b) return coroutine.yield(a, b) end) return "end" end)
		  local a, b = co() while a ~= "end" do a, b = co(a < b) end return unpack(t)`, "1 3 5 9"},
		// The order function empties the table.
		{`local t = {5, 3, 9, 1} table.sort(t, function(a, b) for i = 1, 4 do t[i] = nil end return a < b end) return unpack(t)`, "1 3 5 9"},
	})
}

func TestMergeSort(t *testing.T) {
	for n := range 300 {
		list := make([]int, n)
		for i := range list {
			list[i] = rand.IntN(n)
		}
		want := slices.Sorted(slices.Values(list))
		questions := 0
		m := new(mergeSort[int])
		for a, b, more := m.begin(list); more; a, b, more = m.answer(a < b) {
			questions++
		}
		if !slices.Equal(list, want) {
			t.Fatalf("%d elements: %v", n, list)
		}
		if n > 1 && questions > n*bits.Len(uint(n-1)) {
			t.Errorf("%d elements took %d comparisons", n, questions)
		}
		// In order already.
		questions = 0
		for a, b, more := m.begin(list); more; a, b, more = m.answer(a < b) {
			questions++
		}
		if n > 0 && questions != n-1 {
			t.Errorf("%d elements in order took %d comparisons", n, questions)
		}
		// Any answers end in a permutation.
		for a, b, more := m.begin(list); more; a, b, more = m.answer((a^b)%3 == 0 || rand.IntN(2) == 0) {
		}
		if slices.Sort(list); !slices.Equal(list, want) {
			t.Fatalf("%d elements, answers at random: %v", n, list)
		}
	}
}

func TestSortInChunks(t *testing.T) {
	for _, n := range []int{0, 1, 2, sortChunk - 1, sortChunk, sortChunk + 1, 3*sortChunk + 7, 8 * sortChunk} {
		polls := 0
		poll := func() error { polls++; return nil }
		numbers := make([]float64, n)
		texts := make([]string, n)
		for i := range numbers {
			numbers[i] = rand.Float64()
			if i%1000 == 7 {
				numbers[i] = math.NaN()
			}
			texts[i] = "12345" + strconv.Itoa(rand.IntN(1e7))
		}
		want := slices.Clone(numbers)
		slices.Sort(want)
		if err := sortNumbers(numbers, poll); err != nil {
			t.Fatal(err)
		}
		if slices.CompareFunc(numbers, want, func(a, b float64) int {
			if a == b || a != a && b != b {
				return 0
			}
			return 1
		}) != 0 {
			t.Errorf("%d numbers are not sorted", n)
		}
		if polls < n/sortChunk {
			t.Errorf("%d numbers: %d polls", n, polls)
		}
		keys, err := sortTexts(texts, poll)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(keys); i++ {
			if texts[keys[i-1].index] > texts[keys[i].index] {
				t.Fatalf("%d texts are not sorted", n)
			}
		}
		stop := func() error { return errBudget }
		if err := sortNumbers(numbers, stop); n > 0 && err != errBudget {
			t.Errorf("%d numbers: %v", n, err)
		}
	}
}
