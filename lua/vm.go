package lua

import (
	"sync/atomic"
	"time"

	"github.com/luart/luart/lua/compile"
)

// Limits of the language, as CraftOS sets them.
const (
	maxFrames    = 32768   // nested calls in one coroutine
	maxSlots     = 1 << 22 // registers of one coroutine
	maxReentry   = 200     // nested protected calls and calls from Go in one coroutine
	maxIndex     = 100     // length of an __index or __newindex chain
	spareFrames  = 64      // frames that a message handler has after a stack overflow
	minGoSlots   = 8       // registers that a Go function may use beyond its arguments
	firstStack   = 24      // registers of a new coroutine
	firstFrames  = 3       // frames of a new coroutine
	defaultLimit = 1 << 40 // bytes: in effect no limit
)

// event numbers the metamethods.
type event uint8

const (
	evIndex event = iota
	evNewIndex
	evEq
	evLen
	evCall
	evLt
	evLe
	evConcat // the first eight are remembered as absent in a metatable's flags
	evAdd
	evSub
	evMul
	evDiv
	evMod
	evPow
	evUnm
	evPairs
	evToString
	evName
	evMetatable
	evMode
	evCount
)

var eventNames = [evCount]string{
	"__index", "__newindex", "__eq", "__len", "__call", "__lt", "__le", "__concat",
	"__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__pairs", "__tostring", "__name", "__metatable", "__mode",
}

// Reasons for the machine to leave its fast path at the next call or backward jump.
const (
	intDeadline uint32 = 1 << iota // the deadline has passed
	intMemory                      // enough was allocated to take stock
	intCancel                      // Cancel was called
	intHook                        // the running coroutine has a debug hook
	intSlice                       // the time slice of a running task may be over
)

// VM is one Lua machine: its globals, its coroutines, its limits. A VM and all its values belong to one goroutine at a
// time; only Cancel may be called from others.
type VM struct {
	interrupt atomic.Uint32
	allocLeft int64 // bytes that may be allocated until the next accounting
	current   *Thread
	globals   *Table
	registry  *Table
	constants map[string]*luaString
	events    [evCount]*luaString
	typeMeta  [KindThread + 1]*Table
	nextFn    ptr // the built-ins that generic for recognises
	ipairsFn  ptr
	digits    []byte // scratch of concatenations
	lens      []uint8
	pause     Value     // the function that Call.Pause calls, which does nothing; nil: not made
	hooking   bool      // intHook is set
	nesting   int       // calls from Go that are running
	callers   []*Thread // the coroutines whose Go functions wait for calls from Go
	over      int       // accountings in a row that found too much in use

	memoryLimit int64
	interval    int64 // tests bound the bytes between two accountings by it; 0: no bound
	live        int64 // bytes found by the last accounting
	epoch       uint16
	accounting  accounting

	deadline time.Time // zero: none
	hard     time.Time // when an ignored deadline becomes fatal; zero: not yet
	grace    time.Duration
	watchdog *time.Timer

	slice      *task // the innermost running task
	sliceWatch *time.Timer
	sliceTimer int64 // when it sets intSlice; forever: it will not
	late       bool  // a slice is over that a call from Go holds up
	allocBase  int64 // allocLeft and all that was allocated so far
	eager      bool  // tests end slices at each poll by it

	cancelled atomic.Pointer[Error]
	pins      map[*Pin]struct{}
	locals    map[any]any
	compiled  func(source, chunkName string) *compile.Proto // nil: all chunks are compiled
}

// Options configure a VM. The zero value is a VM without limits.
type Options struct {
	// Memory is the number of bytes that the values of the VM may take together, as the VM counts them; 0 is no
	// limit. Passing it raises "not enough memory" in the running code. The process may use some more: garbage that
	// is not collected yet, and up to an eighth of the limit between two countings.
	Memory int64
	// Compiled may return a chunk that was compiled before, of exactly this source and name; nil lets the VM compile it. Chunks may be
	// shared by many VMs, and count in each of them. It may be nil.
	Compiled func(source, chunkName string) *compile.Proto
}

// startConstants is how many constants a VM has room for at first: as many as 512 slots of a Go map hold. The libraries and
// small programs need no more.
const startConstants = 448

