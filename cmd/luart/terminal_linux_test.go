package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pty is luart in a terminal, of which the test is the user.
type pty struct {
	t       *testing.T
	user    *os.File // what the user types and sees
	tty     *os.File // what luart has
	cmd     *exec.Cmd
	before  unix.Termios
	mu      sync.Mutex
	changed *sync.Cond
	seen    bytes.Buffer
	stderr  bytes.Buffer
}

// startInTerminal runs luart in a terminal of 40 by 10 characters, with a standard error of its own.
func startInTerminal(t *testing.T, dir string, args ...string) *pty {
	t.Helper()
	p := openTerminal(t)
	p.start(dir, &p.stderr, args...)
	return p
}

// openTerminal makes a terminal of 40 by 10 characters.
func openTerminal(t *testing.T) *pty {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here:", err)
	}
	n := 0
	err = controlFile(user, func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
			n, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		}
		return err
	})
	if err != nil {
		t.Skip("there are no terminals here:", err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here:", err)
	}
	p := &pty{t: t, user: user, tty: tty}
	p.changed = sync.NewCond(&p.mu)
	p.resize(40, 10)
	p.before = p.modes()
	return p
}

// start runs luart in the terminal.
func (p *pty) start(dir string, stderr io.Writer, args ...string) {
	p.t.Helper()
	p.startCommand(exec.CommandContext(p.t.Context(), luart, args...), dir, stderr)
}

// startCommand runs a command in the terminal.
func (p *pty) startCommand(cmd *exec.Cmd, dir string, stderr io.Writer) {
	t, user, tty := p.t, p.user, p.tty
	t.Helper()
	p.cmd = cmd
	p.cmd.Dir, p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = dir, tty, tty, stderr
	p.cmd.Env = append(p.cmd.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8", "LINES=", "COLUMNS=")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := user.Read(buf)
			p.mu.Lock()
			p.seen.Write(buf[:n])
			p.changed.Broadcast()
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		tty.Close()
		user.Close()
		// A shell would still write its history, to a folder that is being removed. Most have ended, of which the errors tell.
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// controlFile calls f with a file's descriptor. Unlike what Fd does, that leaves the file one whose Close ends a Read.
func controlFile(file *os.File, f func(fd int) error) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	if err := conn.Control(func(fd uintptr) { result = f(int(fd)) }); err != nil {
		return err
	}
	return result
}

func (p *pty) resize(width, height uint16) {
	err := controlFile(p.user, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *pty) modes() (modes unix.Termios) {
	err := controlFile(p.tty, func(fd int) error {
		got, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err == nil {
			modes = *got
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return modes
}

// sees waits for a text on the terminal, and forgets what came before its end.
func (p *pty) sees(text string) {
	p.t.Helper()
	late := false
	over := time.AfterFunc(time.Minute, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		late = true
		p.changed.Broadcast()
	})
	defer over.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !bytes.Contains(p.seen.Bytes(), []byte(text)) {
		if late {
			p.t.Fatalf("%q doesn't come; there is %q", text, p.seen.String())
		}
		p.changed.Wait()
	}
	p.seen.Next(bytes.Index(p.seen.Bytes(), []byte(text)) + len(text))
}

func (p *pty) types(text string) {
	if _, err := io.WriteString(p.user, text); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the end, after which the terminal must be the user's again.
func (p *pty) ends(code int, stderr string) {
	p.t.Helper()
	p.sees("\x1b[?1049l") // the screen of before
	p.cmd.Wait()          // its error is that of the exit code
	if got := p.cmd.ProcessState.ExitCode(); got != code || p.stderr.String() != stderr {
		p.t.Errorf("exit code %d, %q; want %d, %q", got, p.stderr.String(), code, stderr)
	}
	if p.modes() != p.before {
		p.t.Error("the terminal is not as it was")
	}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"echo.lua": `
		print(term.getSize())
		while true do
			local event, value = os.pullEventRaw()
			if event == "term_resize" then print("now", term.getSize()) end
			if event == "char" then print("got", value) end
			if event == "char" and value == "!" then error("it failed") end
			if event == "char" and value == "." then return end
			if event == "terminate" and ... then error("Terminated", 0) end
		end`})
	t.Run("keys and size", func(t *testing.T) {
		p := startInTerminal(t, dir, "--term", "echo.lua")
		p.sees("40")
		p.types("x")
		p.sees("got")
		p.resize(50, 12)
		p.sees("50")
		p.types(".")
		p.ends(0, "")
		p.sees("got") // what was on the screen stays to be seen
	})
	t.Run("failure", func(t *testing.T) {
		p := startInTerminal(t, dir, "--term", "--size", "33x5", "echo.lua")
		p.sees("33")
		p.types("!")
		p.ends(1, "echo.lua:7: it failed\nstack traceback:\n\t[C]: in function 'error'\n\techo.lua:7: in main chunk\n")
	})
	t.Run("Ctrl-T", func(t *testing.T) {
		p := startInTerminal(t, dir, "--term", "echo.lua", "x")
		p.sees("40")
		p.types("\x14")
		p.ends(130, "Terminated\n")
	})
	for _, test := range []struct {
		signal syscall.Signal
		code   int
		stderr string
	}{{syscall.SIGTERM, 0, "Terminated\n"}, {syscall.SIGINT, 130, "Terminated\n"}, {syscall.SIGHUP, 129, ""}} {
		t.Run(test.signal.String(), func(t *testing.T) {
			p := startInTerminal(t, dir, "--term", "echo.lua", "x")
			p.sees("40")
			p.cmd.Process.Signal(test.signal) // an error shows below
			p.ends(test.code, test.stderr)
		})
	}
}

func TestShellInTerminal(t *testing.T) {
	t.Parallel()
	p := startInTerminal(t, folder(t, map[string]string{"hi.lua": "print('hel' .. 'lo', ...)"}), "shell", "--label", "box")
	p.sees("> ")
	p.types("hi there\r")
	p.sees("hello")
	p.types("label get\r")
	p.sees("box")
	p.types("exit\r")
	p.ends(0, "")

	p = startInTerminal(t, t.TempDir(), "shell")
	p.sees("> ")
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.ends(143, "")

	// The user's window is closed.
	p = startInTerminal(t, t.TempDir(), "shell")
	p.sees("> ")
	p.tty.Close()
	p.user.Close()
	if p.cmd.Wait(); p.cmd.ProcessState.ExitCode() != 129 {
		t.Error(p.cmd.ProcessState, p.stderr.String())
	}
}

// Line by line, a person gets prompts.
func TestShellAsText(t *testing.T) {
	t.Parallel()
	p := startInTerminal(t, folder(t, map[string]string{"sleep.lua": "print('zzz') sleep(1000)"}), "shell", "--text")
	p.sees("> ")
	p.types("sleep\r")
	p.sees("zzz")
	p.types("\x03") // a signal: the terminal is not the computer's
	p.sees("> ")
	p.types("\x04") // the end of the input
	p.cmd.Wait()
	if code := p.cmd.ProcessState.ExitCode(); code != 0 || p.stderr.String() != "Terminated\n" {
		t.Error(code, p.stderr.String())
	}
}
