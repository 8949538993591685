package files_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
)

func TestModule(t *testing.T) {
	for code, want := range map[string]string{
		`f.rename("file", "new"), fs.exists("file"), fs.exists("new")`:                "true\tfalse\ttrue",
		`f.rename("file", "other"), text("other")`:                                    "true\tfile",
		`f.rename("folder", "deep/in/there", false), text("deep/in/there/a/b")`:       "true\tb",
		`f.rename("folder", "full")`:                                                  "nil\t/full: File exists",
		`f.rename("none", "x")`:                                                       "nil\t/none: No such file",
		`f.rename("file", "rom/x")`:                                                   "nil\t/rom/x: Access denied",
		`pcall(f.rename, "file")`:                                                     "false\ttest:3: bad argument #2 (string expected, got nil)",
		`f.sync("file"), f.sync("folder"), f.sync("folder", true), f.sync("/", true)`: "true\ttrue\ttrue\ttrue",
		`f.sync("none")`:                                                              "nil\t/none: No such file",
		`fs.exists("none/x"), f.sync("rom")`:                                          "false\tnil\t/rom: Access denied",
		`pcall(f.sync, 1)`:                                                            "false\ttest:3: bad argument #1 (string expected, got number)",
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"file": "file", "other": "other", "folder/a/b": "b", "full/x": "x"} {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		program := "local f = require 'luart.files'\nlocal function text(p) local h = fs.open(p, 'r') local s = h.readAll() h.close() return s end\nprint(" + code + ")"
		if got := runtimetest.Run(t, dir, program); got != want {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
}

// Others run while a program waits for the disk.
func TestSyncYields(t *testing.T) {
	code := `local f = require "luart.files"
		local n = 0
		parallel.waitForAll(function() assert(f.sync("/", true)) end, function() n = n + 1 end)
		print(n)
		local all = {}
		for i = 1, 8 do all[i] = function() assert(f.sync("/")) end end
		parallel.waitForAll(table.unpack(all))
		print("all")`
	if got := runtimetest.Run(t, t.TempDir(), code); got != "1\nall" {
		t.Error(got)
	}
	if got := runtimetest.Run(t, t.TempDir(), code, runtime.WithScratch(1e6)); got != "1\nall" {
		t.Error("with changes in memory:", got)
	}
}
