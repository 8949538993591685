package luart_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
)

// This file keeps README.md and docs/*.md true. What becomes of a block of code depends on its language:
//
//	lua    compiled; with "-- name.lua" on its first line it is a file of the page's folder, which has the examples, too;
//	       with "--> text" comments it is run, and must print these texts, a line each
//	sh     run, if a text block follows, which is what it must print; luart is on its PATH. A block that only starts a program
//	       that listens on port 8080 makes the server that the blocks after it reach on that port (in truth, on a free one)
//	       "luart serve" alone starts that, for the blocks after it, which reach it on the ports that it has unless told otherwise
//	go     a whole program: compiled, run, and compared with the text block that must follow
//
// "…" in an expected text stands for anything within its line.

// pages are the documents.
func pages(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("docs/*.md")
	if err != nil || len(list) == 0 {
		t.Fatal("no pages", err)
	}
	return append(list, "README.md")
}

// block is a block of code in a page.
type block struct {
	page string
	line int // of its first line of code
	lang string
	text string
	want *block // the text block that follows
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	open := false
	for i, line := range strings.Split(string(text), "\n") {
		switch fence, ok := strings.CutPrefix(line, "```"); {
		case ok && !open:
			list, open = append(list, block{page: page, line: i + 2, lang: fence}), true
		case ok:
			open = false
		case open:
			list[len(list)-1].text += line + "\n"
		}
	}
	if open {
		t.Fatalf("%s: a block has no end", page)
	}
	for i := range len(list) - 1 {
		if list[i+1].lang == "text" {
			list[i].want = &list[i+1]
		}
	}
	return list
}

// matches compares an output with what a page shows, but for spaces at the ends of lines.
func matches(want, got string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(trimLines(want)), "…", "[^\n]*")
	return regexp.MustCompile("^" + pattern + "$").MatchString(trimLines(got))
}

var lineEnds = regexp.MustCompile(`[ \t\r]*\n`)

func trimLines(s string) string {
	return strings.TrimRight(lineEnds.ReplaceAllString(strings.TrimRight(s, " \t\r\n")+"\n", "\n"), "\n")
}

func TestDocs(t *testing.T) {
	bin := t.TempDir()
	goBlocks := build(t, bin)
	t.Run("go", func(t *testing.T) {
		for program, b := range goBlocks {
			out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
			switch {
			case err != nil:
				t.Errorf("%v: %v\n%s", b, err, out)
			case b.want == nil:
				t.Errorf("%v: the text block with the output is missing", b)
			case !matches(b.want.text, string(out)):
				t.Errorf("%v printed\n%s\nthe page says\n%s", b, out, b.want.text)
			}
		}
	})
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, bin)
			for _, b := range blocksOf(t, page) {
				switch b.lang {
				case "lua":
					s.lua(b)
				case "sh":
					s.shell(b)
				}
			}
			s.stop()
		})
	}
}

// build makes the luart command and all programs in Go blocks, and returns the latter. They need no files in the
// repository: an overlay makes the go command see them there.
func build(t *testing.T, bin string) map[string]block {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	programs := map[string]block{}
	overlay := map[string]map[string]string{"Replace": {}}
	args := []string{"build", "-overlay", filepath.Join(t.TempDir(), "overlay.json"), "-o", bin + string(filepath.Separator), "./cmd/luart"}
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			if b.lang != "go" {
				continue
			}
			name := fmt.Sprintf("%s%d", strings.TrimSuffix(filepath.Base(page), ".md"), b.line)
			file := filepath.Join(t.TempDir(), name+".go")
			if err := os.WriteFile(file, []byte(b.text), 0o666); err != nil {
				t.Fatal(err)
			}
			overlay["Replace"][filepath.Join(root, "docs", "programs", name, "main.go")] = file
			args = append(args, "./docs/programs/"+name)
			programs[filepath.Join(bin, name+exeSuffix())] = b
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(args[2], text, 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("building the programs of the pages: %v\n%s", err, out)
	}
	return programs
}

