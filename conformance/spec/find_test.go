package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func names(files []File) string {
	var all []string
	for _, f := range files {
		all = append(all, f.Name+" in "+f.Root+" at /"+f.Dir)
	}
	return strings.Join(all, "\n")
}

func TestFind(t *testing.T) {
	outside := t.TempDir()
	for _, name := range []string{"x_spec.lua", "sub/y_spec.lua"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(outside, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(outside, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	inFolder(t, map[string]string{
		"a_spec.lua": "", "b/c_spec.lua": "", "b/d/e_spec.lua": "", "b/plain.lua": "", ".git/f_spec.lua": "", "b/g_spec.txt": "",
		"...d/h_spec.lua": "", "..odd": "", "b/spec_setup.lua": "", "empty/x.lua": "",
	})
	slash := filepath.ToSlash(outside)
	for _, test := range []struct {
		root  string
		paths []string
		want  string
	}{
		{"", nil, "a_spec.lua in . at /\nb/c_spec.lua in . at /b\nb/d/e_spec.lua in . at /b/d"},
		{"", []string{"b", "./b/d", "b/c_spec.lua"}, "b/c_spec.lua in . at /b\nb/d/e_spec.lua in . at /b/d"},
		{"", []string{"b/plain.lua"}, "b/plain.lua in . at /b"},
		{"", []string{"...d"}, "...d/h_spec.lua in . at /...d"},
		{"b", []string{"b/d"}, "b/d/e_spec.lua in b at /d"},
		{"b", []string{"a_spec.lua"}, "a_spec.lua in b at /"},
		{"", []string{outside}, slash + "/sub/y_spec.lua in " + outside + " at /sub\n" + slash + "/x_spec.lua in " + outside + " at /"},
		{"", []string{filepath.Join(outside, "sub", "y_spec.lua")}, slash + "/sub/y_spec.lua in " + filepath.Join(outside, "sub") + " at /"},
		{"", []string{"nothere"}, "there is no file or folder nothere"},
		{"", []string{"empty"}, "there are no specs in empty; their names end with _spec.lua"},
		{"nothere", []string{"."}, "nothere"},
	} {
		files, err := Find(test.root, test.paths)
		got := names(files)
		if err != nil {
			got = err.Error()
		}
		if got != test.want && !(test.root == "nothere" && strings.Contains(got, test.want)) {
			t.Errorf("%q %q: got\n%s\nwant\n%s", test.root, test.paths, got, test.want)
		}
	}
}

// A link that is given leads somewhere; one on the way, even to a folder that it is in, does not.
func TestFindLinks(t *testing.T) {
	inFolder(t, map[string]string{"a/x_spec.lua": ""})
	if os.Symlink("a", "link") != nil || os.Symlink("..", filepath.Join("a", "loop")) != nil {
		t.Skip("no symbolic links here")
	}
	files, err := Find("", []string{"link"})
	if got := names(files); err != nil || got != "link/x_spec.lua in . at /a" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestUnreadableSpec(t *testing.T) {
	inFolder(t, map[string]string{"x_spec.lua": "", "y_spec.lua": `it("y", function() end)`})
	files, err := Find("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove("x_spec.lua"); err != nil {
		t.Fatal(err)
	}
	reports := Suite{Files: files}.Run(t.Context())
	if r := reports[0].Results; len(r) != 1 || r[0].Status != Error || !strings.Contains(r[0].Message, "x_spec.lua") {
		t.Errorf("%+v", r)
	}
	if r := reports[1].Results; len(r) != 1 || r[0].Status != Pass {
		t.Errorf("%+v", r)
	}
}
