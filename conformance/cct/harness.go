package cct

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// errStuck is the end of a suite one of whose tests doesn't end.
var errStuck = errors.New("the test does not end")

// harness is the other side of the suite's runner: it gets the list of the tests, asks for one after the other with the event
// cct_test_run, and gets their results. But for the deadline, all happens on the computer's goroutine.
type harness struct {
	options  Options
	cancel   context.CancelCauseFunc
	computer stdlib.Computer
	tests    []listed
	next     int // of tests
	results  []Result
	finished bool

	mu       sync.Mutex
	deadline *time.Timer
}

// listed is a test as the suite's runner knows it.
type listed struct {
	Test
	key   string
	index int
}

func newHarness(o Options, cancel context.CancelCauseFunc) *harness {
	if o.TestTimeout <= 0 {
		o.TestTimeout = 10 * time.Second
	}
	return &harness{options: o, cancel: cancel}
}

// open makes the table cct_test.
func (h *harness) open(c stdlib.Computer) {
	h.computer = c
	t := lua.NewTable(0, 3)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{{"start", h.start}, {"submit", h.submit}, {"finish", h.finish}} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	c.VM().Globals().SetString("cct_test", t.Value())
}

// start gets the tests: a table from names, joined by NUL, to their index and place.
func (h *harness) start(c lua.Call) (lua.Results, error) {
	tests, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	for key, value, ok, err := tests.Next(lua.Nil); ok; key, value, ok, err = tests.Next(key) {
		if err != nil {
			return 0, err
		}
		name, _ := key.AsString()
		about, isTable := value.AsTable()
		if !isTable {
			return 0, fmt.Errorf("the suite describes the test %q by a %s", name, c.VM().TypeName(value))
		}
		index, _ := about.GetString("idx").AsNumber()
		source, _ := about.GetString("definition").AsString()
		source = strings.TrimPrefix(strings.TrimPrefix(source, "/"), "test-rom/spec/")
		t := listed{Test{strings.ReplaceAll(name, "\x00", " / "), source}, strings.Clone(name), int(index)}
		if strings.Contains(t.Name, h.options.Filter) || strings.Contains(t.Source, h.options.Filter) {
			h.tests = append(h.tests, t)
		}
	}
	slices.SortFunc(h.tests, func(a, b listed) int { return cmp.Compare(a.index, b.index) })
	h.proceed()
	return c.Return0()
}

// proceed asks for the next test, or tells that there is none.
func (h *harness) proceed() {
	if h.next >= len(h.tests) {
		h.end()
		h.post()
		return
	}
	t := h.tests[h.next]
	if h.options.Started != nil {
		h.options.Started(t.Test)
	}
	h.mu.Lock()
	h.deadline = time.AfterFunc(h.options.TestTimeout, func() {
		h.cancel(fmt.Errorf("%w: %s (%s)", errStuck, t.Name, t.Source))
	})
	h.mu.Unlock()
	h.post(lua.String(t.key))
}

func (h *harness) post(values ...lua.Value) {
	h.computer.Queue().PostInternal(stdlib.Event{Name: "cct_test_run", Args: func() []lua.Value { return values }})
}

// end stops the deadline.
func (h *harness) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.deadline != nil {
		h.deadline.Stop()
	}
}

// submit gets the result of the test that was asked for last.
func (h *harness) submit(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	if h.next >= len(h.tests) {
		return 0, errors.New("there is no test that this could be the result of")
	}
	h.end()
	text := func(name string) string {
		s, _ := t.GetString(name).AsString()
		return strings.Clone(s)
	}
	r := Result{Test: h.tests[h.next].Test, Status: text("status"), Message: text("message"), Trace: text("trace")}
	h.results = append(h.results, r)
	h.next++
	if h.options.Finished != nil {
		h.options.Finished(r, h.next, len(h.tests))
	}
	h.proceed()
	return c.Return0()
}

// finish is called when the suite is over, and again when its runner has returned: then the computer may end.
func (h *harness) finish(c lua.Call) (lua.Results, error) {
	if h.next >= len(h.tests) && len(h.tests) > 0 {
		h.finished = true
	}
	h.cancel(errors.New("the suite's runner has ended early"))
	return c.Return0()
}