func exeSuffix() string {
	if goruntime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// session goes through one page.
type session struct {
	t       *testing.T
	bin     string
	dir     string
	server  *server       // nil: none runs
	plugins *pluginServer // nil: luart serve does not run
}

func newSession(t *testing.T, bin string) *session {
	s := &session{t: t, bin: bin, dir: t.TempDir()}
	if err := os.CopyFS(filepath.Join(s.dir, "examples"), os.DirFS("examples")); err != nil {
		t.Fatal(err)
	}
	s.write(".curlrc", "silent\nshow-error\nmax-time = 20\n")
	return s
}

func (s *session) write(name, text string) {
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		s.t.Fatal(err)
	}
}

var (
	fileName = regexp.MustCompile(`^-- (\S+\.lua)\n`)
	expected = regexp.MustCompile(`--> (.*)`)
	spaces   = regexp.MustCompile(`\s+`)
)

func (s *session) lua(b block) {
	if m := fileName.FindStringSubmatch(b.text); m != nil {
		s.write(m[1], b.text)
	}
	if _, err := lua.NewVM(lua.Options{}).Load(b.text, "@"+b.page, nil); err != nil {
		s.t.Errorf("%v: %v", b, err)
		return
	}
	var want strings.Builder
	for _, m := range expected.FindAllStringSubmatch(b.text, -1) {
		want.WriteString(m[1] + "\n")
	}
	if want.Len() == 0 {
		return
	}
	var out strings.Builder
	computer, err := runtime.New(runtime.WithRoot(s.dir), runtime.WithCode("="+b.page, b.text), runtime.WithStdout(&out))
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	if _, err := computer.Run(ctx); err != nil {
		s.t.Errorf("%v: %v", b, err)
	}
	oneSpace := func(text string) string {
		var lines []string
		for line := range strings.Lines(text) {
			lines = append(lines, strings.TrimSpace(spaces.ReplaceAllString(line, " ")))
		}
		return strings.Join(lines, "\n")
	}
	if !matches(oneSpace(want.String()), oneSpace(out.String())) {
		s.t.Errorf("%v printed\n%s\nthe page says\n%s", b, out.String(), want.String())
	}
}

var (
	startsProgram = regexp.MustCompile(`^luart (\S+\.lua)\n$`)
	startsServe   = regexp.MustCompile(`^luart serve( .*)?\n$`)
	usesPort      = regexp.MustCompile(`(?m)\b8080\b`)
)

func (s *session) shell(b block) {
	// What stands in a checkout for the command on the PATH.
	text := strings.ReplaceAll(b.text, "go run ./cmd/luart", "luart")
	if m := startsProgram.FindStringSubmatch(text); m != nil {
		source, err := os.ReadFile(filepath.Join(s.dir, m[1]))
		if err != nil {
			s.t.Errorf("%v: %v", b, err)
			return
		}
		if usesPort.Match(source) {
			s.stop()
			s.server = startServer(s.t, s.dir, m[1], string(source))
			return
		}
	}
	if m := startsServe.FindStringSubmatch(text); m != nil && b.want == nil {
		s.stop()
		s.plugins = startPluginServer(s.t, s.bin, s.dir, strings.Fields(m[1]))
		return
	}
	if b.want == nil {
		s.mentioned(b)
		return
	}
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil && (tool == "sh" || strings.Contains(text, tool)) || goruntime.GOOS == "windows" {
			s.t.Logf("%v is not run: it needs %s", b, tool)
			return
		}
	}
	if s.server != nil {
		text = strings.ReplaceAll(text, ":8080", ":"+strconv.Itoa(s.server.port))
	}
	if s.plugins != nil {
		text = s.plugins.ports.Replace(text)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", text)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PATH="+s.bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "CURL_HOME="+s.dir, "NO_PROXY=*", "no_proxy=*")
	if s.plugins != nil {
		cmd.Env = append(cmd.Env, "LUART_RPC_URL="+s.plugins.ports.Replace("ws://127.0.0.1:6133"))
	}
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput() // an exit code shows where the page says echo $?
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Errorf("%v: %v", b, err)
	}
	if !matches(b.want.text, string(out)) {
		s.t.Errorf("%v printed\n%s\nthe page says\n%s", b, out, b.want.text)
	}
}

