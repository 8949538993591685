package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua"
)

// TestReferenceSpecs runs the specs of the reference that are about the
// language, from the checkout of CC: Tweaked that LUART_CCT names.
func TestReferenceSpecs(t *testing.T) {
	checkout := os.Getenv("LUART_CCT")
	if checkout == "" {
		t.Skip("LUART_CCT names no checkout of CC: Tweaked")
	}
	dir := filepath.Join(checkout, "projects/core/src/test/resources/test-rom/spec/lua")
	names, err := filepath.Glob(filepath.Join(dir, "*_spec.lua"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no specs (%v)", dir, err)
	}
	for _, name := range names {
		base := filepath.Base(name)
		t.Run(strings.TrimSuffix(base, ".lua"), func(t *testing.T) {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			vm := newVM()
			openRedstone(vm)
			// The specs of the watchdog spin until it bites: don't make them wait for seven seconds.
			results, err := Run(vm, Options{Deadline: 200 * time.Millisecond}, File{base, string(source)})
			if err != nil {
				t.Fatal(err)
			}
			if len(results) == 0 {
				t.Error("no tests")
			}
			for _, r := range results {
				if r.Status != "pass" {
					t.Errorf("%s (%s): %s: %s\n%s", r.Name, r.Source, r.Status, r.Message, r.Trace)
				}
			}
		})
	}
}

// openRedstone gives the VM the one function of a host's API that the specs of
// the language call, for its messages.
func openRedstone(vm *lua.VM) {
	api := lua.NewTable(0, 1)
	api.SetString("setOutput", lua.NewFunction("setOutput", func(c lua.Call) (lua.Results, error) {
		v := c.Arg(1)
		if _, ok := v.AsString(); !ok {
			return 0, lua.ArgError(1, "string expected, got "+c.VM().TypeName(v))
		}
		return c.Return0()
	}))
	vm.Globals().SetString("redstone", api.Value())
}
