package syntax

import (
	"math"
	"strconv"
)

// Options changes how ParseWith works. The zero value is what Parse uses.
type Options struct {
	// Interrupt, if not nil, is called about every 4096 tokens, in the goroutine of the caller. An error
	// from it ends the parse and is what ParseWith returns.
	Interrupt func() error
}

// Parse parses a chunk. Source is the raw bytes of the text; a first line that begins with '#' is no exception and is a
// syntax error. ChunkName is "@path", "=name" or the source text, and only appears in messages (see ShortSource).
// Parse returns the main chunk, whose one upvalue is _ENV; the error is always an *Error.
func Parse(source, chunkName string) (*Function, error) {
	return ParseWith(source, chunkName, Options{})
}

// ParseWith is Parse with options.
func ParseWith(source, chunkName string, options Options) (*Function, error) {
	p := newParser(source, chunkName, options)
	if len(source) > math.MaxInt32-2 {
		// Positions are 32 bits wide.
		p.semanticError("chunk is too large")
	}
	main := p.chunk()
	if p.err != nil {
		return nil, p.err
	}
	return main, nil
}

const (
	envName   = "_ENV"
	envSymbol = 0 // of envName
)

// maxHeight is the longest path through the tree of an expression that is allowed, in nodes. Nesting to the right, in brackets and
// in functions is limited by maxLevels already; this is for a.b.c.d and a+b+c+d, which nest to the left without
// limit in the grammar.
const maxHeight = 1 << 15

// parser holds a parse. See lexer for how it goes on after an error.
type parser struct {
	lexer
	main   *Function
	fs     *funcState // the function that is being parsed
	levels int        // statements and expressions around the current token, up to maxLevels

	symbols  map[string]int32 // the number of each name that was declared, or used as a label
	meanings []*Local         // the local variable that each name is now, by number; nil for none
	scope    []binding        // the active variables of all functions around the current token, innermost last
	labels   []*label         // the active labels, likewise
	gotos    []pendingGoto

	height     int // of the expression parsed last
	bodyHeight int // of the highest expression in the current function so far

	// Stacks on which lists grow before they are copied to their final size.
	stmts  []Stmt
	exprs  []Expr
	fields []TableField
	locals []*Local
}

func newParser(source, chunkName string, options Options) *parser {
	p := &parser{
		lexer: lexer{
			src: source, chunkName: chunkName, interrupt: options.Interrupt,
			countdown: interruptEvery, line: 1, tok: token{pos: Pos{1, 1}},
		},
		symbols: make(map[string]int32),
	}
	p.symbol(envName)
	return p
}

// take removes the entries of a stack from base on and returns a copy of them, nil for none.
func take[T any](stack *[]T, base int) []T {
	list := (*stack)[base:]
	if len(list) == 0 {
		return nil
	}
	out := make([]T, len(list))
	copy(out, list)
	*stack = (*stack)[:base]
	return out
}

// Messages.

// syntaxError reports an error near the current token.
func (p *parser) syntaxError(msg string) {
	if p.tok.kind == tokEOF {
		p.fail(msg, "", true)
	} else {
		p.fail(msg, p.tok.near(p.src), false)
	}
}

// semanticError reports an error that no token is to blame for.
func (p *parser) semanticError(msg string) { p.fail(msg, "", false) }

// limitError reports that fs has more of something than allowed.
func (p *parser) limitError(fs *funcState, limit int, what string) {
	where := "main function"
	if fs.parent != nil {
		where = "function at line " + strconv.Itoa(int(fs.fn.Pos.Line))
	}
	p.semanticError(where + " has more than " + strconv.Itoa(limit) + " " + what)
}

func (p *parser) enterLevel() {
	p.levels++
	if p.levels > maxLevels {
		p.limitError(p.fs, maxLevels, "syntax levels")
	}
}

func (p *parser) leaveLevel() { p.levels-- }

// raise notes the height of an expression of which the parts are at most parts nodes high.
func (p *parser) raise(parts int) {
	p.height = parts + 1
	if p.height > maxHeight {
		p.syntaxError("function or expression too complex")
	}
}

// Tokens.

// accept skips a token of the given kind if it is the current one.
func (p *parser) accept(kind tokenKind) bool {
	if p.tok.kind != kind {
		return false
	}
	p.next()
	return true
}

// expect skips a token of the given kind, or reports that it is missing.
func (p *parser) expect(kind tokenKind) {
	if p.tok.kind != kind {
		p.syntaxError(kind.quoted() + " expected")
		return
	}
	p.next()
}

