package lualib

import (
	"testing"
)

func TestRandomVectors(t *testing.T) {
	runScripts(t, []scriptTest{
		{`local r = {math.randomseed(42)} return r[1], r[2], math.random(100), math.random(100), math.random(1, 10)`, "42 0 50 76 6"},
		{`local _ = math.randomseed(42) return math.random()`, "0.93081217803957"},
		{`local _ = math.randomseed(1007) return math.random(100), math.random(-10, 10), math.random(-2^32, 2^32)`,
			"87 8 4123808829"},
		{`math.random(0)`, "error: t:1: bad argument #1 (interval is empty)"},
		{`math.random(2, 1)`, "error: t:1: bad argument #2 (interval is empty)"},
		{`math.random(1, 2, 3)`, "error: t:1: wrong number of arguments"},
		{`math.random(5, 5), math.random(1)`, "5 1"},
		{`local a, b = math.randomseed() return a == a and b == b`, "true"},
		{`local _ = math.randomseed(3.9) local a = math.random() local _ = math.randomseed(3) return a == math.random()`, "true"},
		{`local n = math.random(-2^63, 2^63) return n >= -2^63 and n <= 2^63`, "true"},
		{`math.random("x")`, "error: t:1: bad argument (number expected, got string)"},
	})
}

func TestRandomRange(t *testing.T) {
	var x xoshiro
	x.seed(1, 2)
	for _, n := range []uint64{0, 1, 2, 5, 1 << 40, 1<<63 + 5, 1<<64 - 1} {
		for range 100 {
			if r := x.upTo(n); r > n {
				t.Errorf("upTo(%d) = %d", n, r)
			}
		}
	}
	counts := [3]int{}
	for range 3000 {
		counts[x.upTo(2)]++
		if f := x.float(); f < 0 || f >= 1 {
			t.Errorf("float() = %v", f)
		}
	}
	for i, n := range counts {
		if n < 850 || n > 1150 {
			t.Errorf("%d came %d times", i, n)
		}
	}
}

func TestMath(t *testing.T) {
	runScripts(t, []scriptTest{
		{`math.floor(3.7), math.floor(-3.7), math.ceil(3.2), math.ceil(-3.2), math.abs(-4)`, "3 -4 4 -3 4"},
		{`math.max(1, 5, 3), math.min(4, -1, 3), math.max(0/0, 1), math.max("10", 9)`, "5 -1 nan 10"},
		{`math.max()`, "error: t:1: bad argument (number expected, got nil)"},
		{`math.max(1, {})`, "error: t:1: bad argument (number expected, got table)"},
		{`math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2), math.fmod(7, math.huge), math.fmod(1, 0)`, "1 -1 1 1.5 7 nan"},
		{`math.mod == math.fmod`, "true"},
		{`math.modf(3.7)`, "3 0.7"},
		{`math.modf(-3.25)`, "-3 -0.25"},
		{`math.modf(1/0)`, "inf 0"},
		{`math.frexp(8)`, "0.5 4"},
		{`math.frexp(0)`, "0 0"},
		{`math.ldexp(0.5, 4), math.ldexp(1, -1074) > 0, math.ldexp(1, 5000)`, "8 true inf"},
		{`math.log(8, 2), math.log(1000, 10), math.log(27, 3), math.log(1), math.log10(100), math.exp(0)`, "3 3 3 0 2 1"},
		{`math.atan(1), math.atan(1, -1), math.atan2(1, -1)`, "0.78539816339745 2.3561944901923 2.3561944901923"},
		{`math.sqrt(16), math.pow(2, 10), math.deg(math.pi), math.rad(180) == math.pi`, "4 1024 180 true"},
		{`math.sin(0), math.cos(0), math.tan(0), math.asin(0), math.acos(1), math.sinh(0), math.cosh(0), math.tanh(0)`, "0 1 0 0 0 0 1 0"},
		{`math.huge, -math.huge, math.pi`, "inf -inf 3.1415926535898"},
		{`math.type, math.tointeger, math.ult, math.maxinteger`, "nil nil nil nil"},
		{`math.floor("x")`, "error: t:1: bad argument (number expected, got string)"},
		{`math.floor(1/0), math.floor(-1/0), math.ceil(1e300) == 1e300`, "inf -inf true"},
	})
}

