package types

import (
	"slices"
	"strconv"
	"strings"

	"github.com/luart/luart/lua/syntax"
)

// deriver makes a definition file of a source.
type deriver struct {
	src    *source
	meta   string              // the name of the module that the file stands for, if any
	skip   map[string]bool     // names that are defined by hand
	done   map[string]bool     // names that are defined
	locals map[string]localVar // of the main chunk
	out    strings.Builder
	end    string
}

// localVar is a local of the main chunk: a function, or another value.
type localVar struct {
	line  int32
	fn    *syntax.Function
	value syntax.Expr
}

func newDeriver(name, text string, skip map[string]bool) (*deriver, error) {
	src, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	d := &deriver{src: src, skip: skip, done: map[string]bool{}, locals: map[string]localVar{}}
	for _, stmt := range src.main.Body.Stmts {
		switch s := stmt.(type) {
		case *syntax.LocalFunctionStmt:
			d.locals[s.Name.Name] = localVar{line: s.Pos.Line, fn: s.Func.Func}
		case *syntax.LocalStmt:
			for i, name := range s.Names {
				v := localVar{line: s.Pos.Line}
				if i < len(s.Exprs) {
					v.value = s.Exprs[i]
				}
				if f, ok := v.value.(*syntax.FunctionExpr); ok {
					v.fn = f.Func
				}
				d.locals[name.Name] = v
			}
		}
	}
	return d, nil
}

func (d *deriver) text() string {
	return strings.TrimSpace("---@meta "+d.meta) + "\n" + mark + "\n" + d.out.String() + d.end
}

// write adds something with its annotation.
func (d *deriver) write(doc []string, line string) {
	d.out.WriteString("\n")
	for _, l := range doc {
		d.out.WriteString(l + "\n")
	}
	d.out.WriteString(line + "\n")
}

// claim reports whether a name is still to be defined, and takes note of it.
func (d *deriver) claim(name string) bool {
	if d.skip[name] || d.done[name] {
		return false
	}
	d.done[name] = true
	return true
}

func (d *deriver) function(doc []string, path []string, f *syntax.Function) {
	names, method := params(f)
	d.declare(doc, path, names, method)
}

func (d *deriver) declare(doc []string, path, params []string, method bool) {
	if !d.claim(join(path, false)) {
		return
	}
	if isName(path[len(path)-1]) {
		d.write(doc, "function "+join(path, method)+"("+strings.Join(params, ", ")+") end")
	} else {
		d.write(doc, join(path, false)+" = function("+strings.Join(params, ", ")+") end")
	}
}

// value defines a name by an expression that the source gives it.
func (d *deriver) value(doc []string, path []string, e syntax.Expr) {
	name := join(path, false)
	text, plain := literal(e)
	if plain {
		if d.claim(name) {
			d.write(doc, name+" = "+text)
		}
		return
	}
	switch e := e.(type) {
	case *syntax.FunctionExpr:
		d.function(doc, path, e.Func)
		return
	case *syntax.LocalExpr:
		if v, ok := d.locals[e.Local.Name]; ok && v.fn != nil {
			if doc == nil {
				doc = d.src.doc(v.line)
			}
			d.function(doc, path, v.fn)
			return
		} else if ok && doc == nil {
			doc = d.src.doc(v.line)
		}
	case *syntax.GlobalExpr:
		// Another name of the same API, or a global of the host's.
		of := join(append(slices.Clone(path[:len(path)-1]), e.Name), false)
		if !d.done[of] && !d.skip[of] {
			of = e.Name
		}
		if d.claim(name) {
			d.write(doc, name+" = "+of)
		}
		return
	case *syntax.IndexExpr:
		if root, of := pathOf(e); of != nil && !hasTag(doc, "@param") {
			if _, global := root.(*syntax.GlobalExpr); global {
				if d.claim(name) {
					d.write(doc, name+" = "+join(of, false))
				}
				return
			}
		}
	case *syntax.CallExpr:
		// A function that makes functions.
		if maker, ok := e.Func.(*syntax.LocalExpr); ok && d.locals[maker.Local.Name].fn != nil {
			if f := returned(d.locals[maker.Local.Name].fn); f != nil {
				d.function(doc, path, f)
				return
			}
		}
	}
	if names := paramTags(doc); names != nil || hasTag(doc, "@return") {
		d.declare(doc, path, names, false)
		return
	}
	if !d.claim(name) {
		return
	}
	if !hasTag(doc, "@type") {
		doc = append(doc, "---@type any")
	}
	d.write(doc, name+" = nil")
}

