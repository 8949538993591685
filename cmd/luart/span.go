package main

import (
	"fmt"
	"strconv"
	"time"
)

// span is a time as people write it: 7s, 500ms, 1m30s, or a plain number of seconds.
type span time.Duration

// UnmarshalText reads a time; 0 means no limit.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if seconds, plain := strconv.ParseFloat(string(text), 64); plain == nil && seconds > -1e9 && seconds < 1e9 {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil {
		return fmt.Errorf("%q is not a time; write 7s, 500ms or 1m30s, or 0 for no limit", string(text))
	}
	*s = span(d)
	return nil
}

// String writes the time with its units.
func (s span) String() string { return time.Duration(s).String() }
