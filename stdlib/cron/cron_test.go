package cron

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // Berlin must be there

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
)

func berlin(t testing.TB) *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const layout = "2006-01-02 15:04:05"

func TestNext(t *testing.T) {
	l := berlin(t)
	for _, test := range []struct{ spec, from, want string }{
		{"0 0 18 * * 5", "2024-01-01 00:00:00", "2024-01-05 18:00:00 2024-01-12 18:00:00"},
		{"0 18 * * FRI", "2024-01-05 18:00:00", "2024-01-12 18:00:00 2024-01-19 18:00:00"},
		{"*/20 * * * * *", "2024-01-01 00:00:10", "2024-01-01 00:00:20 2024-01-01 00:00:40"},
		{"5/20 * * * * ?", "2024-01-01 00:00:10", "2024-01-01 00:00:25 2024-01-01 00:00:45"},
		{"0 0 29 feb *", "2024-03-01 00:00:00", "2028-02-29 00:00:00 2032-02-29 00:00:00"},
		// Sunday is 0, 7 and SUN.
		{"0 0 * * 7", "2024-01-01 00:00:00", "2024-01-07 00:00:00 2024-01-14 00:00:00"},
		{"0 0 * * 6-7", "2024-01-01 00:00:00", "2024-01-06 00:00:00 2024-01-07 00:00:00"},
		{"0 0 * * 1-7/2", "2024-01-02 00:00:00", "2024-01-03 00:00:00 2024-01-05 00:00:00 2024-01-07 00:00:00 2024-01-08 00:00:00"},
		{"0 0 * * 7-7", "2024-01-01 00:00:00", "2024-01-07 00:00:00 2024-01-14 00:00:00"},
		{"0 0 * * 7-7/2", "2024-01-01 00:00:00", "2024-01-07 00:00:00 2024-01-14 00:00:00"},
		{"0 0 * * mon-7", "2024-01-01 00:00:00", "2024-01-02 00:00:00 2024-01-03 00:00:00"},
		// Either of the days, if both are limited; POSIX.
		{"0 0 10 * MON", "2024-01-05 00:00:00", "2024-01-08 00:00:00 2024-01-10 00:00:00"},
		{"@hourly", "2024-01-01 00:00:00", "2024-01-01 01:00:00 2024-01-01 02:00:00"},
		{"@Weekly", "2024-01-01 00:00:00", "2024-01-07 00:00:00 2024-01-14 00:00:00"},
		{"@every 1h30m", "2024-01-01 00:00:00", "2024-01-01 01:30:00 2024-01-01 03:00:00"},
		{"CRON_TZ=UTC 0 12 * * *", "2024-01-01 00:00:00", "2024-01-01 13:00:00 2024-01-02 13:00:00"},
		{"TZ=Asia/Tokyo @daily", "2024-01-01 00:00:00", "2024-01-01 16:00:00 2024-01-02 16:00:00"},
		// A time that the clock leaps over doesn't come; one that it shows twice comes once more.
		{"0 30 2 * * *", "2024-03-30 12:00:00", "2024-04-01 02:30:00 2024-04-02 02:30:00"},
		{"0 0 4 * * *", "2024-10-26 12:00:00", "2024-10-27 04:00:00 2024-10-28 04:00:00"},
	} {
		s, err := parse(test.spec, l)
		if err != nil {
			t.Errorf("%s: %v", test.spec, err)
			continue
		}
		at, err := time.ParseInLocation(layout, test.from, l)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for range len(test.want) / len(layout) {
			at = s.Next(at)
			got = append(got, at.In(l).Format(layout))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s after %s comes at %v, not %s", test.spec, test.from, got, test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"":                             "this one has 0",
		"* * * *":                      "this one has 4",
		"60 * * * * *":                 `the second, "60": that must be 0-59`,
		"* 60 * * * *":                 `the minute, "60": that must be 0-59`,
		"0 24 * * *":                   `the hour, "24": that must be 0-23`,
		"0 0 32 * *":                   `the day of the month, "32": that must be 1-31`,
		"0 0 0 * *":                    `the day of the month, "0": that must be 1-31`,
		"0 0 1 FOO *":                  `the month, "FOO": that must be 1-12 or JAN-DEC`,
		"0 0 1 * 8":                    `the day of the week, "8": that must be 0-7 or SUN-SAT`,
		"0 0 L * *":                    `the day of the month, "L": neither L, W nor # is known here`,
		"0 0 15W * *":                  "neither L, W nor # is known here",
		"0 0 * * 5L":                   "neither L, W nor # is known here",
		"0 0 * * FRI#2":                "neither L, W nor # is known here",
		"0 0 30 2 *":                   "there is no day 30 in the month 2",
		"*/0 * * * *":                  `the minute, "*/0"`,
		"1--2 * * * *":                 `the minute`,
		", * * * *":                    "there is nothing before or after a comma",
		"1,,2 * * * *":                 "there is nothing before or after a comma",
		"*-5 * * * *":                  "takes no range",
		"0 0 * * 5-1":                  "the day of the week",
		"0 0 * * 7-3":                  "the day of the week",
		"0 0 * * 1-7/0":                "the day of the week",
		"0 0 * * 1-7/x":                "the day of the week",
		"TZ= * * * * *":                "a time zone has a name",
		"TZ=../../etc/passwd ":         "there is no time zone",
		"CRON_TZ=Moon * * * *":         `there is no time zone "Moon"`,
		"@reboot":                      `"@reboot" is none of @yearly`,
		"@every":                       "is none of",
		"@every 10ms":                  "the shortest time is a second",
		"@every -1h":                   "the shortest time is a second",
		"99999999999999999999 * * * *": "the minute",
		strings.Repeat("*", MaxSpec+1): "longer than",
	} {
		if s, err := parse(spec, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; not %s", spec, s, err, want)
		}
	}
}

func TestLua(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	c.VM().Globals().SetString("cron", Open(c, Options{Location: berlin(t)}))
	for code, want := range map[string]string{
		`local s = cron.parse "0 0 1 1 *" return s.spec, s.zone, s.next(0), s.next(0.5)`: "0 0 1 1 * Europe/Berlin 31532400 31532400",
		`return cron.parse("@hourly", "UTC").next(-0.5)`:                                 "0",
		`local l = cron.parse("@every 10s", "UTC").next(100, 3) return #l, l[1], l[3]`:   "3 110 130",
		`return #cron.parse("0 0 29 2 *").next(0, 1000) > 500`:                           "true",
		`return cron.parse("x")`:                         "nil a schedule has 6 fields: second, minute, hour, day of the month, month, day of the week; or 5, without the second; this one has 1",
		`return cron.parse("@daily", "")`:                "nil a time zone has a name such as Europe/Berlin or UTC",
		`return pcall(cron.parse)`:                       "false test:1: bad argument #1 (string expected, got nil)",
		`return pcall(cron.parse("@daily").next)`:        "false test:1: bad argument #1 (number expected, got nil)",
		`return pcall(cron.parse("@daily").next, 0, 0)`:  "false test:1: bad argument #2 (a number from 1 to 1000 expected)",
		`return pcall(cron.parse("@daily").next, 1e300)`: `false test:1: bad argument #1 (a time in seconds since 1970 expected, such as os.epoch("utc") / 1000)`,
	} {
		if got := c.Run(code); got != want {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, spec := range []string{"0 0 * * 1-7/2", "TZ=UTC @every 1m", "*/5 1,2-3 ? JAN 7-7", "TZ=", "CRON_TZ= ,"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := parse(spec, time.UTC)
		if err != nil {
			return
		}
		from := time.Date(2023, 5, 5, 5, 5, 5, 5, time.UTC)
		if at := s.Next(from); at.IsZero() || !at.After(from) {
			t.Errorf("%q: %v", spec, at)
		}
	})
}
