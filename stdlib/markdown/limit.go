package markdown

import (
	"context"
	"errors"
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// This file keeps texts that are made for it from taking minutes: what goldmark does with deep nesting, and with many brackets or
// asterisks in one paragraph, takes time in proportion to the square of their number, and it can't be stopped from outside. These two
// parsers, which find nothing, are asked first at every place where it matters, and end it by a panic that convert recovers.

const (
	// maxDepth is how deep quotations and lists may be in one another.
	maxDepth = 100
	// maxMarks is how many characters that mean something one paragraph may have.
	maxMarks = 5000
	// maxReferences is how many lines may begin with a bracket, as definitions of links do.
	maxReferences = 10_000
)

var (
	errDeep       = errors.New("the text has quotations or lists too deep in one another")
	errMarks      = errors.New("a paragraph of the text has too many brackets, asterisks or other such characters")
	errReferences = fmt.Errorf("the text has more than %d lines that begin with a bracket", maxReferences)
)

// stopped is what the panic's value is.
type stopped struct{ err error }

// limit is both parsers, for one text.
type limit struct {
	ctx   context.Context
	block ast.Node // whose inlines are being parsed
	marks int

	references int
}

func (l *limit) check() {
	if err := l.ctx.Err(); err != nil {
		panic(stopped{err})
	}
}

type blockLimit struct{ *limit }

// Trigger has what blocks that others are in begin with, definitions of links, and headings.
func (blockLimit) Trigger() []byte { return []byte(">-+*0123456789[=#") }

func (l blockLimit) Open(parent ast.Node, in text.Reader, pc parser.Context) (ast.Node, parser.State) {
	l.check()
	if line, _ := in.PeekLine(); pc.BlockOffset() >= 0 && line[pc.BlockOffset()] == '[' {
		if l.references++; l.references > maxReferences {
			panic(stopped{errReferences})
		}
	}
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if depth++; depth > maxDepth {
			panic(stopped{errDeep})
		}
	}
	return nil, parser.NoChildren
}

func (blockLimit) Continue(ast.Node, text.Reader, parser.Context) parser.State { return parser.Close }
func (blockLimit) Close(ast.Node, text.Reader, parser.Context)                 {}
func (blockLimit) CanInterruptParagraph() bool                                 { return true }
func (blockLimit) CanAcceptIndentedLine() bool                                 { return true }

type inlineLimit struct{ *limit }

func (inlineLimit) Trigger() []byte { return []byte("*_~[]!<`&(\\:") }

func (l inlineLimit) Parse(parent ast.Node, _ text.Reader, _ parser.Context) ast.Node {
	if l.block != parent {
		l.block, l.marks = parent, 0
	}
	if l.marks++; l.marks > maxMarks {
		panic(stopped{errMarks})
	}
	l.check()
	return nil
}

// options make a parser ask the limits first.
func (l *limit) options() []parser.Option {
	return []parser.Option{
		parser.WithBlockParsers(util.Prioritized(blockLimit{l}, -1)),
		parser.WithInlineParsers(util.Prioritized(inlineLimit{l}, -1)),
	}
}