// returned is the function that a function returns at its end, or nil.
func returned(f *syntax.Function) *syntax.Function {
	if n := len(f.Body.Stmts); n > 0 {
		if r, ok := f.Body.Stmts[n-1].(*syntax.ReturnStmt); ok && len(r.Exprs) == 1 {
			if e, ok := r.Exprs[0].(*syntax.FunctionExpr); ok {
				return e.Func
			}
		}
	}
	return nil
}

// paramTags returns the names of the parameters that an annotation has.
func paramTags(doc []string) (names []string) {
	for _, line := range doc {
		if rest, ok := strings.CutPrefix(line, "---@param "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, strings.TrimSuffix(name, "?"))
		}
	}
	return names
}

// literal returns a constant as Lua writes it.
func literal(e syntax.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *syntax.NumberExpr:
		return strconv.FormatFloat(e.Value, 'f', -1, 64), true
	case *syntax.StringExpr:
		return strconv.Quote(e.Value), true
	case *syntax.TrueExpr:
		return "true", true
	case *syntax.FalseExpr:
		return "false", true
	case *syntax.TableExpr:
		return "{}", true
	}
	return "", false
}

// typeBlock is an annotation of types that belongs to nothing else, with the table that holds the functions of a class, if any.
type typeBlock struct {
	doc   []string
	names []string // of the types
	local string   // name of the table
	text  string   // all of it, with the functions
}

// classes defines the types that belong to nothing else, and the functions of those that are tables in the source. Types that
// nothing in used names are left out: only the source's own code has to know them.
func (d *deriver) classes(used string) {
	all := d.typeBlocks()
	kept := make([]bool, len(all))
	for again := true; again; {
		again = false
		for i, block := range all {
			if !kept[i] && slices.ContainsFunc(block.names, func(name string) bool { return mentions(used, name) }) {
				kept[i], again = true, true
				used += block.text
			}
		}
	}
	for i, block := range all {
		if kept[i] {
			d.out.WriteString(block.text)
		}
	}
}

func (d *deriver) typeBlocks() []typeBlock {
	var all []typeBlock
	for line := 1; line <= len(d.src.lines); line++ {
		if !isDoc(d.src.line(line)) || d.src.used[line] {
			continue
		}
		first := line
		for isDoc(d.src.line(line)) {
			line++
		}
		block := typeBlock{doc: d.src.doc(int32(line))}
		block.doc = block.doc[len(block.doc)-(line-first):]
		if block.names = typeNames(block.doc); block.names == nil {
			continue
		}
		if rest, ok := strings.CutPrefix(d.src.line(line), "local "); ok && hasTag(block.doc, "@class") {
			if name, value, ok := strings.Cut(rest, " = "); ok && isName(name) && strings.HasPrefix(value, "{") {
				block.local = name
			}
		}
		block.text = d.typeText(block)
		all = append(all, block)
	}
	return all
}