// expectClose is expect for the token that closes the construct which opener began at the given line.
func (p *parser) expectClose(kind, opener tokenKind, line int32) {
	switch {
	case p.accept(kind):
	case line == p.tok.pos.Line:
		p.syntaxError(kind.quoted() + " expected")
	default:
		p.syntaxError(kind.quoted() + " expected (to close " + opener.quoted() + " at line " + strconv.Itoa(int(line)) + ")")
	}
}

// name skips a name and returns it.
func (p *parser) name() (string, Pos) {
	name, pos := p.tok.text, p.tok.pos
	p.expect(tokName)
	return name, pos
}

// Functions and blocks.

// chunk parses the main function.
func (p *parser) chunk() *Function {
	p.main = &Function{IsVararg: true, Upvalues: []Upvalue{{Name: envName}}}
	p.fs = &funcState{fn: p.main}
	p.next()
	block := p.openBlock()
	p.main.Body = p.statements()
	p.main.LastLine = p.tok.pos.Line
	if p.tok.kind != tokEOF {
		p.syntaxError(tokEOF.quoted() + " expected")
	}
	p.closeBlock(block)
	p.checkGotos(block)
	return p.main
}

// functionBody parses parameters and body of a function whose keyword is at pos; messages say that it begins in the
// given line. self is the place of the colon in the name of a method, or the zero Pos.
func (p *parser) functionBody(pos, self Pos, line int32) *FunctionExpr {
	fn := &Function{Pos: pos, Parent: p.fs.fn}
	p.fs = &funcState{fn: fn, parent: p.fs, scopeBase: len(p.scope)}
	outerHeight := p.bodyHeight
	p.bodyHeight = 0

	block := p.openBlock()
	p.expect(tokLParen)
	p.parameters(self)
	p.expect(tokRParen)
	fn.Body = p.statements()
	fn.LastLine = p.tok.pos.Line
	p.expectClose(tokEnd, tokFunction, line)
	p.closeBlock(block)
	p.checkGotos(block)

	p.fs = p.fs.parent
	p.raise(p.bodyHeight)
	p.bodyHeight = outerHeight
	return &FunctionExpr{Pos: pos, Func: fn}
}

// parameters parses a list of parameters and makes them active.
func (p *parser) parameters(self Pos) {
	fn, base := p.fs.fn, len(p.locals)
	if self != (Pos{}) {
		p.locals = append(p.locals, p.newLocal("self", self, 0))
	}
	if p.tok.kind != tokRParen {
		for {
			if p.accept(tokDots) {
				fn.IsVararg = true
				break
			}
			if p.tok.kind != tokName {
				p.syntaxError("<name> or '...' expected")
				break
			}
			name, pos := p.name()
			p.locals = append(p.locals, p.newLocal(name, pos, len(p.locals)-base))
			if !p.accept(tokComma) {
				break
			}
		}
	}
	fn.Params = take(&p.locals, base)
	for _, param := range fn.Params {
		p.declare(param)
	}
}

// block parses a block with a scope of its own.
func (p *parser) block() *Block {
	scope := p.openBlock()
	body := p.statements()
	p.closeBlock(scope)
	return body
}

// loopBody parses the block of a loop.
func (p *parser) loopBody() *Block {
	p.fs.loops++
	body := p.block()
	p.fs.loops--
	return body
}

// atBlockEnd reports whether the current token ends a block. The locals of a block that until ends go on to live.
func (p *parser) atBlockEnd(untilToo bool) bool {
	switch p.tok.kind {
	case tokEOF, tokEnd, tokElse, tokElseif:
		return true
	case tokUntil:
		return untilToo
	}
	return false
}

// statements parses the statements of a block up to the token that ends it.
func (p *parser) statements() *Block {
	base := len(p.stmts)
	scope := p.openBlock()
	for !p.atBlockEnd(true) {
		if p.tok.kind == tokDoubleColon {
			p.labelRun(scope)
			continue
		}
		last := p.tok.kind == tokReturn
		p.enterLevel()
		stmt := p.statement()
		p.leaveLevel()
		if stmt != nil {
			p.stmts = append(p.stmts, stmt)
		}
		if last {
			break
		}
	}
	return &Block{Stmts: take(&p.stmts, base), End: p.tok.pos}
}

// Statements.

