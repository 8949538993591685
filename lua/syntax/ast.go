package syntax

// Pos is a place in a source text. Both numbers count from one; columns count bytes.
type Pos struct {
	Line, Col int32
}

// Function is one function body, the main chunk included. The parser has resolved every name in it:
// a name is a Local of this function, an entry of Upvalues, or a field of the environment.
type Function struct {
	Pos        Pos // of the keyword function; line 0 for the main chunk
	LastLine   int32
	Params     []*Local // with the implicit self of a method first
	IsVararg   bool
	HasVarargs bool // "..." occurs in the body itself
	Body       *Block
	Upvalues   []Upvalue // in order of first use; the main chunk has exactly one, _ENV
	Parent     *Function // nil for the main chunk
	// EnvAssigned is set on the main chunk when its _ENV, which is no Local, is the target of an assignment anywhere in it.
	EnvAssigned bool
}

// Upvalue says where a function finds a variable of a function around it when a closure is made.
type Upvalue struct {
	Name  string
	Local *Local // the variable itself; nil only for the main chunk's _ENV
	// FromParent is true when Local belongs to Parent; otherwise the variable is the upvalue
	// Index of Parent. (Index is unused when FromParent is true, and in the main chunk.)
	FromParent bool
	Index      int
}

// Local is a local variable, parameter or loop variable. Captured and Assigned are complete when the parse
// is: a variable that is captured but never assigned after its declaration can be captured by value.
type Local struct {
	Name     string
	Pos      Pos
	Func     *Function
	Captured bool // a function inside Func refers to it
	Assigned bool // it is the target of an assignment after its declaration, here or in an inner function
}

// Block is a list of statements with a scope of its own.
type Block struct {
	Stmts []Stmt
	End   Pos // of the token that ends the block
}

// Stmt is a statement. Each implementation is a pointer to a struct below.
type Stmt interface{ statement() }

// Expr is an expression. Each implementation is a pointer to a struct below.
type Expr interface{ ExprPos() Pos }

// Statements.
type (
	// LocalStmt is "local a, b = x, y".
	LocalStmt struct {
		Pos   Pos
		Names []*Local
		Exprs []Expr
	}
	// LocalFunctionStmt is "local function f() end".
	LocalFunctionStmt struct {
		Pos  Pos
		Name *Local
		Func *FunctionExpr
	}
	// FunctionStmt is "function a.b.c() end" and "function a.b:c() end"; Target is a variable or an IndexExpr.
	FunctionStmt struct {
		Pos    Pos
		Target Expr
		Func   *FunctionExpr
	}
	// AssignStmt is "a, b.c = x, y". Each target is a LocalExpr, an UpvalueExpr, a GlobalExpr or an IndexExpr.
	AssignStmt struct {
		Pos     Pos
		Targets []Expr
		Exprs   []Expr
	}
	// CallStmt is a call used as a statement; Call is a *CallExpr or a *MethodCallExpr.
	CallStmt struct {
		Pos  Pos
		Call Expr
	}
	// DoStmt is "do ... end".
	DoStmt struct {
		Pos  Pos
		Body *Block
	}
	// WhileStmt is "while cond do ... end".
	WhileStmt struct {
		Pos  Pos
		Cond Expr
		Body *Block
	}
	// RepeatStmt is "repeat ... until cond"; Cond sees the locals of Body.
	RepeatStmt struct {
		Pos  Pos
		Body *Block
		Cond Expr
	}
	// IfStmt is "if ... elseif ... else ... end"; Else may be nil.
	IfStmt struct {
		Pos     Pos
		Clauses []IfClause
		Else    *Block
	}
	// IfClause is one condition of an IfStmt with its block.
	IfClause struct {
		Cond Expr
		Body *Block
	}
	// NumericForStmt is "for v = start, limit [, step] do ... end"; Step may be nil.
	NumericForStmt struct {
		Pos                Pos
		Var                *Local
		Start, Limit, Step Expr
		Body               *Block
	}
	// GenericForStmt is "for a, b in exprs do ... end".
	GenericForStmt struct {
		Pos   Pos
		Vars  []*Local
		Exprs []Expr
		Body  *Block
	}
	// ReturnStmt is "return exprs"; always the last of its block.
	ReturnStmt struct {
		Pos   Pos
		Exprs []Expr
	}
	// BreakStmt is "break", inside a loop.
	BreakStmt struct{ Pos Pos }
	// GotoStmt is "goto name"; Label is the label that it reaches, resolved and checked by the parser.
	GotoStmt struct {
		Pos   Pos
		Name  string
		Label *LabelStmt
	}
	// LabelStmt is "::name::".
	LabelStmt struct {
		Pos  Pos
		Name string
	}
)

