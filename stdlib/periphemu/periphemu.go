// Package periphemu is CraftOS-PC's periphemu API: programs attach peripherals that exist in memory to their own computer.
//
//	drive    disks in memory by number, or folders of the host that may be mounted; the files are at /disk, /disk2, …
//	modem    on a network of computers in the process, by the network's number
//	monitor  a screen in memory of any size
//	printer  pages are text files in a folder of the computer
//	speaker  silent, with the times of real sound
//
// Calls of Lua functions enter; peripherals of the computer's bus, mounts of its vfs.FS and events for its queue leave. An Emulator
// belongs to one computer, whose peripherals stay when it starts anew (CraftOS-PC). The runtime opens it while it boots the
// computer; everything here runs on the computer's goroutine, unless a method says otherwise.
package periphemu

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/mounter"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/vfs"
)

// Limits of what a program can make; none of it counts against the VM's memory.
const (
	// MaxPeripherals is how many there may be at a time.
	MaxPeripherals = 64
	// MaxDisks is how many disks in memory there may be. They stay when they are ejected.
	MaxDisks = 64
	// maxName is the length of the longest name, in bytes.
	maxName = 64
	// maxWaiting is how many events may wait when a peripheral is attached or taken away, which posts one.
	maxWaiting = 1024
)

// Options configure an Emulator. Bus must be set.
type Options struct {
	// Bus is what the peripherals are attached to.
	Bus *peripheral.Bus
	// Networks has the networks of modems.
	Networks *Networks
	// Rules say which folders of the host may be disks; none unless set.
	Rules *mounter.Rules
	// Clock is what sound is timed by; the system's unless set.
	Clock eventqueue.Clock
}

// Emulator has what programs of one computer have attached.
type Emulator struct {
	options  Options
	computer stdlib.Computer // of this boot
	files    *vfs.FS
	devices  map[string]peripheral.Peripheral
	disks    map[int]*floppy
}

// New makes an emulator without peripherals.
func New(o Options) *Emulator {
	if o.Clock == nil {
		o.Clock = eventqueue.SystemClock{}
	}
	if o.Networks == nil {
		o.Networks = &Networks{}
	}
	return &Emulator{options: o, devices: make(map[string]peripheral.Peripheral), disks: make(map[int]*floppy)}
}

// Open puts the table periphemu into the VM's globals, and the disks that are in drives into the computer's files. The bus must
// be the computer's.
func (e *Emulator) Open(c stdlib.Computer, files *vfs.FS) {
	e.computer, e.files = c, files
	c.OnClose(func(context.Context) { e.computer, e.files = nil, nil })
	for _, name := range slices.Sorted(maps.Keys(e.devices)) {
		if d, ok := e.devices[name].(*drive); ok {
			if err := d.mount(); err != nil {
				c.Log().Warn("the files of a disk are not there any more", "drive", name, "error", err)
			}
		}
	}
	t := lua.NewTable(0, 4)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{{"create", e.create}, {"remove", e.remove}, {"names", e.names}} {
		t.SetString(f.name, stdlib.Function(f.name, f.fn))
	}
	c.VM().Globals().SetString("periphemu", t.Value())
}

// makers make peripherals of the types that there are. The arguments of create from the third on are for them. An error is
// create's second result, unless it is a *badArgument.
var makers = map[string]func(e *Emulator, name string, c lua.Call) (peripheral.Peripheral, error){
	"drive":   newDrive,
	"modem":   newModem,
	"monitor": newMonitor,
	"printer": newPrinter,
	"speaker": newSpeaker,
}

// badArgument is an error that create throws.
type badArgument struct{ error }

// names is periphemu.names(): the types that there are, sorted.
func (e *Emulator) names(c lua.Call) (lua.Results, error) {
	t := lua.NewTable(len(makers), 0)
	for _, name := range slices.Sorted(maps.Keys(makers)) {
		t.Append(lua.String(name))
	}
	return c.Return1(t.Value())
}

// checkName returns argument 1, a side or another name. A number stands for the name with the type before it: 0 for monitor_0.
// (CraftOS-PC)
func checkName(c lua.Call, kind string) (string, error) {
	if _, isNumber := c.Arg(1).AsNumber(); isNumber && kind != "" {
		n, err := stdlib.CheckInt(c, 1)
		return fmt.Sprintf("%s_%d", kind, n), err
	}
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return "", err
	}
	if side, ok := stdlib.ParseSide(name); ok {
		return side.String(), nil
	}
	return strings.Clone(name), nil
}

// isName reports whether programs can call a peripheral so.
func isName(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
}

func fail(c lua.Call, format string, args ...any) (lua.Results, error) {
	return c.Return(lua.False, lua.String(fmt.Sprintf(format, args...)))
}

// create is periphemu.create(name, type, ...): true, or false and a message.
func (e *Emulator) create(c lua.Call) (lua.Results, error) {
	kind, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	name, err := checkName(c, kind)
	if err != nil {
		return 0, err
	}
	maker := makers[kind]
	switch {
	case maker == nil:
		return fail(c, "there is no peripheral of this type; periphemu.names() has those that there are")
	case !isName(name):
		return fail(c, "this is no name for a peripheral")
	case slices.Contains(e.options.Bus.Names(), name):
		return fail(c, "there is a peripheral named %s already", name)
	case len(e.devices) >= MaxPeripherals:
		return fail(c, "there are %d peripherals already", MaxPeripherals)
	case e.busy():
		return fail(c, "too many events wait")
	}
	p, err := maker(e, name, c)
	switch bad, isBad := err.(badArgument); {
	case isBad:
		return 0, bad.error
	case err != nil:
		return fail(c, "%s", err.Error())
	}
	if side, ok := stdlib.ParseSide(name); ok {
		err = e.options.Bus.Attach(side, p)
	} else {
		err = e.options.Bus.AttachNamed(name, p)
	}
	if err != nil {
		e.discard(p)
		return fail(c, "%s", err.Error())
	}
	e.devices[name] = p
	if d, ok := p.(*drive); ok && d.disk != nil {
		e.post("disk", name)
	}
	return c.Return1(lua.True)
}

// remove is periphemu.remove(name): whether a program had attached something by that name.
func (e *Emulator) remove(c lua.Call) (lua.Results, error) {
	name, err := checkName(c, "")
	if err != nil {
		return 0, err
	}
	p := e.devices[name]
	switch {
	case p == nil:
		return c.Return1(lua.False)
	case e.busy():
		return fail(c, "too many events wait")
	}
	delete(e.devices, name)
	if side, ok := stdlib.ParseSide(name); ok {
		if e.options.Bus.At(side) == p { // else somebody has put something else there
			e.options.Bus.Detach(side)
		}
	} else {
		e.options.Bus.DetachNamed(name)
	}
	e.discard(p)
	return c.Return1(lua.True)
}

// busy reports whether the program is so slow in taking events that there should be no more.
func (e *Emulator) busy() bool { return e.computer.Queue().Stats().Waiting >= maxWaiting }

// discard lets go of what a peripheral holds.
func (e *Emulator) discard(p peripheral.Peripheral) {
	if d, ok := p.(*drive); ok {
		d.unmount()
	}
}

// post posts an event that a program has caused; like its own, it is dropped if too many wait.
func (e *Emulator) post(event string, values ...string) {
	e.computer.Queue().PostScript(named(event, values...))
}

// named makes an event with texts as its values.
func named(event string, values ...string) stdlib.Event {
	return stdlib.Event{Name: event, Args: func() []lua.Value {
		list := make([]lua.Value, len(values))
		for i, v := range values {
			list[i] = lua.String(v)
		}
		return list
	}}
}
