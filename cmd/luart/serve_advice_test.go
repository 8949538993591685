package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What was put into the folder, and can't be a plugin, is told of. So are names that mean nothing.
func TestServeTellsOfWhatIsNoPlugin(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"plugins/good/main.lua": "print('good is here')", "plugins/plugins.txt": "good\ngodo\n",
		"plugins/mainless/init.lua": "", "plugins/docs/read.md": "", "plugins/group/deep/main.lua": "", "plugins/group/shared.lua": "",
		"plugins/closed/main.lua": "",
	})
	closed := filepath.Join(dir, "plugins", "closed")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(closed, 0o700) }) // so that the test's folder can be removed
	s := serve(t, dir, "--watch", "nope", "--watch", "good")
	s.out.wait(t, "mainless has Lua files, but no main.lua, so it is no plugin")
	s.out.wait(t, "good is here")
	s.err.wait(t, "godo was not loaded: plugins.txt names it, but there is no plugin of that name or path in the folder")
	s.err.wait(t, "plugins.watch names nope, but there is no such plugin")
	if _, err := os.ReadDir(closed); err != nil {
		s.err.wait(t, "closed can't be loaded: its folder can't be read; change its permissions")
	}
	for _, text := range []string{"docs has", "group has", "watch names good"} {
		if strings.Contains(s.out.String()+s.err.String(), text) {
			t.Errorf("%q was told for no reason", text)
		}
	}
}
