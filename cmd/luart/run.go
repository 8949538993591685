package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/terminal"
)

type runCommand struct {
	Code *string `short:"e" name:"code" placeholder:"CODE" help:"Run CODE instead of a file."`
	Term bool    `help:"Show the computer's whole screen in this terminal, with keys and mouse."`
	computerFlags
	Args []string `arg:"" optional:"" passthrough:"" name:"file" complete:"lua" help:"Lua file, - for the standard input; the program's arguments follow it."`
}

// Help is what luart run --help says besides.
func (*runCommand) Help() string {
	return `What follows FILE or CODE goes to the program. It sees the root folder as /, and nothing outside of it.

Exit codes: 0, 1 if the program fails or can't be read, 2 if the arguments are wrong, 124 if it came up against --timeout
or --memory, 130 after Ctrl-C, or the number that it gave os.shutdown.`
}

// Run runs the program.
func (r *runCommand) Run(s streamer) error {
	std := s.standard()
	switch {
	case r.Term && !isTerminal(std.out):
		return errors.New("--term needs a terminal, but the standard output is none; leave --term away to print to it")
	case r.Size != nil && !r.Term:
		return usageError{errors.New("--size is the size of the screen that --term shows; give both, or neither")}
	}
	src, args, stdin, err := r.source(std.in)
	if err != nil {
		return err
	}
	options, err := r.options(std)
	if err != nil {
		return err
	}
	options = append(options, runtime.WithRoot(src.root), runtime.WithLabelFile(labelFile(src.root, r.ID)), runtime.WithProgram(src.path), runtime.WithCode(src.chunk, src.code), runtime.WithArgs(args...))
	if r.Term {
		return r.onTerminal(options, src, std)
	}
	computer, err := runtime.New(append(options, runtime.WithStdin(stdin))...)
	if err != nil {
		return usageError{err}
	}
	signals := watchSignals(std.err, twice(computer), nil, os.Interrupt, syscall.SIGTERM)
	code, err := computer.Run(context.Background())
	got := signals.stop()
	return r.outcome(code, err, got, src, std.err)
}

// onTerminal runs the program with the user's terminal as its screen. What was last on it stays to be seen.
func (r *runCommand) onTerminal(options []runtime.Option, src source, std streams) error {
	e, err := fullScreen{size: r.Size, title: strings.TrimLeft(src.chunk, "@=") + " - luart", stderr: std.err}.run(options)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(std.out, terminal.Text(e.last)); err != nil {
		return err
	}
	return r.outcome(e.code, e.err, e.signal, src, std.err)
}

// source finds the program, its arguments, and what is left of the standard input for it.
func (r *runCommand) source(stdin io.Reader) (src source, args []string, rest io.Reader, err error) {
	switch {
	case r.Code != nil:
		return codeSource("(command line)", *r.Code, r.Root), r.Args, stdin, nil
	case len(r.Args) == 0:
		return source{}, nil, nil, usageError{errors.New("a FILE to run is missing; - runs the standard input, -e CODE a line of code")}
	case r.Args[0] == "-":
		src, err = stdinSource(stdin, r.Root)
		return src, r.Args[1:], nil, err
	}
	src, err = fileSource(r.Args[0], r.Root)
	if err != nil && strings.HasPrefix(r.Args[0], "-") {
		err = usageError{fmt.Errorf("unknown flag %s", r.Args[0])} // behind "run", the parser takes it for a file
	}
	return src, r.Args[1:], stdin, err
}
