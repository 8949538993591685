package lua

import (
	"errors"
	"fmt"
	"math"
)

// GoFunc is a function that Lua code can call. It reads its arguments from the window c and ends with one of c's
// methods that give Results, or with an error. It must not keep c.
//
// An error that is not an *Error becomes a string with the position of the nearest Lua function in front.
type GoFunc func(c Call) (Results, error)

// Cont continues a Go function after a call or a yield that it asked for: its arguments are the callee's results or the
// values of the resume, and what it returns is what the Go function returns.
type Cont func(c Call) (Results, error)

// Catch continues a Go function after a protected call. err is nil if the callee returned.
type Catch func(c Call, err *Error) (Results, error)

// Results tells the machine what a Go function gave. Only the methods of Call make useful ones.
type Results int

const (
	wantCall Results = -1 - iota
	wantYield
	wantResume
	wantReload // no results; the state of hooks has changed
	wantAgain  // a call like the one before, with the same continuation
	wantSlice  // a resume for a time slice
)

// Call is the window that a Go function has on the running coroutine's stack: its arguments, and the place of its
// results. It is passed by value and valid until the function returns.
type Call struct {
	th   *Thread
	base int32 // stack index of the first argument
	n    int32 // number of arguments
	ret  int32 // stack index of the first result
}

// N returns the number of arguments.
func (c Call) N() int { return int(c.n) }

// Arg returns argument i, counted from 1, or nil if there is none.
func (c Call) Arg(i int) Value {
	if uint(i-1) < uint(c.n) {
		return c.th.stack[int(c.base)+i-1]
	}
	return Value{}
}

// SetArg changes argument i, which must exist.
func (c Call) SetArg(i int, v Value) {
	if uint(i-1) < uint(c.n) {
		c.th.stack[int(c.base)+i-1] = v
	}
}

// VM returns the machine.
func (c Call) VM() *VM { return c.th.vm }

// Thread returns the running coroutine.
func (c Call) Thread() *Thread { return c.th }

// Return0 returns nothing.
func (c Call) Return0() (Results, error) { return 0, nil }

// Return1 returns one value.
func (c Call) Return1(v Value) (Results, error) {
	c.th.stack[c.ret] = v
	return 1, nil
}

// Return returns some values.
func (c Call) Return(vs ...Value) (Results, error) {
	if len(vs) > minGoSlots {
		if err := c.th.grow(int(c.ret) + len(vs) + minGoSlots); err != nil {
			return 0, err
		}
	}
	move(c.th.stack[c.ret:], vs)
	return Results(len(vs)), nil
}

// ReturnSlots returns n values that the caller stores in the slice afterwards. The slice overlaps the arguments, which
// must have been read before. It fails with a stack overflow when n is too large.
func (c Call) ReturnSlots(n int) ([]Value, Results, error) {
	if n > maxSlots {
		return nil, 0, ErrStackOverflow
	}
	if err := c.th.grow(int(c.ret) + n + minGoSlots); err != nil {
		return nil, 0, err
	}
	return c.th.stack[c.ret : int(c.ret)+n], Results(n), nil
}

// ReturnArgs returns the arguments from number i on.
func (c Call) ReturnArgs(i int) (Results, error) {
	if i > int(c.n) {
		return 0, nil
	}
	n := int(c.n) - i + 1
	move(c.th.stack[c.ret:], c.th.stack[int(c.base)+i-1:int(c.base)+i-1+n])
	return Results(n), nil
}

// ReturnAfter returns v and then all arguments.
func (c Call) ReturnAfter(v Value) (Results, error) {
	if err := c.th.grow(int(c.ret+c.n) + minGoSlots); err != nil {
		return 0, err
	}
	if c.base != c.ret+1 {
		copy(c.th.stack[c.ret+1:], c.th.stack[c.base:c.base+c.n])
	}
	c.th.stack[c.ret] = v
	return Results(c.n + 1), nil
}

// CallThen calls f with the arguments and goes on with k, which gets the results; a nil k returns them as they are. The
// callee may yield. Use it as the operand of return.
func (c Call) CallThen(f Value, k Cont, args ...Value) (Results, error) {
	return c.ask(goState{k: k, opaque: k != nil}, f, args)
}

// PCallThen is CallThen in which k also gets the error that the callee failed with.
func (c Call) PCallThen(f Value, k Catch, args ...Value) (Results, error) {
	return c.ask(goState{catch: k, opaque: true}, f, args)
}

