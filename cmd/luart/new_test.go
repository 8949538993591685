package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestNewPlugin(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"plugins/there/main.lua": "", "plugins/deep/er/chess/main.lua": "", "plugins/single.lua": "", "listed/plugins.txt": "", "file": "", "plugins/group/one/main.lua": "",
	})
	for _, test := range []struct {
		name string
		args []string
		code int
		file string // that is made
		out  string // patterns
		err  string
	}{
		{name: "plain", args: []string{"hello"}, file: "plugins/hello/main.lua", out: `^hello is ready: see plugins.hello.main\.lua\.\n\n  luart serve --watch hello\n  curl http://127\.0\.0\.1:9192/hello\n`},
		{name: "path", args: []string{"community/my-chess_2"}, file: "plugins/community/my-chess_2/main.lua", out: `--watch my-chess_2\n  curl .*/my-chess_2\n`},
		{name: "beside others", args: []string{"group/two"}, file: "plugins/group/two/main.lua", out: "two is ready"},
		{name: "elsewhere", args: []string{"hello", "--plugins", "mine"}, file: "mine/hello/main.lua", out: `luart serve --plugins mine --watch hello`},
		{name: "with a list", args: []string{"hello", "--plugins", "listed"}, file: "listed/hello/main.lua", out: `listed.plugins\.txt names the plugins that are loaded at the start: add the line hello\.\n$`},

		{name: "there already", args: []string{"there"}, code: 1, err: `plugins.there is there already; take another name`},
		{name: "elsewhere already", args: []string{"Chess"}, code: 1, err: `there is a plugin of that name already, plugins.deep.er.chess`},
		{name: "a file already", args: []string{"single"}, code: 1, err: `there is a plugin of that name already, plugins.single\.lua`},
		{name: "in a file", args: []string{"x", "--plugins", "file"}, code: 1, err: `^luart: the plugin can't be written: .*file.*--plugins DIR`},
		{name: "reserved", args: []string{"Reload"}, code: 2, err: `a plugin can't be called Reload, as /reload is a utility of the Plugin Server`},
		{name: "no name", args: []string{"../evil"}, code: 2, err: `"\.\./evil" is no name for a plugin; take a letter`},
		{name: "absolute", args: []string{"/evil"}, code: 2, err: `is no name`},
		{name: "spaces", args: []string{"my plugin"}, code: 2, err: `is no name`},
		{name: "a number", args: []string{"2048"}, code: 2, err: `is no name`},
		{name: "nothing", code: 2, err: `^luart: <name> is missing: luart new plugin <name>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := command(t, dir, "", append([]string{"new", "plugin"}, test.args...)...)
			if code != test.code || !regexp.MustCompile(test.out).MatchString(out) || !regexp.MustCompile(test.err).MatchString(errs) || (test.err == "") != (errs == "") {
				t.Errorf("exit code %d\n%s\n%s", code, out, errs)
			}
			if test.file == "" {
				return
			}
			text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(test.file)))
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(filepath.Dir(test.file))
			if !strings.Contains(string(text), `exports["`+name+`"]`) || !strings.Contains(string(text), "PLUGIN_NAME") || regexp.MustCompile(`\bNAME\b`).Match(text) {
				t.Errorf("%s", text)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "..", "evil")); err == nil {
		t.Error("something was made outside")
	}
}
