package lualib

import (
	"testing"

	"github.com/luart/luart/lua"
)

func TestString(t *testing.T) {
	runScripts(t, []scriptTest{
		{`("hello"):sub(2, 3)`, "el"},
		{`("hello"):sub(-3)`, "llo"},
		{`("hello"):sub(-100, 2)`, "he"},
		{`("hello"):sub(3, 2) == "" and ("hello"):sub(0) == "hello"`, "true"},
		{`("hello"):sub(2, -2)`, "ell"},
		{`(123456):len()`, "error: t:1: attempt to index a number value"},
		{`string.len(12.5), string.sub(12345, 2, 3)`, "4 23"},
		{`("abc"):byte(1, -1)`, "97 98 99"},
		{`("abc"):byte(10)`, ""},
		{`("abc"):byte(0)`, ""},
		{`("abc"):byte(-1)`, "99"},
		{`select("#", string.byte(("x"):rep(2^19), 1, -1))`, "524288"},
		{`string.char(104, 105), string.char()`, "hi "},
		{`string.char(256)`, "error: t:1: bad argument #1 (invalid value)"},
		{`string.char(65, -1)`, "error: t:1: bad argument #2 (invalid value)"},
		{`("aZ\xe9"):upper(), ("aZ\xc9"):lower()`, "AZ\xe9 az\xc9"},
		{`("abc"):reverse(), (""):reverse()`, "cba "},
		{`("ab"):rep(3), ("ab"):rep(3, ","), ("ab"):rep(1, ","), ("ab"):rep(0), ("ab"):rep(-1)`, "ababab ab,ab,ab ab  "},
		{`("x"):rep(2^31)`, ""},
		{`("xx"):rep(2^30)`, "error: t:1: resulting string too large"},
		{`(""):rep(2^31-1)`, ""},
		{`#("ab"):rep(1000, "x"), ("ab"):rep(1000, "x"):sub(-5)`, "2999 abxab"},
		{`local s = ("abc"):rep(2^24, "de") return #s, s == ("abcde"):rep(2^24 - 1) .. "abc"`, "83886078 true"},
		{`string.dump(function() end)`, "error: t:1: unable to dump given function"},
		{`string.rep()`, "error: t:1: bad argument (string expected, got nil)"},
		{`string.rep("x", {})`, "error: t:1: bad argument (number expected, got table)"},
		{`string.gfind == string.gmatch, getmetatable("").__index == string`, "true true"},
	})
}

func TestFind(t *testing.T) {
	runScripts(t, []scriptTest{
		{`string.find("abc", "", 10)`, "4 3"},
		{`string.find("abc", "b", -2)`, "2 2"},
		{`string.find("abc", "b", -1)`, "nil"},
		{`string.find("a.c", ".", 1, true)`, "2 2"},
		{`string.find("a.c", ".", 2)`, "2 2"},
		{`string.find("hello", "l+")`, "3 4"},
		{`string.find("hello", "(l)(l)")`, "3 4 l l"},
		{`string.find("", "x", 1, true)`, "nil"},
		{`string.match("hello 123", "%d+")`, "123"},
		{`string.match("hello 123", "(%a+) (%d+)")`, "hello 123"},
		{`string.match("hello", "()ll()")`, "3 5"},
		{`string.match("hello", "x")`, "nil"},
		{`string.match("abc", "b", 3)`, "nil"},
		{`string.match(12345, "3.")`, "34"},
		{`string.find("abc", "[a")`, "error: t:1: malformed pattern (missing ']')"},
		{`string.find("abc", "%")`, "error: t:1: malformed pattern (ends with '%')"},
		{`string.find("abc", "(a")`, "error: t:1: unfinished capture"},
		{`string.match("abc", "%f")`, "error: t:1: missing '[' after '%f' in pattern"},
		{`local r = {} for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do r[#r + 1] = k .. v end return unpack(r)`, "a1 b2"},
		{`local r = {} for w in ("one two"):gmatch("%a+") do r[#r + 1] = w end return unpack(r)`, "one two"},
		{`local r = {} for w in ("abc"):gmatch("") do r[#r + 1] = #w end return unpack(r)`, "0 0 0"},
		{`local n = 0 for w in ("aaa"):gmatch("^a") do n = n + 1 end return n`, "0"},
		{`local r = {} for a, b in ("^a^b"):gmatch("^(.)") do r[#r + 1] = a end return unpack(r)`, "a b"},
		{`local g = ("ab"):gmatch(".") return g(), g(), g(), g()`, "a b nil nil"},
		{`local r = {} for a in ("foo\nbar\n"):gmatch("[^\n]*") do r[#r + 1] = "<" .. a .. ">" end return table.concat(r)`, "<foo><><bar><>"},
	})
}

