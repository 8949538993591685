package peripheral

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Bus is what is attached to the six sides of a computer, and, by other names, without one. The zero value has nothing attached. Its methods may be called
// from any goroutine, before the computer runs, while it does, and after; a computer that starts anew finds what there is.
type Bus struct {
	mu       sync.Mutex
	devices  [stdlib.Sides]*device
	others   map[string]*device // by names that are no sides
	computer stdlib.Computer    // nil while none runs
	id       int
}

// Errors of a bus.
var (
	// ErrNoSide: there is no such side.
	ErrNoSide = errors.New("no such side")
	// ErrSide: a name is that of a side.
	ErrSide = errors.New("that is the name of a side")
	// ErrBusInUse: another computer runs with this bus.
	ErrBusInUse = errors.New("the peripherals belong to another computer")
)

// Attach puts a peripheral at a side, in the place of what is there, and posts the event peripheral if the computer runs.
func (b *Bus) Attach(side stdlib.Side, p Peripheral) error {
	if side < 0 || side >= stdlib.Sides {
		return ErrNoSide
	}
	d, err := newDevice(p)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(side)
	if b.computer != nil {
		if err := b.connect(side, d); err != nil {
			return err
		}
		post(b.computer.Queue(), "peripheral", side.String())
	}
	b.devices[side] = d
	return nil
}

// Detach takes away what is at a side, and posts the event peripheral_detach if the computer runs. It reports whether there
// was something.
func (b *Bus) Detach(side stdlib.Side) bool {
	if side < 0 || side >= stdlib.Sides {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.remove(side)
}

// At returns what is at a side, nil if there is nothing.
func (b *Bus) At(side stdlib.Side) Peripheral {
	if side < 0 || side >= stdlib.Sides {
		return nil
	}
	if d := b.at(side); d != nil {
		return d.peripheral
	}
	return nil
}

func (b *Bus) at(side stdlib.Side) *device {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.devices[side]
}

// AttachNamed is Attach for a peripheral that is at no side: programs find it by a name such as "monitor_0". (CraftOS-PC has
// such peripherals, CraftOS has them on cables only.) ErrSide is the error for the name of a side.
func (b *Bus) AttachNamed(name string, p Peripheral) error {
	if _, is := stdlib.ParseSide(name); is {
		return ErrSide
	}
	d, err := newDevice(p)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.removeNamed(name)
	if b.computer != nil {
		if err := b.connectNamed(name, d); err != nil {
			return err
		}
		post(b.computer.Queue(), "peripheral", name)
	}
	if b.others == nil {
		b.others = make(map[string]*device)
	}
	b.others[name] = d
	return nil
}

// DetachNamed takes away what AttachNamed has attached, and posts the event peripheral_detach if the computer runs. It
// reports whether there was something.
func (b *Bus) DetachNamed(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.removeNamed(name)
}

// Names returns the names of all that is attached: sides, in their order, then other names, sorted.
func (b *Bus) Names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	for side, d := range b.devices {
		if d != nil {
			list = append(list, stdlib.Side(side).String())
		}
	}
	return append(list, slices.Sorted(maps.Keys(b.others))...)
}

// named returns what is attached by a name, nil if there is nothing.
func (b *Bus) named(name string) *device {
	side, isSide := stdlib.ParseSide(name)
	b.mu.Lock()
	defer b.mu.Unlock()
	if isSide {
		return b.devices[side]
	}
	return b.others[name]
}

// post posts an event with a name as its value. Who attaches and detaches answers for how many there are.
func post(queue *eventqueue.Queue[stdlib.Event], event, name string) {
	queue.PostInternal(stdlib.Event{Name: event, Args: func() []lua.Value { return []lua.Value{lua.String(name)} }})
}

// remove takes away what is at a side. b.mu is held, here and in the functions below.
func (b *Bus) remove(side stdlib.Side) bool {
	d := b.devices[side]
	if d == nil {
		return false
	}
	b.devices[side] = nil
	if b.computer != nil {
		d.disconnect()
		post(b.computer.Queue(), "peripheral_detach", side.String())
	}
	return true
}

// removeNamed is remove for other names.
func (b *Bus) removeNamed(name string) bool {
	d := b.others[name]
	if d == nil {
		return false
	}
	delete(b.others, name)
	if b.computer != nil {
		d.disconnect()
		post(b.computer.Queue(), "peripheral_detach", name)
	}
	return true
}

func (b *Bus) connect(side stdlib.Side, d *device) error { return b.connectNamed(side.String(), d) }

func (b *Bus) connectNamed(name string, d *device) error {
	if err := d.connect(b.computer, name, b.id); err != nil {
		return fmt.Errorf("peripheral %s at %s: %w", d.types[0], name, err)
	}
	return nil
}

// connect tells a peripheral of its computer. name is what programs call it by.
func (d *device) connect(c stdlib.Computer, name string, id int) error {
	p, ok := d.peripheral.(Attachable)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithCancel(c.Context())
	if err := p.Attach(&Access{computer: c, name: name, id: id, ctx: ctx}); err != nil {
		cancel()
		return err
	}
	d.cancel = cancel
	return nil
}

func (d *device) disconnect() {
	if d.cancel == nil {
		return
	}
	d.cancel()
	d.cancel = nil
	d.peripheral.(Attachable).Detach()
}

// start makes the bus that of a computer that boots. It locks.
func (b *Bus) start(c stdlib.Computer, id int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.computer != nil {
		return ErrBusInUse
	}
	b.computer, b.id = c, id
	for side, d := range b.devices {
		if d == nil {
			continue
		}
		if err := b.connect(stdlib.Side(side), d); err != nil {
			b.disconnect()
			return err
		}
	}
	for name, d := range b.others {
		if err := b.connectNamed(name, d); err != nil {
			b.disconnect()
			return err
		}
	}
	return nil
}

// stop makes it that of a computer that is off: nothing is taken away, and there are no events. It locks.
func (b *Bus) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.disconnect()
}

func (b *Bus) disconnect() {
	for _, d := range b.devices {
		if d != nil {
			d.disconnect()
		}
	}
	for _, d := range b.others {
		d.disconnect()
	}
	b.computer = nil
}

// Access is what a peripheral may know of the computer that it is attached to. Its methods may be called from any goroutine.
type Access struct {
	computer stdlib.Computer
	name     string
	id       int
	ctx      context.Context
}

// Name returns what programs call the peripheral by: its side, or its name on a cable.
func (a *Access) Name() string { return a.name }

// ComputerID returns the computer's number.
func (a *Access) ComputerID() int { return a.id }

// Queue returns the computer's events.
func (a *Access) Queue() *eventqueue.Queue[stdlib.Event] { return a.computer.Queue() }

// VM returns the computer's machine, for Event.Args and Peripheral.Call only: they run on the computer's goroutine.
func (a *Access) VM() *lua.VM { return a.computer.VM() }

// Context is done when the peripheral is detached, or the computer ends or starts anew.
func (a *Access) Context() context.Context { return a.ctx }

// Log is where faults go that no script waits for.
func (a *Access) Log() *slog.Logger { return a.computer.Log() }
