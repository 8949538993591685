package os_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // Berlin must be there

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/os"
)

// computer has the API, and a power switch. Its clock stands at 2000-01-01 00:00 UTC, in Berlin.
type computer struct {
	*computertest.Computer
	asked []string // of the power switch
}

func (c *computer) Shutdown(code int) {
	c.asked = append(c.asked, "shutdown "+lua.FormatNumber(float64(code)))
}
func (c *computer) Reboot() { c.asked = append(c.asked, "reboot") }

func newComputer(t *testing.T, memory int64) *computer {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := &computer{Computer: computertest.NewWithMemory(t, lualib.Open, memory)}
	os.Open(c, os.Options{Power: c, ID: 7, Clock: c.Clock, Location: berlin})
	return c
}

func TestFunctions(t *testing.T) {
	const october = "os.time { year = 2000, month = 10, day = 1, hour = 23, min = 12, sec = 17 }"
	for _, test := range []struct{ code, want string }{
		{"return os.getComputerID(), os.computerID()", "7 7"},
		{"return os.getComputerLabel()", ""},
		{"return select('#', os.computerLabel())", "0"},
		{"os.setComputerLabel('a\\1b\\127\\200') return os.getComputerLabel()", "a?b?\xc8"},
		{"os.setComputerLabel(('x'):rep(40)) return #os.computerLabel()", "32"},
		{"os.setComputerLabel('x') os.setComputerLabel() return os.getComputerLabel()", ""},
		{"os.setComputerLabel(1)", "test:1: bad argument #1 (string expected, got number)"},

		{"return os.clock()", "0"},
		{"return os.time(), os.day(), os.epoch()", "0 0 0"},
		{"return os.time('INGAME')", "0"},
		{"return os.time('utc'), os.time('local')", "0 1"},
		{"return os.day('utc'), os.day('local')", "10958 10958"},
		{"return os.epoch('utc'), os.epoch('local')", "946684800000 946688400000"},
		{"os.time('x')", "test:1: Unsupported operation"},
		{"os.day('x')", "test:1: Unsupported operation"},
		{"os.epoch('x')", "test:1: Unsupported operation"},
		{"os.epoch(1)", "test:1: bad argument #1 (string expected, got number)"},

		{"return os.time { year = 2000, month = 1, day = 1, hour = 1, min = 0, sec = 0 }", "946684800"},
		{"return os.time { year = 2000, month = 1, day = 1 } - 946684800", "40332"}, // 12:12:12, an hour ahead
		{"return os.time { year = 1999, month = 13, day = 1, hour = 1, min = 0, sec = 0 }", "946684800"},
		{"os.time { year = 2000, month = 1 }", `test:1: field "day" missing in date table`},
		{"os.time { month = 1, day = 1 }", `test:1: field "year" missing in date table`},
		{"os.time { year = 'x', month = 1, day = 1 }", `test:1: bad field 'year' (number expected, got string)`},
		{"os.time { year = 0/0, month = 1, day = 1 }", `test:1: field "year" is out of range in date table`},
		{"os.time { year = 1e300, month = 1, day = 1 }", `test:1: field "year" is out of range in date table`},
		// 02:30 comes twice on 2000-10-29.
		{"local t = { year = 2000, month = 10, day = 29, hour = 2, min = 30, sec = 0, isdst = true } local a = os.time(t) t.isdst = false return os.time(t) - a", "3600"},

		{"return os.date()", "Sat Jan  1 01:00:00 2000"},
		{"return os.date('!%c')", "Sat Jan  1 00:00:00 2000"},
		{"return os.date('%a|%A|%b|%B|%c|%C|%d|%D|%e|%F', " + october + ")", "Sun|Sunday|Oct|October|Sun Oct  1 23:12:17 2000|20|01|10/01/00| 1|2000-10-01"},
		{"return os.date('%g|%G|%h|%H|%I|%j|%m|%M|%p|%r|%R|%S', " + october + ")", "00|2000|Oct|23|11|275|10|12|PM|11:12:17 PM|23:12|17"},
		{"return os.date('%n%t') == '\\n\\t'", "true"},
		{"return os.date('%T|%u|%U|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%|é', " + october + ")", "23:12:17|7|40|39|0|39|10/01/00|23:12:17|00|2000|+0200|CEST|%|é"},
		{"return os.date('!%r %I', 1670373922)", "12:45:22 AM 12"},
		{"return os.date('!%Y %y %C %G', -62198755200)", "-1 99 -01 -2"},
		{"return os.date('!%z %Z')", "+0000 UTC"},
		{"return os.date('100%')", "100"},
		{"os.date('%Q')", "test:1: bad argument #1: invalid conversion specifier '%Q'"},
		{"os.date('%c', 'x')", "test:1: bad argument #2 (number expected, got string)"},
		{"os.date('%c', 0/0)", "test:1: bad argument #2 (number expected, got nan)"},
		{"os.date('%c', 1e300)", "test:1: bad argument #2 (time out of range)"},
		{"local d = os.date('*t', " + october + ") return d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst", "2000 10 1 23 12 17 1 275 true"},
		{"local t = 1234567890 return os.time(os.date('*t', t)) == t, os.date('!*t', t).isdst", "true false"},
		{"return #os.date(('%c'):rep(10000))", "240000"},

		{"os.startTimer()", "test:1: bad argument #1 (number expected, got nil)"},
		{"os.startTimer('1')", "test:1: bad argument #1 (number expected, got string)"},
		{"os.startTimer(1/0)", "test:1: bad argument #1 (number expected, got inf)"},
		{"os.startTimer(-1/0)", "test:1: bad argument #1 (number expected, got -inf)"},
		{"os.startTimer(0/0)", "test:1: bad argument #1 (number expected, got nan)"},
		{"os.startTimer(setmetatable({}, { __name = 'Thing' }))", "test:1: bad argument #1 (number expected, got Thing)"},
		{"return os.startTimer(1), os.startTimer(-5), os.cancelTimer(0), os.cancelTimer(99)", "0 1 nil"},
		{"return os.setAlarm(1), os.setAlarm(23.9), os.cancelAlarm(0), os.cancelAlarm(-1)", "0 1 nil"},
		{"os.setAlarm(24)", "test:1: Number out of range"},
		{"os.setAlarm(-1)", "test:1: Number out of range"},
		{"os.setAlarm(0/0)", "test:1: bad argument #1 (number expected, got nan)"},
		{"os.queueEvent()", "test:1: bad argument #1 (string expected, got nil)"},
		{"os.queueEvent(1)", "test:1: bad argument #1 (string expected, got number)"},
		{"os.shutdown('x')", "test:1: bad argument #1 (number expected, got string)"},
	} {
		if got := newComputer(t, 0).Run(test.code); strings.TrimSpace(got) != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.code, got, test.want)
		}
	}
}

