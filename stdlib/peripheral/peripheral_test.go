package peripheral_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/peripheral"
)

func newComputer(t *testing.T, bus *peripheral.Bus) *computertest.Computer {
	t.Helper()
	c := computertest.New(t, lualib.Open)
	if err := peripheral.Open(c, peripheral.Options{Bus: bus, ID: 7}); err != nil {
		t.Fatal(err)
	}
	return c
}

// probe is a peripheral for tests. It notes what it is told.
type probe struct {
	types  []string
	told   []string
	access *peripheral.Access
	refuse error
}

func (p *probe) Types() []string { return p.types }
func (p *probe) Methods() []string {
	return []string{"echo", "fail", "raise", "wait", "waitAndFail", "apply"}
}

func (p *probe) Call(c lua.Call, method string) (lua.Results, error) {
	switch method {
	case "echo":
		return c.ReturnArgs(1)
	case "fail":
		_, err := stdlib.CheckNumber(c, 1)
		return 0, err
	case "raise":
		return 0, &lua.Error{Value: c.Arg(1)}
	case "wait":
		return c.Yield(func(c lua.Call) (lua.Results, error) { return c.ReturnArgs(2) }, lua.String("probe"))
	case "waitAndFail":
		return c.Yield(func(c lua.Call) (lua.Results, error) {
			return 0, peripheral.Raise(c, errors.New("late"))
		})
	case "apply":
		return c.CallThen(c.Arg(1), nil, lua.Int(1), lua.Int(2))
	}
	return 0, errors.New("unreachable")
}

func (p *probe) Attach(a *peripheral.Access) error {
	if p.refuse != nil {
		return p.refuse
	}
	p.access = a
	p.told = append(p.told, "attach "+a.Name())
	return nil
}

func (p *probe) Detach() { p.told = append(p.told, "detach") }

// The ROM's function through which programs call; its errors are those of its caller.
const rom = "local native = peripheral.call function call(...) local r = table.pack(native(...)) return table.unpack(r, 1, r.n) end\n"

func TestFunctions(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{"return peripheral.isPresent('top'), peripheral.isPresent('TOP'), peripheral.isPresent('left'), peripheral.isPresent('moon')", "true true false false"},
		{"return peripheral.getType('top')", "probe other"},
		{"return select('#', peripheral.getType('left')), select('#', peripheral.getType('moon'))", "0 0"},
		{"return peripheral.hasType('top', 'probe'), peripheral.hasType('top', 'other'), peripheral.hasType('top', 'x')", "true true false"},
		{"return select('#', peripheral.hasType('left', 'x')), select('#', peripheral.hasType('moon', 'x'))", "0 0"},
		{"return table.concat(peripheral.getMethods('top'), ' ')", "echo fail raise wait waitAndFail apply"},
		{"return select('#', peripheral.getMethods('left'))", "0"},
		{"return peripheral.call('top', 'echo', 1, nil, 'x', nil)", "1 nil x nil"},
		{"return select('#', peripheral.call('top', 'echo'))", "0"},
		{"return select('#', peripheral.call('top', 'echo', table.unpack({}, 1, 1000)))", "1000"},
		{"return peripheral.call('top', 'apply', math.max)", "2"},
		{"return pcall(peripheral.call, 'top', 'raise', 5)", "false 5"},

		{"peripheral.isPresent()", "test:1: bad argument #1 (string expected, got nil)"},
		{"peripheral.getType(1)", "test:1: bad argument #1 (string expected, got number)"},
		{"peripheral.hasType('top')", "test:1: bad argument #2 (string expected, got nil)"},
		{"peripheral.hasType('moon')", "test:1: bad argument #2 (string expected, got nil)"},
		{"peripheral.getMethods({})", "test:1: bad argument #1 (string expected, got table)"},
		{"peripheral.call()", "test:1: bad argument #1 (string expected, got nil)"},
		{"peripheral.call('top')", "test:1: bad argument #2 (string expected, got nil)"},
		{"peripheral.call('left', 'echo')", "test:1: No peripheral attached"},
		{"peripheral.call('moon', 'echo')", "test:1: No peripheral attached"},

		// Errors of methods are those of the caller's caller, if there is one.
		{rom + "call('top', 'nothing')", "test:2: No such method nothing"},
		{rom + "call('top', 'fail', {})", "test:2: bad argument #1 (number expected, got table)"},
		{rom + "\nlocal function f()\ncall('top', 'fail')\nend f()", "test:4: bad argument #1 (number expected, got nil)"},
		{rom + "call('top', 'apply', function()\nerror('own') end)", "test:3: own"},
		{"return pcall(peripheral.call, 'top', 'fail')", "false bad argument #1 (number expected, got nil)"},
	} {
		var bus peripheral.Bus
		if err := bus.Attach(stdlib.Top, &probe{types: []string{"probe", "other"}}); err != nil {
			t.Fatal(err)
		}
		if got := newComputer(t, &bus).Run(test.code); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.code, got, test.want)
		}
	}
}

