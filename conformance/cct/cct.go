// Package cct runs the reference's own suite: the specs that CC: Tweaked has for its ROM, from a checkout outside of this
// repository, on our VM and host APIs. They run with the reference's ROM and bios as they are in the checkout, or with ours.
//
// The path of a checkout enters; a result for each test leaves. The command luart test --cct and tests use it.
package cct

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/stdlib/term"
)

// Options say what to run.
type Options struct {
	// Checkout is the folder of a checkout of CC: Tweaked.
	Checkout string
	// OwnROM runs the specs with luart's bios and ROM instead of the checkout's.
	OwnROM bool
	// Filter runs only the tests whose name or place ("apis/fs_spec.lua:12") contains it; "" runs all.
	Filter string
	// Started and Finished, if set, are called around each test, on the computer's goroutine.
	Started  func(t Test)
	Finished func(r Result, done, total int)
	// TestTimeout is how long one test may take; 0 is ten seconds, as in the reference.
	TestTimeout time.Duration
	// Logger is where faults of the computer go.
	Logger *slog.Logger
}

// Test is a test of the suite.
type Test struct {
	Name   string // of the groups around the test and its own, joined by " / "
	Source string // "apis/fs_spec.lua:12"
}

// Result is what became of a test.
type Result struct {
	Test
	Status  string // "pass", "fail", "error" or "pending"
	Message string // what went wrong
	Trace   string // where
}

// Failed reports whether the test has failed.
func (r Result) Failed() bool { return r.Status != "pass" && r.Status != "pending" }

// Where things are in a checkout.
const (
	testROM = "projects/core/src/test/resources/test-rom"
	system  = "projects/core/src/main/resources/data/computercraft/lua"
)

// The computer that the reference runs its suite on.
const (
	width, height = 80, 100
	quota         = 10_000_000
	hostName      = "ComputerCraft 1.0 (Test environment)"
	startup       = "loadfile('test-rom/mcfly.lua', nil, _ENV)('test-rom/spec') cct_test.finish()\n"
)

// ErrNoCheckout says that a folder is not what it should be.
var ErrNoCheckout = errors.New("not a checkout of CC: Tweaked; clone https://github.com/cc-tweaked/CC-Tweaked (tag v1.20.1-1.113.1)")

// Run runs the suite. The results are in the order of the tests. The error is for what keeps the suite from running to its end: no
// checkout, a test that doesn't end, a computer that does; there may be results all the same.
func Run(ctx context.Context, o Options) ([]Result, error) {
	tests := filepath.Join(o.Checkout, filepath.FromSlash(testROM))
	if _, err := os.Stat(filepath.Join(tests, "mcfly.lua")); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Checkout, ErrNoCheckout)
	}
	root, err := os.MkdirTemp("", "luart-suite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	if err := os.WriteFile(filepath.Join(root, "startup.lua"), []byte(startup), 0o666); err != nil {
		return nil, err
	}
	bus, err := fakePeripherals()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h := newHarness(o, cancel)
	screen := term.NewScreen(width, height, true)
	options := []runtime.Option{
		runtime.WithRoot(root), runtime.WithQuota(quota), runtime.WithMount(tests, "/test-rom", true),
		runtime.WithScreen(screen), runtime.WithShell(), runtime.WithHostName(hostName), runtime.WithPeripherals(bus),
		runtime.WithAPI(h.open), runtime.WithLocation(time.UTC), runtime.WithMemory(1 << 30),
	}
	if o.Logger != nil {
		options = append(options, runtime.WithLogger(o.Logger))
	}
	if !o.OwnROM {
		options = append(options, runtime.WithROM(filepath.Join(o.Checkout, filepath.FromSlash(system))))
	}
	computer, err := runtime.New(options...)
	if err != nil {
		return nil, err
	}
	_, err = computer.Run(ctx)
	h.end()
	switch cause := context.Cause(ctx); {
	case h.finished:
		return h.results, nil
	case cause != nil:
		err = cause
	case err == nil:
		err = errors.New("the computer has ended before the suite was over")
	}
	if errors.Is(err, errStuck) {
		return h.results, err
	}
	return h.results, fmt.Errorf("%w; its screen shows:\n%s", err, show(screen))
}

// show is what there is to read on a screen.
func show(s *term.Screen) string {
	var lines []string
	shot := s.Snapshot()
	for y := range shot.Height {
		line := make([]byte, shot.Width)
		for x, cell := range shot.Row(y) {
			line[x] = cell.Char
		}
		if text := strings.TrimRight(string(line), " \x00"); text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}

// fakePeripherals are what the suite expects at the computer: a modem on top that has no channel open, and at the bottom a hub
// with one device.
func fakePeripherals() (*peripheral.Bus, error) {
	bus := &peripheral.Bus{}
	return bus, errors.Join(bus.Attach(stdlib.Top, fakeModem{}), bus.Attach(stdlib.Bottom, fakeHub{}))
}
