//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestSignals(t *testing.T) {
	for _, test := range []struct {
		name, program string
		signals       []os.Signal
		code          int
		out, err      string
	}{
		{"Ctrl-C", "print('ready') sleep(100)", []os.Signal{syscall.SIGINT}, 130, "", "Terminated\n"},
		{"SIGTERM", "print('ready') sleep(100)", []os.Signal{syscall.SIGTERM}, 0, "", "Terminated\n"},
		{"handled", "print('ready') os.pullEventRaw() print('bye')", []os.Signal{syscall.SIGINT}, 0, "bye\n", ""},
		{"handled, with a code", "print('ready') os.pullEventRaw() os.shutdown(9)", []os.Signal{syscall.SIGTERM}, 9, "", ""},
		{"ignored", "print('ready') while true do print(os.pullEventRaw()) end", []os.Signal{syscall.SIGINT, syscall.SIGINT}, 130, "terminate\n", ""},
		{"ignored SIGTERM", "print('ready') while true do print(os.pullEventRaw()) end", []os.Signal{syscall.SIGTERM, syscall.SIGTERM}, 143, "terminate\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, "-e", test.program)
			s.line(t)
			rest := ""
			for i, sig := range test.signals {
				if i > 0 {
					rest += s.line(t) + "\n" // the program has seen the one before
				}
				if err := s.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			code, out := s.wait(t)
			if rest += out; code != test.code || rest != test.out || s.stderr.String() != test.err {
				t.Errorf("exit code %d, output %q, error output %q; want %d, %q, %q", code, rest, s.stderr.String(), test.code, test.out, test.err)
			}
		})
	}
}

// A program that never yields ends at the second signal; before that, people are told.
func TestBusyProgramEndsAtTheSecondSignal(t *testing.T) {
	s := start(t, "--timeout", "0", "-e", "print('ready') while true do end")
	s.line(t)
	s.cmd.Process.Signal(syscall.SIGTERM) // an error shows below
	s.stderr.wait(t, "press Ctrl-C again to end it at once")
	s.cmd.Process.Signal(syscall.SIGTERM)
	if code, _ := s.wait(t); code != 143 {
		t.Errorf("exit code %d, %s", code, s.stderr.String())
	}
}

// A reader that goes away ends luart like any program in a pipe.
func TestClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := exec.CommandContext(t.Context(), luart, "-e", "while true do print('y') end")
	cmd.Stdout = w
	err = cmd.Run()
	w.Close()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGPIPE {
		t.Errorf("ended with %v", err)
	}
}