// statement parses a statement other than a label. It returns nil for an empty one.
func (p *parser) statement() Stmt {
	pos := p.tok.pos
	switch p.tok.kind {
	case tokSemicolon:
		p.next()
		return nil
	case tokIf:
		return p.ifStmt(pos)
	case tokWhile:
		p.next()
		cond := p.expr()
		p.expect(tokDo)
		body := p.loopBody()
		p.expectClose(tokEnd, tokWhile, pos.Line)
		return &WhileStmt{Pos: pos, Cond: cond, Body: body}
	case tokDo:
		p.next()
		body := p.block()
		p.expectClose(tokEnd, tokDo, pos.Line)
		return &DoStmt{Pos: pos, Body: body}
	case tokFor:
		return p.forStmt(pos)
	case tokRepeat:
		return p.repeatStmt(pos)
	case tokFunction:
		return p.functionStmt(pos)
	case tokLocal:
		p.next()
		if p.tok.kind == tokFunction {
			return p.localFunctionStmt(pos)
		}
		return p.localStmt(pos)
	case tokReturn:
		return p.returnStmt(pos)
	case tokBreak:
		p.next()
		if p.fs.loops == 0 {
			// An error, but one that counts only if no other is found before the end of the function.
			p.addPending(pendingGoto{line: pos.Line, col: pos.Col, active: p.active()})
		}
		return &BreakStmt{Pos: pos}
	case tokName:
		if p.tok.text == "goto" && p.peek() == tokName {
			p.next()
			stmt := &GotoStmt{Pos: pos}
			stmt.Name, _ = p.name()
			p.addGoto(stmt)
			return stmt
		}
	}
	return p.exprStmt(pos)
}

// labelRun parses a label and all labels and semicolons after it: only then it is known whether they end their block,
// in which case they are outside the scope of the block's variables and gotos may jump over these.
func (p *parser) labelRun(b blockState) {
	first := len(p.labels)
	for {
		if p.accept(tokSemicolon) {
			continue
		}
		pos := p.tok.pos
		if !p.accept(tokDoubleColon) {
			break
		}
		name, _ := p.name()
		if old := p.fs.labels[name]; old != nil {
			p.semanticError("label '" + name + "' already defined on line " + strconv.Itoa(int(old.stmt.Pos.Line)))
		}
		p.expect(tokDoubleColon)
		if p.err != nil {
			return
		}
		stmt := &LabelStmt{Pos: pos, Name: name}
		p.addLabel(stmt)
		p.stmts = append(p.stmts, stmt)
	}
	run := p.labels[first:]
	last := p.atBlockEnd(false)
	for i := len(run) - 1; i >= 0; i-- {
		if last {
			run[i].active = b.scope - p.fs.scopeBase
		}
		p.closeGotos(b, run[i])
	}
}

func (p *parser) returnStmt(pos Pos) *ReturnStmt {
	stmt := &ReturnStmt{Pos: pos}
	p.next()
	if !p.atBlockEnd(true) && p.tok.kind != tokSemicolon {
		stmt.Exprs = p.exprList()
	}
	p.accept(tokSemicolon)
	return stmt
}

func (p *parser) ifStmt(pos Pos) *IfStmt {
	stmt := &IfStmt{Pos: pos}
	for {
		p.next() // if or elseif
		cond := p.expr()
		p.expect(tokThen)
		stmt.Clauses = append(stmt.Clauses, IfClause{Cond: cond, Body: p.block()})
		if p.tok.kind != tokElseif {
			break
		}
	}
	if p.accept(tokElse) {
		stmt.Else = p.block()
	}
	p.expectClose(tokEnd, tokIf, pos.Line)
	return stmt
}

func (p *parser) repeatStmt(pos Pos) *RepeatStmt {
	p.next()
	scope := p.openBlock()
	p.fs.loops++
	body := p.statements()
	p.fs.loops--
	p.expectClose(tokUntil, tokRepeat, pos.Line)
	cond := p.expr()
	p.closeBlock(scope)
	return &RepeatStmt{Pos: pos, Body: body, Cond: cond}
}

func (p *parser) forStmt(pos Pos) Stmt {
	p.next()
	scope := p.openBlock()
	name, namePos := p.name()
	// Every for loop keeps three values in variables without names, which count to the limit.
	first := p.newLocal(name, namePos, 3)
	var stmt Stmt
	switch p.tok.kind {
	case tokAssign:
		stmt = p.numericFor(pos, first)
	case tokComma, tokIn:
		stmt = p.genericFor(pos, first)
	default:
		p.syntaxError("'=' or 'in' expected")
		stmt = &DoStmt{Pos: pos}
	}
	p.expectClose(tokEnd, tokFor, pos.Line)
	p.closeBlock(scope)
	return stmt
}

