package syntax

import (
	"fmt"
	"strconv"
	"strings"
)

// dump writes a tree as text that tests can compare: a local is name, an upvalue ^name(index), a free name $name, with
// @ and the variable after it when its _ENV is not that of the chunk.
func dump(fn *Function) string {
	var b strings.Builder
	dumpBlock(&b, fn.Body)
	return strings.TrimSpace(b.String())
}

func dumpBlock(b *strings.Builder, block *Block) {
	for i, s := range block.Stmts {
		if i > 0 {
			b.WriteString("; ")
		}
		dumpStmt(b, s)
	}
}

func dumpLocals(b *strings.Builder, locals []*Local) {
	for i, l := range locals {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(l.Name)
	}
}

func dumpExprs(b *strings.Builder, exprs []Expr) {
	for i, e := range exprs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(dumpExpr(e))
	}
}

func dumpStmt(b *strings.Builder, stmt Stmt) {
	body := func(block *Block) {
		b.WriteString(" {")
		dumpBlock(b, block)
		b.WriteString("}")
	}
	switch s := stmt.(type) {
	case *LocalStmt:
		b.WriteString("local ")
		dumpLocals(b, s.Names)
		if s.Exprs != nil {
			b.WriteString(" = ")
			dumpExprs(b, s.Exprs)
		}
	case *LocalFunctionStmt:
		b.WriteString("local " + s.Name.Name + " = " + dumpExpr(s.Func))
	case *FunctionStmt:
		b.WriteString(dumpExpr(s.Target) + " = " + dumpExpr(s.Func))
	case *AssignStmt:
		dumpExprs(b, s.Targets)
		b.WriteString(" = ")
		dumpExprs(b, s.Exprs)
	case *CallStmt:
		b.WriteString(dumpExpr(s.Call))
	case *DoStmt:
		b.WriteString("do")
		body(s.Body)
	case *WhileStmt:
		b.WriteString("while " + dumpExpr(s.Cond))
		body(s.Body)
	case *RepeatStmt:
		b.WriteString("repeat")
		body(s.Body)
		b.WriteString(" until " + dumpExpr(s.Cond))
	case *IfStmt:
		for i, c := range s.Clauses {
			if i > 0 {
				b.WriteString(" else")
			}
			b.WriteString("if " + dumpExpr(c.Cond))
			body(c.Body)
		}
		if s.Else != nil {
			b.WriteString(" else")
			body(s.Else)
		}
	case *NumericForStmt:
		b.WriteString("for " + s.Var.Name + " = " + dumpExpr(s.Start) + ", " + dumpExpr(s.Limit))
		if s.Step != nil {
			b.WriteString(", " + dumpExpr(s.Step))
		}
		body(s.Body)
	case *GenericForStmt:
		b.WriteString("for ")
		dumpLocals(b, s.Vars)
		b.WriteString(" in ")
		dumpExprs(b, s.Exprs)
		body(s.Body)
	case *ReturnStmt:
		b.WriteString("return ")
		dumpExprs(b, s.Exprs)
	case *BreakStmt:
		b.WriteString("break")
	case *GotoStmt:
		fmt.Fprintf(b, "goto %s@%d", s.Name, s.Label.Pos.Line)
	case *LabelStmt:
		b.WriteString("::" + s.Name + "::")
	default:
		fmt.Fprintf(b, "unknown statement %T", s)
	}
}

var binaryNames = []string{"+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or"}

func dumpExpr(expr Expr) string {
	var b strings.Builder
	switch e := expr.(type) {
	case *NilExpr:
		return "nil"
	case *TrueExpr:
		return "true"
	case *FalseExpr:
		return "false"
	case *NumberExpr:
		return strconv.FormatFloat(e.Value, 'g', -1, 64)
	case *StringExpr:
		return strconv.Quote(e.Value)
	case *VarargExpr:
		return "..."
	case *FunctionExpr:
		b.WriteString("function(")
		dumpLocals(&b, e.Func.Params)
		if e.Func.IsVararg {
			b.WriteString("...")
		}
		b.WriteString(") {")
		dumpBlock(&b, e.Func.Body)
		b.WriteString("}")
	case *LocalExpr:
		return e.Local.Name
	case *UpvalueExpr:
		return fmt.Sprintf("^%s(%d)", e.Name, e.Index)
	case *GlobalExpr:
		if up, ok := e.Env.(*UpvalueExpr); ok && up.Local == nil {
			return "$" + e.Name
		}
		return "$" + e.Name + "@" + dumpExpr(e.Env)
	case *IndexExpr:
		return dumpExpr(e.Obj) + "[" + dumpExpr(e.Key) + "]"
	case *CallExpr:
		b.WriteString(dumpExpr(e.Func) + "(")
		dumpExprs(&b, e.Args)
		b.WriteString(")")
	case *MethodCallExpr:
		b.WriteString(dumpExpr(e.Obj) + ":" + e.Name + "(")
		dumpExprs(&b, e.Args)
		b.WriteString(")")
	case *TableExpr:
		b.WriteString("{")
		for i, f := range e.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			if f.Key != nil {
				b.WriteString("[" + dumpExpr(f.Key) + "] = ")
			}
			b.WriteString(dumpExpr(f.Value))
		}
		b.WriteString("}")
	case *BinaryExpr:
		return "(" + dumpExpr(e.Left) + " " + binaryNames[e.Op] + " " + dumpExpr(e.Right) + ")"
	case *UnaryExpr:
		return "(" + []string{"-", "not ", "#"}[e.Op] + dumpExpr(e.Operand) + ")"
	case *ParenExpr:
		return "paren(" + dumpExpr(e.Inner) + ")"
	default:
		return fmt.Sprintf("unknown expression %T", e)
	}
	return b.String()
}
