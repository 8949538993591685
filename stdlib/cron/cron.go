// Package cron is the module luart.cron: at what times a schedule such as "0 30 9 * * MON-FRI" comes next.
//
// A text enters, times leave. Nothing waits here, and there are no goroutines: a program sleeps until the time, or starts a
// timer. Programs get the module by require; the runtime calls Open. All runs on the computer's goroutine. Fields are read
// by github.com/robfig/cron, around which this package puts 7 for Sunday, and errors that name the field.
package cron

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/robfig/cron/v3"
)

const (
	// MaxSpec is the length of the longest schedule, in bytes.
	MaxSpec = 1024
	// MaxTimes is how many times one call of next gives.
	MaxTimes = 1000
)

// maxTime is the end of the year 9999 in seconds since 1970, and the same before it.
const maxTime = 253402300799

// Options are what the module needs.
type Options struct {
	// Location is the time zone of schedules that name none; nil is the host's.
	Location *time.Location
}

type api struct{ location *time.Location }

// Open returns the module for a computer.
func Open(_ stdlib.Computer, o Options) lua.Value {
	a := &api{o.Location}
	if a.location == nil {
		a.location = time.Local
	}
	t := lua.NewTable(0, 1)
	t.SetString("parse", stdlib.Function("parse", a.parse))
	return t.Value()
}

// parse is parse(spec[, zone]): a schedule, or nil and a message.
func (a *api) parse(c lua.Call) (lua.Results, error) {
	spec, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	location := a.location
	if !c.Arg(2).IsNil() {
		zone, err := stdlib.CheckString(c, 2)
		if err != nil {
			return 0, err
		}
		if location, err = load(zone); err != nil {
			return c.Return(lua.Nil, lua.String(err.Error()))
		}
	}
	if err := c.Reserve(1024); err != nil {
		return 0, err
	}
	s, err := parse(spec, location)
	if err != nil {
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	t := lua.NewTable(0, 3)
	t.SetString("spec", c.Arg(1))
	t.SetString("zone", lua.String(s.location.String()))
	t.SetString("next", stdlib.Function("next", s.nextTimes))
	return c.Return1(t.Value())
}

// load returns a time zone of the IANA's data base, "UTC" or "Local".
func load(zone string) (*time.Location, error) {
	if zone == "" || len(zone) > 64 {
		return nil, errors.New("a time zone has a name such as Europe/Berlin or UTC")
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("there is no time zone %q; names are such as Europe/Berlin or UTC", zone)
	}
	return location, nil
}

// schedule is what a text says.
type schedule struct {
	cron.Schedule
	location *time.Location
}

// after is the first time after another one. The library looks five years ahead, and between leap years there can be eight.
func (s *schedule) after(t time.Time) time.Time {
	for range 3 {
		if next := s.Next(t); !next.IsZero() {
			return next
		}
		t = t.AddDate(4, 0, 0)
	}
	return time.Time{}
}

// field is one field of a schedule.
type field struct {
	name, units string
	option      cron.ParseOption
}

var fields = []field{
	{"second", "0-59", cron.Second}, {"minute", "0-59", cron.Minute}, {"hour", "0-23", cron.Hour},
	{"day of the month", "1-31", cron.Dom}, {"month", "1-12 or JAN-DEC", cron.Month}, {"day of the week", "0-7 or SUN-SAT", cron.Dow},
}

// everyLeast is the shortest interval of "@every".
const everyLeast = time.Second

// parse reads a schedule.
func parse(spec string, location *time.Location) (*schedule, error) {
	if len(spec) > MaxSpec {
		return nil, fmt.Errorf("the schedule is longer than %d bytes", MaxSpec)
	}
	words := strings.Fields(spec)
	if len(words) > 0 {
		zone, ok := strings.CutPrefix(words[0], "CRON_TZ=")
		if !ok {
			zone, ok = strings.CutPrefix(words[0], "TZ=")
		}
		if ok {
			var err error
			if location, err = load(zone); err != nil {
				return nil, err
			}
			words = words[1:]
		}
	}
	if len(words) > 0 && strings.HasPrefix(words[0], "@") {
		return parseDescriptor(words, location)
	}
	if len(words) == 5 {
		words = append([]string{"0"}, words...)
	}
	if len(words) != 6 {
		return nil, fmt.Errorf("a schedule has 6 fields: second, minute, hour, day of the month, month, day of the week; or 5, "+
			"without the second; this one has %d", len(words))
	}
	s := &cron.SpecSchedule{Location: location}
	for i, f := range fields {
		bits, err := f.parse(words[i])
		if err != nil {
			return nil, fmt.Errorf("the %s, %q: %w", f.name, words[i], err)
		}
		*[]*uint64{&s.Second, &s.Minute, &s.Hour, &s.Dom, &s.Month, &s.Dow}[i] = bits
	}
	// A leap year is within reach, so what doesn't come from here never does.
	if s.Next(time.Date(2003, 6, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("there is no day %s in the month %s", words[3], words[4])
	}
	return &schedule{s, location}, nil
}

// parseDescriptor reads "@hourly" and the like.
func parseDescriptor(words []string, location *time.Location) (*schedule, error) {
	text := strings.ToLower(strings.Join(words, " "))
	s, err := cron.NewParser(cron.Descriptor).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q is none of @yearly, @monthly, @weekly, @daily, @hourly and @every with a time such as 1h30m", text)
	}
	switch s := s.(type) {
	case cron.ConstantDelaySchedule:
		if duration, err := time.ParseDuration(words[len(words)-1]); err != nil || duration < everyLeast {
			return nil, fmt.Errorf("%q: the shortest time is a second", text)
		}
		return &schedule{s, location}, nil
	case *cron.SpecSchedule:
		s.Location = location
	}
	return &schedule{s, location}, nil
}

// parse reads one field.
func (f field) parse(text string) (uint64, error) {
	var bits uint64
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		high, _, _ = strings.Cut(high, "/")
		low, _, _ = strings.Cut(low, "/")
		first := strings.TrimRight(low, "0123456789")
		switch {
		case part == "":
			return 0, errors.New("there is nothing before or after a comma")
		case strings.ContainsAny(part, "#") || f.option&(cron.Dom|cron.Dow) != 0 && beyond(low):
			return 0, errors.New("neither L, W nor # is known here; name the days, or look at the date in the program")
		case isRange && (first == "*" || first == "?"):
			return 0, errors.New("* is all there are and takes no range")
		case f.option == cron.Dow && isRange && (high == "7") && low != "7":
			// Sunday at the end of a range: the days up to Saturday, and Sunday if the steps come there.
			n, err := f.sunday(part, low)
			if err != nil {
				return 0, err
			}
			bits |= n
			continue
		case f.option == cron.Dow && low == "7" && !isRange:
			part = "0" + part[1:]
		case f.option == cron.Dow && low == "7" && high == "7":
			part = "0-0" + strings.TrimPrefix(part, "7-7")
		}
		n, err := f.one(part)
		if err != nil {
			return 0, err
		}
		bits |= n
	}
	return bits, nil
}