func (p *parser) numericFor(pos Pos, v *Local) *NumericForStmt {
	stmt := &NumericForStmt{Pos: pos, Var: v}
	p.next()
	stmt.Start = p.expr()
	p.expect(tokComma)
	stmt.Limit = p.expr()
	if p.accept(tokComma) {
		stmt.Step = p.expr()
	}
	stmt.Body = p.forBody(v)
	return stmt
}

func (p *parser) genericFor(pos Pos, first *Local) *GenericForStmt {
	stmt := &GenericForStmt{Pos: pos}
	base := len(p.locals)
	p.locals = append(p.locals, first)
	for p.accept(tokComma) {
		name, namePos := p.name()
		p.locals = append(p.locals, p.newLocal(name, namePos, 3+len(p.locals)-base))
	}
	stmt.Vars = take(&p.locals, base)
	p.expect(tokIn)
	stmt.Exprs = p.exprList()
	stmt.Body = p.forBody(stmt.Vars...)
	return stmt
}

// forBody parses the block of a for loop, in which the loop's variables are active.
func (p *parser) forBody(vars ...*Local) *Block {
	p.expect(tokDo)
	for range 3 {
		p.declareHidden()
	}
	for _, v := range vars {
		p.declare(v)
	}
	return p.loopBody()
}

func (p *parser) functionStmt(pos Pos) *FunctionStmt {
	p.next()
	stmt := &FunctionStmt{Pos: pos}
	name, namePos := p.name()
	stmt.Target = p.resolve(name, namePos)
	for p.tok.kind == tokDot {
		stmt.Target = p.field(stmt.Target)
	}
	var self Pos
	if p.tok.kind == tokColon {
		self = p.tok.pos
		stmt.Target = p.field(stmt.Target)
	}
	p.assign(stmt.Target)
	p.bodyHeight = max(p.bodyHeight, p.height)
	stmt.Func = p.functionBody(pos, self, pos.Line)
	p.bodyHeight = max(p.bodyHeight, p.height)
	return stmt
}

func (p *parser) localFunctionStmt(pos Pos) *LocalFunctionStmt {
	keyword := p.tok.pos
	p.next()
	name, namePos := p.name()
	stmt := &LocalFunctionStmt{Pos: pos, Name: p.newLocal(name, namePos, 0)}
	p.declare(stmt.Name)
	stmt.Func = p.functionBody(keyword, Pos{}, p.tok.pos.Line)
	p.bodyHeight = max(p.bodyHeight, p.height)
	return stmt
}

func (p *parser) localStmt(pos Pos) *LocalStmt {
	stmt := &LocalStmt{Pos: pos}
	base := len(p.locals)
	for {
		name, namePos := p.name()
		p.locals = append(p.locals, p.newLocal(name, namePos, len(p.locals)-base))
		if !p.accept(tokComma) {
			break
		}
	}
	stmt.Names = take(&p.locals, base)
	if p.accept(tokAssign) {
		stmt.Exprs = p.exprList()
	}
	for _, local := range stmt.Names {
		p.declare(local)
	}
	return stmt
}

// exprStmt parses a call or an assignment.
func (p *parser) exprStmt(pos Pos) Stmt {
	e := p.suffixedExpr()
	p.bodyHeight = max(p.bodyHeight, p.height)
	if p.tok.kind == tokAssign || p.tok.kind == tokComma {
		return p.assignStmt(pos, e)
	}
	switch e.(type) {
	case *CallExpr, *MethodCallExpr:
	default:
		p.syntaxError("syntax error")
	}
	return &CallStmt{Pos: pos, Call: e}
}

func (p *parser) assignStmt(pos Pos, target Expr) *AssignStmt {
	base := len(p.exprs)
	for {
		switch target.(type) {
		case *LocalExpr, *UpvalueExpr, *GlobalExpr, *IndexExpr:
		default:
			p.syntaxError("syntax error")
		}
		p.assign(target)
		p.exprs = append(p.exprs, target)
		if !p.accept(tokComma) {
			break
		}
		target = p.suffixedExpr()
		p.bodyHeight = max(p.bodyHeight, p.height)
	}
	stmt := &AssignStmt{Pos: pos, Targets: take(&p.exprs, base)}
	p.expect(tokAssign)
	stmt.Exprs = p.exprList()
	return stmt
}
