// Package lua is the virtual machine of luart: the CraftOS dialect of Lua, to be embedded in Go programs.
//
// The dialect has the grammar of Lua 5.2 with what CraftOS keeps of 5.1 (setfenv, loadstring, unpack) and takes from 5.3
// (utf8, string.pack, table.move). All numbers are doubles. Package lualib has the standard library; without it a VM
// knows the language only. The package does no I/O and knows nothing of computers, files or events.
//
// # A first program
//
//	vm := lua.NewVM(lua.Options{Memory: 64 << 20})
//	lualib.Open(vm)
//	vm.SetDeadline(time.Second, 100*time.Millisecond)
//	f, err := vm.Load(`local a, b = ... return a + b`, "=sum", nil)
//	if err != nil { … }            // a syntax error, "sum:1: …"
//	res, err := vm.Call(f, lua.Int(1), lua.Int(2))
//	if err != nil { … }            // an *Error: its text, its value, its traceback
//	fmt.Println(res[0])            // 3
//
// # Values
//
//	Lua        in Go                                   made with               taken with
//	nil        the zero Value                          Nil                     IsNil
//	boolean    Value                                   Bool, True, False       AsBool, Truthy
//	number     Value, a float64                        Number, Int             AsNumber, ToNumber
//	string     Value, immutable bytes                  String, Bytes           AsString, ToString
//	table      *Table                                  NewTable                AsTable
//	function   Value                                   NewFunction, VM.Load    Kind() == KindFunction
//	userdata   *Userdata, any Go value                 NewUserdata             AsUserdata
//	coroutine  *Thread                                 VM.NewThread            AsThread
//
// A Value is two words and is passed by value; it never needs a box. The As methods take a value only for what it is,
// ToNumber and ToString convert as arithmetic and concatenation do. Compare values with RawEqual, not with ==. Tables are
// raw: their methods look at no metatable; Call has the operations that do.
//
// # Functions in Go
//
// A GoFunc gets a Call, a window on the stack of the running coroutine. It checks its arguments with the Check methods,
// whose messages are CraftOS's, and ends with one of the methods that give Results, or with an error:
//
//	upper := lua.NewFunction("upper", func(c lua.Call) (lua.Results, error) {
//		s, err := c.CheckString(1)
//		if err != nil {
//			return 0, err
//		}
//		return c.Return(lua.String(strings.ToUpper(s)))
//	})
//
// Any error that is not an *Error gets the position of the calling Lua function in front, and pcall gives its text.
//
// A Go function calls back into Lua by asking for it and returning: CallThen names the function to call and the one to
// go on with. So the callee may yield, and the Go stack does not grow, however deep Lua nests:
//
//	twice := lua.NewFunction("twice", func(c lua.Call) (lua.Results, error) {
//		f := c.Arg(1)
//		return c.CallThen(f, func(c lua.Call) (lua.Results, error) { // c holds the results of the first call
//			return c.CallThen(f, nil, c.Arg(1)) // nil: the results of this one are ours
//		}, c.Arg(2))
//	})
//
// PCallThen catches errors, Yield suspends the coroutine, ResumeArgs resumes another one. VM.Call is simpler and may be used
// inside a Go function, too, but its callee cannot yield.
//
// A Go function that loops for long asks Interrupted now and then, and Reserve before it allocates much, so that the limits
// below hold. One that keeps Lua values in a Go closure is made with NewFunctionHolding; one that waits with a large buffer
// says so with Holding.
//
// # Coroutines from Go
//
// VM.NewThread makes a coroutine, Thread.Resume runs it until it yields or ends; Status tells which. A coroutine is a heap
// object of about a kilobyte and no goroutine: one that is dropped is garbage.
//
// Thread.ResumeFor, and Call.ResumeSlice for Go functions, run a coroutine for a time slice at most: after that it sleeps where it is, and
// goes on there in the next one.
//
// # Limits
//
//	what                        set with                  what happens past it
//	time between two events     VM.SetDeadline            "Too long without yielding", once, catchable; then a fatal error
//	time of one coroutine       Thread.LimitRunTime       the same; the fatal error ends the coroutine
//	memory of all values        Options.Memory            "not enough memory", catchable; fatal if it is caught and passed again and again
//	depth of calls              32768 in a coroutine      "stack overflow", catchable
//	protected calls in a row    99                        "stack overflow", catchable
//	registers of a coroutine    4,194,304 (64 MiB)        "stack overflow", catchable
//	stop it now                 VM.Cancel                 a fatal error
//
// Fatal errors pass through pcall and end the code that Go has called. The VM is in order after any of these errors and runs
// other code. Pattern matching, sorting, concatenation and compilation are bounded by the same limits.
//
// # Concurrency
//
// A VM and all that belongs to it is used by one goroutine at a time. Cancel may be called from any. VMs share nothing that
// changes: run as many as there are cores. A *compile.Proto is immutable: compile once, LoadProto it into many VMs.
//
// # Weak tables
//
// A weak table loses entries when the VM takes stock of its memory (see Options.Memory), not at every collection of Go's. A value
// that only Go code holds between two calls into the VM is kept by Pin.
package lua