// typeText is what a block becomes in the definitions.
func (d *deriver) typeText(block typeBlock) string {
	if block.local == "" {
		return "\n" + strings.Join(block.doc, "\n") + "\n"
	}
	before := d.out.String()
	d.out.Reset()
	d.write(block.doc, "local "+block.local+" = {}")
	for _, stmt := range d.src.main.Body.Stmts {
		if s, ok := stmt.(*syntax.FunctionStmt); ok {
			root, path := pathOf(s.Target)
			if _, local := root.(*syntax.LocalExpr); local && path[0] == block.local && len(path) == 2 {
				d.function(d.src.doc(s.Pos.Line), path, s.Func.Func)
			}
		}
	}
	text := d.out.String()
	d.out.Reset()
	d.out.WriteString(before)
	return text
}

// mentions tells whether a text names a type.
func mentions(text, name string) bool {
	part := func(c byte) bool {
		return c == '.' || c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
	}
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(name)
		dotted := end+1 < len(text) && text[end] == '.' && part(text[end+1]) // a dot may just end a sentence
		if !(start > 0 && part(text[start-1])) && !dotted && !(end < len(text) && text[end] != '.' && part(text[end])) {
			return true
		}
		from = end
	}
}

// deriveAPI makes the definitions of an API: the globals of its file are the fields of a table.
func deriveAPI(name, file, text string, skip map[string]bool, rename map[string]string) (*deriver, error) {
	d, err := newDeriver(file, text, skip)
	if err != nil {
		return nil, err
	}
	if d.claim(name) {
		d.write(append(d.src.header(), "---@class "+name), name+" = {}")
	}
	field := func(target syntax.Expr) []string {
		root, path := pathOf(target)
		if _, global := root.(*syntax.GlobalExpr); !global || len(path) != 1 {
			return nil
		}
		if new, ok := rename[path[0]]; ok {
			return []string{name, new}
		}
		return []string{name, path[0]}
	}
	body := d.out.String()
	d.out.Reset()
	statements(d.src.main.Body, false, func(stmt syntax.Stmt) {
		switch s := stmt.(type) {
		case *syntax.FunctionStmt:
			if path := field(s.Target); path != nil {
				d.function(d.src.doc(s.Pos.Line), path, s.Func.Func)
			}
		case *syntax.AssignStmt:
			for i, target := range s.Targets {
				path := field(target)
				if path == nil || i >= len(s.Exprs) {
					continue
				}
				if _, isNil := s.Exprs[i].(*syntax.NilExpr); !isNil {
					d.value(d.src.doc(s.Pos.Line), path, s.Exprs[i])
				}
			}
		}
	})
	fields := d.out.String()
	d.out.Reset()
	if rename == nil {
		d.classes(fields)
	}
	types := d.out.String()
	d.out.Reset()
	d.out.WriteString(body + types + fields)
	return d, nil
}

// deriveTable makes the definitions of a table that the file fills somewhere: function name.f() end.
func deriveTable(name, file, text string, skip map[string]bool) (*deriver, error) {
	d, err := newDeriver(file, text, skip)
	if err != nil {
		return nil, err
	}
	doc := d.src.header()
	if v, ok := d.locals[name]; ok {
		doc = append(doc, d.src.doc(v.line)...)
	}
	if !hasTag(doc, "@class") {
		doc = append(doc, "---@class "+name)
	}
	if d.claim(name) {
		d.write(doc, name+" = {}")
	}
	statements(d.src.main.Body, true, func(stmt syntax.Stmt) {
		if s, ok := stmt.(*syntax.FunctionStmt); ok {
			if _, path := pathOf(s.Target); len(path) == 2 && path[0] == name {
				d.function(d.src.doc(s.Pos.Line), path, s.Func.Func)
			}
		}
	})
	d.classes(d.out.String())
	return d, nil
}

