package syntax

// binaryPriority is how strongly an operator holds on to the expressions on its sides; left < right is left associative.
type binaryPriority struct {
	left, right uint8
	op          BinaryOp
}

// binaryOps has the binary operators; left is zero for every other token.
var binaryOps = [tokenKinds]binaryPriority{
	tokOr:      {1, 1, OpOr},
	tokAnd:     {2, 2, OpAnd},
	tokEq:      {3, 3, OpEq},
	tokNe:      {3, 3, OpNe},
	tokLess:    {3, 3, OpLt},
	tokLe:      {3, 3, OpLe},
	tokGreater: {3, 3, OpGt},
	tokGe:      {3, 3, OpGe},
	tokConcat:  {5, 4, OpConcat},
	tokPlus:    {6, 6, OpAdd},
	tokMinus:   {6, 6, OpSub},
	tokStar:    {7, 7, OpMul},
	tokSlash:   {7, 7, OpDiv},
	tokPercent: {7, 7, OpMod},
	tokCaret:   {10, 9, OpPow},
}

// unaryPriority is between that of multiplication and that of power.
const unaryPriority = 8

// expr parses an expression.
func (p *parser) expr() Expr {
	e := p.subExpr(0)
	p.bodyHeight = max(p.bodyHeight, p.height)
	return e
}

// exprList parses expressions separated by commas, at least one. The height is that of the highest.
func (p *parser) exprList() []Expr {
	base, height := len(p.exprs), 0
	for {
		p.exprs = append(p.exprs, p.expr())
		height = max(height, p.height)
		if !p.accept(tokComma) {
			p.height = height
			return take(&p.exprs, base)
		}
	}
}

// subExpr parses an expression up to the first operator whose priority is not higher than limit.
func (p *parser) subExpr(limit uint8) Expr {
	p.enterLevel()
	var e Expr
	switch p.tok.kind {
	case tokMinus:
		e = p.unary(OpNeg)
	case tokNot:
		e = p.unary(OpNot)
	case tokHash:
		e = p.unary(OpLen)
	default:
		e = p.simpleExpr()
	}
	for {
		op := binaryOps[p.tok.kind]
		if op.left <= limit {
			break
		}
		pos := p.tok.pos
		p.next()
		height := p.height
		right := p.subExpr(op.right)
		e = &BinaryExpr{Pos: pos, Op: op.op, Left: e, Right: right}
		p.raise(max(height, p.height))
	}
	p.leaveLevel()
	return e
}

func (p *parser) unary(op UnaryOp) Expr {
	pos := p.tok.pos
	p.next()
	e := &UnaryExpr{Pos: pos, Op: op, Operand: p.subExpr(unaryPriority)}
	p.raise(p.height)
	return e
}

func (p *parser) simpleExpr() Expr {
	pos := p.tok.pos
	p.height = 1
	var e Expr
	switch p.tok.kind {
	case tokNumber:
		e = &NumberExpr{Pos: pos, Value: p.tok.num}
	case tokString:
		e = &StringExpr{Pos: pos, Value: p.tok.text}
	case tokNil:
		e = &NilExpr{Pos: pos}
	case tokTrue:
		e = &TrueExpr{Pos: pos}
	case tokFalse:
		e = &FalseExpr{Pos: pos}
	case tokDots:
		if !p.fs.fn.IsVararg {
			p.syntaxError("cannot use '...' outside a vararg function")
		}
		p.fs.fn.HasVarargs = true
		e = &VarargExpr{Pos: pos}
	case tokLBrace:
		return p.table()
	case tokFunction:
		p.next()
		return p.functionBody(pos, Pos{}, p.tok.pos.Line)
	default:
		return p.suffixedExpr()
	}
	p.next()
	return e
}

// primaryExpr parses a name or an expression in parentheses.
func (p *parser) primaryExpr() Expr {
	pos := p.tok.pos
	switch p.tok.kind {
	case tokName:
		name := p.tok.text
		p.next()
		return p.resolve(name, pos)
	case tokLParen:
		p.next()
		inner := p.expr()
		p.expectClose(tokRParen, tokLParen, pos.Line)
		p.raise(p.height)
		return &ParenExpr{Pos: pos, Inner: inner}
	}
	p.syntaxError("unexpected symbol")
	p.height = 1
	return &NilExpr{Pos: pos}
}

// suffixedExpr parses a primary expression with the fields, indexes and calls that follow it.
func (p *parser) suffixedExpr() Expr {
	e := p.primaryExpr()
	for {
		pos := p.tok.pos
		switch p.tok.kind {
		case tokDot:
			e = p.field(e)
		case tokLBracket:
			height := p.height
			e = &IndexExpr{Pos: pos, Obj: e, Key: p.index()}
			p.raise(max(height, p.height))
		case tokColon:
			p.next()
			name, _ := p.name()
			height, callPos := p.height, p.tok.pos
			e = &MethodCallExpr{Pos: pos, Obj: e, Name: name, Args: p.args(), CallPos: callPos}
			p.raise(max(height, p.height))
		case tokLParen, tokString, tokLBrace:
			height := p.height
			e = &CallExpr{Pos: pos, Func: e, Args: p.args()}
			p.raise(max(height, p.height))
		default:
			return e
		}
	}
}

// field parses ".name", or ":name" in the name of a function.
func (p *parser) field(obj Expr) Expr {
	pos := p.tok.pos
	p.next()
	name, namePos := p.name()
	p.raise(p.height)
	return &IndexExpr{Pos: pos, Obj: obj, Key: &StringExpr{Pos: namePos, Value: name}}
}

// index parses "[expr]".
func (p *parser) index() Expr {
	p.next()
	key := p.expr()
	p.expect(tokRBracket)
	return key
}

// args parses the arguments of a call.
func (p *parser) args() []Expr {
	pos := p.tok.pos
	switch p.tok.kind {
	case tokString:
		arg := &StringExpr{Pos: pos, Value: p.tok.text}
		p.height = 1
		p.next()
		return []Expr{arg}
	case tokLBrace:
		return []Expr{p.table()}
	case tokLParen:
		var args []Expr
		p.height = 0
		p.next()
		if p.tok.kind != tokRParen {
			args = p.exprList()
		}
		p.expectClose(tokRParen, tokLParen, pos.Line)
		return args
	}
	p.syntaxError("function arguments expected")
	return nil
}

// table parses a table constructor.
func (p *parser) table() *TableExpr {
	e := &TableExpr{Pos: p.tok.pos}
	base, height := len(p.fields), 0
	p.next()
	for p.tok.kind != tokRBrace {
		p.fields = append(p.fields, p.tableField())
		height = max(height, p.height)
		if !p.accept(tokComma) && !p.accept(tokSemicolon) {
			break
		}
	}
	e.Fields = take(&p.fields, base)
	e.End = p.tok.pos
	p.expectClose(tokRBrace, tokLBrace, e.Pos.Line)
	p.raise(height)
	return e
}

func (p *parser) tableField() TableField {
	pos := p.tok.pos
	var key Expr
	height := 1
	switch {
	case p.tok.kind == tokLBracket:
		key = p.index()
		height = p.height
	case p.tok.kind == tokName && p.peek() == tokAssign:
		key = &StringExpr{Pos: pos, Value: p.tok.text}
		p.next()
	default:
		return TableField{Value: p.expr()}
	}
	p.expect(tokAssign)
	value := p.expr()
	p.height = max(height, p.height)
	return TableField{Key: key, Value: value}
}