var localPath = regexp.MustCompile(`(?:^|\s)(\./\w+/[\w./-]*\w|examples/[\w./-]+)`)

// mentioned checks that what a block that is not run names is there.
func (s *session) mentioned(b block) {
	for _, m := range localPath.FindAllStringSubmatch(b.text, -1) {
		if _, err := os.Stat(m[1]); err != nil {
			s.t.Errorf("%v names %s, which does not exist", b, m[1])
		}
	}
}

// server is a program of a page that listens.
type server struct {
	t        *testing.T
	computer *runtime.Computer
	name     string
	port     int
	ended    chan struct{}
	err      error
}

// anyPort stands before a program, on the same line, so that it listens on a free port and tells which.
const anyPort = `do ` +
	`local listen, add = http.listen, http.addListener ` +
	`function http.listen(_, f, o) o = o or {} local on = o.on_listen ` +
	`o.on_listen = function(p) printError(p) if on then on(p) end end return listen(0, f, o) end ` +
	`function http.addListener(_, o) local p = add(0, o) printError(p) return p end ` +
	`end `

func startServer(t *testing.T, dir, name, source string) *server {
	r, w := io.Pipe()
	defer r.Close()
	computer, err := runtime.New(runtime.WithRoot(dir), runtime.WithProgram("/"+name), runtime.WithCode("@"+name, anyPort+source), runtime.WithStderr(w))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, computer: computer, name: name, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		_, s.err = computer.Run(t.Context())
		w.Close()
	}()
	if _, err := fmt.Fscanln(r, &s.port); err != nil {
		<-s.ended
		t.Fatalf("%s: %v, %v", name, err, s.err)
	}
	return s
}

// stop ends the server as Ctrl-C would, if there is one.
func (s *session) stop() {
	if s.plugins != nil {
		s.plugins.stop()
		s.plugins = nil
	}
	if s.server == nil {
		return
	}
	s.server.computer.Terminate()
	<-s.server.ended
	var failure *runtime.ProgramError
	if err := s.server.err; err != nil && !(errors.As(err, &failure) && failure.Terminated) {
		s.t.Errorf("%s ended with %v", s.server.name, err)
	}
	s.server = nil
}

// pluginServer is a luart serve that a page has started.
type pluginServer struct {
	t      *testing.T
	cmd    *exec.Cmd
	ports  *strings.Replacer // of the ports that it has by default
	errors bytes.Buffer
}

// facades are the servers of luart serve: how they are announced, their flags, and the ports that they have by default.
var facades = []struct{ name, flag, port string }{
	{"ratchet", "--ratchet", ":5460"}, {"plugin server", "--plugin-server", ":9192"}, {"rpc", "--rpc", ":6133"}, {"packages", "--packages", ":51515"},
}

func startPluginServer(t *testing.T, bin, dir string, args []string) *pluginServer {
	t.Helper()
	s := &pluginServer{t: t}
	s.cmd = exec.Command(filepath.Join(bin, "luart"+exeSuffix()), "serve")
	for _, f := range facades {
		s.cmd.Args = append(s.cmd.Args, f.flag, "0")
	}
	s.cmd.Args = append(s.cmd.Args, args...)
	s.cmd.Dir, s.cmd.Stderr = dir, &s.errors
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() }) // an error is that it has ended
	lines := bufio.NewScanner(out)
	announced := map[string]string{}
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "  plugins  ") {
		if name, address, ok := strings.Cut(strings.TrimSpace(lines.Text()), "  "); ok {
			announced[name] = address[strings.LastIndexByte(address, ':'):]
		}
	}
	var pairs []string
	for _, f := range facades {
		if port, ok := announced[f.name]; ok {
			pairs = append(pairs, f.port, port)
		}
	}
	if len(pairs) == 0 {
		s.cmd.Wait()
		t.Fatalf("luart serve %s has not started\n%s", strings.Join(args, " "), s.errors.String())
	}
	s.ports = strings.NewReplacer(pairs...)
	go io.Copy(io.Discard, out)
	return s
}

