package spec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
)

// maxComputers is how many computers the tests of one file may need, because those before have ended theirs.
const maxComputers = 50

// file runs the tests of a file, in as many computers as they need.
func (r *run) file(ctx context.Context, f File) Report {
	start := time.Now()
	t := &trial{run: r, first: 1, report: Report{File: f}}
	sources, err := f.read()
	if err != nil {
		t.start(0, "(loading)", f.Name)
		t.finish(Result{Status: Error, Message: printable(err.Error())})
	} else {
		t.sources = sources
		for n := 1; t.boot(ctx); n++ {
			if n == maxComputers {
				t.start(0, "(all tests after this)", f.Name)
				t.finish(Result{Status: Error, Message: fmt.Sprintf("not run: the tests before have ended %d computers", n)})
				break
			}
		}
	}
	t.report.Time = time.Since(start)
	return t.report
}

// trial is a spec file on its way through computers. But for out, it belongs to the goroutine that runs them.
//
// The program of a computer, driver.lua, finds in the global _SPEC:
//
//	runner, sources, dir, filter, list, first   what to run: the tests from the index first on; each source has a chunk (its
//	                                            name) and code
//	loaded(n)                                   n tests will be run
//	started(index, name, source)                a test begins
//	arm()                                       a function of the spec begins, and with it the deadline
//	expired()                                   nothing, or what to say when the deadline has passed. The event
//	                                            spec_deadline comes then
//	result(t)                                   what became of the test; returns whether to stop
//	clear()                                     drops events and timers
//	breathe()                                   sends the event spec_next
//	done()                                      the computer may end
type trial struct {
	*run
	report  Report
	sources []chunk
	first   int // index, from 1, of the first test to run in the next computer
	out     capture
	texts   int // size of the texts in report

	// What follows is about the current computer.
	computer   stdlib.Computer
	stage      stage
	current    int // index of the test that runs, or has run last
	name, pos  string
	started    time.Time
	timer      *time.Timer
	expired    *atomic.Bool // of the function that runs
	closed     bool         // the computer has ended its program
	more       bool         // a new computer has to run the tests from first on
	endProgram context.CancelFunc
}

// stage is how far a computer has come.
type stage int

const (
	booting stage = iota
	between       // two tests
	inTest
	done
)

// boot runs tests in a new computer, and reports whether there must be another one for the rest.
func (t *trial) boot(ctx context.Context) (more bool) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	t.computer, t.stage, t.closed, t.more, t.endProgram = nil, booting, false, false, cancel
	options := append(slices.Clone(t.Options), runtime.WithCode("=(specs)", driverSource), runtime.WithStdout(&t.out), runtime.WithStderr(&t.out),
		runtime.WithAPI(t.open))
	if t.report.File.Root != "" {
		options = append([]runtime.Option{runtime.WithRoot(t.report.File.Root)}, options...)
	}
	if t.FastTime {
		options = append(options, runtime.WithClock(new(eventqueue.SkippingClock)))
	}
	computer, err := runtime.New(options...)
	code := 0
	if err == nil {
		code, err = computer.Run(inner)
	}
	t.disarm()
	switch {
	case t.stage == done:
		return t.more
	case ctx.Err() != nil && errors.Is(err, runtime.ErrStopped):
		t.report.Stopped = true
		return false
	}
	result := t.died(code, err)
	switch t.stage {
	case booting:
		t.start(0, "(loading)", t.report.File.Name)
	case between:
		// What a test has left behind has ended it, such as a global that the system needs.
		more = t.current >= t.first
		if more {
			t.first = t.current + 1
			t.start(t.current, "(after "+t.name+")", t.pos)
		} else {
			t.start(t.current, "(before the next test)", t.report.File.Name)
		}
	case inTest:
		t.first, more = t.current+1, true
	}
	return !t.finish(result) && more
}

// died is the result of a test in which its computer has ended.
func (t *trial) died(code int, err error) Result {
	r := Result{Status: Error}
	var failure *runtime.ProgramError
	switch {
	case err == nil:
		r.Message = fmt.Sprintf("the computer was shut down (os.shutdown, exit code %d)", code)
	case t.closed && errors.Is(err, runtime.ErrStopped):
		r.Message = "the computer was started anew (os.reboot)"
	case errors.As(err, &failure):
		// The calls that it knows are only those of the runner.
		r.Message = printable(cut(strings.TrimPrefix(failure.Message, "Error running computer: "), maxMessage))
		if failure.Limit {
			r.Message += "\nthe code went on all the same, so the computer was ended"
		}
	default:
		r.Message = printable(cut(err.Error(), maxMessage))
	}
	return r
}

