package os

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// This file is os.time, os.day and os.epoch: moments of the in-game clock, of UTC and of the local time zone as numbers.

// locale says whose time a call wants.
type locale string

const (
	ingame locale = "ingame"
	utc    locale = "utc"
	local  locale = "local"
)

var errLocale = errors.New("Unsupported operation") //lint:ignore ST1005 CraftOS's text

func checkLocale(c lua.Call) (locale, error) {
	s, err := stdlib.OptString(c, 1, string(ingame))
	if err != nil {
		return "", err
	}
	switch l := locale(strings.ToLower(s)); l {
	case ingame, utc, local:
		return l, nil
	}
	return "", errLocale
}

// now is the present in the time zone of a locale.
func (a *api) now(l locale) time.Time {
	t := a.options.Clock.Now()
	if l == local {
		return t.In(a.options.Location)
	}
	return t.UTC()
}

// time is os.time([locale|table]): an hour of the day, or the Unix time that a table of a date stands for.
func (a *api) time(c lua.Call) (lua.Results, error) {
	if t, ok := c.Arg(1).AsTable(); ok {
		seconds, err := a.unixTime(c.VM(), t)
		if err != nil {
			return 0, err
		}
		return c.Return1(lua.Number(float64(seconds)))
	}
	l, err := checkLocale(c)
	if err != nil {
		return 0, err
	}
	if l == ingame {
		return c.Return1(lua.Number(a.computer.Queue().GameTime().Hour()))
	}
	t := a.now(l)
	return c.Return1(lua.Number(float64(t.Hour()) + float64(t.Minute())/60 + float64(t.Second())/3600))
}

// day is os.day([locale]): days since the in-game clock began, or days of the calendar since 1970, that day being 1.
func (a *api) day(c lua.Call) (lua.Results, error) {
	l, err := checkLocale(c)
	if err != nil {
		return 0, err
	}
	if l == ingame {
		return c.Return1(lua.Number(float64(a.computer.Queue().GameTime().Day())))
	}
	t := a.now(l)
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return c.Return1(lua.Number(float64(midnight.Unix()/86400 + 1)))
}

// epoch is os.epoch([locale]) in milliseconds; that of "local" is ahead of "utc" by the offset of the time zone.
func (a *api) epoch(c lua.Call) (lua.Results, error) {
	l, err := checkLocale(c)
	if err != nil {
		return 0, err
	}
	if l == ingame {
		return c.Return1(lua.Number(float64(a.computer.Queue().GameTime().Milliseconds())))
	}
	t := a.now(l)
	_, offset := t.Zone()
	return c.Return1(lua.Number(float64(t.UnixMilli() + int64(offset)*1000)))
}

// maxField bounds the fields of a date, so that sums of them stay far from the limits of integers.
const maxField = 1 << 31

// unixTime is the moment of a table such as os.date("*t") returns, in the local time zone. Fields beyond their range carry
// over: month 13 is January of the next year. (CraftOS: hour, min and sec are all 12 when absent.)
func (a *api) unixTime(vm *lua.VM, t *lua.Table) (int64, error) {
	var fields [6]int
	for i, f := range [...]struct {
		name     string
		required bool
	}{{"year", true}, {"month", true}, {"day", true}, {"hour", false}, {"min", false}, {"sec", false}} {
		v := t.GetString(f.name)
		if v.IsNil() {
			if f.required {
				return 0, fmt.Errorf(`field "%s" missing in date table`, f.name)
			}
			fields[i] = 12
			continue
		}
		n, ok := v.AsNumber()
		if !ok {
			return 0, stdlib.BadField(vm, f.name, "number", v)
		}
		if math.IsNaN(n) || math.Abs(n) >= maxField {
			return 0, fmt.Errorf(`field "%s" is out of range in date table`, f.name)
		}
		fields[i] = int(n)
	}
	date := time.Date(fields[0], time.Month(fields[1]), fields[2], fields[3], fields[4], fields[5], 0, a.options.Location)
	if dst, ok := t.GetString("isdst").AsBool(); ok && dst != date.IsDST() {
		date = otherOffset(date, dst)
	}
	return date.Unix(), nil
}

// otherOffset returns the moment at which clocks show the same time as at date, but with daylight saving time on or off as
// wanted: there are two in the hour that an autumn's night has twice. If there is none, date it is.
func otherOffset(date time.Time, dst bool) time.Time {
	for _, near := range []time.Duration{-3 * time.Hour, 3 * time.Hour} {
		_, here := date.Zone()
		_, there := date.Add(near).Zone()
		other := date.Add(time.Duration(here-there) * time.Second)
		if other.IsDST() == dst && other.Hour() == date.Hour() && other.Minute() == date.Minute() {
			return other
		}
	}
	return date
}
