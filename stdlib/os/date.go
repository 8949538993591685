package os

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// This file is os.date: C's strftime in the C locale, the part of it that CraftOS has.

// maxDate is the last second of the year 999999999; years beyond have no date.
const maxDate = 31556889864403199

// datePoll is how many bytes of a date are made between two looks at the VM's limits.
const datePoll = 4096

// date is os.date([format[, time]]): the text that a format gives for a Unix time in seconds, now unless said, or a table
// of its fields for the format "*t". A format that starts with "!" shows UTC, others local time.
func (a *api) date(c lua.Call) (lua.Results, error) {
	format, err := stdlib.OptString(c, 1, "%c")
	if err != nil {
		return 0, err
	}
	t := a.options.Clock.Now()
	if !c.Arg(2).IsNil() {
		seconds, err := stdlib.CheckInt64(c, 2)
		if err != nil {
			return 0, err
		}
		if seconds > maxDate || seconds < -maxDate {
			return 0, lua.ArgError(2, "time out of range")
		}
		t = time.Unix(seconds, 0)
	}
	if rest, ok := strings.CutPrefix(format, "!"); ok {
		format, t = rest, t.UTC()
	} else {
		t = t.In(a.options.Location)
	}
	if format == "*t" {
		return c.Return1(dateTable(t).Value())
	}
	var b []byte
	counted := 0
	for i := 0; i < len(format); i++ {
		if len(b)-counted >= datePoll {
			if err := c.Reserve(2 * (len(b) - counted)); err != nil {
				return 0, err
			}
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
			counted = len(b)
		}
		if format[i] != '%' {
			b = append(b, format[i])
			continue
		}
		i++
		if i == len(format) {
			break // a "%" at the end is ignored
		}
		var ok bool
		if b, ok = appendDate(b, format[i], t); !ok {
			return 0, fmt.Errorf("bad argument #1: invalid conversion specifier '%%%c'", rune(format[i]))
		}
	}
	return c.Return1(lua.Bytes(b))
}

func dateTable(t time.Time) *lua.Table {
	d := lua.NewTable(0, 9)
	for _, f := range []struct {
		name  string
		value int
	}{
		{"year", t.Year()}, {"month", int(t.Month())}, {"day", t.Day()}, {"hour", t.Hour()}, {"min", t.Minute()}, {"sec", t.Second()},
		{"wday", int(t.Weekday()) + 1}, {"yday", t.YearDay()},
	} {
		d.SetString(f.name, lua.Int(f.value))
	}
	d.SetString("isdst", lua.Bool(t.IsDST()))
	return d
}

// compound are the specifiers that stand for others.
var compound = map[byte]string{
	'c': "%a %b %e %H:%M:%S %Y", 'D': "%m/%d/%y", 'F': "%Y-%m-%d", 'r': "%I:%M:%S %p", 'R': "%H:%M", 'T': "%H:%M:%S",
	'x': "%m/%d/%y", 'X': "%H:%M:%S",
}

// appendDate appends what one specifier stands for.
func appendDate(b []byte, spec byte, t time.Time) (_ []byte, ok bool) {
	two := func(n int) []byte { return appendPadded(b, n, 2, '0') }
	switch spec {
	case 'a':
		b = append(b, t.Weekday().String()[:3]...)
	case 'A':
		b = append(b, t.Weekday().String()...)
	case 'b', 'h':
		b = append(b, t.Month().String()[:3]...)
	case 'B':
		b = append(b, t.Month().String()...)
	case 'C':
		b = two(floorDiv(t.Year(), 100))
	case 'd':
		b = two(t.Day())
	case 'e':
		b = appendPadded(b, t.Day(), 2, ' ')
	case 'g', 'G', 'V':
		year, week := t.ISOWeek()
		switch spec {
		case 'g':
			b = two(year - 100*floorDiv(year, 100))
		case 'G':
			b = strconv.AppendInt(b, int64(year), 10)
		default:
			b = two(week)
		}
	case 'H':
		b = two(t.Hour())
	case 'I':
		b = two((t.Hour()+11)%12 + 1)
	case 'j':
		b = appendPadded(b, t.YearDay(), 3, '0')
	case 'm':
		b = two(int(t.Month()))
	case 'M':
		b = two(t.Minute())
	case 'n':
		b = append(b, '\n')
	case 'p':
		if t.Hour() < 12 {
			b = append(b, "AM"...)
		} else {
			b = append(b, "PM"...)
		}
	case 'S':
		b = two(t.Second())
	case 't':
		b = append(b, '\t')
	case 'u':
		b = strconv.AppendInt(b, int64((t.Weekday()+6)%7+1), 10)
	case 'U': // weeks begin on Sunday
		b = two((t.YearDay() + 6 - int(t.Weekday())) / 7)
	case 'w':
		b = strconv.AppendInt(b, int64(t.Weekday()), 10)
	case 'W': // weeks begin on Monday
		b = two((t.YearDay() + 6 - int(t.Weekday()+6)%7) / 7)
	case 'y':
		b = two(t.Year() - 100*floorDiv(t.Year(), 100))
	case 'Y':
		b = strconv.AppendInt(b, int64(t.Year()), 10)
	case 'z':
		b = t.AppendFormat(b, "-0700")
	case 'Z':
		b = append(b, zoneName(t)...)
	case '%':
		b = append(b, '%')
	default:
		parts, isCompound := compound[spec]
		if !isCompound {
			return b, false
		}
		for i := 0; i < len(parts); i++ {
			if parts[i] != '%' {
				b = append(b, parts[i])
				continue
			}
			i++
			b, _ = appendDate(b, parts[i], t)
		}
	}
	return b, true
}

// zoneName is the abbreviation of the time zone. Zones that have a number only get the letters that CraftOS shows.
func zoneName(t time.Time) string {
	name, _ := t.Zone()
	if len(name) < 2 || strings.ContainsFunc(name, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' }) {
		return "ISO"
	}
	return name
}

func appendPadded(b []byte, n, width int, pad byte) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	for limit := int(math.Pow10(width - 1)); n < limit && limit > 1; limit /= 10 {
		b = append(b, pad)
	}
	return strconv.AppendInt(b, int64(n), 10)
}

func floorDiv(a, b int) int {
	if q := a / b; a%b >= 0 {
		return q
	}
	return a/b - 1
}
