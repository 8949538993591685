package lua

import "fmt"

// Kind is the type of a value as Lua programs see it.
type Kind uint8

// The types of Lua values. Functions written in Go and in Lua are of one kind.
const (
	KindNil Kind = iota
	KindBool
	KindNumber
	KindString
	KindTable
	KindFunction
	KindUserdata
	KindThread
)

var kindNames = [...]string{"nil", "boolean", "number", "string", "table", "function", "userdata", "thread"}

// String returns the name that the Lua function type gives.
func (k Kind) String() string { return kindNames[k] }

var publicKinds = [...]Kind{
	kNil: KindNil, kFalse: KindBool, kTrue: KindBool, kNumber: KindNumber, kString: KindString, kTable: KindTable,
	kClosure: KindFunction, kGoFunction: KindFunction, kUserdata: KindUserdata, kThread: KindThread,
	kCell: KindNil, kPosition: KindNil,
}

// The constants of the language.
var (
	Nil   = Value{}
	True  = boolean(true)
	False = boolean(false)
)

// Number returns a Lua number.
func Number(f float64) Value { return number(f) }

// Int returns a Lua number; integers beyond 2^53 are rounded.
func Int(i int) Value { return number(float64(i)) }

// Bool returns true or false.
func Bool(b bool) Value { return boolean(b) }

// String returns a Lua string with a copy of s.
func String(s string) Value { return Value{p: ptr(newString(s))} }

// Constant returns a Lua string for s that may be shared by VMs on several goroutines.
func Constant(s string) Value { return Value{p: ptr(staticString(s))} }

// Bytes returns a Lua string with a copy of b.
func Bytes(b []byte) Value {
	return Value{p: ptr(newString(textOf(b)))}
}

// Kind returns the value's type.
func (v Value) Kind() Kind { return publicKinds[kindOf(v.p)] }

// TypeName returns the name of the value's type, as the Lua function type does.
func (v Value) TypeName() string { return v.Kind().String() }

// IsNil reports whether the value is nil.
func (v Value) IsNil() bool { return v.p == nil }

// Truthy reports whether a condition takes the value as true: all but nil and false are.
func (v Value) Truthy() bool { return !isFalsy(&v) }

// AsNumber returns the number that the value is; strings are not converted.
func (v Value) AsNumber() (float64, bool) {
	if isNumber(&v) {
		return v.num(), true
	}
	return 0, false
}

// AsBool returns the boolean that the value is.
func (v Value) AsBool() (b, ok bool) {
	return v.p == ptr(&trueTag), v.p == ptr(&trueTag) || v.p == ptr(&falseTag)
}

// AsString returns the bytes of the string that the value is, without a copy; numbers are not converted.
func (v Value) AsString() (string, bool) {
	if kindOf(v.p) == kString {
		return v.str().text(), true
	}
	return "", false
}

// AsTable returns the table that the value is.
func (v Value) AsTable() (*Table, bool) {
	if kindOf(v.p) == kTable {
		return v.table(), true
	}
	return nil, false
}

// AsThread returns the coroutine that the value is.
func (v Value) AsThread() (*Thread, bool) {
	if kindOf(v.p) == kThread {
		return (*Thread)(v.p), true
	}
	return nil, false
}

// AsUserdata returns the userdata that the value is.
func (v Value) AsUserdata() (*Userdata, bool) {
	if kindOf(v.p) == kUserdata {
		return (*Userdata)(v.p), true
	}
	return nil, false
}

// IsGoFunction reports whether the value is a function written in Go.
func (v Value) IsGoFunction() bool { return kindOf(v.p) == kGoFunction }

// Pointer returns the identity of a table, function, userdata or coroutine: two values of these kinds are the same
// object exactly when their pointers are equal. It is 0 for other kinds.
func (v Value) Pointer() uintptr {
	if kindOf(v.p) >= kTable {
		return uintptr(v.p)
	}
	return 0
}

// RawEqual compares as the Lua function rawequal: without metamethods, strings by content.
func RawEqual(a, b Value) bool { return rawEqual(&a, &b) }

func rawEqual(a, b *Value) bool {
	if a.p == b.p {
		return a.p != ptr(&numberTag) || a.num() == b.num()
	}
	return kindOf(a.p) == kString && kindOf(b.p) == kString && a.str().equal(b.str())
}

// Userdata is a Go value that Lua programs hold but cannot look into, but for its metatable.
type Userdata struct {
	header
	meta *Table
	Data any
}

// NewUserdata returns a userdata with the given metatable, which may be nil.
func NewUserdata(data any, metatable *Table) *Userdata {
	return &Userdata{header: header{kind: kUserdata}, Data: data, meta: metatable}
}

// Value returns the userdata as a Lua value.
func (u *Userdata) Value() Value { return Value{p: ptr(u)} }

// Metatable returns the userdata's metatable or nil.
func (u *Userdata) Metatable() *Table { return u.meta }

// SetMetatable sets the metatable; nil removes it.
func (u *Userdata) SetMetatable(m *Table) { u.meta = m }

// GoFunction is a function written in Go. It belongs to no VM and may be used by several.
type GoFunction struct {
	header
	fn   GoFunc
	name string
	held []Value
}

// NewFunction returns a Lua function that runs f. The name is used in messages and listings only.
func NewFunction(name string, f GoFunc) Value {
	return Value{p: ptr(&GoFunction{header: header{kind: kGoFunction}, fn: f, name: name})}
}

// NewFunctionHolding is NewFunction for a Go closure that refers to Lua values of its own, such as the coroutine that it
// resumes: it names them, so that the accounting counts them and weak tables keep their entries. The function belongs to
// the VM of the values.
func NewFunctionHolding(name string, f GoFunc, held ...Value) Value {
	return Value{p: ptr(&GoFunction{header: header{kind: kGoFunction}, fn: f, name: name, held: held})}
}

// cell is a variable that is captured by a closure and assigned after its declaration.
type cell struct {
	header
	v Value
}

func newCell(v Value) Value { return Value{p: ptr(&cell{header: header{kind: kCell}, v: v})} }

// deref returns what a slot holds: the variable itself, or the one in its cell.
func deref(v Value) Value {
	if kindOf(v.p) == kCell {
		return (*cell)(v.p).v
	}
	return v
}

// GoString returns a rendering for Go's %#v.
func (v Value) GoString() string {
	switch v.Kind() {
	case KindString:
		return fmt.Sprintf("%q", v.str().text())
	default:
		return v.String()
	}
}

// String renders the value as tostring does without metamethods.
func (v Value) String() string {
	switch kindOf(v.p) {
	case kNil:
		return "nil"
	case kFalse:
		return "false"
	case kTrue:
		return "true"
	case kNumber:
		return FormatNumber(v.num())
	case kString:
		return v.str().text()
	case kGoFunction:
		return fmt.Sprintf("builtin: %08x", uintptr(v.p))
	default:
		return fmt.Sprintf("%s: %08x", v.TypeName(), uintptr(v.p))
	}
}
