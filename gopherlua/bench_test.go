package gopherlua_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/luart/luart/runtime"
)

// BenchmarkCrossing is what a call of a module's function costs over and above the function: each round is one call from a script.
func BenchmarkCrossing(b *testing.B) {
	for _, bench := range []struct{ name, setup, call string }{
		{"nothing", "", "p.echo()"},
		{"five values", "", "p.echo(1, true, nil, 'text', 2.5)"},
		{"string of 64 KiB", "local s = ('x'):rep(65536)", "p.echo(s)"},
		{"list of 100", "local t = {} for i = 1, 100 do t[i] = i end", "p.echo(t)"},
		{"record of 10", "local t = {} for i = 1, 10 do t['key' .. i] = i end", "p.echo(t)"},
		{"callback", "local function f() end", "p.call(f)"},
		{"method of userdata", "local u = p.point(1)", "u:get()"},
		{"eight at a time", "", "parallel.waitForAll(p.echo, p.echo, p.echo, p.echo, p.echo, p.echo, p.echo, p.echo)"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			code := fmt.Sprintf("local p = require 'probe' %s for i = 1, %d do %s end", bench.setup, b.N, bench.call)
			c, err := runtime.New(runtime.WithCode("=bench", code), runtime.WithTimeout(0), probe())
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			if _, err := c.Run(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