// deriveBios makes the definitions of the globals, and of the fields of os and others, that the bios defines.
func deriveBios(text string, skip map[string]bool) (*deriver, error) {
	d, err := newDeriver("bios.lua", text, skip)
	if err != nil {
		return nil, err
	}
	global := func(target syntax.Expr) []string {
		root, path := pathOf(target)
		if _, ok := root.(*syntax.GlobalExpr); !ok || path[0] == "_G" {
			return nil
		}
		return path
	}
	statements(d.src.main.Body, false, func(stmt syntax.Stmt) {
		switch s := stmt.(type) {
		case *syntax.FunctionStmt:
			if path := global(s.Target); path != nil {
				d.function(d.src.doc(s.Pos.Line), path, s.Func.Func)
			}
		case *syntax.AssignStmt:
			for i, target := range s.Targets {
				path := global(target)
				if path == nil || i >= len(s.Exprs) {
					continue
				}
				if _, isNil := s.Exprs[i].(*syntax.NilExpr); isNil {
					continue
				}
				d.value(d.src.doc(s.Pos.Line), path, s.Exprs[i])
				if table, ok := s.Exprs[i].(*syntax.TableExpr); ok {
					d.fields(path, table)
				}
			}
		}
	})
	d.classes(d.out.String())
	return d, nil
}

// fields defines the named fields of a table constructor.
func (d *deriver) fields(path []string, table *syntax.TableExpr) {
	for _, field := range table.Fields {
		if key, ok := field.Key.(*syntax.StringExpr); ok {
			d.value(d.src.doc(lineOf(field)), append(slices.Clone(path), key.Value), field.Value)
		}
	}
}

// lineOf is the line of a field's key, where its annotation ends, if there is one.
func lineOf(f syntax.TableField) int32 {
	if key, ok := f.Key.(*syntax.StringExpr); ok && key.Pos.Line > 0 {
		return key.Pos.Line
	}
	return f.Value.ExprPos().Line
}

// deriveModule makes the definitions of a module: what its file returns.
func deriveModule(module, file, text string) (*deriver, error) {
	d, err := newDeriver(file, text, nil)
	if err != nil {
		return nil, err
	}
	d.meta = module
	name := module[strings.LastIndex(module, ".")+1:]
	var result syntax.Expr
	if n := len(d.src.main.Body.Stmts); n > 0 {
		if r, ok := d.src.main.Body.Stmts[n-1].(*syntax.ReturnStmt); ok && len(r.Exprs) > 0 {
			result = r.Exprs[0]
		}
	}
	if call, ok := result.(*syntax.CallExpr); ok && len(call.Args) > 0 {
		result = call.Args[0] // setmetatable(module, …)
	}
	doc := d.src.header()
	table, _ := result.(*syntax.TableExpr)
	returned := ""
	if local, ok := result.(*syntax.LocalExpr); ok {
		returned = local.Local.Name
		v := d.locals[returned]
		doc = append(doc, d.src.doc(v.line)...)
		table, _ = v.value.(*syntax.TableExpr)
	}
	if !hasTag(doc, "@class") {
		doc = append(doc, "---@class "+module)
	}
	d.write(doc, "local "+name+" = {}")
	head := d.out.String()
	d.out.Reset()
	if table != nil {
		d.fields([]string{name}, table)
	}
	for _, stmt := range d.src.main.Body.Stmts {
		switch s := stmt.(type) {
		case *syntax.FunctionStmt:
			if root, path := pathOf(s.Target); returned != "" && len(path) == 2 && path[0] == returned {
				if _, local := root.(*syntax.LocalExpr); local {
					d.function(d.src.doc(s.Pos.Line), []string{name, path[1]}, s.Func.Func)
				}
			}
		case *syntax.AssignStmt:
			for i, target := range s.Targets {
				if _, path := pathOf(target); returned != "" && len(path) == 2 && path[0] == returned && i < len(s.Exprs) {
					d.value(d.src.doc(s.Pos.Line), []string{name, path[1]}, s.Exprs[i])
				}
			}
		}
	}
	body := d.out.String()
	d.out.Reset()
	d.classes(body)
	types := d.out.String()
	d.out.Reset()
	d.out.WriteString(types + head + body)
	d.end = "\nreturn " + name + "\n"
	return d, nil
}
