package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMountFlags(t *testing.T) {
	for text, want := range map[string]mountFlag{
		"data:/data": {"data", "/data", false}, "./a:b:ro": {"./a", "b", true}, "a:b:rw": {"a", "b", false}, "x:y:/z": {"x:y", "/z", false}, "a:ro": {"", "", false},
		"": {}, ":": {}, "a": {}, "a:": {}, ":b": {}, "a::ro": {},
	} {
		var m mountFlag
		if err := m.UnmarshalText([]byte(text)); (err != nil) != (want == mountFlag{}) || err == nil && m != want {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
}

func TestMounts(t *testing.T) {
	dir := folder(t, map[string]string{"data/f": "data", "more/f": "more", "root/x": ""})
	const program = "print(fs.open('/d/f', 'r').readAll(), fs.open('m/f', 'r').readAll(), fs.isReadOnly('d'), fs.isReadOnly('m'), fs.getCapacity('/')) local h = fs.open('/m/new', 'w') h.write('x') h.close()"
	code, out, errs := command(t, dir, "", "--root", "root", "--mount", "data:/d:ro", "--mount=more:m", "--quota", "1MB", "-e", program)
	if code != 0 || out != "data\tmore\ttrue\tfalse\t1000000\n" || errs != "" {
		t.Error(code, out, errs)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "more", "new")); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
	for _, test := range [][2]string{{"data", "is no mount; write"}, {"no:/x", `the mount at "/x"`}, {"data:/", "root folder"}, {"data:rom", "already"}} {
		if code, _, errs := command(t, dir, "", "--mount", test[0], "-e", ""); code != exitUsage || !strings.Contains(errs, test[1]) {
			t.Error(code, errs)
		}
	}
}
