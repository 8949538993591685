package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// mountFlag is a value of --mount: SRC:DST, SRC:DST:ro or SRC:DST:rw. SRC may hold colons.
type mountFlag struct {
	source, path string
	readOnly     bool
}

// UnmarshalText reads a mount.
func (m *mountFlag) UnmarshalText(text []byte) error {
	rest := string(text)
	rest, readOnly := strings.CutSuffix(rest, ":ro")
	if !readOnly {
		rest = strings.TrimSuffix(rest, ":rw")
	}
	colon := strings.LastIndexByte(rest, ':')
	if colon <= len(filepath.VolumeName(rest)) || colon == len(rest)-1 {
		return fmt.Errorf("%q is no mount; write a folder of yours and its place in the computer, such as ./data:/data or ./data:/data:ro", string(text))
	}
	*m = mountFlag{rest[:colon], rest[colon+1:], readOnly}
	return nil
}
