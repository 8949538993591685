package syntax

import (
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// seeds are programs that together use every rule of the grammar.
var seeds = []string{
	"local a, b = 1, 'x' .. [[y]] a = a + b * 2 ^ -3 % 4 return a, ...",
	"function t.a.b:c(x, ...) if x then return self, ... elseif y then x() else x = {1; a = 2, [3] = 4} end end",
	"for i = 1, 10, 2 do if i > 5 then break end print(i) end for k, v in pairs(t) do k, t[v] = v, #k end",
	"while not x do local y <const> = 1 end",
	"repeat local z = f'' goto cont ::cont:: until z == nil or false and true",
	"do goto x ; ::x:: ::y:: end goto y ::y:: goto = 1",
	"local function f(_ENV) return function() x = y ~= 1 end end",
	"x = '\\a\\065\\x41\\u{20AC}\\z  \\\n' .. \"\\\"\" -- c\n--[[ c ]] --[==[ c ]==] y = 0x1p4 + .5e-3",
	"a.b[c](d):e{f}'g'.h, i = -1 < 2, 3 >= 4 return (j)",
	"((((", "{{{{", "'\\", "'\\300'", "[==[", "--[[", "1..2", "\x00\xff", "::a:: ::a::", "goto a local b ::a:: c()", "break",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		fn, err := Parse(source, "=in")
		if err != nil {
			var e *Error
			if fn != nil || !errors.As(err, &e) {
				t.Fatalf("function %v and error %#v", fn, err)
			}
			if lines := 1 + strings.Count(source, "\n") + strings.Count(source, "\r"); e.Pos.Line < 1 || int(e.Pos.Line) > lines || e.Pos.Col < 1 {
				t.Fatalf("error at %v of %d lines", e.Pos, lines)
			}
			return
		}
		// The walks check that gotos and upvalues are linked.
		text := dump(fn)
		if strings.Contains(text, "unknown ") && !strings.Contains(source, "unknown ") {
			t.Fatalf("%s", text)
		}
		variables(fn)
		again, err := Parse(source+"\n--", "=in")
		if err != nil || dump(again) != text {
			t.Fatalf("with a comment: %v", err)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, n := range numerals {
		f.Add(n.text)
	}
	f.Add(" \t-0x.8p+1\n")
	f.Fuzz(func(t *testing.T, s string) {
		value, ok := ParseNumber(s)
		if !ok {
			return
		}
		if math.IsNaN(value) {
			t.Fatalf("%q is NaN", s)
		}
		if minus, ok := ParseNumber("-" + strings.Trim(s, " \t\n\v\f\r")); ok && minus != -value {
			t.Fatalf("%q: %v, and with a minus %v", s, value, minus)
		}
		if back, ok := ParseNumber(strconv.FormatFloat(value, 'e', -1, 64)); !math.IsInf(value, 0) && (!ok || back != value) {
			t.Fatalf("%q is %v, and that is %v", s, value, back)
		}
		plain := strings.TrimLeft(strings.Trim(s, " \t\n\v\f\r"), "+-")
		if strings.ContainsAny(plain, "xX") {
			return
		}
		if want, err := strconv.ParseFloat(plain, 64); err == nil && want != math.Abs(value) {
			t.Fatalf("%q is %v, strconv says %v", s, value, want)
		}
	})
}

// BenchmarkParse guards the time that starting a computer spends on parsing its ROM.
func BenchmarkParse(b *testing.B) {
	source := strings.Repeat(`
local function draw(self, x, y, colour)
	local width, height = self.term.getSize()
	if x < 1 or y < 1 or x > width or y > height then return false end
	self.buffer[(y - 1) * width + x] = { colour = colour, text = "some text" .. tostring(x) }
	for i, line in ipairs(self.lines) do
		if line.dirty and not line.hidden then -- draw it again
			self:redraw(line, i, colours.white)
			line.dirty = false
		end
	end
	return true
end
`, 500)
	source = strings.ReplaceAll(source, "local function", "function")
	if path := os.Getenv("PARSE_FILE"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		source = string(data)
	}
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(source, "=in"); err != nil {
			b.Fatal(err)
		}
	}
}
