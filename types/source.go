package types

import (
	"strings"

	"github.com/luart/luart/lua/syntax"
)

// source is a Lua file: its lines, for comments, and its tree.
type source struct {
	lines []string
	main  *syntax.Function
	used  map[int]bool // lines of comments that belong to something
}

func parse(name, text string) (*source, error) {
	main, err := syntax.Parse(text, "@"+name)
	if err != nil {
		return nil, err
	}
	return &source{lines: strings.Split(text, "\n"), main: main, used: map[int]bool{}}, nil
}

// line returns a line, counted from one, without the white space around it.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return strings.TrimSpace(s.lines[n-1])
}

// isDoc tells whether a line is part of an annotation. Rulers of dashes are not.
func isDoc(line string) bool {
	return strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "----")
}

// doc returns the annotation that ends above a line.
func (s *source) doc(line int32) []string {
	first := int(line)
	for isDoc(s.line(first - 1)) {
		first--
		s.used[first] = true
	}
	var doc []string
	for i := first; i < int(line); i++ {
		doc = append(doc, s.line(i))
	}
	return doc
}

// header returns the comment at the head of the file, as an annotation.
func (s *source) header() []string {
	var doc []string
	for i := 1; strings.HasPrefix(s.line(i), "--") && !isDoc(s.line(i)); i++ {
		doc = append(doc, "---"+strings.TrimPrefix(strings.TrimPrefix(s.line(i), "--"), " "))
	}
	return doc
}

// typeNames returns the names of the classes, aliases and enumerations that an annotation defines.
func typeNames(doc []string) (names []string) {
	for _, line := range doc {
		for _, tag := range []string{"---@class ", "---@alias ", "---@enum "} {
			if rest, ok := strings.CutPrefix(line, tag); ok {
				name, _, _ := strings.Cut(strings.TrimPrefix(rest, "(exact) "), " ")
				names = append(names, strings.TrimSuffix(name, ":"))
			}
		}
	}
	return names
}

// hasTag tells whether an annotation has a tag such as "@type".
func hasTag(doc []string, tag string) bool {
	for _, line := range doc {
		if strings.HasPrefix(line, "---"+tag) {
			return true
		}
	}
	return false
}

// statements calls f for the statements of a block, and of the blocks in it; for those of functions only if deep.
func statements(block *syntax.Block, deep bool, f func(syntax.Stmt)) {
	if block == nil {
		return
	}
	inside := func(e syntax.Expr) {
		if fn, ok := e.(*syntax.FunctionExpr); ok && deep {
			statements(fn.Func.Body, deep, f)
		}
	}
	for _, stmt := range block.Stmts {
		f(stmt)
		switch s := stmt.(type) {
		case *syntax.DoStmt:
			statements(s.Body, deep, f)
		case *syntax.IfStmt:
			for _, clause := range s.Clauses {
				statements(clause.Body, deep, f)
			}
			statements(s.Else, deep, f)
		case *syntax.FunctionStmt:
			inside(s.Func)
		case *syntax.LocalFunctionStmt:
			inside(s.Func)
		case *syntax.AssignStmt:
			for _, e := range s.Exprs {
				inside(e)
			}
		case *syntax.LocalStmt:
			for _, e := range s.Exprs {
				inside(e)
			}
		}
	}
}

// pathOf returns what a target or a value is called: the name of a variable, and the constant keys after it. Fields of _ENV are
// globals. It is empty for other expressions.
func pathOf(e syntax.Expr) (root syntax.Expr, path []string) {
	switch e := e.(type) {
	case *syntax.GlobalExpr:
		return e, []string{e.Name}
	case *syntax.LocalExpr:
		return e, []string{e.Local.Name}
	case *syntax.UpvalueExpr:
		return e, []string{e.Name}
	case *syntax.IndexExpr:
		key, ok := e.Key.(*syntax.StringExpr)
		root, path := pathOf(e.Obj)
		if !ok || path == nil {
			return nil, nil
		}
		if up, ok := root.(*syntax.UpvalueExpr); ok && up.Local == nil && len(path) == 1 {
			return &syntax.GlobalExpr{Pos: e.Pos, Env: up, Name: key.Value}, []string{key.Value}
		}
		return root, append(path, key.Value)
	}
	return nil, nil
}

// params returns the names of a function's parameters, without self.
func params(f *syntax.Function) (names []string, method bool) {
	for i, p := range f.Params {
		if i == 0 && p.Name == "self" {
			method = true
			continue
		}
		names = append(names, p.Name)
	}
	if f.IsVararg {
		names = append(names, "...")
	}
	return names, method
}

// join writes a path as Lua does.
func join(path []string, method bool) string {
	var b strings.Builder
	for i, part := range path {
		switch {
		case i == 0:
		case !isName(part):
			b.WriteString("[\"" + part + "\"]")
			continue
		case method && i == len(path)-1:
			b.WriteString(":")
		default:
			b.WriteString(".")
		}
		b.WriteString(part)
	}
	return b.String()
}

var keywords = strings.Fields("and break do else elseif end false for function if in local nil not or repeat return then true until while")

func isName(s string) bool {
	for i, c := range []byte(s) {
		if letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'; !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	for _, k := range keywords {
		if s == k {
			return false
		}
	}
	return s != ""
}

// definitions returns what the file defines, if it is a definition file.
func (s *source) definitions() []Definition {
	var all []Definition
	name := func(target syntax.Expr, method bool) string {
		root, path := pathOf(target)
		if _, local := root.(*syntax.LocalExpr); local {
			path[0] = "(" + path[0] + ")"
		}
		return join(path, method)
	}
	for _, stmt := range s.main.Body.Stmts {
		switch stmt := stmt.(type) {
		case *syntax.FunctionStmt:
			names, method := params(stmt.Func.Func)
			all = append(all, Definition{Name: name(stmt.Target, method), Function: true, Params: names})
		case *syntax.AssignStmt:
			for _, target := range stmt.Targets {
				all = append(all, Definition{Name: name(target, false)})
			}
		}
	}
	return all
}
