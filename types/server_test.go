package types

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// problem is one that the language server has found.
type problem struct {
	Code    string
	Message string
	Range   struct{ Start struct{ Line int } }
}

// check runs the language server over a folder, and returns the problems by the files' names.
func check(t *testing.T, dir string) map[string][]problem {
	t.Helper()
	server, err := exec.LookPath("lua-language-server")
	if err != nil {
		t.Skip("lua-language-server is not installed, which is what reads the definitions")
	}
	logs := t.TempDir()
	report := filepath.Join(logs, "check.json")
	cmd := exec.CommandContext(t.Context(), server, "--check="+dir, "--check_format=json", "--check_out_path="+report,
		"--checklevel=Warning", "--logpath="+logs)
	out, err := cmd.CombinedOutput() // fails if there are problems
	text, readErr := os.ReadFile(report)
	if readErr != nil {
		if strings.Contains(string(out), "no problems") {
			return nil
		}
		t.Fatalf("%v, %v\n%s", err, readErr, out)
	}
	var byURI map[string][]problem
	if len(text) > 0 && text[0] == '{' { // no problems are an empty list
		if err := json.Unmarshal(text, &byURI); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string][]problem{}
	for uri, problems := range byURI {
		found[filepath.Base(uri)] = problems
	}
	return found
}

// The server has nothing to say about a right program and about the definitions themselves, and finds each mistake of a wrong one.
func TestServerFindsMistakes(t *testing.T) {
	dir := t.TempDir()
	if _, err := Write(dir); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile("testdata/good.lua")
	if err != nil {
		t.Fatal(err)
	}
	mistakes := []struct{ code, line string }{
		{"undefined-field", `print(fs.exist("a"))`},
		{"undefined-global", `prnt("a")`},
		{"undefined-field", `print(os.exit())`},
		{"undefined-global", `collectgarbage()`},
		{"param-type-mismatch", `os.startTimer("soon")`},
		{"undefined-field", `print(require("cc.strings").wrapp("a"))`},
		{"missing-parameter", `rednet.host("a")`},
		{"redundant-parameter", `term.clear(1)`},
		{"undefined-field", `assert(peripheral.find("modem")).send()`},
		{"undefined-field", `local _, id = os.pullEvent("timer") print(id.x)`},
	}
	var bad strings.Builder
	for _, m := range mistakes {
		bad.WriteString(m.line + "\n")
	}
	for name, text := range map[string]string{"good.lua": string(good), "bad.lua": bad.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	found := check(t, dir)
	for file, problems := range found {
		if file == "bad.lua" {
			continue
		}
		for _, p := range problems {
			t.Errorf("%s:%d: %s: %s", file, p.Range.Start.Line+1, p.Code, p.Message)
		}
	}
	byLine := map[int][]string{}
	for _, p := range found["bad.lua"] {
		byLine[p.Range.Start.Line] = append(byLine[p.Range.Start.Line], p.Code)
	}
	for i, m := range mistakes {
		if got := strings.Join(byLine[i], ", "); got != m.code {
			t.Errorf("%s: the server says %q, want %q", m.line, got, m.code)
		}
	}
}
