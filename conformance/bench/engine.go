// An engine is a Lua that can be timed: one that is linked into this program, or a program found on PATH.

package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ours is the name of the engine that the others are compared with.
const ours = "luart"

// An engine is a Lua interpreter written in Go. One value runs one chunk, once, on one goroutine.
type engine interface {
	// load compiles a chunk. name is what positions in messages begin with; what the chunk prints goes to out.
	load(source []byte, name string, out io.Writer) error
	// run calls the chunk with size as its only argument, or with none if size is 0.
	// Whatever the chunk leaves in globals must stay reachable through the engine.
	run(size int) error
}

// linked holds the engines that are linked in. Each engine_*.go file adds its own, so that any of them can be left out.
var linked = map[string]linkedEngine{}

type linkedEngine struct {
	module string // import path of the module, to look its version up
	make   func() engine
}

// trailer begins the last line of a run's output: "@bench SECONDS BYTES".
const trailer = "@bench "

// maxOutput is how much a program may print, in bytes: programs print a checksum, and one that goes wild is stopped from filling the memory.
const maxOutput = 1 << 20

// An outcome is what one run of one program gave.
type outcome struct {
	seconds float64 // running the chunk, without starting the process and compiling
	cpu     float64 // processor time of the whole process, all threads, in seconds
	heap    int64   // bytes in use after a full collection at the end
	output  string  // what the program printed, without the last line feed
}

// runChild runs the file with a linked engine, in this process, and writes its output and the trailer to stdout.
func runChild(name, path string, size int, stdout io.Writer) error {
	e, ok := linked[name]
	if !ok {
		return fmt.Errorf("no engine %q is linked in", name)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(stdout)
	defer out.Flush()
	vm := e.make()
	if err := vm.load(source, filepath.Base(path), out); err != nil {
		return err
	}
	runtime.GC()
	start := time.Now()
	err = vm.run(size)
	elapsed := time.Since(start)
	if err != nil {
		return err
	}
	// Twice: the first collection only queues what finalizers and pools still hold.
	runtime.GC()
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	runtime.KeepAlive(vm)
	fmt.Fprintf(out, "%s%.6f %d\n", trailer, elapsed.Seconds(), mem.HeapInuse)
	return out.Flush()
}

// A column is an engine as the table shows it: a command that runs a file and prints the trailer.
type column struct {
	name    string
	version string
	command []string // program and its first arguments; the file and the size come after
	ask     []string // command that prints the version; nil for a linked engine
	linked  string   // name in linked, "" for a program on PATH
}

//go:embed driver.lua
var driver []byte

// columns returns every engine that bench knows, in the order of the table, found or not. dir gets the driver.
func columns(dir string) ([]column, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program to start it again: %w", err)
	}
	path := filepath.Join(dir, "driver.lua")
	if err := os.WriteFile(path, driver, 0o600); err != nil {
		return nil, err
	}
	child := func(name string) column {
		return column{name: name, linked: name, command: []string{self, "-child", name}}
	}
	program := func(name string, command ...string) column {
		return column{name: name, command: append(command, path), ask: []string{command[0], "-v"}}
	}
	return []column{
		child(ours),
		program("lua5.1", "lua5.1"),
		program("lua5.2", "lua5.2"),
		program("lua5.4", "lua5.4"),
		program("luajit -joff", "luajit", "-joff"),
		program("luajit", "luajit"),
		child("gopher-lua"),
	}, nil
}

// choose picks the columns with these names, in the order of the names; nil picks all.
func choose(all []column, names []string) ([]column, error) {
	if names == nil {
		return all, nil
	}
	var chosen []column
	for _, name := range names {
		i := slices.IndexFunc(all, func(c column) bool { return c.name == name })
		if i < 0 {
			known := make([]string, len(all))
			for i, c := range all {
				known[i] = c.name
			}
			return nil, fmt.Errorf("no engine is called %q; there are: %s", name, strings.Join(known, ", "))
		}
		if !slices.ContainsFunc(chosen, func(c column) bool { return c.name == name }) {
			chosen = append(chosen, all[i])
		}
	}
	return chosen, nil
}

