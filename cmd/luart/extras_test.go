package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAllowedFolders(t *testing.T) {
	for text, want := range map[string]allowedFolder{"data": {"data", false}, "data:ro": {"data", false}, "./a:b:rw": {"./a:b", true}, "": {}, ":rw": {}, ":ro": {}} {
		var a allowedFolder
		if err := a.UnmarshalText([]byte(text)); (err != nil) != (want == allowedFolder{}) || err == nil && a != want {
			t.Errorf("%q: %+v, %v", text, a, err)
		}
	}
}

func TestExtras(t *testing.T) {
	dir := folder(t, map[string]string{"data/sub/f": "data", "more/f": "more", "root/x": ""})
	code, out, errs := command(t, dir, "", "--root", "root", "--allow-mount", "data", "--allow-mount=more:rw", "--allow-periphemu", "--allow-config", "-e", `
		print(mounter.mount("a", "data/sub"), fs.isReadOnly("a"), fs.open("a/f", "r").readAll())
		print(mounter.mount("b", ...), fs.isReadOnly("b"))
		print(pcall(mounter.mount, "c", "root"))
		print(periphemu.create("left", "drive", "more"), fs.open("disk/f", "r").readAll(), config.get("mount_mode"))`, filepath.Join(dir, "more"))
	want := "true\ttrue\tdata\ntrue\tfalse\nfalse\t(command line):4: Mounting is disabled for this folder: it is in none of those that may be mounted\ntrue\tmore\trw\n"
	if code != 0 || out != want || errs != "" {
		t.Errorf("%d, %q, %q", code, out, errs)
	}
	if code, _, errs := command(t, dir, "", "--allow-mount", "nope", "-e", ""); code != exitUsage || !strings.Contains(errs, "a folder that may be mounted") {
		t.Error(code, errs)
	}
	if code, out, _ := command(t, dir, "", "-e", "print(mounter, periphemu, config)"); code != 0 || out != "nil\tnil\tnil\n" {
		t.Error(code, out)
	}
}

// A label that a program sets is there the next time, for the same root folder, however it is written, and the same number.
func TestLabelIsKept(t *testing.T) {
	dir := folder(t, map[string]string{"one/x": "", "two/x": ""})
	state := filepath.Join(dir, "state")
	t.Setenv("XDG_STATE_HOME", state)
	label := func(args ...string) string {
		t.Helper()
		code, out, errs := command(t, dir, "", append(args, "-e", "print(os.getComputerLabel())")...)
		if code != 0 || errs != "" {
			t.Error(code, errs)
		}
		return strings.TrimSpace(out)
	}
	if got := label("--root", "one"); got != "" {
		t.Error(got)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("a file is made though no label was set")
	}
	command(t, dir, "", "--root", "one", "-e", "os.setComputerLabel('first')")
	if os.Symlink("one", filepath.Join(dir, "link")) != nil {
		t.Skip("there are no symbolic links here")
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--root", "one"}, "first"}, {[]string{"--root", "two/../one/"}, "first"}, {[]string{"--root", "link"}, "first"}, {[]string{"--root", "two"}, ""},
		{[]string{"--root", "one", "--id", "1"}, ""}, {[]string{"--root", "one", "--label", "given"}, "given"}, {[]string{"--root", "one"}, "first"},
	} {
		if got := label(test.args...); got != test.want {
			t.Errorf("%v: %q, want %q", test.args, got, test.want)
		}
	}
	files, err := filepath.Glob(filepath.Join(state, "luart", "labels", "one-*-0.json"))
	if err != nil || len(files) != 1 {
		t.Error(files, err)
	}
	if entries, _ := os.ReadDir(filepath.Join(dir, "one")); len(entries) != 1 {
		t.Errorf("the root folder has %v", entries)
	}
}