func TestGsub(t *testing.T) {
	runScripts(t, []scriptTest{
		{`string.gsub("hello world", "o", "0")`, "hell0 w0rld 2"},
		{`string.gsub("hello world", "o", "0", 1)`, "hell0 world 1"},
		{`string.gsub("hello world", "o", "0", 0)`, "hello world 0"},
		{`string.gsub("hello world", "o", "0", -1)`, "hello world 0"},
		{`string.gsub("hello", "", "-")`, "-h-e-l-l-o- 6"},
		{`string.gsub("abc", "%w*", "x")`, "xx 2"},
		{`string.gsub("hello world", "(%w+)", "<%1>")`, "<hello> <world> 2"},
		{`string.gsub("hello world", "%w+", "%0 %0", 1)`, "hello hello world 1"},
		{`string.gsub("hello world", "%w+", "%1!", 1)`, "hello! world 1"},
		{`string.gsub("abc", "b", "%%")`, "a%c 1"},
		{`string.gsub("abc", "b", "%x")`, "axc 1"},
		{`(string.gsub("abc", "b", "%")):byte(1, -1)`, "97 0 99"},
		{`string.gsub("abc", "(b)()", "%2%1")`, "a3bc 1"},
		{`string.gsub("abc", "b", "%2")`, "error: t:1: invalid capture index"},
		{`string.gsub("abc", "(b", "%1")`, "error: t:1: unfinished capture"},
		{`string.gsub("^abc", "^^", "x")`, "xabc 1"},
		{`string.gsub("aaa", "^a", "b")`, "baa 1"},
		{`string.gsub("abc", "b", 5.5)`, "a5.5c 1"},
		{`string.gsub("$name is $age", "%$(%w+)", {name = "Bob", age = 42})`, "Bob is 42 2"},
		{`string.gsub("$name is $foo", "%$(%w+)", {name = "Bob"})`, "Bob is $foo 2"},
		{`string.gsub("a b", "%w", setmetatable({}, {__index = function(t, k) return k .. k end}))`, "aa bb 2"},
		{`string.gsub("a b", "()%w", {[1] = "x", [3] = false})`, "x b 2"},
		{`string.gsub("abc", "%w", function(x) if x == "b" then return nil end return x:upper() end)`, "AbC 3"},
		{`string.gsub("abc", "(a)(b)", function(x, y) return y .. x end)`, "bac 1"},
		{`string.gsub("abc", "%w", function() return 1 end, 2)`, "11c 2"},
		{`string.gsub("abc", "", function() return "-" end)`, "-a-b-c- 4"},
		{`string.gsub("abc", "^a", function() return "-" end)`, "-bc 1"},
		{`string.gsub("abc", "b", {b = {}})`, "error: t:1: invalid replacement value (a table)"},
		{`string.gsub("abc", "b", function() return true end)`, "error: t:1: invalid replacement value (a boolean)"},
		{`string.gsub("abc", "b", true)`, "error: t:1: bad argument: string/function/table expected"},
		{`string.gsub("abc", "b")`, "error: t:1: bad argument: string/function/table expected"},
		{`string.gsub("abc", "x")`, "abc 0"},
		{`local co = coroutine.wrap(function()
			return string.gsub("hello", "l", function(c) return coroutine.yield(c) end) end)
		  return co(), co("1"), co("2")`, "l l he12o 2"},
		{`local mt = {__index = function(t, k) return coroutine.yield(k) end}
		  local co = coroutine.wrap(function() return string.gsub("ab", "%w", setmetatable({}, mt)) end)
		  return co(), co("1"), co("2")`, "a b 12 2"},
		// A substitution inside of another one, and one that fails inside.
		{`string.gsub("ab", "%w", function(c) return (c:gsub(".", function(d) return d .. d end)) end)`, "aabb 2"},
		{`pcall(string.gsub, "ab", "%w", function(c) error("x", 0) end) == false, string.gsub("ab", "%w", function(c) return "z" end)`, "true zz 2"},
	})
}

