package vfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesForWindows(t *testing.T) {
	for _, path := range []string{".", "a", "a/b", "console", "com", "COM10", "nul1", "a.con", "x/auxiliary.txt", ".hidden", "..a", "lpt", "com¤", "conin", "\xff", "a b/c.d"} {
		if !windowsSafe(path) {
			t.Errorf("%q is refused", path)
		}
	}
	for _, path := range []string{
		"", "CON", "con", "Nul", "nul.txt", "nul.tar.gz", "aux ", "aux .txt", "prn", "COM1", "com9.log", "com¹", "LPT0", "CONIN$", "conout$", "a/con/b", "nul/x",
		"a:b", "a:", "C:", "C:/x", "file::$DATA", "a.", "a..", "rom.", "a /b", "a./b", "a\\b", "..\\x", "a\x00b", "a\x1fb", "a<b", "a|b", "a?", "a*", `a"b`, "a//b", "/a", "a/", "..", "a/..", "a/.",
	} {
		if windowsSafe(path) {
			t.Errorf("%q is allowed", path)
		}
	}
}

// A folder on Windows refuses such names, whatever is done with them. Here the host would allow them, so that nothing else does.
func TestFolderRefusesDevices(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	must(t, err)
	files, err := New(Options{Mounts: []Mount{{FS: folder{root, true}}}})
	must(t, err)
	defer files.Close()
	write(t, files, "f", "x")
	for _, name := range []string{"nul", "CON", "com1.txt", "d/aux", "f.", "a.b..", "conin$"} {
		for _, line := range []string{"write N x", "append N x", "update N x", "mkdir N", "mkdir N/x", "write N/x x", "copy f N", "move f N", "copy N g", "move N g", "delete N", "list N", "read N"} {
			if got := do(files, strings.ReplaceAll(line, "N", name)); !strings.HasSuffix(got, "Access denied") {
				t.Errorf("%s: %s", strings.ReplaceAll(line, "N", name), got)
			}
		}
		if do(files, "stat "+name) != "/"+name+": Access denied" {
			t.Errorf("%s: %s", name, do(files, "stat "+name))
		}
	}
	// A colon, and blanks at the end, don't get that far.
	write(t, files, "a:b", "x")
	write(t, files, "c /d ", "x")
	if got := do(files, "list /") + "," + do(files, "list c"); got != "ab c f,d" {
		t.Error(got)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if !windowsSafe(e.Name()) {
			t.Errorf("there is %q", e.Name())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "f")); err != nil {
		t.Error(err)
	}
}
