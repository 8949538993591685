// Package runtimetest runs computers for the tests of other packages: programs, whose code enters and whose output leaves, and the control plane.
package runtimetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
)

// patience is how long a program may run.
const patience = 2 * time.Minute

// Run runs a program named test, for which a folder of the host is /, and returns what it prints, without the last line break. If the program
// fails, the error's message follows. Options may take the place of those that there are: the program, the root, the output, and 64 MiB of memory.
func Run(t testing.TB, dir, code string, options ...runtime.Option) string {
	t.Helper()
	var out strings.Builder
	c, err := runtime.New(append([]runtime.Option{
		runtime.WithRoot(dir), runtime.WithCode("=test", code), runtime.WithStdout(&out), runtime.WithMemory(64 << 20),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := c.Run(ctx); err != nil {
		return out.String() + err.Error()
	}
	return strings.TrimSuffix(out.String(), "\n")
}
