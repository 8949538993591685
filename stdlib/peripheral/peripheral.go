// Package peripheral is the native part of CraftOS's peripheral API: devices at the six sides of a computer, which programs
// call by name. The ROM adds what can be written in Lua (peripheral.wrap, peripheral.find, ...).
//
// Go values that implement Peripheral enter, by Bus.Attach, and so do calls of Lua functions; calls of the peripherals' methods
// and events for the computer's queue leave. The runtime calls Open while it boots a computer; the Lua functions and the
// peripherals' methods run on the computer's goroutine, the methods of Bus may be called from any.
//
// Modem is a peripheral with which computers send each other messages, over a Network.
//
//	air := peripheral.NewLocalNetwork()
//	var bus peripheral.Bus                // for a computer; another one has another bus
//	err := bus.Attach(stdlib.Top, peripheral.NewModem(air, peripheral.ModemOptions{Wireless: true}))
package peripheral

import (
	"context"
	"errors"
	"fmt"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Peripheral is a device. Unless it says otherwise, it is at one side of one computer at a time.
type Peripheral interface {
	// Types returns what the device is, "modem" for example: the main type, of which there must be one, then others.
	Types() []string
	// Methods returns the names of what it can do. Types and Methods are asked when the device is attached.
	Methods() []string
	// Call runs one of the methods, on the computer's goroutine. c has the method's arguments, from 1, and takes its results:
	// it may call and yield as any Go function does. An error that is not a *lua.Error gets the position of the code that has called
	// the function that called peripheral.call; use Raise where a continuation fails.
	Call(c lua.Call, method string) (lua.Results, error)
}

// Attachable is a Peripheral that wants to know its computer, to post events for example.
type Attachable interface {
	Peripheral
	// Attach tells that the device is at a computer that runs now. With an error it isn't.
	Attach(a *Access) error
	// Detach ends that: the device was taken away, or the computer ends or starts anew. Attach and Detach come in turns, on
	// any goroutine. They must not wait long, and must not use the bus.
	Detach()
}

// Options configure the API. The zero value is fine.
type Options struct {
	// Bus has the computer's peripherals; there are none unless set.
	Bus *Bus
	// ID is the computer's number.
	ID int
}

// Open puts the table peripheral into the VM's globals. It fails if one of the peripherals can't be attached, or if the bus
// is in use by another computer.
func Open(c stdlib.Computer, o Options) error {
	bus := o.Bus
	if bus == nil {
		bus = &Bus{}
	}
	if err := bus.start(c, o.ID); err != nil {
		return err
	}
	c.OnClose(func(context.Context) { bus.stop() })
	t := lua.NewTable(0, 8)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"isPresent", bus.isPresent}, {"getType", bus.getType}, {"hasType", bus.hasType}, {"getMethods", bus.getMethods},
		{"call", bus.call}, {"getNames", bus.getNames},
	} {
		t.SetString(f.name, stdlib.Function(f.name, f.fn))
	}
	c.VM().Globals().SetString("peripheral", t.Value())
	return nil
}

// check returns the device that argument 1 names, nil if there is none.
func (b *Bus) check(c lua.Call) (*device, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return nil, err
	}
	return b.named(name), nil
}

// getNames is peripheral.getNames(): what is attached to the computer itself. The ROM adds what is on cables. (CraftOS's native
// API has no such function, as there all peripherals are at sides.)
func (b *Bus) getNames(c lua.Call) (lua.Results, error) { return c.Return1(names(b.Names())) }

func (b *Bus) isPresent(c lua.Call) (lua.Results, error) {
	d, err := b.check(c)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(d != nil))
}

func (b *Bus) getType(c lua.Call) (lua.Results, error) {
	d, err := b.check(c)
	return returnTypes(c, d, err)
}

func (b *Bus) hasType(c lua.Call) (lua.Results, error) {
	d, err := b.check(c)
	return returnHasType(c, d, err)
}

func (b *Bus) getMethods(c lua.Call) (lua.Results, error) {
	d, err := b.check(c)
	return returnMethods(c, d, err)
}