// Again calls f with two arguments from within a Cont, and goes on with the same Cont: for loops that call back often,
// it costs about half of what CallThen does.
func (c Call) Again(f, a, b Value) (Results, error) {
	th := c.th
	if err := th.grow(int(c.base) + 3 + minGoSlots); err != nil {
		return 0, err
	}
	s := th.stack[c.base : c.base+3]
	s[0], s[1], s[2] = f, a, b
	th.pend.fi, th.pend.n = c.base, 2
	return wantAgain, nil
}

func (c Call) ask(g goState, f Value, args []Value) (Results, error) {
	th := c.th
	if err := th.grow(int(c.base) + len(args) + minGoSlots); err != nil {
		return 0, err
	}
	th.stack[c.base] = f
	move(th.stack[c.base+1:], args)
	th.wait(g, c.base, int32(len(args)))
	return wantCall, nil
}

// TailPCall calls argument i with the arguments behind it and catches its error; handler, if it isn't nil, is called
// with the error value at the place of the error, before the stack is unwound. k must not hold Lua values of its own.
func (c Call) TailPCall(i int, k Catch, handler Value) (Results, error) {
	c.th.wait(goState{catch: k, handler: handler}, c.base+int32(i-1), c.n-int32(i))
	return wantCall, nil
}

// Holding notes how many bytes of its own, such as a buffer, the function keeps while it waits for the call or the yield
// that it asks for next: c.Holding(n).CallThen(...). Otherwise a program could hide memory in coroutines that never go on.
func (c Call) Holding(bytes int) Call {
	c.th.holding = int32(min(bytes>>10, 1<<30))
	return c
}

// wait notes what a Go function asks for and how it goes on.
func (th *Thread) wait(g goState, fi, n int32) {
	g.held, th.holding = th.holding, 0
	th.gos = append(th.gos, g)
	th.reentry += g.weight()
	th.pend.fi, th.pend.n = fi, n
}

// Yield suspends the running coroutine. The resume that runs it returns the values; the next one continues with k,
// which gets the values of that resume; a nil k returns them.
func (c Call) Yield(k Cont, vs ...Value) (Results, error) {
	if err := c.th.grow(int(c.base) + len(vs) + minGoSlots); err != nil {
		return 0, err
	}
	copy(c.th.stack[c.base:], vs)
	c.n = int32(len(vs))
	return c.YieldArgs(k)
}

// YieldArgs is Yield with the function's own arguments.
func (c Call) YieldArgs(k Cont) (Results, error) {
	if c.th.noYield {
		return 0, errYieldAcrossGo
	}
	c.th.wait(goState{k: k, opaque: k != nil}, c.base, c.n)
	return wantYield, nil
}

var errYieldAcrossGo = errors.New("attempt to yield across a call from Go")

// ResumeArgs resumes a coroutine with the arguments from number i on, and continues with k when it yields, returns or
// fails. k must not hold Lua values of its own, but for co.
func (c Call) ResumeArgs(co *Thread, i int, k Catch) (Results, error) {
	if co.vm != c.th.vm {
		return 0, errors.New("coroutine of another machine")
	}
	if co.status != Suspended {
		e := &Error{Value: String("cannot resume " + co.status.String() + " coroutine")}
		if co.status == preempted {
			e.Value = String(errPreempted.Error())
		}
		return k(Call{c.th, c.base, 0, c.ret}, e)
	}
	n := max(c.n-int32(i-1), 0)
	c.th.wait(goState{catch: k}, c.base+int32(i-1), n)
	c.th.pend.co = co
	return wantResume, nil
}

// Interrupted returns the error that a long-running Go function must end with: the deadline has passed, the memory is
// used up or the VM is cancelled. It costs one load; call it about every thousand steps.
func (c Call) Interrupted() error {
	if c.th.vm.interrupt.Load()&^intHook == 0 {
		return nil
	}
	return c.th.vm.poll(false)
}

// Overdue reports whether the coroutine's time slice is over, but can't end before the Go function that runs does so, or pauses. It tells
// the truth after Interrupted.
func (c Call) Overdue() bool { return c.th.vm.interrupt.Load()&intSlice != 0 }

