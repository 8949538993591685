package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/luart/luart/runtime"
)

// Collector settings: programs make much short-lived garbage and have a memory limit of their own, so the collector
// works rarely until the process comes near that limit. They give way to GOGC and GOMEMLIMIT.
const (
	gcPercent   = 400
	leastMemory = 1 << 20
	memorySpare = 64 << 20 // what the process may use beyond twice the program's limit before the collector works hard
)

// Patience with programs that are asked to end.
const (
	hintAfter  = time.Second     // until people are told how to be more insistent
	abortAfter = 2 * time.Second // after the second signal, until the process ends without the program
)

type runCommand struct {
	Code    *string     `short:"e" name:"code" placeholder:"CODE" help:"Run CODE instead of a file."`
	Root    string      `placeholder:"DIR" help:"Folder that is the program's /. Default: the current folder, or the file's if that is elsewhere."`
	Mount   []mountFlag `placeholder:"SRC:DST[:ro]" sep:"none" help:"Put the folder SRC into the computer at DST, read-only with :ro. May be given again."`
	Quota   byteSize    `default:"0" placeholder:"SIZE" help:"How much the files in / may take together (default: no limit)."`
	Memory  byteSize    `default:"256MiB" placeholder:"SIZE" help:"How much the program's values may take (${default}; 0: no limit)."`
	Timeout span        `default:"7s" placeholder:"TIME" help:"How long the program may run between two yields (${default}; 0: no limit)."`
	ID      int         `default:"0" placeholder:"N" help:"Number of the computer: os.getComputerID()."`
	Label   string      `placeholder:"TEXT" help:"Name of the computer: os.getComputerLabel()."`
	Args    []string    `arg:"" optional:"" passthrough:"" name:"file" help:"Lua file, - for the standard input; the program's arguments follow it."`
}

// Run runs the program.
func (r *runCommand) Run(s streamer) error {
	std := s.standard()
	if r.Memory > 0 && r.Memory < leastMemory {
		return usageError{fmt.Errorf("--memory %d is %v, too little for any program; did you mean %dMiB?", r.Memory, r.Memory, r.Memory)}
	}
	src, args, stdin, err := r.source(std.in)
	if err != nil {
		return err
	}
	tuneCollector(int64(r.Memory))
	options := []runtime.Option{
		runtime.WithRoot(src.root), runtime.WithProgram(src.path), runtime.WithCode(src.chunk, src.code), runtime.WithArgs(args...),
		runtime.WithStdin(stdin), runtime.WithStdout(std.out), runtime.WithStderr(std.err),
		runtime.WithMemory(int64(r.Memory)), runtime.WithTimeout(time.Duration(r.Timeout)), runtime.WithID(r.ID), runtime.WithLabel(r.Label),
		runtime.WithVersion(currentVersion()), runtime.WithQuota(int64(r.Quota)),
		runtime.WithLogger(slog.New(newLogHandler(std.err))),
	}
	for _, m := range r.Mount {
		options = append(options, runtime.WithMount(m.source, m.path, m.readOnly))
	}
	computer, err := runtime.New(options...)
	if err != nil {
		return usageError{err}
	}
	signals := watchSignals(computer, std.err)
	code, err := computer.Run(context.Background())
	got := signals.stop()
	return r.outcome(code, err, got, src, std.err)
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
	return src, r.Args[1:], stdin, err
}

func tuneCollector(memory int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" && memory > 0 && memory < math.MaxInt64/4 {
		debug.SetMemoryLimit(2*memory + memorySpare)
	}
}

// outcome prints how the program has failed, and returns what makes main end with the right code.
func (r *runCommand) outcome(code int, err error, got os.Signal, src source, stderr io.Writer) error {
	var failure *runtime.ProgramError
	switch {
	case err == nil:
		return exitCode(code).orNil()
	case errors.Is(err, runtime.ErrStopped):
		return exitCode(signalCode(got))
	case !errors.As(err, &failure):
		return err
	}
	fmt.Fprintln(stderr, src.fullName(failure.Message))
	switch {
	case failure.Terminated && got == syscall.SIGTERM:
		return nil
	case failure.Terminated:
		return exitCode(exitCtrlC)
	}
	if failure.Traceback != "" {
		fmt.Fprintln(stderr, src.fullName(failure.Traceback))
	}
	if !failure.Limit {
		return exitCode(exitError)
	}
	if strings.HasSuffix(failure.Message, "memory") {
		fmt.Fprintf(stderr, "luart: the program's values took more than %v; --memory 1GiB, for example, allows more\n", r.Memory)
	} else {
		fmt.Fprintf(stderr, "luart: the program ran for more than %v without yielding; call sleep(0) in long loops, or give it more time with --timeout 60s (0: no limit)\n", r.Timeout)
	}
	return exitCode(exitLimit)
}

// orNil is nil for success.
func (e exitCode) orNil() error {
	if e == 0 {
		return nil
	}
	return e
}

// signalCode is the exit code of a process that a signal has ended.
func signalCode(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return exitError
}

// signals passes Ctrl-C and SIGTERM on to a computer: the first asks the program to end, the second ends it.
type signals struct {
	ch   chan os.Signal
	done chan struct{}
	last atomic.Value // os.Signal
}

func watchSignals(c *runtime.Computer, stderr io.Writer) *signals {
	s := &signals{ch: make(chan os.Signal, 2), done: make(chan struct{})}
	signal.Notify(s.ch, os.Interrupt, syscall.SIGTERM)
	go s.watch(c, stderr)
	return s
}

func (s *signals) watch(c *runtime.Computer, stderr io.Writer) {
	var hint, abort <-chan time.Time
	for count := 0; ; {
		select {
		case sig := <-s.ch:
			s.last.Store(sig)
			c.Terminate()
			if count++; count == 1 {
				hint = time.After(hintAfter)
			} else {
				hint, abort = nil, time.After(abortAfter)
			}
		case <-hint:
			fmt.Fprintln(stderr, "luart: waiting for the program to end; press Ctrl-C again to end it at once")
		case <-abort:
			os.Exit(signalCode(s.got()))
		case <-s.done:
			return
		}
	}
}

func (s *signals) got() os.Signal {
	sig, _ := s.last.Load().(os.Signal)
	return sig
}

// stop ends the watch and returns the last signal, nil if there was none.
func (s *signals) stop() os.Signal {
	signal.Stop(s.ch)
	close(s.done)
	return s.got()
}
