package syntax

import "strconv"

// The limits of the language.
const (
	maxLocals   = 200       // active at once in one function, the three hidden ones of each for loop included
	maxUpvalues = 61        // CraftOS says 60 in its message but lets one more in
	maxLevels   = 200       // statements, expressions, operators and functions inside one another
	maxLabels   = 1<<15 - 1 // labels, and pending gotos, at once
)

// funcState is a function that is being parsed.
type funcState struct {
	fn        *Function
	parent    *funcState
	scopeBase int               // of parser.scope: where the function's own variables begin
	loops     int               // loops around the current statement, in this function
	env       *UpvalueExpr      // the _ENV of the main chunk as an expression here, shared by the free names
	labels    map[string]*label // the active labels
}

// active is the number of active local variables of the function.
func (p *parser) active() int { return len(p.scope) - p.fs.scopeBase }

// binding is an active local variable: an entry of the stack of scopes.
type binding struct {
	local  *Local // nil for the hidden variables of a for loop
	symbol int32  // its name
	prev   *Local // what the name meant before
}

// blockState is a block that is being parsed: where its part of each stack begins.
type blockState struct {
	scope, labels, gotos int
}

// label is an active label.
type label struct {
	stmt   *LabelStmt
	symbol int32
	active int // the number of variables that are active at it
}

// pendingGoto is a goto whose label has not been found yet, or a break outside any loop.
type pendingGoto struct {
	stmt   *GotoStmt // nil for a break
	symbol int32
	line   int32
	col    int32
	active int // the number of variables active at it, or at the end of the blocks that it has left
}

// symbol returns the number of a name.
func (p *parser) symbol(name string) int32 {
	id, ok := p.symbols[name]
	if !ok {
		id = int32(len(p.meanings))
		p.symbols[name] = id
		p.meanings = append(p.meanings, nil)
	}
	return id
}

// newLocal makes a local variable that declare will make active; pending is the number of variables that were made
// but aren't active yet.
func (p *parser) newLocal(name string, pos Pos, pending int) *Local {
	if p.active()+pending+1 > maxLocals {
		p.limitError(p.fs, maxLocals, "local variables")
	}
	return &Local{Name: name, Pos: pos, Func: p.fs.fn}
}

// declare makes a local variable active.
func (p *parser) declare(local *Local) {
	id := p.symbol(local.Name)
	p.scope = append(p.scope, binding{local, id, p.meanings[id]})
	p.meanings[id] = local
}

// declareHidden counts a variable that the program can't name.
func (p *parser) declareHidden() { p.scope = append(p.scope, binding{}) }

func (p *parser) openBlock() blockState {
	return blockState{len(p.scope), len(p.labels), len(p.gotos)}
}

// closeBlock ends the scope of the block's variables and labels, and hands its pending gotos to the block around it.
func (p *parser) closeBlock(b blockState) {
	for i := len(p.scope) - 1; i >= b.scope; i-- {
		if v := p.scope[i]; v.local != nil {
			p.meanings[v.symbol] = v.prev
		}
	}
	p.scope = p.scope[:b.scope]
	for _, l := range p.labels[b.labels:] {
		delete(p.fs.labels, l.stmt.Name)
	}
	p.labels = p.labels[:b.labels]
	active := p.active()
	for i := b.gotos; i < len(p.gotos); i++ {
		p.gotos[i].active = min(p.gotos[i].active, active)
	}
}

// resolve returns the variable that a name means at the current place.
func (p *parser) resolve(name string, pos Pos) Expr {
	p.height = 1
	if id, ok := p.symbols[name]; ok {
		if local := p.meanings[id]; local != nil {
			return p.variable(local, pos)
		}
		if id == envSymbol {
			return p.chunkEnv(pos)
		}
	}
	p.height = 2
	if local := p.meanings[envSymbol]; local != nil {
		return &GlobalExpr{Pos: pos, Env: p.variable(local, pos), Name: name}
	}
	return &GlobalExpr{Pos: pos, Env: p.chunkEnv(pos), Name: name}
}

func (p *parser) variable(local *Local, pos Pos) Expr {
	if local.Func == p.fs.fn {
		return &LocalExpr{Pos: pos, Local: local}
	}
	local.Captured = true
	return &UpvalueExpr{Pos: pos, Index: p.upvalue(p.fs, local), Name: local.Name, Local: local}
}

