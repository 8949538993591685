package runtime_test

import (
	"errors"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
)

// A module is opened when it is first required, and once for all programs of a boot.
func TestModules(t *testing.T) {
	opened := 0
	counter := func(stdlib.Computer) (lua.Value, error) {
		opened++
		m := lua.NewTable(0, 1)
		m.SetString("opened", lua.Int(opened))
		return m.Value(), nil
	}
	fails := 0
	failing := func(stdlib.Computer) (lua.Value, error) {
		if fails++; fails == 1 {
			return lua.Nil, errors.New("no luck")
		}
		return lua.Nil, nil
	}
	options := []runtime.Option{runtime.WithModule("my.counter", counter), runtime.WithModule("failing", failing)}
	if r := run(t, "print(1)", options...); r.err != nil || opened != 0 {
		t.Errorf("%+v, opened %d times", r, opened)
	}
	r := run(t, `
		local m = require "my.counter"
		print(m.opened, require "my.counter" == m)
		local other = require("cc.require").make({}, "")
		print(other "my.counter" == m)
		print(pcall(require, "failing"))
		print(require("cc.require").make({}, "")("failing"))
		print((select(2, pcall(require, "my.missing")):match("^[^\n]+")))
		package.preload["my.counter"] = function() return "preloaded" end
		package.loaded["my.counter"] = nil
		print(require "my.counter")`, options...)
	want := "1\ttrue\ntrue\nfalse\tmodule 'failing': no luck\ntrue\nmodule 'my.missing' not found:\npreloaded\n"
	if r.err != nil || r.out != want {
		t.Errorf("got %q, %v\nwant %q", r.out, r.err, want)
	}
	for _, bad := range []runtime.Option{runtime.WithModule("", counter), runtime.WithModule("x", nil)} {
		if _, err := runtime.New(bad); err == nil {
			t.Error("no error")
		}
	}
	if _, err := runtime.New(options[0], options[0]); err == nil {
		t.Error("no error for a module that is there twice")
	}
}