// Pause goes on with k, after the other tasks have had their turn if the time slice is over. A Go function that has run for long
// ends with it once it is Overdue, and leaves itself in a state from which k takes it further. Holding tells of its bytes. Use it as the
// operand of return.
func (c Call) Pause(k Cont) (Results, error) {
	vm := c.th.vm
	if vm.pause.IsNil() {
		var err error
		if vm.pause, err = vm.Load("", "=(pause)", nil); err != nil {
			return 0, err
		}
	}
	// The slice ends where a Lua function begins.
	return c.CallThen(vm.pause, k)
}

// Reserve checks, before a large result is built, that n more bytes are within the memory limit, and counts them.
func (c Call) Reserve(n int) error { return c.th.vm.reserve(n) }

// Arguments. The messages are those of the reference's language libraries: no function name, and the number only
// where it isn't the type that is wrong.

// TypeError returns the error of an argument of a wrong type: "bad argument (number expected, got nil)".
func (c Call) TypeError(i int, expected string) error {
	got := "nil"
	if i <= int(c.n) {
		got = c.th.vm.typeName(c.Arg(i))
	}
	return fmt.Errorf("bad argument (%s expected, got %s)", expected, got)
}

// CheckAny fails when there is no argument i.
func (c Call) CheckAny(i int) error {
	if i > int(c.n) {
		return ArgError(i, "value expected")
	}
	return nil
}

// CheckNumber returns argument i, a number or a string that reads as one.
func (c Call) CheckNumber(i int) (float64, error) {
	if uint(i-1) < uint(c.n) {
		v := &c.th.stack[int(c.base)+i-1]
		if isNumber(v) {
			return v.num(), nil
		}
		if f, ok := toNumber(v); ok {
			return f, nil
		}
	}
	return 0, c.TypeError(i, "number")
}

// CheckInt returns argument i cut to a whole number and wrapped to 32 bits, as the reference does.
func (c Call) CheckInt(i int) (int, error) {
	f, err := c.CheckNumber(i)
	return wrapInt(f), err
}

func wrapInt(f float64) int {
	if f > -(1<<63) && f < 1<<63 {
		return int(int32(int64(f)))
	}
	if f != f || f < 0 && math.IsInf(f, -1) {
		return 0
	}
	if f > 0 {
		return -1 // an int64 saturated, then cut
	}
	return 0
}

// OptInt is CheckInt with a default for nil.
func (c Call) OptInt(i, def int) (int, error) {
	if c.Arg(i).p == nil {
		return def, nil
	}
	return c.CheckInt(i)
}

// OptNumber is CheckNumber with a default for nil.
func (c Call) OptNumber(i int, def float64) (float64, error) {
	if c.Arg(i).p == nil {
		return def, nil
	}
	return c.CheckNumber(i)
}

// CheckString returns argument i, a string or a number.
func (c Call) CheckString(i int) (string, error) {
	if uint(i-1) < uint(c.n) {
		v := &c.th.stack[int(c.base)+i-1]
		if kindOf(v.p) == kString {
			return v.str().text(), nil
		}
		if isNumber(v) {
			return FormatNumber(v.num()), nil
		}
	}
	return "", c.TypeError(i, "string")
}

// OptString is CheckString with a default for nil.
func (c Call) OptString(i int, def string) (string, error) {
	if c.Arg(i).p == nil {
		return def, nil
	}
	return c.CheckString(i)
}

// CheckTable returns argument i, a table.
func (c Call) CheckTable(i int) (*Table, error) {
	if uint(i-1) < uint(c.n) {
		v := &c.th.stack[int(c.base)+i-1]
		if kindOf(v.p) == kTable {
			return v.table(), nil
		}
	}
	return nil, c.TypeError(i, "table")
}

// CheckFunction returns argument i, a function.
func (c Call) CheckFunction(i int) (Value, error) {
	v := c.Arg(i)
	if v.Kind() != KindFunction {
		return v, c.TypeError(i, "function")
	}
	return v, nil
}

// Metamethod-aware operations for libraries. Each tries what needs no call first; ok is false when a function has to
// be called, which the Then form does.

// Index returns obj[key].
func (c Call) Index(obj, key Value) (v Value, ok bool, err error) {
	var f Value
	v, f, _, err = c.th.vm.index(&obj, &key)
	if err == errNotIndexable {
		err = fmt.Errorf("attempt to index a %s value", c.th.vm.typeName(v))
	}
	return v, f.p == nil, err
}