// chunkEnv returns the _ENV of the main chunk. All uses in one function share one node, at the place of the first.
func (p *parser) chunkEnv(pos Pos) Expr {
	if p.fs.env == nil {
		p.fs.env = &UpvalueExpr{Pos: pos, Index: p.upvalue(p.fs, nil), Name: envName}
	}
	return p.fs.env
}

// upvalue returns the index of a variable of an outer function among the upvalues of fs, and adds it to these and to
// those of the functions between if needed. The variable nil is the _ENV of the main chunk.
func (p *parser) upvalue(fs *funcState, local *Local) int {
	for i := range fs.fn.Upvalues {
		if fs.fn.Upvalues[i].Local == local {
			return i
		}
	}
	up := Upvalue{Name: envName, Local: local}
	if local != nil {
		up.Name = local.Name
	}
	if local != nil && local.Func == fs.parent.fn {
		up.FromParent = true
	} else {
		up.Index = p.upvalue(fs.parent, local)
	}
	if len(fs.fn.Upvalues) >= maxUpvalues {
		p.limitError(fs, 60, "upvalues")
	}
	fs.fn.Upvalues = append(fs.fn.Upvalues, up)
	return len(fs.fn.Upvalues) - 1
}

// assign notes that an expression is the target of an assignment.
func (p *parser) assign(target Expr) {
	switch e := target.(type) {
	case *LocalExpr:
		e.Local.Assigned = true
	case *UpvalueExpr:
		if e.Local != nil {
			e.Local.Assigned = true
		} else {
			p.main.EnvAssigned = true
		}
	}
}

// addGoto links a goto to its label, or keeps it until the label comes.
func (p *parser) addGoto(stmt *GotoStmt) {
	if l := p.fs.labels[stmt.Name]; l != nil {
		stmt.Label = l.stmt
		return
	}
	p.addPending(pendingGoto{stmt: stmt, symbol: p.symbol(stmt.Name), line: stmt.Pos.Line, col: stmt.Pos.Col, active: p.active()})
}

func (p *parser) addPending(g pendingGoto) {
	if len(p.gotos) >= maxLabels {
		p.limitError(p.fs, maxLabels, "labels/gotos")
		return
	}
	p.gotos = append(p.gotos, g)
}

// addLabel makes a label active. Gotos before it are linked by closeGotos.
func (p *parser) addLabel(stmt *LabelStmt) *label {
	l := &label{stmt: stmt, symbol: p.symbol(stmt.Name), active: p.active()}
	if len(p.labels) >= maxLabels {
		p.limitError(p.fs, maxLabels, "labels/gotos")
		return l
	}
	if p.fs.labels == nil {
		p.fs.labels = make(map[string]*label)
	}
	p.fs.labels[stmt.Name] = l
	p.labels = append(p.labels, l)
	return l
}

// closeGotos links the pending gotos of block b to a label.
func (p *parser) closeGotos(b blockState, l *label) {
	kept := b.gotos
	for i := b.gotos; i < len(p.gotos); i++ {
		g := p.gotos[i]
		if g.stmt == nil || g.symbol != l.symbol {
			p.gotos[kept] = g
			kept++
			continue
		}
		if g.active < l.active {
			// Nothing hidden can be here: a label doesn't see out of the loop that hidden variables belong to.
			entered := p.scope[p.fs.scopeBase+g.active].local.Name
			p.semanticError("<goto " + g.stmt.Name + "> at line " + strconv.Itoa(int(g.line)) +
				" jumps into the scope of local '" + entered + "'")
			return
		}
		g.stmt.Label = l.stmt
	}
	p.gotos = p.gotos[:kept]
}

// checkGotos reports the first goto of the function, which ends, that has found no label.
func (p *parser) checkGotos(b blockState) {
	if len(p.gotos) == b.gotos {
		return
	}
	g := p.gotos[b.gotos]
	p.gotos = p.gotos[:b.gotos]
	line := strconv.Itoa(int(g.line))
	msg := "break outside loop at line " + line
	if g.stmt != nil {
		msg = "no visible label '" + g.stmt.Name + "' for <goto> at line " + line
	}
	p.stop(&Error{ChunkName: p.chunkName, Pos: Pos{g.line, g.col}, Msg: msg})
}