// find returns what the engine calls itself, or an error that says why it can't be used.
func (c column) find(ctx context.Context) (version string, err error) {
	if c.linked != "" {
		e, ok := linked[c.linked]
		if !ok {
			return "", errors.New("not linked into this program")
		}
		return moduleVersion(e.module), nil
	}
	if _, err := exec.LookPath(c.ask[0]); err != nil {
		return "", errors.New("no such program on PATH")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	// Lua 5.1 prints its version on standard error, the others on standard output.
	text, err := exec.CommandContext(ctx, c.ask[0], c.ask[1:]...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(c.ask, " "), err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line, _, _ = strings.Cut(line, "  ")
	line, _, _ = strings.Cut(line, " -- ")
	return strings.TrimSpace(line), nil
}

// moduleVersion returns the version that a module was linked in with, and that of the Go toolchain.
func moduleVersion(module string) string {
	version := "(version unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == module {
				version = m.Version
			}
		}
	}
	return fmt.Sprintf("%s %s, %s", module, version, runtime.Version())
}

// errLimit is what run returns when the time limit ended it.
var errLimit = errors.New("time limit reached")

// run runs one program in a process of its own. size 0 leaves the program its own size.
// It returns errLimit if the process was still running after limit.
func (c column) run(ctx context.Context, path string, size int, limit time.Duration) (outcome, error) {
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args := slices.Clone(c.command[1:])
	if c.linked != "" {
		if size > 0 {
			args = append(args, "-size", strconv.Itoa(size))
		}
		args = append(args, path)
	} else {
		args = append(args, path)
		if size > 0 {
			args = append(args, strconv.Itoa(size))
		}
	}
	cmd := exec.CommandContext(timed, c.command[0], args...)
	cmd.WaitDelay = time.Second
	var stdout, stderr cappedBuffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return outcome{}, ctx.Err()
	case timed.Err() != nil:
		return outcome{}, errLimit
	case err != nil:
		message, _, _ := strings.Cut(strings.TrimSpace(string(stderr.text)), "\n")
		if message == "" {
			message = err.Error()
		}
		return outcome{}, errors.New(message)
	case stdout.dropped:
		return outcome{}, fmt.Errorf("printed more than %d bytes", maxOutput)
	}
	out, err := parseOutput(string(stdout.text))
	if err != nil {
		return outcome{}, err
	}
	out.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return out, nil
}

// parseOutput splits what a run printed into the program's own output and the trailer.
func parseOutput(text string) (outcome, error) {
	// The C runtime of Windows turns line feeds into two characters.
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	printed, last := "", text
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		printed, last = text[:i], text[i+1:]
	}
	rest, ok := strings.CutPrefix(last, trailer)
	if !ok {
		return outcome{}, errors.New("ended without saying how long it took")
	}
	seconds, bytes, ok := strings.Cut(rest, " ")
	s, err1 := strconv.ParseFloat(seconds, 64)
	h, err2 := strconv.ParseInt(bytes, 10, 64)
	if !ok || err1 != nil || err2 != nil || s < 0 || math.IsInf(s, 0) || math.IsNaN(s) {
		return outcome{}, fmt.Errorf("cannot read the time it took from %q", last)
	}
	// A clock that ticks in microseconds can read the same twice; a time of 0 would make ratios infinite.
	return outcome{seconds: max(s, 1e-6), heap: h, output: printed}, nil
}

// cappedBuffer keeps the first maxOutput bytes written to it and takes note when there were more.
type cappedBuffer struct {
	text    []byte
	dropped bool
}

func (b *cappedBuffer) Write(p []byte) (int, error) {
	kept := p[:min(len(p), maxOutput-len(b.text))]
	b.text = append(b.text, kept...)
	b.dropped = b.dropped || len(kept) < len(p)
	return len(p), nil
}
