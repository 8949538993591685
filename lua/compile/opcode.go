package compile

import "fmt"

// Instr is one instruction of 64 bits:
//
//	bits  0..7   the operation
//	bits  8..15  A, a register
//	bits 16..31  B, a register, a constant or a count
//	bits 32..47  C, a register, a constant or a count
//	bits 48..63  D, a remembered hash slot (zero when compiled; the machine writes it)
//	bits 32..63  J, a signed jump distance or a wide index, in place of C and D
//
// A jump distance counts from the instruction after the jump. See docs/decisions.md for why 64 bits.
type Instr uint64

// Op is an operation code.
type Op uint8

// R[x] is a register, K[x] a constant, U[x] an upvalue slot of the running closure. A slot or register of a variable
// that is captured and assigned holds a cell; cell(v) is the variable in it.
const (
	OpTrap Op = iota // never compiled: stands for every instruction while a debug hook is set

	OpMove      // A B    R[A] = R[B]
	OpLoadK     // A J    R[A] = K[J]
	OpLoadNil   // A B    R[A], ..., R[A+B] = nil
	OpLoadTrue  // A      R[A] = true
	OpLoadFalse // A      R[A] = false
	OpFalseSkip // A      R[A] = false; skip the next instruction

	OpCell    // A      R[A] = new cell holding R[A]: the declaration of a captured and assigned variable
	OpGetCell // A B    R[A] = cell(R[B])
	OpSetCell // A B    cell(R[A]) = R[B]
	OpGetUp   // A B    R[A] = U[B], a variable captured by value
	OpGetUpC  // A B    R[A] = cell(U[B])
	OpSetUpC  // A B    cell(U[A]) = R[B]

	OpGetUpField // A B C  R[A] = U[B][K[C]], K[C] a string, U[B] captured by value: a global variable, when U[B] is _ENV
	OpSetUpField // A B C  U[B][K[C]] = R[A]
	OpGetTable   // A B C  R[A] = R[B][R[C]]
	OpGetField   // A B C  R[A] = R[B][K[C]], K[C] a string
	OpGetInt     // A B C  R[A] = R[B][C], C an integer
	OpSetTable   // A B C  R[A][R[B]] = R[C]
	OpSetField   // A B C  R[A][K[B]] = R[C], K[B] a string
	OpSetInt     // A B C  R[A][B] = R[C], B an integer
	OpNewTable   // A B C  R[A] = {} with room for B array elements and C other keys
	OpSetList    // A B J  R[A][J+i] = R[A+i], 1 <= i <= B; B = 0xffff: up to the top of the stack
	OpSelf       // A B C  R[A+1] = R[B]; R[A] = R[B][K[C]], K[C] a string

	OpAdd  // A B C  R[A] = R[B] + R[C]
	OpSub  // A B C
	OpMul  // A B C
	OpDiv  // A B C
	OpMod  // A B C
	OpPow  // A B C
	OpAddK // A B C  R[A] = R[B] + K[C], K[C] a number; D = 1: the constant is the left operand (OpAddK and OpMulK only)
	OpSubK // A B C
	OpMulK // A B C
	OpDivK // A B C
	OpModK // A B C
	OpPowK // A B C
	OpUnm  // A B    R[A] = -R[B]
	OpNot  // A B    R[A] = not R[B]
	OpLen  // A B    R[A] = #R[B]

	OpConcat // A B C  R[A] = R[B] .. ... .. R[C], B < C

	OpJump      // J      pc += J
	OpJumpTrue  // A J    if R[A] then pc += J
	OpJumpFalse // A J    if not R[A] then pc += J

	OpEq   // A B J  if R[A] == R[B] then pc += J
	OpNe   // A B J  if not (R[A] == R[B]) then pc += J
	OpEqK  // A B J  if R[A] == K[B] then pc += J; K[B] may be of any constant kind
	OpNeK  // A B J
	OpLt   // A B J  if R[A] < R[B] then pc += J
	OpNlt  // A B J  if not (R[A] < R[B]) then pc += J
	OpLe   // A B J  if R[A] <= R[B] then pc += J
	OpNle  // A B J
	OpLtK  // A B J  if R[A] < K[B] then pc += J, K[B] a number; likewise below
	OpNltK // A B J
	OpLeK  // A B J
	OpNleK // A B J
	OpGtK  // A B J  if K[B] < R[A] then pc += J
	OpNgtK // A B J
	OpGeK  // A B J  if K[B] <= R[A] then pc += J
	OpNgeK // A B J

	OpCall     // A B C  R[A], ..., R[A+C-2] = R[A](R[A+1], ..., R[A+B-1]); B = 0: arguments up to the top; C = 0: all results, setting the top
	OpTailCall // A B    return R[A](R[A+1], ..., R[A+B-1]); B as in OpCall. Always followed by OpReturn A 0
	OpReturn   // A B    return R[A], ..., R[A+B-2]; B = 0: up to the top
	OpReturn0  //        return
	OpReturn1  // A      return R[A]
	OpVararg   // A C    R[A], ..., R[A+C-2] = ...; C = 0: all of them, setting the top
	OpClosure  // A J    R[A] = closure of Protos[J]

	// R[A], R[A+1], R[A+2] are index, limit and step; R[A+3] is the loop variable.
	OpForPrep  // A J    check and convert the three; if the loop does not run, pc += J (past the OpForLoop); else R[A+3] = R[A]
	OpForLoop  // A J    R[A] += R[A+2]; if it is within R[A+1] then R[A+3] = R[A], pc += J
	OpForLoop1 // A J    the same for a step that is the constant 1

	// R[A], R[A+1], R[A+2] are iterator, state and control; R[A+3], ... the loop variables.
	// A generic for is: OpTForPrep -> body ... -> OpTForCall, OpTForLoop.
	OpTForPrep // A J    pc += J, to the OpTForCall; recognises next, and then keeps a position in R[A+2]
	OpTForCall // A B J  R[A+3], ..., R[A+2+B] = R[A](R[A+1], R[A+2]); for next and the ipairs iterator it does the work of OpTForLoop as well: pc += J to loop, or skips the OpTForLoop
	OpTForLoop // A J    if R[A+3] ~= nil then R[A+2] = R[A+3], pc += J

	OpCount // how many there are
)