// Expressions. The Pos of a binary expression, a call or an index is that of its operator: the operator token,
// the opening parenthesis (or the string or table argument), the "." or "[" or ":".
type (
	NilExpr    struct{ Pos Pos }
	TrueExpr   struct{ Pos Pos }
	FalseExpr  struct{ Pos Pos }
	NumberExpr struct {
		Pos   Pos
		Value float64
	}
	StringExpr struct {
		Pos   Pos
		Value string // raw bytes
	}
	// VarargExpr is "...".
	VarargExpr struct{ Pos Pos }
	// FunctionExpr is "function ... end" in any of its forms.
	FunctionExpr struct {
		Pos  Pos
		Func *Function
	}
	// LocalExpr is a local of the function it stands in.
	LocalExpr struct {
		Pos   Pos
		Local *Local
	}
	// UpvalueExpr is a variable of a function around; Index is its place in Func.Upvalues.
	UpvalueExpr struct {
		Pos   Pos
		Index int
		Name  string
		Local *Local // nil only for the main chunk's _ENV
	}
	// GlobalExpr is a free name: the field Name of Env, which is the LocalExpr or UpvalueExpr that _ENV is here.
	GlobalExpr struct {
		Pos  Pos
		Env  Expr
		Name string
	}
	// IndexExpr is "a.b" (Key is a StringExpr) or "a[b]".
	IndexExpr struct {
		Pos Pos
		Obj Expr
		Key Expr
	}
	// CallExpr is "f(args)".
	CallExpr struct {
		Pos  Pos
		Func Expr
		Args []Expr
	}
	// MethodCallExpr is "obj:name(args)".
	MethodCallExpr struct {
		Pos  Pos // of the ":"
		Obj  Expr
		Name string
		Args []Expr
		// CallPos is where the arguments begin.
		CallPos Pos
	}
	// TableExpr is a table constructor.
	TableExpr struct {
		Pos    Pos
		Fields []TableField
		End    Pos // of the closing brace
	}
	// TableField is "value" (Key is nil: the next array element) or "[key] = value" or "name = value".
	TableField struct {
		Key, Value Expr
	}
	// BinaryExpr is "x op y", and and or included.
	BinaryExpr struct {
		Pos         Pos
		Op          BinaryOp
		Left, Right Expr
	}
	// UnaryExpr is "op x".
	UnaryExpr struct {
		Pos     Pos
		Op      UnaryOp
		Operand Expr
	}
	// ParenExpr is "(x)": it cuts multiple results to one.
	ParenExpr struct {
		Pos   Pos
		Inner Expr
	}
)

// BinaryOp is a binary operator.
type BinaryOp uint8

// The binary operators.
const (
	OpAdd BinaryOp = iota
	OpSub
	OpMul
	OpDiv
	OpMod
	OpPow
	OpConcat
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpAnd
	OpOr
)

// UnaryOp is a unary operator.
type UnaryOp uint8

// The unary operators.
const (
	OpNeg UnaryOp = iota
	OpNot
	OpLen
)

func (*LocalStmt) statement()         {}
func (*LocalFunctionStmt) statement() {}
func (*FunctionStmt) statement()      {}
func (*AssignStmt) statement()        {}
func (*CallStmt) statement()          {}
func (*DoStmt) statement()            {}
func (*WhileStmt) statement()         {}
func (*RepeatStmt) statement()        {}
func (*IfStmt) statement()            {}
func (*NumericForStmt) statement()    {}
func (*GenericForStmt) statement()    {}
func (*ReturnStmt) statement()        {}
func (*BreakStmt) statement()         {}
func (*GotoStmt) statement()          {}
func (*LabelStmt) statement()         {}

// ExprPos returns the place that an error in the expression is reported at.
func (e *NilExpr) ExprPos() Pos        { return e.Pos }
func (e *TrueExpr) ExprPos() Pos       { return e.Pos }
func (e *FalseExpr) ExprPos() Pos      { return e.Pos }
func (e *NumberExpr) ExprPos() Pos     { return e.Pos }
func (e *StringExpr) ExprPos() Pos     { return e.Pos }
func (e *VarargExpr) ExprPos() Pos     { return e.Pos }
func (e *FunctionExpr) ExprPos() Pos   { return e.Pos }
func (e *LocalExpr) ExprPos() Pos      { return e.Pos }
func (e *UpvalueExpr) ExprPos() Pos    { return e.Pos }
func (e *GlobalExpr) ExprPos() Pos     { return e.Pos }
func (e *IndexExpr) ExprPos() Pos      { return e.Pos }
func (e *CallExpr) ExprPos() Pos       { return e.Pos }
func (e *MethodCallExpr) ExprPos() Pos { return e.Pos }
func (e *TableExpr) ExprPos() Pos      { return e.Pos }
func (e *BinaryExpr) ExprPos() Pos     { return e.Pos }
func (e *UnaryExpr) ExprPos() Pos      { return e.Pos }
func (e *ParenExpr) ExprPos() Pos      { return e.Pos }