func TestFormatCall(t *testing.T) {
	runScripts(t, []scriptTest{
		{`string.format("%5d|%-5d|%05d", 42, 42, -42)`, "   42|42   |-0042"},
		{`string.format("%d", 3.99), string.format("%d", -3.99)`, "3 -3"},
		{`string.format("%d", "10")`, "10"},
		{`string.format("%x", -1)`, "ffffffffffffffff"},
		{`string.format("%d", 0/0)`, "error: t:1: bad argument #2 (not a number in proper range)"},
		{`string.format("%d %d", 1, 2^64)`, "error: t:1: bad argument #3 (not a number in proper range)"},
		{`string.format("%d")`, "error: t:1: bad argument (number expected, got nil)"},
		{`string.format("%d", {})`, "error: t:1: bad argument (number expected, got table)"},
		{`string.format("%s %s %s %s", nil, true, 1.5, "x")`, "nil true 1.5 x"},
		{`string.format("%s")`, "nil"},
		{`string.format("%10s|%-10s|%.2s", "abc", "abc", "abc")`, "       abc|abc       |ab"},
		{`string.format("%s", setmetatable({}, {__tostring = function() return "obj" end}))`, "obj"},
		{`string.format("%5s|", setmetatable({}, {__tostring = function() return 12 end}))`, "   12|"},
		{`string.format("%s", setmetatable({}, {__tostring = function() return {} end}))`, "error: t:1: '__tostring' must return a string"},
		{`string.format("%s", setmetatable({}, {__name = "My.Type"})):match("^My.Type: ") ~= nil`, "true"},
		{`local co = coroutine.wrap(function()
			local o = setmetatable({}, {__tostring = function() return coroutine.yield("y") end})
			return string.format("%d %s %5s %d %s", 1, o, o, 2, "z") end)
		  return co(), co("a"), co("b")`, "y y 1 a     b 2 z"},
		{`string.format("%q", 'a\n"b"\\\0\r')`, `"a\` + "\n" + `\"b\"\\\000\r"`},
		{`string.format("%q %q %q %q", 1, nil, true, 0.5)`, "1 nil true 0x1p-1"},
		{`string.format("%q %q %q", 1/0, -1/0, 0/0)`, "1e9999 -1e9999 (0/0)"},
		{`string.format("%q", {})`, "error: t:1: bad argument #2 (value has no literal form)"},
		{`string.format("%5q", "x")`, "error: t:1: specifier '%q' cannot have modifiers"},
		{`string.format("%c%c", 72, 256 + 105)`, "Hi"},
		{`string.format("%p", 1)`, "error: t:1: invalid conversion '%p' to 'format'"},
		{`string.format("%")`, "error: t:1: invalid conversion '%' to 'format'"},
		{`string.format("abc%5")`, "error: t:1: invalid conversion '%5' to 'format'"},
		{`string.format("%123d", 1)`, "error: t:1: invalid format (width or precision too long)"},
		{`string.format("%.123d", 1)`, "error: t:1: invalid format (width or precision too long)"},
		{`string.format("%000000d", 1)`, "error: t:1: invalid format (repeated flags)"},
		{`string.format("%+x", 1)`, "error: t:1: invalid conversion specification: '%+x'"},
		{`string.format("100%%")`, "100%"},
		{`("%d items"):format(3)`, "3 items"},
		{`#string.format("%99.99f", -1e308)`, "410"},
	})
}

func TestPackCall(t *testing.T) {
	runScripts(t, []scriptTest{
		{`string.pack("i4", 100):byte(1, -1)`, "100 0 0 0"},
		{`string.pack(">i4", 100):byte(1, -1)`, "0 0 0 100"},
		{`string.unpack("<i2", "\255\255")`, "-1 3"},
		{`string.unpack("<I2", "\255\255")`, "65535 3"},
		{`string.unpack("z", "hello\0world")`, "hello 7"},
		{`string.unpack("s1", "\5hello!")`, "hello 7"},
		{`string.unpack("d", string.pack("d", 1.5))`, "1.5 9"},
		{`string.unpack("f", string.pack("f", 0.1)) == 0.1`, "false"},
		{`string.pack("!4 i1 !4 i4", 1, 2):byte(1, -1)`, "1 0 0 0 2 0 0 0"},
		{`string.pack("i1 Xi4 i1", 1, 2):byte(1, -1)`, "1 2"},
		{`string.pack("!i1 Xi4 i1", 1, 2):byte(1, -1)`, "1 0 0 0 2"},
		{`string.pack("c5", "ab"):byte(1, -1)`, "97 98 0 0 0"},
		{`string.pack("i16", -2):byte(1, -1)`, "254 255 255 255 255 255 255 255 255 255 255 255 255 255 255 255"},
		{`string.unpack("i16", string.pack("i16", -2))`, "-2 17"},
		{`string.unpack("j n T l", string.pack("j n T l", 1, 2.5, 3, 4))`, "1 2.5 3 4 33"},
		{`string.packsize("i4 i8 d x"), string.packsize("!8 i1 i8")`, "21 16"},
		{`string.packsize("s")`, "error: t:1: bad argument #1 (variable-length format)"},
		{`string.packsize(("c2147483630"):rep(2))`, "error: t:1: bad argument #1 (format result too large)"},
		{`string.pack("y")`, "error: t:1: invalid format option 'y'"},
		{`string.pack("i17", 1)`, "error: t:1: integral size (17) out of limits [1,16]"},
		{`string.pack("i0", 1)`, "error: t:1: integral size (0) out of limits [1,16]"},
		{`string.pack("b", 128)`, "error: t:1: bad argument #2 (integer overflow)"},
		{`string.pack("B", -1)`, "error: t:1: bad argument #2 (integer overflow)"},
		{`string.pack("c", "x")`, "error: t:1: missing size for format option 'c'"},
		{`string.pack("c1", "xy")`, "error: t:1: bad argument #2 (string longer than given size)"},
		{`string.pack("z", "x\0y")`, "error: t:1: bad argument #2 (string contains zeros)"},
		{`string.pack("s1", ("x"):rep(256))`, "error: t:1: bad argument #2 (string length does not fit in given size)"},
		{`#string.pack("s2", ("x"):rep(256))`, "258"},
		{`string.pack("X")`, "error: t:1: invalid next option for option 'X'"},
		{`string.pack("!i3", 1)`, "error: t:1: bad argument #1 (format asks for alignment not power of 2)"},
		{`string.unpack("i4", "abc")`, "error: t:1: bad argument #2 (data string too short)"},
		{`string.unpack("s4", "\255\255\255\255abc")`, "error: t:1: bad argument #2 (data string too short)"},
		{`string.unpack("s8", ("\255"):rep(8))`, "error: t:1: bad argument #2 (data string too short)"},
		{`string.unpack("i9", ("\255"):rep(8) .. "\0")`, "error: t:1: 9-byte integer does not fit into Lua Integer"},
		{`string.unpack("c2147483640", "x")`, "error: t:1: bad argument #2 (data string too short)"},
		{`string.unpack("b", "abc", -1), string.unpack("b", "abc", 4)`, "error: t:1: bad argument #2 (data string too short)"},
		{`string.unpack("b", "abc", 5)`, "error: t:1: bad argument #3 (initial position out of string)"},
		{`string.unpack("I8", ("\255"):rep(8))`, "-1 9"},
	})
}

// Big results are within the memory limit or an error, and no check comes too late for Go.
func TestStringMemory(t *testing.T) {
	for _, source := range []string{
		`return #("x"):rep(2^31 - 1)`,
		`return #("x"):rep(2^20):gsub("x", ("y"):rep(2^12))`,
		`return #("x"):rep(2^20):gsub("x", function() return ("y"):rep(2^12) end)`,
		`return #("x"):rep(2^20):gsub("(x)", ("%1"):rep(2^12))`,
		`local t = {} for i = 1, 2^15 do t[i] = ("x"):rep(2^12) end return #table.concat(t, ("y"):rep(2^16))`,
		`return #string.format(("%s"):rep(64), unpack((function() local t = {} local s = ("x"):rep(2^22) for i = 1, 64 do t[i] = s end return t end)()))`,
		`return #string.pack("c2147483000", "x")`,
		`return #("x"):rep(2^26):upper()`,
		`local t, s = {}, ("x"):rep(2^20) for i = 1, 1e6 do t[i] = s:sub(1, -2 - i % 100) end`,
		`local t = {} for i = 1, 1e8 do table.insert(t, i) end`,
		`local t = {} for i = 1, 1e8 do t[i] = table.pack(1, 2, 3) end`,
		`local t = {} for i = 1, 1e8 do t[i] = ("x"):rep(100) end`,
		`local t = {} for i = 1, 1e8 do t[i] = ("%99d"):format(i) end`,
		`local t = {} for i = 1, 1e8 do t[i] = ("abcdefghijklmnopqrstuvwxyz"):match(".*") end`,
	} {
		vm := newVM(lua.Options{Memory: 64 << 20})
		if got, want := run(t, vm, source), "error: t:1: not enough memory"; got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}