// IndexThen continues with k, whose first argument is obj[key].
func (c Call) IndexThen(obj, key Value, k Cont) (Results, error) {
	v, f, self, err := c.th.vm.index(&obj, &key)
	if err == errNotIndexable {
		return 0, fmt.Errorf("attempt to index a %s value", c.th.vm.typeName(v))
	}
	if err != nil {
		return 0, err
	}
	if f.p == nil {
		return c.with(k, v)
	}
	return c.CallThen(f, k, self, key)
}

// with runs k at once, as if a call had returned the value.
func (c Call) with(k Cont, v Value) (Results, error) {
	c.th.stack[c.base] = v
	c.n = 1
	c.th.holding = 0
	return k(c)
}

// SetIndex does obj[key] = val.
func (c Call) SetIndex(obj, key, val Value) (ok bool, err error) {
	f, self, err := c.th.vm.setIndex(&obj, &key, &val)
	if err == errNotIndexable {
		err = fmt.Errorf("attempt to index a %s value", c.th.vm.typeName(self))
	}
	return f.p == nil, err
}

// RawSet does t[key] = val without metamethods, and counts the memory that the table grows by.
func (c Call) RawSet(t *Table, key, val Value) error { return c.th.vm.rawSet(t, &key, &val) }

// SetIndexThen does obj[key] = val and continues with k.
func (c Call) SetIndexThen(obj, key, val Value, k Cont) (Results, error) {
	f, self, err := c.th.vm.setIndex(&obj, &key, &val)
	if err == errNotIndexable {
		return 0, fmt.Errorf("attempt to index a %s value", c.th.vm.typeName(self))
	}
	if err != nil {
		return 0, err
	}
	if f.p == nil {
		c.n = 0
		return k(c)
	}
	return c.CallThen(f, k, self, key, val)
}

// Len returns #obj.
func (c Call) Len(obj Value) (n Value, ok bool, err error) {
	n, f, err := c.th.vm.length(&obj)
	return n, f.p == nil, err
}

// LenThen continues with k, whose first argument is #obj.
func (c Call) LenThen(obj Value, k Cont) (Results, error) {
	n, f, err := c.th.vm.length(&obj)
	if err != nil {
		return 0, err
	}
	if f.p == nil {
		return c.with(k, n)
	}
	return c.CallThen(f, k, obj)
}

// Less returns a < b.
func (c Call) Less(a, b Value) (less, ok bool, err error) {
	less, f, err := c.th.vm.less(&a, &b)
	return less, f.p == nil, err
}

// LessThen continues with k, whose first argument is a < b or any value that stands for it.
func (c Call) LessThen(a, b Value, k Cont) (Results, error) {
	less, f, err := c.th.vm.less(&a, &b)
	if err != nil {
		return 0, err
	}
	if f.p == nil {
		return c.with(k, boolean(less))
	}
	return c.CallThen(f, k, a, b)
}

// Metafield returns a field of the value's metatable, nil if there is none.
func (c Call) Metafield(v Value, name string) Value {
	if mt := c.th.vm.Metatable(v); mt != nil {
		return mt.GetString(name)
	}
	return Value{}
}

// ToStringThen continues with k, whose first argument is what tostring gives for v.
func (c Call) ToStringThen(v Value, k Cont) (Results, error) {
	vm := c.th.vm
	if f := vm.metamethod(&v, evToString); f.p != nil {
		return c.CallThen(f, k, v)
	}
	return c.with(k, vm.ToStringRaw(v))
}

// ToStringRaw is tostring without __tostring, but with __name.
func (vm *VM) ToStringRaw(v Value) Value {
	switch kindOf(v.p) {
	case kString:
		return v
	case kTable, kUserdata:
		return vm.countedString(fmt.Sprintf("%s: %08x", vm.typeName(v), uintptr(v.p)))
	case kClosure, kGoFunction:
		return String("function: " + v.functionName())
	}
	return String(v.String())
}

func (v Value) functionName() string {
	if kindOf(v.p) == kGoFunction {
		return fmt.Sprintf("builtin: %08x", uintptr(v.p))
	}
	return fmt.Sprintf("%08x", uintptr(v.p))
}

// Metatable returns the metatable of any value, nil if it has none.
func (vm *VM) Metatable(v Value) *Table { return vm.metatable(&v) }
