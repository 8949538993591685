package main

import (
	"context"
	"os"
	"syscall"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
)

type shellCommand struct {
	Text bool `help:"Work line by line, even if this is a terminal."`
	computerFlags
}

// Help is what luart shell --help says besides.
func (*shellCommand) Help() string {
	return `Boots a computer to the shell of CraftOS. In a terminal it has the whole screen; exit leaves it, and Ctrl-T
ends the program that runs. If the standard input or output is not a terminal, it works line by line: commands
are read from the standard input, and what they print goes to the standard output, without prompts unless the
input is a terminal.`
}

// Run runs the shell.
func (s *shellCommand) Run(st streamer) error {
	std := st.standard()
	options, err := s.options(std)
	if err != nil {
		return err
	}
	root := s.Root
	if root == "" {
		root = "."
	}
	options = append(options, runtime.WithRoot(root), runtime.WithLabelFile(labelFile(root, s.ID)), runtime.WithShell())
	if isTerminal(std.in) && isTerminal(std.out) && !s.Text {
		e, err := fullScreen{size: s.Size, title: "luart shell", stderr: std.err, shell: true}.run(options)
		if err != nil {
			return err
		}
		return s.outcome(e.code, e.err, e.signal, source{}, std.err)
	}
	return s.lines(append(options, runtime.WithStdin(std.in), runtime.WithAPI(prompting(isTerminal(std.in)))), std)
}

// lines runs the shell in text mode.
func (s *shellCommand) lines(options []runtime.Option, std streams) error {
	computer, err := runtime.New(options...)
	if err != nil {
		return usageError{err}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Ctrl-C ends a program and leaves the shell, as it does in others, unless it is pressed again at once.
	var last time.Time
	ask := func(sig os.Signal) bool {
		now := time.Now()
		if sig == os.Interrupt && now.Sub(last) > abortAfter {
			last = now
			computer.Queue().Terminate() // the only error is that the computer has ended
			return false
		}
		cancel()
		return true
	}
	signals := watchSignals(nil, ask, nil, os.Interrupt, syscall.SIGTERM)
	code, err := computer.Run(ctx)
	return s.outcome(code, err, signals.stop(), source{}, std.err)
}

// prompting tells the bios whether a person types what the shell reads, who wants to see prompts.
func prompting(person bool) func(stdlib.Computer) {
	return func(c stdlib.Computer) {
		if host, ok := c.VM().Globals().GetString("_LUART").AsTable(); ok {
			host.SetString("interactive", lua.Bool(person))
		}
	}
}