// MultiList is the B of an OpSetList that takes all values up to the top.
const MultiList = 0xffff

// ABC packs an instruction from its operation and three operands.
func ABC(op Op, a, b, c int) Instr {
	return Instr(op) | Instr(uint8(a))<<8 | Instr(uint16(b))<<16 | Instr(uint16(c))<<32
}

// ABJ packs an instruction from its operation, two operands and a jump distance or wide index.
func ABJ(op Op, a, b, j int) Instr {
	return Instr(op) | Instr(uint8(a))<<8 | Instr(uint16(b))<<16 | Instr(uint32(int32(j)))<<32
}

// Op returns the operation.
func (i Instr) Op() Op { return Op(i) }

// A returns the first operand.
func (i Instr) A() int { return int(uint8(i >> 8)) }

// B returns the second operand.
func (i Instr) B() int { return int(uint16(i >> 16)) }

// C returns the third operand.
func (i Instr) C() int { return int(uint16(i >> 32)) }

// D returns the remembered slot, or the flag of OpAddK and OpMulK.
func (i Instr) D() int { return int(uint16(i >> 48)) }

// J returns the jump distance or wide index.
func (i Instr) J() int { return int(int32(i >> 32)) }

var opNames = [OpCount]string{
	"trap", "move", "loadk", "loadnil", "loadtrue", "loadfalse", "falseskip", "cell", "getcell", "setcell", "getup", "getupc", "setupc",
	"getupfield", "setupfield", "gettable", "getfield", "getint", "settable", "setfield", "setint", "newtable", "setlist", "self",
	"add", "sub", "mul", "div", "mod", "pow", "addk", "subk", "mulk", "divk", "modk", "powk", "unm", "not", "len", "concat",
	"jump", "jumptrue", "jumpfalse", "eq", "ne", "eqk", "nek", "lt", "nlt", "le", "nle", "ltk", "nltk", "lek", "nlek", "gtk", "ngtk", "gek", "ngek",
	"call", "tailcall", "return", "return0", "return1", "vararg", "closure", "forprep", "forloop", "forloop1", "tforprep", "tforcall", "tforloop",
}

// String returns the operation's name as listings show it.
func (op Op) String() string {
	if op < OpCount {
		return opNames[op]
	}
	return fmt.Sprintf("op%d", uint8(op))
}