func TestPower(t *testing.T) {
	c := newComputer(t, 0)
	c.Run("os.shutdown() os.shutdown(3.9) os.reboot()")
	if got := strings.Join(c.asked, ", "); got != "shutdown 0, shutdown 3, reboot" {
		t.Error(got)
	}
}

func TestTimersAndClock(t *testing.T) {
	c := newComputer(t, 0)
	c.Run("os.startTimer(0.1) os.startTimer(0) os.cancelTimer(os.startTimer(0)) os.setAlarm(0.5)")
	c.Clock.Advance(50 * time.Millisecond)
	if got := c.Next(); got != "timer 1" {
		t.Error(got)
	}
	c.Clock.Advance(50 * time.Millisecond)
	if got := c.Next(); got != "timer 0" {
		t.Error(got)
	}
	c.Clock.Advance(25 * time.Second)
	if got := c.Next(); got != "alarm 0" {
		t.Error(got)
	}
	if got := c.Run("return os.clock(), os.time()"); got != "25.1 0.502" {
		t.Error(got)
	}
}

func TestQueueEventCopies(t *testing.T) {
	c := newComputer(t, 0)
	for _, test := range []struct{ code, check, want string }{
		{"os.queueEvent('e')", "return select('#', ...)", "0"},
		{"os.queueEvent('e', nil, 2, nil)", "return select('#', ...), ...", "3 nil 2 nil"},
		{"os.queueEvent('e', print or type, coroutine.create(type), true, 'a\\0b')", "local a, b, c, d = ... return a, b, c, #d", "nil nil true 3"},
		{"t = { 1, { 2 } } os.queueEvent('e', t)", "local x = ... return x ~= t, x[2] ~= t[2], x[1], x[2][1]", "true true 1 2"},
		{"t = {} os.queueEvent('e', t, t)", "local x, y = ... return x ~= y", "true"},
		{"local s = {} os.queueEvent('e', { s, s })", "local x = ... return x[1] == x[2]", "true"},
		{"local s = {} s[1] = s s[s] = s os.queueEvent('e', s)", "local x = ... return x[1] == x, x[x] == x", "true true"},
		{"os.queueEvent('e', setmetatable({}, { __index = function() return 1 end }))", "local x = ... return getmetatable(x), x.y", "nil nil"},
		{"os.queueEvent('e', { type, a = type, [type] = 1, [2] = 2 })", "local n = 0 for k, v in pairs(...) do n = n + k + v end return n", "4"},
		{"os.queueEvent('e', 1/0, 0/0)", "local a, b = ... return a, b ~= b", "inf true"},
		{"local t = {} for i = 1, 1e5 do t = { t } end os.queueEvent('e', t)", "local t, n = ..., 0 while t[1] do t, n = t[1], n + 1 end return n", "100000"},
	} {
		if got := c.Run(test.code); got != "" {
			t.Errorf("%s: %s", test.code, got)
			continue
		}
		e, ok := c.Queue().TryNext()
		if !ok || e.Name != "e" {
			t.Errorf("%s: no event", test.code)
			continue
		}
		var values []lua.Value
		if e.Args != nil {
			values = e.Args()
		}
		check, err := c.VM().Load(test.check, "=check", nil)
		if err != nil {
			t.Fatal(err)
		}
		results, err := c.VM().Call(check, values...)
		if err != nil {
			t.Errorf("%s: %v", test.code, err)
		} else if got := computertest.Texts(results); got != test.want {
			t.Errorf("%s: got %q, want %q", test.code, got, test.want)
		}
	}
}