// NewVM returns a machine with an empty table of globals. Package lualib opens the libraries.
func NewVM(o Options) *VM {
	vm := &VM{globals: NewTable(0, 64), registry: NewTable(0, 4), constants: make(map[string]*luaString, startConstants), pins: make(map[*Pin]struct{}), compiled: o.Compiled, epoch: 1}
	for i, name := range eventNames {
		vm.events[i] = vm.constant(name)
	}
	vm.memoryLimit = o.Memory
	if vm.memoryLimit <= 0 {
		vm.memoryLimit = defaultLimit
	}
	vm.sliceTimer = forever
	vm.resetAccounting()
	return vm
}

// Globals returns the table that chunks get as _ENV unless told otherwise.
func (vm *VM) Globals() *Table { return vm.globals }

// Registry returns the table that debug.getregistry shows; _LOADED in it names the libraries.
func (vm *VM) Registry() *Table { return vm.registry }

// SetTypeMetatable sets the metatable that all values of a type share. It has no effect for tables and userdata, which
// have one each.
func (vm *VM) SetTypeMetatable(k Kind, mt *Table) { vm.typeMeta[k] = mt }

// TypeMetatable returns what SetTypeMetatable has set.
func (vm *VM) TypeMetatable(k Kind) *Table { return vm.typeMeta[k] }

// SetIterators tells the VM which functions are next and the iterator of ipairs, so that generic for can do without
// calling them.
func (vm *VM) SetIterators(next, ipairs Value) { vm.nextFn, vm.ipairsFn = next.p, ipairs.p }

// Local returns a value that a library keeps with the VM under a key of its own, or nil.
func (vm *VM) Local(key any) any { return vm.locals[key] }

// SetLocal stores a value for Local.
func (vm *VM) SetLocal(key, value any) {
	if vm.locals == nil {
		vm.locals = make(map[any]any)
	}
	vm.locals[key] = value
}

// Current returns the running coroutine, nil when none runs.
func (vm *VM) Current() *Thread { return vm.current }

// SetDeadline bounds the time that code may run from now on: when d has passed, "Too long without yielding" is
// raised once in the running code, which may catch it; if it still runs when grace has passed as well, it is ended by an
// error that cannot be caught. The runtime sets it anew for each event. d <= 0 removes the deadline.
// (CraftOS: 7 s and 1.5 s.)
func (vm *VM) SetDeadline(d, grace time.Duration) {
	vm.hard = time.Time{}
	vm.clear(intDeadline)
	if d <= 0 {
		vm.deadline = time.Time{}
		if vm.watchdog != nil {
			vm.watchdog.Stop()
		}
		return
	}
	vm.deadline, vm.grace = time.Now().Add(d), grace
	vm.arm(d)
}

func (vm *VM) arm(d time.Duration) {
	if vm.watchdog == nil {
		vm.watchdog = time.AfterFunc(d, func() { vm.interrupt.Or(intDeadline) })
	} else {
		vm.watchdog.Reset(d)
	}
}

func (vm *VM) clear(bit uint32) { vm.interrupt.And(^bit) }

// Cancel ends the code that runs in the VM, now or when it runs next, with an error that it cannot catch. It is safe to
// call from any goroutine. A cancelled VM stays cancelled.
func (vm *VM) Cancel(reason string) {
	vm.cancelled.CompareAndSwap(nil, &Error{Value: String(reason), fatal: true})
	vm.interrupt.Or(intCancel)
}

// poll handles what interrupt announces. safePoint is true when no Go function is running on values that the
// accounting could not see.
func (vm *VM) poll(safePoint bool) error {
	bits := vm.interrupt.Load()
	if bits&intCancel != 0 {
		return vm.cancelled.Load()
	}
	if bits&intMemory != 0 {
		vm.clear(intMemory)
		if err := vm.account(safePoint, 0); err != nil {
			return err
		}
	}
	if bits&intSlice != 0 {
		if err := vm.pollSlices(); err != nil {
			return err
		}
	}
	if bits&intDeadline != 0 {
		return vm.pollDeadline()
	}
	return nil
}

func (vm *VM) pollDeadline() error {
	vm.clear(intDeadline)
	if vm.deadline.IsZero() {
		return nil
	}
	now := time.Now()
	if vm.hard.IsZero() {
		if d := vm.deadline.Sub(now); d > 0 {
			vm.arm(d)
			return nil
		}
		vm.hard = now.Add(vm.grace)
		vm.arm(vm.grace)
		return ErrTooLong
	}
	if d := vm.hard.Sub(now); d > 0 {
		vm.arm(d)
		return nil
	}
	vm.arm(time.Millisecond) // whatever goes on running is ended as well
	return &Error{Value: String(ErrTooLong.Error()), fatal: true}
}