// The results of these functions are the same for devices at a side and for those on a cable. d is nil if there is none.

func returnTypes(c lua.Call, d *device, err error) (lua.Results, error) {
	if err != nil || d == nil {
		return 0, err
	}
	types := make([]lua.Value, len(d.types))
	for i, name := range d.types {
		types[i] = lua.String(name)
	}
	return c.Return(types...)
}

// returnHasType looks for the type that argument 2 names.
func returnHasType(c lua.Call, d *device, err error) (lua.Results, error) {
	if err != nil {
		return 0, err
	}
	name, err := stdlib.CheckString(c, 2)
	if err != nil || d == nil {
		return 0, err
	}
	return c.Return1(lua.Bool(d.is(name)))
}

func returnMethods(c lua.Call, d *device, err error) (lua.Results, error) {
	if err != nil || d == nil {
		return 0, err
	}
	return c.Return1(names(d.methods))
}

func names(of []string) lua.Value {
	t := lua.NewTable(len(of), 0)
	for _, name := range of {
		t.Append(lua.String(name))
	}
	return t.Value()
}

var errNothing = errors.New("No peripheral attached") //lint:ignore ST1005 CraftOS's text

// call is peripheral.call(side, method, ...).
func (b *Bus) call(c lua.Call) (lua.Results, error) {
	d, err := b.check(c)
	if err != nil {
		return 0, err
	}
	method, err := stdlib.CheckString(c, 2)
	switch {
	case err != nil:
		return 0, err
	case d == nil:
		return 0, errNothing
	}
	return d.callMethod(c, method)
}

// manyArguments is how many arguments may be passed on without counting the memory.
const manyArguments = 64

// callMethod calls a method with the arguments from number 3 on.
func (d *device) callMethod(c lua.Call, method string) (lua.Results, error) {
	f, ok := d.functions[method]
	if !ok {
		return 0, Raise(c, errors.New("No such method "+method))
	}
	n := max(c.N()-2, 0)
	if n > manyArguments {
		if err := c.Reserve(16 * n); err != nil {
			return 0, err
		}
	}
	args := make([]lua.Value, n)
	for i := range args {
		args[i] = c.Arg(i + 3)
	}
	return c.CallThen(f, nil, args...)
}

// Raise returns the error as the program is to see it: with the position of the caller of the function that has called
// peripheral.call. A peripheral's Call needs it only for the errors of its continuations. Errors of the VM stay what they are.
//
// Programs call peripheral.call through a function of the ROM, hence not its position but that of its caller.
func Raise(c lua.Call, err error) error {
	var raised *lua.Error
	if err == nil || errors.As(err, &raised) || lua.IsLimit(err) {
		return err
	}
	level := 1
	for ; ; level++ { // skips Go functions: peripheral.call, and that of a cable
		a, ok := c.Activation(level)
		if !ok {
			break
		}
		if !a.Function().IsGoFunction() {
			break
		}
	}
	return &lua.Error{Value: lua.String(c.Where(level+1) + err.Error())}
}

// device is a peripheral with what it has said of itself.
type device struct {
	peripheral Peripheral
	types      []string
	methods    []string
	functions  map[string]lua.Value // methods by name
	cancel     context.CancelFunc   // of the access it was attached with; nil if it isn't attached
}

// newDevice asks a peripheral for what it is.
func newDevice(p Peripheral) (*device, error) {
	d := &device{
		peripheral: p, types: append([]string(nil), p.Types()...), methods: append([]string(nil), p.Methods()...),
		functions: make(map[string]lua.Value),
	}
	if len(d.types) == 0 {
		return nil, fmt.Errorf("peripheral %T has no type", p)
	}
	for _, name := range d.methods {
		d.functions[name] = lua.NewFunction(name, func(c lua.Call) (lua.Results, error) {
			r, err := p.Call(c, name)
			if err != nil {
				return 0, Raise(c, err)
			}
			return r, nil
		})
	}
	return d, nil
}

func (d *device) is(name string) bool {
	for _, t := range d.types {
		if t == name {
			return true
		}
	}
	return false
}
