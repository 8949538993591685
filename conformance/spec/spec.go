// Package spec runs specs: Lua files in the describe/it/expect style.
//
// What enters: spec files, which Find finds, and options of the computers that they run in. What leaves: a Report for every
// file, with a Result for every test. Each file runs in a computer of its own, so that tests may do whatever programs do,
// and none takes those of other files with it. A test that ends its computer fails, and those after it run in a new one.
//
// The words of specs (describe, it, expect, stub, …) are in runner.lua, whose head says how they are used; driver.lua is the
// program of the computers. docs/testing.md is for those who write specs.
package spec

import (
	"context"
	_ "embed"
	goruntime "runtime"
	"sync"
	"time"

	"github.com/luart/luart/runtime"
)

// Lua sources: the runner, whose chunk returns a table with the function new, and the program of the computers.
var (
	//go:embed runner.lua
	runnerSource string
	//go:embed driver.lua
	driverSource string
)

// Status is what became of a test.
type Status string

// The values of Status.
const (
	Pass    Status = "pass"
	Fail    Status = "fail"    // an expectation was not met
	Error   Status = "error"   // any other error
	Pending Status = "pending" // the test is there for later, and was not run
	Listed  Status = "listed"  // the test was not run because Suite.List is set
)

// Failed reports whether a test with the status is one that did not go well.
func (s Status) Failed() bool { return s == Fail || s == Error }

// A Result is what became of a test. Its texts are for people: UTF-8, without control characters but line breaks and tabs, and
// not very long. What a spec has given otherwise is escaped and cut.
type Result struct {
	Name    string // of the groups around the test and its own, joined by " / "
	Source  string // "file:line" of the test
	Status  Status
	Message string // what went wrong
	Trace   string // where: "" or "stack traceback:" and the calls, without those of the runner
	Output  string // what was printed; only of tests that failed, unless Suite.KeepOutput is set
	Time    time.Duration
}

// A Report is what became of a spec file.
type Report struct {
	File    File
	Results []Result
	Output  string // what was printed before the first test, under the rules of Result.Output
	Time    time.Duration
	Stopped bool // not all tests have run: the context was done, or the suite has come to its first failure
}

// Count returns how many results have a status.
func (r Report) Count(s Status) int {
	n := 0
	for _, result := range r.Results {
		if result.Status == s {
			n++
		}
	}
	return n
}

// Suite says which specs to run, and how. The zero value, with files, runs them all.
type Suite struct {
	Files   []File
	Options []runtime.Option // of every computer: what it sees, and its limits
	// Filter makes only tests run whose names, with those of the groups around them, contain this text.
	Filter string
	// Deadline is how long each function of a spec may take: a test, a before_each, an after_each, or the file when it is
	// loaded. It is real time, and is looked at when the function waits; for those that never do, the runtime's timeout
	// is the limit. 0 is none.
	Deadline time.Duration
	// Jobs is how many files run at once; 0 is one for each core.
	Jobs       int
	List       bool // only say which tests there are
	FailFast   bool // stop at the first test that fails
	FastTime   bool // waits for timers take no time; see eventqueue.SkippingClock
	KeepOutput bool // keep what passing tests print
	// OnResult is called after each test, OnReport after each file, in the order of Files. Calls are made one at a time, on any
	// goroutine.
	OnResult func(File, Result)
	OnReport func(Report)
}

// Run runs the specs and returns a report for each of the files that were begun, in their order. It returns early when ctx is
// done.
func (s Suite) Run(ctx context.Context) []Report {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &run{Suite: s, cancel: cancel, reports: make([]*Report, len(s.Files))}
	jobs := s.Jobs
	if jobs <= 0 {
		jobs = goruntime.GOMAXPROCS(0)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(jobs, len(s.Files)) {
		workers.Go(func() {
			for i := range next {
				r.finished(i, r.file(ctx, s.Files[i]))
			}
		})
	}
feed:
	for i := range s.Files {
		if ctx.Err() != nil {
			break
		}
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	var all []Report
	for _, report := range r.reports {
		if report != nil {
			all = append(all, *report)
		}
	}
	r.announce(true)
	return all
}

// run is a suite that is running.
type run struct {
	Suite
	cancel  context.CancelFunc
	mu      sync.Mutex // guards what is below, and the callbacks
	reports []*Report
	told    int // how many of the reports OnReport has got, or passed over
}

func (r *run) finished(i int, report Report) {
	r.mu.Lock()
	r.reports[i] = &report
	r.mu.Unlock()
	r.announce(false)
}

// announce calls OnReport for the reports that are due; with all, also for those behind files that were not begun.
func (r *run) announce(all bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ; r.told < len(r.reports) && (all || r.reports[r.told] != nil); r.told++ {
		if report := r.reports[r.told]; report != nil && r.OnReport != nil {
			r.OnReport(*report)
		}
	}
}

// result tells about a test, and reports whether the suite ends with it.
func (r *run) result(f File, result Result) (stop bool) {
	stop = r.FailFast && result.Status.Failed()
	if stop {
		r.cancel()
	}
	if r.OnResult != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.OnResult(f, result)
	}
	return stop
}