// resume runs code in a coroutine and gives it an event when it waits.
func resume(t *testing.T, c *computertest.Computer, code string, event ...lua.Value) (waitedFor, result string) {
	t.Helper()
	f, err := c.VM().Load(code, "=test", nil)
	if err != nil {
		t.Fatal(err)
	}
	th := c.VM().NewThread(f)
	yielded, err := th.Resume()
	if err != nil {
		return "", err.Error()
	}
	if len(yielded) > 0 {
		waitedFor = yielded[0].String()
	}
	values, err := th.Resume(event...)
	if err != nil {
		return waitedFor, err.Error()
	}
	if len(values) > 0 {
		result = values[0].String()
	}
	return waitedFor, result
}

func TestMethodsMayYield(t *testing.T) {
	var bus peripheral.Bus
	bus.Attach(stdlib.Top, &probe{types: []string{"probe"}})
	c := newComputer(t, &bus)
	if event, got := resume(t, c, "return peripheral.call('top', 'wait') .. '!'", lua.String("probe"), lua.String("done")); event != "probe" || got != "done!" {
		t.Errorf("%q, %q", event, got)
	}
	if _, got := resume(t, c, rom+"call('top', 'waitAndFail')"); got != "test:2: late" {
		t.Error(got)
	}
	if _, got := resume(t, c, "return peripheral.call('top', 'apply', coroutine.yield)", lua.String("on")); got != "on" {
		t.Error(got)
	}
}

func TestAttachAndDetach(t *testing.T) {
	var bus peripheral.Bus
	first, second := &probe{types: []string{"first"}}, &probe{types: []string{"second"}}
	attach := func(side stdlib.Side, p peripheral.Peripheral) {
		t.Helper()
		if err := bus.Attach(side, p); err != nil {
			t.Error(err)
		}
	}
	attach(stdlib.Top, first)
	if first.told != nil {
		t.Error("there is no computer yet:", first.told)
	}
	c := newComputer(t, &bus)
	if got := c.Events(); got != "" || !slices.Equal(first.told, []string{"attach top"}) {
		t.Error("what was there before is not news:", got, first.told)
	}
	if first.access.ComputerID() != 7 || first.access.Queue() != c.Queue() || first.access.VM() != c.VM() || first.access.Log() != c.Log() {
		t.Error("not the computer's")
	}
	attach(stdlib.Top, second)
	if got := c.Events(); got != "peripheral_detach top; peripheral top" {
		t.Error(got)
	}
	if first.access.Context().Err() == nil || second.access.Context().Err() != nil {
		t.Error("the context ends with the attachment")
	}
	if bus.At(stdlib.Top) != peripheral.Peripheral(second) || bus.At(stdlib.Left) != nil || bus.At(99) != nil {
		t.Error("not what is there")
	}
	if !bus.Detach(stdlib.Top) || bus.Detach(stdlib.Top) || bus.Detach(99) {
		t.Error("not whether there was something")
	}
	if got := c.Events(); got != "peripheral_detach top" {
		t.Error(got)
	}
	if got := c.Run("return peripheral.isPresent('top')"); got != "false" {
		t.Error(got)
	}
	attach(stdlib.Left, first)
	c.Close()
	if got := strings.Join(first.told, ", "); got != "attach top, detach, attach left, detach" {
		t.Error(got)
	}
	newComputer(t, &bus)
	if got := strings.Join(first.told, ", "); got != "attach top, detach, attach left, detach, attach left" {
		t.Error("after a new start:", got)
	}
}

// static is a peripheral that wants to know nothing.
type static struct{ types []string }

func (s static) Types() []string                              { return s.types }
func (static) Methods() []string                              { return nil }
func (static) Call(c lua.Call, _ string) (lua.Results, error) { return c.Return0() }

func TestAttachFails(t *testing.T) {
	var bus peripheral.Bus
	if err := bus.Attach(6, static{[]string{"x"}}); err != peripheral.ErrNoSide {
		t.Error(err)
	}
	if err := bus.Attach(stdlib.Top, static{}); err == nil {
		t.Error("a peripheral without a type")
	}
	refuse := errors.New("not now")
	p := &probe{types: []string{"probe"}, refuse: refuse}
	other := &probe{types: []string{"other"}}
	if err := bus.Attach(stdlib.Bottom, other); err != nil {
		t.Error(err)
	}
	if err := bus.Attach(stdlib.Top, p); err != nil {
		t.Error(err)
	}
	c := computertest.New(t, lualib.Open)
	if err := peripheral.Open(c, peripheral.Options{Bus: &bus}); !errors.Is(err, refuse) || err.Error() != "peripheral probe at top: not now" {
		t.Error(err)
	}
	if got := strings.Join(other.told, ", "); got != "attach bottom, detach" {
		t.Error("the others:", got)
	}
	p.refuse = nil
	c = newComputer(t, &bus)
	if err := peripheral.Open(computertest.New(t, lualib.Open), peripheral.Options{Bus: &bus}); err != peripheral.ErrBusInUse {
		t.Error(err)
	}
	if err := bus.Attach(stdlib.Left, &probe{types: []string{"probe"}, refuse: refuse}); !errors.Is(err, refuse) {
		t.Error(err)
	}
	if got := c.Events() + c.Run("return peripheral.isPresent('left')"); got != "false" {
		t.Error(got)
	}
	if err := bus.Attach(stdlib.Left, static{[]string{"x"}}); err != nil {
		t.Error(err)
	}
}

var _ stdlib.Computer = (*computertest.Computer)(nil)

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