// stop ends it as Ctrl-C would.
func (s *pluginServer) stop() {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.cmd.Process.Kill() // a system without signals
		s.cmd.Wait()
		return
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("luart serve ended with %v\n%s", err, s.errors.String())
	}
}

var (
	codeBlock  = regexp.MustCompile("(?ms)^```.*?^```$")
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInSlugs = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// slug is the anchor of a heading, as GitHub makes it.
func slug(heading string) string {
	return strings.ReplaceAll(notInSlugs.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

func TestDocLinks(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllSubmatch(codeBlock.ReplaceAll(text, nil), -1) {
			target := string(m[1])
			if strings.Contains(target, "://") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			path := page
			if file != "" {
				path = filepath.Join(filepath.Dir(page), filepath.FromSlash(file))
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Errorf("%s links to %s: %v", page, target, err)
				continue
			}
			if anchor == "" || info.IsDir() {
				continue
			}
			linked, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, h := range heading.FindAllSubmatch(codeBlock.ReplaceAll(linked, nil), -1) {
				found = found || slug(string(h[1])) == anchor
			}
			if !found {
				t.Errorf("%s links to %s, but no heading is called that", page, target)
			}
		}
	}
}

// section returns the part of a page below a heading, up to the next one of any level.
func section(t *testing.T, page, title string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n## "+title+"\n")
	if !ok {
		t.Fatalf("%s has no section %s", page, title)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// The table of options of listeners has those that the API's annotations have, with their defaults.
func TestDocListenerOptions(t *testing.T) {
	annotations, err := os.ReadFile("stdlib/rom/apis/http/http.lua")
	if err != nil {
		t.Fatal(err)
	}
	names, defaults := map[string]bool{}, map[string]int{}
	_, fields, _ := bytes.Cut(annotations, []byte("---@class http.ListenerOptions"))
	fields, _, _ = bytes.Cut(fields, []byte("addListener ="))
	for _, m := range regexp.MustCompile(`---@field (\w+)\?[^\n]*`).FindAllSubmatch(fields, -1) {
		name := string(m[1])
		names[name] = true
		if d := regexp.MustCompile(`\((\d+)( KiB| MiB)?\)`).FindSubmatch(m[0]); d != nil {
			n, _ := strconv.Atoi(string(d[1]))
			defaults[name] = n * map[string]int{"": 1, " KiB": 1 << 10, " MiB": 1 << 20}[string(d[2])]
		}
	}
	if len(names) < 10 || len(defaults) < 10 {
		t.Fatalf("found only %v, %v in the annotations", names, defaults)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| `?([^`|]*?)`? \\|").FindAllStringSubmatch(section(t, "docs/http-server.md", "Options"), -1) {
		name, value := m[1], m[2]
		if !names[name] {
			t.Errorf("docs/http-server.md has the option %s, which http.lua does not have, or has it twice", name)
		}
		delete(names, name)
		if d, ok := defaults[name]; ok && value != strconv.Itoa(d) {
			t.Errorf("docs/http-server.md says that %s is %s unless set; http.lua says %d", name, value, d)
		}
	}
	for name := range names {
		t.Errorf("docs/http-server.md lacks the option %s", name)
	}
}

// The table of options of the command has those that its help has.
func TestDocCommandOptions(t *testing.T) {
	help, err := exec.CommandContext(t.Context(), "go", "run", "./cmd/luart", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[\w-]+)`).FindAllSubmatch(help, -1) {
		found[string(m[1])] = true
	}
	if len(found) < 5 {
		t.Fatalf("found only %v in\n%s", found, help)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| [^|]*?`(?:-\\w`, `)?(--[\\w-]+)[^|]*\\|").FindAllStringSubmatch(section(t, "docs/running.md", "The command line"), -1) {
		if !found[m[1]] {
			t.Errorf("docs/running.md has the option %s, which luart does not have", m[1])
		}
		delete(found, m[1])
	}
	for name := range found {
		t.Errorf("docs/running.md lacks the option %s", name)
	}
}
