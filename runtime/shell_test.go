package runtime_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
)

// runShell runs the shell in text mode with lines of the standard input, in a new folder with the given files.
func runShell(t *testing.T, files map[string]string, input io.Reader, options ...runtime.Option) result {
	t.Helper()
	var out, log text
	options = append([]runtime.Option{
		runtime.WithShell(), runtime.WithRoot(writeFiles(t, files)), runtime.WithStdin(input), runtime.WithStdout(&out), runtime.WithStderr(&out),
		runtime.WithClock(clocktest.Skipping{Clock: clocktest.New()}), runtime.WithLocation(time.UTC),
		runtime.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
	}, options...)
	c, err := runtime.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code, err := c.Run(ctx)
	return result{code, err, out.String(), log.String()}
}

// forScript tells the bios that nobody types what the shell reads.
func forScript(c stdlib.Computer) {
	host, _ := c.VM().Globals().GetString("_LUART").AsTable()
	host.SetString("interactive", lua.False)
}

func TestTextShell(t *testing.T) {
	quiet := `{ ["motd.enable"] = false }`
	for _, test := range []struct {
		name    string
		files   map[string]string
		input   string
		options []runtime.Option
		code    int
		out     string
	}{
		{name: "no input", out: "CraftOS 1.9\n> "},
		{name: "a person's lines", input: "cd rom\nnope\nexit\ncd /\n", out: "CraftOS 1.9\n> rom> No such program\nrom> "},
		{name: "a script", input: "p a \"b c\"\nmotd x\n\nshell\np\nexit\np end", options: []runtime.Option{runtime.WithAPI(forScript)},
			files: map[string]string{"p.lua": "print(#arg, ...)", "motd.lua": "print('mine', ...)"}, out: "2\ta\tb c\nmine\tx\n0\n1\tend\n"},
		{name: "startup", files: map[string]string{"startup.lua": "print('started', shell.getRunningProgram(), multishell)"}, input: "exit",
			out: "CraftOS 1.9\nstarted\tstartup.lua\tnil\n> "},
		{name: "a program's lines", files: map[string]string{"ask.lua": "print(read())"}, input: "ask\nanswer\n", out: "CraftOS 1.9\n> answer\n> "},
		{name: "errors", code: 1, files: map[string]string{"bad.lua": "error('oh no')"}, input: "bad\n", options: []runtime.Option{runtime.WithAPI(forScript)},
			out: "/bad.lua:1: oh no\n 1 | error('oh no')\n   |      ^\n"},
		{name: "shutdown", files: map[string]string{"p.lua": "os.shutdown(3)"}, input: "p\n", code: 3, out: "CraftOS 1.9\n> "},
		{name: "strict globals", input: "p\nq\n", options: []runtime.Option{runtime.WithAPI(forScript)}, files: map[string]string{
			".settings": `{ ["motd.enable"] = false, ["bios.strict_globals"] = true }`,
			"p.lua":     "x = 1 print(x, pcall(function() _G.y = 1 end))", "q.lua": "os.loadAPI('api.lua') print(api.z)", "api.lua": "z = 5",
		}, out: "1\tfalse\t/p.lua:1: Attempt to create global y\n5\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{".settings": quiet}
			for name, text := range test.files {
				files[name] = text
			}
			r := runShell(t, files, strings.NewReader(test.input), test.options...)
			if r.out != test.out || r.code != test.code || r.err != nil || r.log != "" {
				t.Errorf("code %d, error %v, log %q, output\n%q, want\n%q", r.code, r.err, r.log, r.out, test.out)
			}
		})
	}
}

// waitingInput gives its text once the output has what it waits for.
type waitingInput struct {
	mu    sync.Mutex
	seen  strings.Builder
	want  string
	ready chan struct{}
	text  io.Reader
}

func (w *waitingInput) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	had := strings.Contains(w.seen.String(), w.want)
	w.seen.Write(b)
	if !had && strings.Contains(w.seen.String(), w.want) {
		close(w.ready)
	}
	return len(b), nil
}

func (w *waitingInput) Read(b []byte) (int, error) {
	<-w.ready
	return w.text.Read(b)
}

// TestTextShellTerminate checks that who presses Ctrl-C at the prompt gets a new one.
func TestTextShellTerminate(t *testing.T) {
	w := &waitingInput{want: "> \n> ", ready: make(chan struct{}), text: strings.NewReader("exit\n")}
	r := runShell(t, map[string]string{".settings": `{ ["motd.enable"] = false }`}, w, runtime.WithStdout(w),
		runtime.WithAPI(func(c stdlib.Computer) { c.Queue().Terminate() }))
	if got := w.seen.String(); r.err != nil || got != "CraftOS 1.9\n> \n> " {
		t.Errorf("error %v, output %q", r.err, got)
	}
}

func TestShellFails(t *testing.T) {
	r := runShell(t, map[string]string{"startup.lua": "os.pullEventRaw = nil coroutine.yield()"}, strings.NewReader(""))
	if r.err == nil || !strings.Contains(r.err.Error(), "'pullEventRaw' (a nil value)") || r.code != 1 {
		t.Errorf("code %d, error %v, output %q", r.code, r.err, r.out)
	}
}

// TestWithoutShell checks what the shell's boot does for programs that run without it.
func TestWithoutShell(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		".settings": `{ ["motd.enable"] = false, mine = 5 }`, "p.lua": "print(shell.getRunningProgram(), arg[0], ...)",
	})
	const message = "os.queueEvent('modem_message', 'top', 0, 7, { nMessageID = 1, nRecipient = 0, nSender = 7, message = 'hi', sProtocol = 'p' }) "
	for _, test := range []struct{ code, want string }{
		{"print(rawget(_G, 'shell'), rawget(_G, 'settings'), shell ~= nil, multishell)", "nil\tnil\ttrue\tnil"},
		{"print(settings.get('mine'), settings.get('motd.enable'), settings.get('list.show_hidden'))", "5\tfalse\tfalse"},
		{"local _ = settings os.queueEvent('last') print(os.pullEvent())", "last"},
		{"print(shell.run('p a \"b c\"')) print(shell.dir() == '', shell.getRunningProgram())", "p.lua\tp\ta\tb c\ntrue\ntrue\ttest"},
		{"stub = shell.path shell.path = function() return 'mine' end print(shell.path(), shell.resolve('x')) shell.path = nil print(shell.path() == stub())", "mine\tx\ntrue"},
		{"local n = 0 for _, f in pairs(shell) do n = n + 1 end print(n, type(next(shell)))", "18\tstring"},
		{"local _ = rednet " + message + "print(rednet.receive('p', 1))", "7\thi\tp"},
		{"local _ = rednet sleep(0) " + message + "print(parallel.waitForAny(function() sleep(1) end, function() print(rednet.receive()) end))", "7\thi\tp\n2"},
		{message + "os.queueEvent('last') local e repeat e = os.pullEvent() until e ~= 'modem_message' print(e)", "last"}, // nobody has asked for rednet
		{"shell.run('edit p.lua')", "This needs a screen with keys: run luart in a terminal"},
		{"local _ = rednet print(pcall(rednet.run))", "false\trednet is already running"},
	} {
		r := run(t, test.code, runtime.WithRoot(dir))
		if got := strings.TrimSuffix(r.out, "\n"); r.err != nil || got != test.want {
			t.Errorf("%s\n got %q, %v\nwant %q", test.code, got, r.err, test.want)
		}
	}
}
