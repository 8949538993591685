// Package luart_test checks the whole repository: here, which package may import which.
package luart_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/luart/luart/"

// rooms lists, for each folder, the folders of ours that its packages may import besides their own: the arrows of
// docs/architecture.md, top to bottom. A folder that isn't listed may import nothing of ours.
var rooms = map[string][]string{
	"lua/syntax":  nil,
	"lua/compile": {"lua/syntax"},
	"lua":         {"lua/compile", "lua/syntax"},
	"lua/lualib":  {"lua", "lua/syntax"},
	"eventqueue":  nil,
	"vfs":         nil,
	"stdlib":      {"lua", "eventqueue", "vfs"},
	"terminal":    {"stdlib", "eventqueue"},
	"types":       {"lua/syntax", "stdlib"},
	"gopherlua":   {"lua", "stdlib"},
	"control":     nil,
	"runtime":     {"lua", "lua/lualib", "lua/compile", "lua/syntax", "eventqueue", "vfs", "stdlib", "gopherlua", "control"},
	"settings":    nil,
	"packaging":   nil,
	"cmd":         {"control", "settings", "lua", "lua/syntax", "runtime", "stdlib", "terminal", "conformance/spec", "conformance/cct", "types"},
	"conformance": {"lua", "lua/lualib", "runtime", "conformance/spec"},
	// What of it is in the command.
	"conformance/spec": {"lua", "eventqueue", "stdlib", "runtime"},
	"conformance/cct":  {"lua", "eventqueue", "stdlib", "runtime"},
}

// room returns the listed folder that a package is in: the longest one.
func room(pkg string) string {
	best := ""
	for r := range rooms {
		if (pkg == r || strings.HasPrefix(pkg, r+"/")) && len(r) > len(best) {
			best = r
		}
	}
	return best
}

type imports struct {
	ImportPath string
	Imports    []string
}

// importing gives the packages that go list finds.
func importing(t *testing.T, args ...string) iter.Seq[imports] {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-pgo=off", "-json=ImportPath,Imports"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(imports) bool) {
		for dec := json.NewDecoder(bytes.NewReader(out)); ; {
			var p imports
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			if !yield(p) {
				return
			}
		}
	}
}

func TestImportDirections(t *testing.T) {
	for p := range importing(t, "./...") {
		from, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours {
			continue
		}
		mine := room(from)
		if mine == "" {
			t.Errorf("%s is in no room of the list above", from)
			continue
		}
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module)
			if !ours || room(to) == mine {
				continue
			}
			if !slices.Contains(rooms[mine], room(to)) {
				t.Errorf("%s imports %s; packages in %s may import %v", from, to, mine, rooms[mine])
			}
		}
	}
}

// Nothing of ours in the command starts processes: what programs can do stays in this one.
func TestNoProcesses(t *testing.T) {
	count := 0
	for p := range importing(t, "-deps", "./cmd/luart") {
		if !strings.HasPrefix(p.ImportPath, module) {
			continue
		}
		if count++; slices.Contains(p.Imports, "os/exec") {
			t.Errorf("%s imports os/exec; docs/security.md says that luart starts no processes", p.ImportPath)
		}
	}
	if count < 20 {
		t.Errorf("found only %d packages", count)
	}
}
