package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTypes(t *testing.T) {
	dir := t.TempDir()
	run := func(wantCode int, wantOut, wantErr string, args ...string) {
		t.Helper()
		var out, errs strings.Builder
		code := execute(append([]string{"types"}, args...), strings.NewReader(""), &out, &errs)
		if code != wantCode || !strings.Contains(out.String(), wantOut) || !strings.Contains(errs.String(), wantErr) {
			t.Errorf("luart types %v: code %d\n%s%s", args, code, out.String(), errs.String())
		}
	}
	settings := filepath.Join(dir, ".luarc.json")
	run(0, "wrote "+settings+"\n", "", dir)
	run(0, settings+" has all that is needed\n", "", dir)
	if err := os.WriteFile(settings, []byte(`{"runtime.version": "Lua 5.4"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	run(0, "added what was missing to "+settings+"\nnote: in "+settings+", runtime.version stays \"Lua 5.4\"", "", dir)
	if err := os.WriteFile(settings, []byte(`{`), 0o666); err != nil {
		t.Fatal(err)
	}
	run(1, "definition files", "luart: "+settings+" is left as it is, because it can't be read: line 1", dir)
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	run(1, "", "luart: ", filepath.Join(dir, "file"))
	run(0, "lua-language-server", "", "--help")
	run(2, "", "unexpected argument b", "a", "b")
}
