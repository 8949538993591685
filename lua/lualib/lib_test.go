package lualib

import (
	"strings"
	"testing"

	"github.com/luart/luart/lua"
)

// newVM returns a VM with the library open.
func newVM(o lua.Options) *lua.VM {
	vm := lua.NewVM(o)
	Open(vm)
	return vm
}

// run runs a chunk named "t" and returns its results as tostring shows them, separated by blanks, or "error: " and the
// message.
func run(t testing.TB, vm *lua.VM, source string) string {
	t.Helper()
	f, err := vm.Load(source, "=t", nil)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	results, err := vm.Call(f)
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	for i, v := range results {
		if i > 0 {
			b.WriteByte(' ')
		}
		s, _ := vm.ToStringRaw(v).AsString()
		b.WriteString(s)
	}
	return b.String()
}

// scriptTest is a chunk and what it gives. Source is an expression list unless it begins with a declaration.
type scriptTest struct{ source, want string }

func runScripts(t *testing.T, tests []scriptTest) {
	t.Helper()
	vm := newVM(lua.Options{})
	for _, c := range tests {
		source := c.source
		if !strings.HasPrefix(source, "local ") {
			source = "return " + source
		}
		if got := run(t, vm, source); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}
