package luart_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// This file keeps docs/troubleshooting.md true: what it says that luart prints is printed by it. A message, which is code in the first column of a
// table, is either in an output on the page, which TestDocs compares with what really comes, or in the sources: its parts between "…" are in
// the strings of one file, in which "…" stands for what is put in. A number is a status of HTTP, a close code of a WebSocket, or an error's code.

const troubleshooting = "docs/troubleshooting.md"

func TestTroubleshooting(t *testing.T) {
	text, err := os.ReadFile(troubleshooting)
	if err != nil {
		t.Fatal(err)
	}
	shown := outputsOf(t, troubleshooting)
	sources := readMessages(t)
	if !sources.has("there is no file …; check the name, or change to its folder first") || sources.has("there is no file …; buy another computer") {
		t.Fatal("messages are not found in the sources, or all are")
	}
	rows := 0
	for i, line := range strings.Split(codeBlock.ReplaceAllStringFunc(string(text), func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) }), "\n") {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x01"), "|")
		if len(cells) < 4 || strings.HasPrefix(line, "| ---") || strings.TrimSpace(cells[1]) == "message" {
			continue
		}
		rows++
		spans := codeSpan.FindAllStringSubmatch(cells[1], -1)
		if len(spans) == 0 || strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("%s:%d has no message, or doesn't say what it means or what to do", troubleshooting, i+1)
		}
		for _, span := range spans {
			message := strings.ReplaceAll(span[1], "\x01", "|")
			if !slices.ContainsFunc(shown, func(line string) bool { return hasParts(line, message) }) && !sources.has(message) {
				t.Errorf("%s:%d: nothing prints %q; what is printed now?", troubleshooting, i+1, message)
			}
		}
	}
	if rows < 100 {
		t.Errorf("there are only %d messages", rows)
	}
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// outputsOf returns the lines of output on a page that TestDocs compares with what really comes.
func outputsOf(t *testing.T, page string) (lines []string) {
	for _, b := range blocksOf(t, page) {
		switch {
		case b.lang == "sh" && b.want != nil:
			lines = append(lines, strings.Split(b.want.text, "\n")...)
		case b.lang == "lua":
			for _, m := range expected.FindAllStringSubmatch(b.text, -1) {
				lines = append(lines, m[1])
			}
		}
	}
	return lines
}

// hasParts tells whether a text has the parts of a message, in their order.
func hasParts(text, message string) bool {
	for part := range strings.SplitSeq(message, "…") {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// messages are the constants of each source file: its texts and numbers, with zero bytes between them and in place of what formats put in; and
// the names that Go files have from packages.
type messages struct {
	texts []string
	names map[string]bool
}

func (m messages) has(message string) bool {
	if n, err := strconv.Atoi(message); err == nil {
		return m.names["Status"+strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(n))] && http.StatusText(n) != "" ||
			m.names[closeNames[n]] || slices.ContainsFunc(m.texts, func(s string) bool { return strings.Contains(s, "\x00"+message+"\x00") })
	}
	var parts []string
	for part := range strings.SplitSeq(message, "…") {
		if len(strings.Trim(part, " ")) > 3 {
			parts = append(parts, strings.TrimSpace(part))
		}
	}
	return len(parts) > 0 && slices.ContainsFunc(m.texts, func(s string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(s, part) })
	})
}

// closeNames are those of gorilla/websocket.
var closeNames = map[int]string{
	1000: "CloseNormalClosure", 1001: "CloseGoingAway", 1002: "CloseProtocolError", 1006: "CloseAbnormalClosure", 1007: "CloseInvalidFramePayloadData",
	1008: "ClosePolicyViolation", 1009: "CloseMessageTooBig", 1011: "CloseInternalServerErr", 1013: "CloseTryAgainLater",
}

// readMessages reads all that runs.
func readMessages(t *testing.T) messages {
	t.Helper()
	m := messages{names: map[string]bool{}}
	for _, dir := range []string{"cmd", "conformance/spec", "control", "eventqueue", "lua", "runtime", "settings", "stdlib", "terminal", "types", "vfs"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || filepath.Ext(path) != ".go" && filepath.Ext(path) != ".lua" {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var text string
			if filepath.Ext(path) == ".lua" {
				text = luaConstants(string(source))
			} else if text, err = goConstants(source, m.names); err != nil {
				return err
			}
			m.texts = append(m.texts, "\x00"+verb.ReplaceAllString(text, "\x00")+"\x00")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return m
}

var verb = regexp.MustCompile(`%[-+ #0-9.\[\]]*[a-zA-Z]`)

// goConstants returns the constants of a Go file, and notes the names after a dot. Texts that are added to each other are one.
func goConstants(source []byte, names map[string]bool) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			names[n.Sel.Name] = true
		case *ast.BasicLit:
			text := n.Value
			if n.Kind == token.STRING {
				text, _ = strconv.Unquote(n.Value) // the parser has seen that it can be
			}
			b.WriteString(text + "\x00")
		case *ast.BinaryExpr:
			if parts, ok := sum(n); ok {
				b.WriteString(parts + "\x00")
			}
		}
		return true
	})
	return b.String(), nil
}

// sum is the text of constants that are added to each other; what is no constant is a zero byte. It is none if there are no two constants side by side.
func sum(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, _ = strconv.Unquote(e.Value)
			return text, true
		}
	case *ast.BinaryExpr:
		left, leftOK := sum(e.X)
		right, rightOK := sum(e.Y)
		if e.Op == token.ADD && (leftOK || rightOK) {
			return left + right, true
		}
	}
	return "\x00", false
}

var luaToken = regexp.MustCompile(`(?s)^(?:--\[\[.*?\]\]|--[^\n]*|\[\[(.*?)\]\]|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?\b\d+(?:\.\d+)?)\b|(\s*\.\.\s*)|\w+|.)`)

var luaEscape = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`, `\'`, `'`, `\\`, `\`)

// luaConstants returns the constants of a Lua file, without its comments. Texts with nothing but .. between them are one.
func luaConstants(source string) string {
	var b strings.Builder
	joined := false
	for len(source) > 0 {
		m := luaToken.FindStringSubmatch(source)
		source = source[len(m[0]):]
		switch {
		case m[5] != "":
			joined = true
			continue
		case m[1]+m[2]+m[3] != "":
			if !joined {
				b.WriteByte(0)
			}
			b.WriteString(m[1] + luaEscape.Replace(m[2]+m[3]))
		case m[4] != "":
			b.WriteString("\x00" + m[4] + "\x00")
		case strings.TrimSpace(m[0]) == "" || strings.HasPrefix(m[0], "--"):
			continue
		default:
			b.WriteByte(0)
		}
		joined = false
	}
	return b.String()
}
