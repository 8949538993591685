package lua

// Status is the state of a coroutine as coroutine.status names it.
type Status uint8

// The states of a coroutine.
const (
	Suspended Status = iota // waits to be resumed, or has not begun
	Running                 // runs
	Normal                  // has resumed another one
	Dead                    // has ended

	preempted // sleeps in the middle of something; to others it is suspended
)

var statusNames = [...]string{"suspended", "running", "normal", "dead", "preempted"}

// String returns the name that coroutine.status gives.
func (s Status) String() string { return statusNames[s] }

// how says what becomes of the results when a frame returns.
type how uint8

const (
	toLua     how = iota // to the calling Lua function, which waits in a call instruction
	toOp                 // the callee was a metamethod: finish the caller's instruction
	toGo                 // to the continuation of the Go frame below
	toResumer            // the coroutine ends
	toCatcher            // the callee was a message handler: unwind to the protected frame aux
	toHook               // the callee was a debug hook: results are dropped
	hooked    how = 1 << 7
)

// frame is one call in progress. A frame with a closure runs Lua code; one without waits, for a Go function, for a
// callee whose results go to a continuation.
type frame struct {
	cl    *Closure
	base  int32 // stack index of the first register
	pc    int32 // of the next instruction, when the frame isn't the running one
	ret   int32 // stack index where the results go: that of the called function
	nres  int32 // how many results the caller wants; -1: all
	aux   int32 // toOp: progress of a concatenation or a negated comparison; toCatcher: the protected frame
	how   how
	tail  bool // reached by a tail call
	fresh bool // its call hook has not run yet
}

// goState is what a frame of a Go function remembers.
type goState struct {
	k       Cont
	catch   Catch // not nil: errors of the callee end here
	handler Value // message handler of xpcall; nil: none
	opaque  bool  // k or catch may hold Lua values of its own
	held    int32 // KiB that k or catch keeps
}

// weight is what a waiting Go function counts towards maxReentry: protected calls count twice, as in the reference.
func (g *goState) weight() int {
	if g.catch != nil {
		return 2
	}
	return 1
}

// pending says where the function or the values are that a Go function asked to be called or handed over, when it
// returned one of the negative results. What it remembers is on top of gos already.
type pending struct {
	fi, n int32
	co    *Thread
}

// Thread is a coroutine: a plain object with its own Lua stack, which the collector takes when nobody refers to it.
type Thread struct {
	header
	status  Status
	noYield bool // called by Go: there is nobody to yield to
	unwind  bool // a stack overflow is being handled: spare frames may be used
	inHook  bool // the debug hook's function runs
	vm      *VM
	stack   []Value
	frames  []frame
	nframes int
	gos     []goState
	reentry int   // the weight of gos
	top     int32 // end of a list of values that an instruction left open
	parent  *Thread
	pend    pending
	hook    *hook
	err     *Error // what it died of
	task    *task  // nil: it has not run in time slices
	out     int32  // where the values that it yielded or returned to Go begin, and how many they are
	nout    int32
	holding int32 // held of the next wait
}

// threadBlock is a coroutine with its first registers and frames: one allocation, enough for small ones.
type threadBlock struct {
	th     Thread
	stack  [firstStack]Value
	frames [firstFrames]frame
	gos    [1]goState
}

// NewThread returns a suspended coroutine that will run f.
func (vm *VM) NewThread(f Value) *Thread {
	b := new(threadBlock)
	b.stack[0] = f
	th := &b.th
	th.kind, th.vm, th.stack, th.frames, th.gos, th.top = kThread, vm, b.stack[:], b.frames[:], b.gos[:0], 1
	vm.charge(threadSize)
	return th
}

// Value returns the coroutine as a Lua value.
func (th *Thread) Value() Value { return Value{p: ptr(th)} }

// Status returns the coroutine's state.
func (th *Thread) Status() Status {
	if th.status == preempted {
		return Suspended
	}
	return th.status
}

// Err returns the error that the coroutine died of, or nil.
func (th *Thread) Err() *Error { return th.err }

func (th *Thread) frame() *frame { return &th.frames[th.nframes-1] }

// grow makes room for need registers in all.
func (th *Thread) grow(need int) error {
	if need <= len(th.stack) {
		return nil
	}
	limit := maxSlots
	if th.unwind {
		limit += spareFrames * 256
	}
	if need > limit {
		return ErrStackOverflow
	}
	size := min(max(need, len(th.stack)*2), limit)
	if err := th.vm.reserve((size - len(th.stack)) * valueSize); err != nil {
		return err
	}
	s := make([]Value, size)
	copy(s, th.stack)
	th.stack = s
	return nil
}

// push adds a frame.
func (th *Thread) push() (*frame, error) {
	if th.nframes == len(th.frames) {
		limit := maxFrames
		if th.unwind {
			limit += spareFrames
		}
		if th.nframes >= limit {
			return nil, ErrStackOverflow
		}
		f := make([]frame, min(th.nframes*2, limit))
		copy(f, th.frames)
		th.frames = f
		th.vm.charge(len(f) / 2 * frameBytes)
	}
	th.nframes++
	return &th.frames[th.nframes-1], nil
}

// limit is the end of the registers that the coroutine's frames use.
func (th *Thread) limit() int32 {
	if th.nframes == 0 {
		return th.top
	}
	f := th.frame()
	if f.cl == nil {
		return max(f.base, th.top)
	}
	return max(f.base+f.cl.proto.maxStack, th.top)
}