// open gives a computer the global _SPEC.
func (t *trial) open(c stdlib.Computer) {
	t.computer = c
	// A computer that starts anew closes first. It is not to come back.
	c.OnClose(func(context.Context) {
		t.closed = true
		t.endProgram()
	})
	spec := lua.NewTable(0, 16)
	for name, f := range map[string]lua.GoFunc{
		"loaded": t.loaded, "started": t.testStarted, "arm": t.arm, "expired": t.hasExpired, "result": t.result, "clear": t.clear,
		"breathe": t.breathe, "done": t.done,
	} {
		spec.SetString(name, lua.NewFunction(name, f))
	}
	sources := lua.NewTable(len(t.sources), 0)
	for i, s := range t.sources {
		source := lua.NewTable(0, 2)
		source.SetString("chunk", lua.String("@"+s.name))
		source.SetString("code", lua.String(s.code))
		sources.SetInt(i+1, source.Value())
	}
	spec.SetString("sources", sources.Value())
	spec.SetString("runner", lua.String(runnerSource))
	spec.SetString("dir", lua.String(t.report.File.Dir))
	spec.SetString("first", lua.Int(t.first))
	spec.SetString("list", lua.Bool(t.List))
	if t.Filter != "" {
		spec.SetString("filter", lua.String(t.Filter))
	}
	c.VM().Globals().SetString("_SPEC", spec.Value())
}

func (t *trial) loaded(c lua.Call) (lua.Results, error) {
	t.disarm()
	t.stage = between
	return c.Return0()
}

func (t *trial) testStarted(c lua.Call) (lua.Results, error) {
	index, err := c.CheckInt(1)
	if err != nil {
		return 0, err
	}
	name, err := c.CheckString(2)
	if err != nil {
		return 0, err
	}
	source, err := c.CheckString(3)
	if err != nil {
		return 0, err
	}
	if err := t.flush(); err != nil {
		return 0, err
	}
	if output := t.out.take(); t.KeepOutput {
		t.report.Output += output
	}
	t.stage = inTest
	t.start(index, printable(cut(name, maxName)), printable(cut(source, maxName)))
	return c.Return0()
}

// start notes which test runs.
func (t *trial) start(index int, name, source string) {
	t.current, t.name, t.pos, t.started = index, name, source, time.Now()
}

// finish notes what became of it, and reports whether the file's tests end with it.
func (t *trial) finish(r Result) (stop bool) {
	r.Name, r.Source, r.Time = t.name, t.pos, time.Since(t.started)
	if output := t.out.take(); r.Status.Failed() || t.KeepOutput {
		r.Output = output
	}
	if t.texts += len(r.Message) + len(r.Trace) + len(r.Output) + len(r.Name); t.texts > maxTexts {
		r.Trace, r.Output = "", ""
		r.Message = cut(r.Message, 100)
	}
	t.report.Results = append(t.report.Results, r)
	return t.run.result(t.report.File, r)
}

func (t *trial) result(c lua.Call) (lua.Results, error) {
	t.disarm()
	if t.stage != inTest {
		return 0, errors.New("there is no test")
	}
	table, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	text := func(name string) string {
		s, _ := table.GetString(name).AsString()
		return s
	}
	r := Result{Status: Status(text("status")), Message: printable(cut(text("message"), maxMessage)), Trace: printable(cut(text("trace"), maxMessage))}
	switch r.Status {
	case Pass, Fail, Error, Pending, Listed:
	default:
		return 0, fmt.Errorf("%q is no status", string(r.Status))
	}
	if err := t.flush(); err != nil {
		return 0, err
	}
	stop := t.finish(r)
	t.stage = between
	switch {
	case stop:
		t.report.Stopped = true
	case r.Status == Error && strings.HasSuffix(r.Message, lua.ErrMemory.Error()):
		// What has taken the memory may be held by the test's variables for good. The other tests shall not suffer from it.
		t.first, t.more, stop = t.current+1, true, true
	}
	return c.Return1(lua.Bool(stop))
}

// flush makes sure that what was printed is in t.out.
func (t *trial) flush() error {
	if f, ok := t.computer.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

func (t *trial) arm(c lua.Call) (lua.Results, error) {
	t.disarm()
	if t.Deadline > 0 {
		expired, queue := new(atomic.Bool), t.computer.Queue()
		t.expired = expired
		t.timer = time.AfterFunc(t.Deadline, func() {
			expired.Store(true)
			queue.PostInternal(stdlib.Event{Name: "spec_deadline"}) // the only error is that the computer has ended
		})
	}
	return c.Return0()
}

func (t *trial) disarm() {
	if t.timer != nil {
		t.timer.Stop()
		t.timer, t.expired = nil, nil
	}
}

func (t *trial) hasExpired(c lua.Call) (lua.Results, error) {
	if t.expired == nil || !t.expired.Load() {
		return c.Return0()
	}
	return c.Return1(lua.String(fmt.Sprintf("not done after %v", t.Deadline)))
}

func (t *trial) clear(c lua.Call) (lua.Results, error) {
	for _, e := range t.computer.Queue().Clear() {
		if e.Drop != nil {
			e.Drop()
		}
	}
	return c.Return0()
}

func (t *trial) breathe(c lua.Call) (lua.Results, error) {
	t.computer.Queue().PostInternal(stdlib.Event{Name: "spec_next"}) // the only error is that the computer ends
	return c.Return0()
}

func (t *trial) done(c lua.Call) (lua.Results, error) {
	t.stage = done
	return c.Return0()
}
