package compile

// ConstKind tells what a Const is.
type ConstKind uint8

// The kinds of constants.
const (
	ConstNil ConstKind = iota
	ConstFalse
	ConstTrue
	ConstNumber
	ConstString
)

// Const is a constant of a function.
type Const struct {
	Kind ConstKind
	Num  float64
	Str  string
}

// Upvalue says how OpClosure fills one upvalue slot. The slot's content is copied as it is, a cell or a value:
// whether the variable lives in a cell was decided where it is declared.
type Upvalue struct {
	Name string
	// FromParent: copy register Index of the function that makes the closure; otherwise copy its upvalue slot Index.
	FromParent bool
	// Self: the slot gets the new closure itself ("local function f" that refers to f, captured by value).
	Self  bool
	Cell  bool // the slot holds a cell
	Index uint8
}

// LocalVar says that register Reg holds the variable Name from instruction StartPC up to, not including, EndPC.
type LocalVar struct {
	Name           string
	StartPC, EndPC int32
	Reg            uint8
	Cell           bool // the register holds a cell
}

// Proto is a compiled function: plain data, immutable, and safe for concurrent use. A VM links it before it runs.
// Parameters are registers 0 to NumParams-1.
type Proto struct {
	Code      []Instr
	Lines     []int32  // the line of each instruction
	Cols      []uint16 // the column of each instruction, 65535 when it is further right
	Consts    []Const
	Protos    []*Proto
	Upvalues  []Upvalue
	LocalVars []LocalVar // in order of StartPC
	NumParams uint8
	IsVararg  bool
	MaxStack  uint8  // registers needed, at least 2
	Source    string // the chunk name as given, e.g. "@/startup.lua"
	// LineDefined and LastLine are 0 for LineDefined of the main chunk.
	LineDefined, LastLine int32
}