func TestBit32(t *testing.T) {
	runScripts(t, []scriptTest{
		{`bit32.band(0xff, 0x0f), bit32.bor(1, 2, 4), bit32.bxor(5, 3), bit32.bnot(0)`, "15 7 6 4294967295"},
		{`bit32.band(), bit32.bor(), bit32.bxor(), bit32.btest()`, "4294967295 0 0 true"},
		{`bit32.btest(1, 2), bit32.btest(3, 2)`, "false true"},
		{`bit32.band(-1), bit32.band(2^32 + 5), bit32.band(1.9), bit32.band(-1.9), bit32.band("0x10")`, "4294967295 5 1 4294967295 16"},
		{`bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.lshift(8, -3), bit32.lshift(1, -32)`, "2147483648 0 1 0"},
		{`bit32.rshift(2^31, 31), bit32.rshift(1, 32), bit32.rshift(1, -4)`, "1 0 16"},
		{`bit32.arshift(-8, 1), bit32.arshift(2^31, 40), bit32.arshift(2^30, 40), bit32.arshift(1, -3)`, "4294967292 4294967295 0 8"},
		{`bit32.lrotate(2^31, 1), bit32.rrotate(1, 1), bit32.lrotate(1, -1), bit32.lrotate(5, 64)`, "1 2147483648 2147483648 5"},
		{`bit32.extract(0xabcd, 4, 8), bit32.extract(0xabcd, 0), bit32.extract(-1, 0, 32)`, "188 1 4294967295"},
		{`bit32.replace(0xffff, 0, 4, 8), bit32.replace(0, 1, 31), bit32.replace(1, 2^32 - 1, 0, 32)`, "61455 2147483648 4294967295"},
		{`bit32.extract(0, -1)`, "error: t:1: bad argument #2 (field cannot be negative)"},
		{`bit32.extract(0, 0, 0)`, "error: t:1: bad argument #3 (width must be positive)"},
		{`bit32.extract(0, 32)`, "error: t:1: trying to access non-existent bits"},
		{`bit32.extract(0, 2^31 - 1, 2^31 - 1)`, "error: t:1: trying to access non-existent bits"},
		{`bit32.replace(0, 0, -1)`, "error: t:1: bad argument #3 (field cannot be negative)"},
		{`bit32.replace(0, 0, 31, 2)`, "error: t:1: trying to access non-existent bits"},
		{`bit32.bnot()`, "error: t:1: bad argument (number expected, got nil)"},
		{`bit32.band(1, "x")`, "error: t:1: bad argument (number expected, got string)"},
		{`bit32.lshift(1, -2^31), bit32.rshift(1, -2^31), bit32.arshift(1, -2^31)`, "0 0 0"},
	})
}

func TestUTF8(t *testing.T) {
	runScripts(t, []scriptTest{
		{`utf8.char(72, 228, 8364, 0x10FFFF) == "H\xc3\xa4\xe2\x82\xac\xf4\x8f\xbf\xbf", utf8.char(), utf8.char(65)`, "true  A"},
		{`utf8.char(0xd800) == "\xed\xa0\x80", utf8.codepoint("\xed\xa0\x80")`, "true 55296"},
		{`utf8.char(0x110000)`, "error: t:1: bad argument #1 (value out of range)"},
		{`utf8.char(65, -1)`, "error: t:1: bad argument #2 (value out of range)"},
		{`utf8.codepoint("häß", 1, -1)`, "104 228 223"},
		{`utf8.codepoint("abc", 2, 1)`, ""},
		{`utf8.codepoint("abc", 4)`, "error: t:1: bad argument #3 (out of bounds)"},
		{`utf8.codepoint("abc", -4, 1)`, "error: t:1: bad argument #2 (out of bounds)"},
		{`utf8.codepoint("\xff")`, "error: t:1: invalid UTF-8 code"},
		{`utf8.codepoint("\xc0\x80")`, "error: t:1: invalid UTF-8 code"},
		{`utf8.codepoint("\xf4\x90\x80\x80")`, "error: t:1: invalid UTF-8 code"},
		{`utf8.len("häß"), utf8.len("")`, "3 0"},
		{`utf8.len("ab\xffcd")`, "nil 3"},
		{`utf8.len("häß", 3)`, "nil 3"},
		{`utf8.len("abc", 4), utf8.len("abc", 2, 2), utf8.len("abc", -1)`, "0 1 1"},
		{`utf8.len("abc", 5)`, "error: t:1: bad argument #2 (initial position out of string)"},
		{`utf8.len("abc", 1, 4)`, "error: t:1: bad argument #3 (final position out of string)"},
		{`utf8.offset("häß", 3), utf8.offset("häß", -1), utf8.offset("häß", 0, 3), utf8.offset("abc", 5), utf8.offset("abc", 4)`, "4 4 2 nil 4"},
		{`utf8.offset("abc", 1, 5)`, "error: t:1: bad argument #3 (position out of bounds)"},
		{`utf8.offset("ä", 1, 2)`, "error: t:1: initial position is a continuation byte"},
		{`local r = {} for p, c in utf8.codes("aäb") do r[#r + 1] = p .. ":" .. c end return unpack(r)`, "1:97 2:228 4:98"},
		{`local ok, e = pcall(function() for p, c in utf8.codes("a\xff") do end end) return e`, "t:1: invalid UTF-8 code"},
		{`utf8.charpattern == "[\0-\x7F\xC2-\xF4][\x80-\xBF]*", ("aäb"):gsub(utf8.charpattern, "x")`, "true xxx 3"},
	})
}
