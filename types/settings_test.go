package types

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	builtin := settings()[1].value()
	one := strings.Join(strings.Fields(builtin), " ")
	for _, test := range []struct {
		name, old string
		want      string // "" for a text that is as old
		notes     string
	}{
		{name: "empty object", old: "{}", want: `{
    "runtime.version": "Lua 5.2",
    "runtime.builtin": ` + strings.ReplaceAll(builtin, "\n", "\n    ") + `,
    "workspace.library": [".luart/types"],
    "workspace.checkThirdParty": false,
    "diagnostics.globals": ["commands", "pocket", "turtle"]
}`},
		{name: "all there", old: `{"runtime.version": "Lua 5.2", "runtime.builtin": ` + one + `, "workspace": {"library": ["lib", "./.luart/types/"],
			"checkThirdParty": false}, "Lua.diagnostics.globals": ["turtle", "pocket", "commands", "mine"]}`},
		{name: "nested, with Lua in front", old: `{"Lua": {"runtime": {"version": "Lua 5.2", "builtin": ` + one + `}, "workspace.library": [".luart/types"],
			"workspace": {"checkThirdParty": false}, "diagnostics": {"globals": ["turtle", "pocket", "commands"]}}}`},
		{
			name: "comments, commas and tabs stay",
			old: "// mine\n{\n\t/* the version */ \"runtime.version\": \"Lua 5.2\", // keep\n\t\"runtime.builtin\": " + one +
				",\n\t\"workspace.checkThirdParty\": false,\n\t\"diagnostics.globals\": [\n\t\t\"turtle\", // robots\n\t\t\"pocket\", \"commands\",\n\t],\n" +
				"\t\"workspace.library\": [\"lib\"], // mine, too\n}\n",
			want: "// mine\n{\n\t/* the version */ \"runtime.version\": \"Lua 5.2\", // keep\n\t\"runtime.builtin\": " + one +
				",\n\t\"workspace.checkThirdParty\": false,\n\t\"diagnostics.globals\": [\n\t\t\"turtle\", // robots\n\t\t\"pocket\", \"commands\",\n\t],\n" +
				"\t\"workspace.library\": [\"lib\", \".luart/types\"], // mine, too\n}\n",
		},
		{
			name: "lists of lines",
			old: "{\n  \"runtime.version\": \"Lua 5.2\",\n  \"runtime.builtin\": " + one + ",\n  \"workspace.checkThirdParty\": false,\n  \"diagnostics.globals\": [\n    \"a\" // last\n  ],\n" +
				"  \"workspace.library\": [ ]\n}",
			want: "{\n  \"runtime.version\": \"Lua 5.2\",\n  \"runtime.builtin\": " + one + ",\n  \"workspace.checkThirdParty\": false,\n  \"diagnostics.globals\": [\n    \"a\", // last\n    \"commands\",\n    \"pocket\",\n    \"turtle\"\n  ],\n" +
				"  \"workspace.library\": [\n      \".luart/types\"\n  ]\n}",
		},
		{
			name: "what differs stays",
			old: `{"runtime.version": "LuaJIT", "runtime.builtin": ` + strings.Replace(one, `"disable"`, `"enable"`, 1) + `, "workspace.library": "lib",
			"workspace.checkThirdParty": true, "diagnostics.globals": ["turtle", "pocket", "commands"]}`,
			notes: "runtime.version stays \"LuaJIT\"; programs of luart want \"Lua 5.2\"\n" +
				"runtime.builtin of basic stays as it is; programs of luart want \"disable\"\n" +
				"workspace.library stays \"lib\"; programs of luart want [\".luart/types\"]\n" +
				"workspace.checkThirdParty stays true; programs of luart want false",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, notes, err := Merge([]byte(test.old))
			if err != nil {
				t.Fatal(err)
			}
			want := test.want
			if want == "" {
				want = test.old
			}
			if string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.Join(notes, "\n") != test.notes {
				t.Errorf("notes\n%s\nwant\n%s", strings.Join(notes, "\n"), test.notes)
			}
			again, _, err := Merge(got)
			if err != nil || string(again) != string(got) {
				t.Errorf("the second time: %v\n%s", err, again)
			}
		})
	}
}

func TestMergeWindowsLines(t *testing.T) {
	got, _, err := Merge([]byte("\xef\xbb\xbf{\r\n    \"a\": 1\r\n}\r\n"))
	if err != nil || !strings.HasPrefix(string(got), "\xef\xbb\xbf{\r\n    \"a\": 1,\r\n    \"runtime.version\"") {
		t.Errorf("%v\n%s", err, got)
	}
	if n := strings.Count(string(got), "\n"); n != strings.Count(string(got), "\r\n") {
		t.Errorf("lines end in two ways:\n%q", got)
	}
}

func TestMergeNew(t *testing.T) {
	got, notes, err := Merge(nil)
	if err != nil || notes != nil || !json.Valid(got) || !strings.HasSuffix(string(got), "}\n") {
		t.Errorf("%v, %v\n%s", notes, err, got)
	}
}

// Files that can't be read are not changed, and the message has the line.
func TestMergeFaults(t *testing.T) {
	for old, want := range map[string]string{
		"":                                   `line 1: it does not begin with {`,
		"[]":                                 `line 1: it does not begin with {`,
		"{\n\n\"a\" 1}":                      `line 3: a colon is missing`,
		"{\"a\":1\n\"b\":2}":                 `line 2: a comma is missing`,
		"{a:1}":                              `line 1: a name in quotes is missing`,
		"{\"a\":nil}":                        `line 1: "nil" is no value`,
		"{\"a\":}":                           `line 1: "}" is no value`,
		"{\"a\":":                            `line 1: a value is missing at the end`,
		"{\"a\":1":                           `line 1: '}' is missing at the end`,
		"{\"a\":[1":                          `line 1: ']' is missing at the end`,
		"{\"a":                               `line 1: a string without an end`,
		"{\"\\q\":1}":                        `line 1: a string with a wrong escape`,
		"{} x":                               `line 1: there is more after the end`,
		"/* {}":                              `line 1: it does not begin with {`,
		"{\"a\":" + strings.Repeat("[", 1e5): `line 1: too many brackets`,
	} {
		if got, _, err := Merge([]byte(old)); err == nil || err.Error() != want {
			t.Errorf("%.30q gives %.50q, %v; want %s", old, got, err, want)
		}
	}
}

func FuzzMerge(f *testing.F) {
	for _, seed := range []string{
		"{}", `{"a":{"b":[1,2,]},}`, "// c\n{\"runtime\":{}}", `{"Lua":{"workspace.library":["a"/**/,]}}`, `{"runtime.builtin":{"io":1}}`,
		`{"workspace":{"library":[]},"workspace.library":1}`, "\xef\xbb\xbf{}", `{"diagnostics.globals":[[]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, old []byte) {
		if old == nil {
			old = []byte{}
		}
		merged, _, err := Merge(old)
		if err != nil {
			return
		}
		again, _, err := Merge(merged)
		if err != nil || string(again) != string(merged) {
			t.Errorf("%q became %q, then %v, %q", old, merged, err, again)
		}
		rest := string(merged) // all that was there is still there, in this order, but for space
		for _, c := range bytes.Join(bytes.Fields(old), nil) {
			i := strings.IndexByte(rest, c)
			if i < 0 {
				t.Fatalf("%q lost something: %q", old, merged)
			}
			rest = rest[i+1:]
		}
	})
}