func TestQueueIsBounded(t *testing.T) {
	c := newComputer(t, 0)
	c.Run("for i = 1, 400 do os.queueEvent('e', { i }) end")
	n := 0
	for c.Next() != "" {
		n++
	}
	if n != 256 {
		t.Errorf("%d events, want 256", n)
	}
}

// The values of waiting events count against the memory limit, and no longer when the events have been taken.
func TestQueueCountsAgainstMemory(t *testing.T) {
	c := newComputer(t, 16<<20)
	const fill = "for i = 1, 200 do os.queueEvent('e', { (('x'):rep(1e6)):gsub('^x', i) }) end"
	if got := c.Run(fill); got != "test:1: not enough memory" {
		t.Fatalf("got %q", got)
	}
	for c.Next() != "" {
	}
	if got := c.Run("for i = 1, 10 do os.queueEvent('e', ('y'):rep(1e6) .. i) end return 1"); got != "1" {
		t.Fatalf("after the events were taken: %q", got)
	}
}

func TestTransferStopsAtTheDeadline(t *testing.T) {
	c := newComputer(t, 0)
	c.Run("t = {} for i = 1, 2e6 do t[i] = i end")
	c.VM().SetDeadline(time.Millisecond, time.Second)
	got := c.Run("while true do os.queueEvent('e', t) end")
	if got != "test:1: Too long without yielding" {
		t.Errorf("got %q", got)
	}
}