// beyond reports whether a word is of croncpp's kind: L, LW, 15W, 5L.
func beyond(word string) bool {
	switch strings.ToUpper(strings.TrimLeft(word, "0123456789")) {
	case "L", "W", "LW":
		return true
	}
	return false
}

// sunday reads a range of days of the week that ends with 7.
func (f field) sunday(part, low string) (uint64, error) {
	_, stepText, hasStep := strings.Cut(part, "/")
	step := "1"
	if hasStep {
		step = stepText
	}
	bits, err := f.one(low + "-6/" + step)
	if err != nil {
		return 0, err
	}
	// Where the steps would go from Saturday, or before it, to Sunday: the library has read both numbers already.
	var n int
	fmt.Sscan(step, &n)
	for first := range 7 {
		if bits&(1<<first) != 0 {
			if (7-first)%n == 0 {
				bits |= 1
			}
			break
		}
	}
	return bits, nil
}

// one reads what is between two commas.
func (f field) one(part string) (uint64, error) {
	s, err := cron.NewParser(f.option).Parse(part)
	if err != nil {
		return 0, fmt.Errorf("that must be %s, *, a range such as a-b, or one with steps such as */n", f.units)
	}
	all := s.(*cron.SpecSchedule)
	switch f.option {
	case cron.Second:
		return all.Second, nil
	case cron.Minute:
		return all.Minute, nil
	case cron.Hour:
		return all.Hour, nil
	case cron.Dom:
		return all.Dom, nil
	case cron.Month:
		return all.Month, nil
	}
	return all.Dow, nil
}

// nextTimes is next(time[, count]): the first time after the given one, in seconds since 1970, nil if there is none; with a count, a list of so many at most.
func (s *schedule) nextTimes(c lua.Call) (lua.Results, error) {
	after, err := stdlib.CheckFinite(c, 1)
	if err != nil {
		return 0, err
	}
	if math.Abs(after) > maxTime {
		return 0, lua.ArgError(1, "a time in seconds since 1970 expected, such as os.epoch(\"utc\") / 1000")
	}
	count, err := stdlib.OptInt(c, 2, 1)
	if err != nil {
		return 0, err
	}
	if count < 1 || count > MaxTimes {
		return 0, lua.ArgError(2, fmt.Sprintf("a number from 1 to %d expected", MaxTimes))
	}
	list := !c.Arg(2).IsNil()
	whole := math.Floor(after)
	at := time.Unix(int64(whole), int64((after-whole)*1e9)).In(s.location)
	if !list {
		if at = s.after(at); at.IsZero() {
			return c.Return1(lua.Nil)
		}
		return c.Return1(lua.Number(float64(at.Unix())))
	}
	if err := c.Reserve(16 * count); err != nil {
		return 0, err
	}
	times := lua.NewTable(count, 0)
	for i := range count {
		if at = s.after(at); at.IsZero() {
			break
		}
		times.SetInt(i+1, lua.Number(float64(at.Unix())))
		if err := c.Interrupted(); err != nil {
			return 0, err
		}
	}
	return c.Return1(times.Value())
}
