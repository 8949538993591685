package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/config"
)

func TestConfig(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	timeout, hosts := lua.Int(7000), []string{"*"}
	fixed := func(v lua.Value) func() lua.Value { return func() lua.Value { return v } }
	config.Open(c, config.Options{Settings: []config.Setting{
		{Name: "http_enable", Get: fixed(lua.True)}, {Name: "mount_mode", Get: fixed(lua.String("none"))},
		{Name: "abortTimeout", Get: func() lua.Value { return timeout }, Set: func(v lua.Value) error {
			if f, _ := v.AsNumber(); f > 7000 {
				return errors.New("at most 7000")
			}
			timeout = v
			return nil
		}},
		{Name: "http_whitelist", Get: func() lua.Value { return config.List(hosts...) }, Set: func(v lua.Value) error {
			list, _ := v.AsTable()
			hosts = nil
			for i := range list.Len() {
				host, _ := list.GetInt(i + 1).AsString()
				hosts = append(hosts, host)
			}
			return nil
		}},
		{Name: "http_blacklist", Get: func() lua.Value { return config.List("a") }},
	}})
	for _, test := range []struct{ code, want string }{
		{"return table.concat(config.list(), ' ')", "abortTimeout http_blacklist http_enable http_whitelist mount_mode"},
		{"return config.get('http_enable'), config.get('mount_mode'), config.get('abortTimeout'), config.get('nope')", "true none 7000 nil"},
		{"return config.get('http_whitelist')[1], config.get('http_whitelist') ~= config.get('http_whitelist')", "* true"},
		{"return config.getType('http_enable'), config.getType('mount_mode'), config.getType('abortTimeout'), config.getType('http_whitelist'), config.getType('x')", "0 1 2 3 nil"},
		{"config.get()", "test:1: bad argument #1 (string expected, got nil)"},
		{"config.getType(1)", "test:1: bad argument #1 (string expected, got number)"},
		{"return select('#', config.set('abortTimeout', 100)), config.get('abortTimeout')", "0 100"},
		{"config.set('abortTimeout', 7001)", "test:1: abortTimeout: at most 7000"},
		{"config.set('abortTimeout', '5')", "test:1: bad argument #2 (number expected, got string)"},
		{"config.set('abortTimeout')", "test:1: bad argument #2 (number expected, got nil)"},
		{"config.set('http_enable', false)", "test:1: http_enable can't be changed while the computer runs: it is set where the computer is started"},
		{"config.set('nope', 1)", `test:1: there is no setting "nope"; config.list() has the names of all`},
		{"config.set(('x'):rep(50), 1)", `test:1: there is no setting "` + strings.Repeat("x", 40) + `..."; config.list() has the names of all`},
		{"config.add('http_whitelist', 'b') config.add('http_whitelist', 'b') return table.concat(config.get('http_whitelist'), ' ')", "* b"},
		{"config.remove('http_whitelist', '*') config.remove('http_whitelist', 'no') return table.concat(config.get('http_whitelist'), ' ')", "b"},
		{"config.add('http_blacklist', 'x')", "test:1: http_blacklist can't be changed while the computer runs: it is set where the computer is started"},
		{"config.add('mount_mode', 'x')", "test:1: mount_mode is no list"},
		{"config.remove('mount_mode')", "test:1: bad argument #2 (string expected, got nil)"},
		{"config.add('x', 'x')", `test:1: there is no setting "x"; config.list() has the names of all`},
	} {
		if got := c.Run(test.code); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.code, got, test.want)
		}
	}
}
