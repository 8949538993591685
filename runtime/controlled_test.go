package runtime_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/runtime"
)

// controlled is a control plane for a test: plugins in a folder of the host, and code that runs as a facade does.
type controlled struct {
	t       testing.TB
	plugins string
	data    string
	secrets string
	clock   eventqueue.Clock // skips waits unless set
	set     map[string]any
	out     text
	log     text
	memory  int64
}

func newControlled(t testing.TB, files map[string]string) *controlled {
	c := &controlled{t: t, plugins: t.TempDir(), data: t.TempDir(), clock: clocktest.Skipping{Clock: clocktest.New()}, set: map[string]any{}, memory: 512 << 20}
	c.secrets = filepath.Join(c.data, "..", "secrets.txt")
	for name, content := range files {
		c.write(name, content)
	}
	return c
}

func (c *controlled) write(name, content string) {
	c.t.Helper()
	path := filepath.Join(c.plugins, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		c.t.Fatal(err)
	}
}

// prelude is what the test's code finds. Errors and warnings of plugins go to the output with "!" in front.
const prelude = `
local control = require "luart.control"
local manager = require("manager").new { settings = control.settings }
manager.logs:sink(function(line)
    local bad = line.level == "error" or line.level == "warning"
    local trace = TRACES and line.fields and line.fields.traceback
    if bad or not QUIET then print((bad and "!" or "") .. "[" .. line.source .. "] " .. line.message .. (trace and "\n" .. trace or "")) end
end)
local function write(path, text) local f = assert(fs.open(path, "w")) f.write(text) f.close() end
local function main()
`

const postlude = `
end
local failure
manager:spawn(function()
    local trace
    local ok, message = xpcall(function() manager:start() main() end, function(m) trace = debug.traceback("", 2) return m end)
    if not ok then failure = tostring(message) .. (trace or "") end
    manager:stop()
end)
manager:loop()
if failure then error(failure, 0) end
`

func (c *controlled) options(code string) []runtime.Option {
	return []runtime.Option{
		runtime.WithControl(runtime.Control{
			Plugins: c.plugins, Data: c.data, Secrets: c.secrets, AllowPrivate: true,
			Settings: func() (map[string]any, error) { return c.set, nil },
		}),
		runtime.WithProgram("/rom/control/test.lua"), runtime.WithCode("=test", strings.ReplaceAll(prelude, "\n", " ")+code+postlude),
		runtime.WithStdout(&c.out), runtime.WithStderr(&c.out), runtime.WithClock(c.clock), runtime.WithLocation(time.UTC),
		runtime.WithLogger(slog.New(slog.NewTextHandler(&c.log, nil))), runtime.WithAllowPrivate(), runtime.WithMemory(c.memory),
	}
}

// run runs code in a task of the control plane once the plugins are loaded, then stops it. It returns what was printed.
func (c *controlled) run(code string, options ...runtime.Option) string {
	c.t.Helper()
	computer, err := runtime.New(append(c.options(code), options...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	if _, err := computer.Run(ctx); err != nil {
		c.t.Errorf("%v\n%s\n%s", err, c.out.String(), c.log.String())
	}
	return c.out.String()
}

// wantLines is want for lines that may come in any order.
func (c *controlled) wantLines(code, want string) {
	c.t.Helper()
	sorted := func(text string) string {
		return strings.Join(slices.Sorted(strings.SplitSeq(strings.TrimSpace(text), "\n")), "\n")
	}
	if got := sorted(c.run(code)); got != sorted(want) {
		c.t.Errorf("the output is\n%s\nnot\n%s\n%s", got, sorted(want), c.log.String())
	}
}

func (c *controlled) want(code, want string) {
	c.t.Helper()
	got := c.run(code)
	got = regexp.MustCompile(`take \d+ MiB`).ReplaceAllString(got, "take MiB")
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		c.t.Errorf("the output is\n%s\nnot\n%s\n%s", got, want, c.log.String())
	}
}
