package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	goruntime "runtime"
	"syscall"
	"time"

	"github.com/luart/luart/conformance/spec"
	"github.com/luart/luart/runtime"
)

type testCommand struct {
	Paths []string `arg:"" optional:"" name:"path" complete:"lua" help:"Spec files, or folders with files *_spec.lua. Default: the current folder."`

	Filter      string `placeholder:"TEXT" help:"Run only tests whose names, with those of their groups, contain TEXT."`
	List        bool   `help:"Only list the tests."`
	FailFast    bool   `help:"Stop at the first test that fails."`
	Verbose     bool   `help:"Show all tests, and what they print."`
	JUnit       string `name:"junit" placeholder:"FILE" help:"Write the results to FILE as JUnit XML."`
	Jobs        int    `placeholder:"N" help:"How many files run at once (default: one for each core)."`
	TestTimeout span   `default:"10s" placeholder:"TIME" help:"How long a test may take (${default}; 0: no limit)."`
	FastTime    bool   `help:"Timers and sleep take no time."`

	Write bool `help:"Let specs change the files in / and in mounts. Otherwise their changes are kept in memory."`
	computerFlags

	CCT    string `name:"cct" placeholder:"CHECKOUT" help:"Run the suite of CC: Tweaked, from a checkout of it, instead of specs."`
	OwnROM bool   `name:"own-rom" help:"With --cct: test luart's own ROM, and not only its machine."`
}

// Help is what luart test --help says besides.
func (*testCommand) Help() string {
	return `Runs each file of specs (describe, it, expect) in a computer of its own; what it writes to files is kept in memory.

Exit codes: 0, 1 if a test has failed, 2 if the arguments are wrong or there are no specs, 130 after Ctrl-C.`
}

// scratchSize is how much the files that the specs of a file write may take, in bytes.
const scratchSize = 64 << 20

// Run runs specs.
func (t *testCommand) Run(s streamer) error {
	std := s.standard()
	// The first Ctrl-C ends the tests, with a report of those that are done; the second one ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if t.CCT != "" {
		if len(t.Paths) > 0 {
			return usageError{errors.New("--cct runs the suite of the checkout and no others; --filter chooses among its tests")}
		}
		return runReferenceSuite(ctx, t.CCT, t.OwnROM, t.Filter, std)
	}
	suite, err := t.suite(std)
	if err != nil {
		return usageError{err}
	}
	printer := newSpecPrinter(std.out, std.err, t.Verbose, len(suite.Files))
	suite.OnResult, suite.OnReport = printer.result, printer.report
	if t.List {
		suite.OnResult = nil
	}
	start := time.Now()
	reports := suite.Run(ctx)
	if t.JUnit != "" {
		if err := spec.WriteJUnit(t.JUnit, reports, start); err != nil {
			return fmt.Errorf("the results can't be written: %w", err)
		}
	}
	if t.Filter != "" && printer.none() && ctx.Err() == nil {
		return usageError{fmt.Errorf("there is no test whose name contains %q; --list shows their names", t.Filter)}
	}
	if t.List {
		return exitCode(printer.exitCode()).orNil()
	}
	stopped := ""
	if ctx.Err() != nil {
		stopped = "stopped before the end"
	} else if t.FailFast && printer.exitCode() != 0 {
		stopped = "stopped at the first failure"
	}
	if err := printer.summary(stopped, time.Since(start)); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return exitCode(exitCtrlC)
	}
	return exitCode(printer.exitCode()).orNil()
}

// suite is what the arguments ask for. Errors are faults in them.
func (t *testCommand) suite(std streams) (spec.Suite, error) {
	var none spec.Suite
	switch {
	case t.OwnROM:
		return none, errors.New("--own-rom is for --cct")
	case t.Size != nil:
		return none, errors.New("--size is for --term: specs see a screen of 51x19")
	case t.Jobs < 0 || t.Timeout < 0 || t.TestTimeout < 0:
		return none, errors.New("--jobs, --timeout and --test-timeout can't be negative")
	}
	files, err := spec.Find(t.Root, t.Paths)
	if err != nil {
		return none, err
	}
	if t.JUnit != "" {
		if err := spec.CheckJUnit(t.JUnit); err != nil {
			return none, fmt.Errorf("--junit: %w", err)
		}
	}
	options, err := t.options(std)
	if err != nil {
		return none, err
	}
	options = append(options, runtime.WithTimeout(t.timeout()))
	if !t.Write {
		options = append(options, runtime.WithScratch(scratchSize))
	}
	if _, err := runtime.New(append(options, runtime.WithRoot(files[0].Root))...); err != nil {
		return none, err
	}
	jobs := t.Jobs
	if jobs == 0 {
		jobs = goruntime.GOMAXPROCS(0)
	}
	tuneCollector(int64(t.Memory) * int64(min(jobs, len(files))))
	return spec.Suite{
		Files: files, Options: options, Filter: t.Filter, Deadline: time.Duration(t.TestTimeout), Jobs: jobs,
		List: t.List, FailFast: t.FailFast, FastTime: t.FastTime, KeepOutput: t.Verbose,
	}, nil
}

// timeout is the time between two yields. A test that never yields has no more than others.
func (t *testCommand) timeout() time.Duration {
	timeout, whole := time.Duration(t.Timeout), time.Duration(t.TestTimeout)
	if whole > 0 && (timeout == 0 || whole < timeout) {
		return whole
	}
	return timeout
}
