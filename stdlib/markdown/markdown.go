// Package markdown is the module luart.markdown: pages of HTML from texts in Markdown.
//
// A text enters (CommonMark, with GitHub's tables, strikethrough, task lists and links), HTML leaves, and the title; github.com/yuin/goldmark does the
// work, on a goroutine of its own while the calling coroutine yields. What is HTML in the text is left out unless the program says otherwise,
// and so are links to scripts. Programs get the module by require; the runtime calls Open, on the computer's goroutine.
package markdown

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const (
	// MaxText is how long a text may be, in bytes.
	MaxText = 1 << 20
	// MaxRunning is how many texts of one computer are worked on at a time.
	MaxRunning = 4
)

// Options are what the module needs: nothing yet.
type Options struct{}

type api struct {
	computer stdlib.Computer
	running  *stdlib.Background
}

// Open returns the module for a computer.
func Open(c stdlib.Computer, _ Options) lua.Value {
	a := &api{c, stdlib.NewBackground(c, MaxRunning)}
	t := lua.NewTable(0, 1)
	t.SetString("render", lua.NewFunction("render", a.render))
	return t.Value()
}

var (
	errRunning = fmt.Errorf("%d texts are being worked on already; wait for some", MaxRunning)
	errFault   = errors.New("the text can't be made HTML of, for a fault of luart's")
)

// render is render(text[, options]): HTML, and the title, which is the text of the first heading of level 1, or nil.
func (a *api) render(c lua.Call) (lua.Results, error) {
	source, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	options, err := stdlib.OptTable(c, 2)
	if err != nil {
		return 0, err
	}
	raw := false
	if options != nil {
		if v := options.GetString("html"); !v.IsNil() {
			var ok bool
			if raw, ok = v.AsBool(); !ok {
				return 0, stdlib.BadField(c.VM(), "html", "boolean", v)
			}
		}
	}
	switch {
	case len(source) > MaxText:
		return 0, lua.ArgError(1, fmt.Sprintf("a text of at most %d bytes expected", MaxText))
	case a.running.Full():
		return 0, errRunning
	}
	if err := c.Reserve(8*len(source) + 4096); err != nil {
		return 0, err
	}
	var page page
	return a.running.Run(c, func(ctx context.Context) {
		defer func() {
			switch r := recover().(type) {
			case nil:
			case stopped:
				page.err = r.err
			default:
				a.computer.Log().Error("Markdown has panicked", "panic", r, "stack", string(debug.Stack()))
				page.err = errFault
			}
		}()
		page = convert(ctx, []byte(strings.ToValidUTF8(source, "\uFFFD")), raw)
	}, func(c lua.Call) (lua.Results, error) {
		if page.err != nil {
			return 0, page.err
		}
		if err := c.Reserve(len(page.html) + len(page.title)); err != nil {
			return 0, err
		}
		title := lua.Nil
		if page.hasTitle {
			title = lua.String(page.title)
		}
		return c.Return(lua.Bytes(page.html), title)
	})
}

// page is what becomes of a text.
type page struct {
	html     []byte
	title    string
	hasTitle bool
	err      error
}

// convert panics with a stopped if the text takes too much, or ctx is done.
func convert(ctx context.Context, source []byte, raw bool) page {
	options := []goldmark.Option{goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithParserOptions((&limit{ctx: ctx}).options()...)}
	if raw {
		options = append(options, goldmark.WithRendererOptions(html.WithUnsafe()))
	}
	md := goldmark.New(options...)
	ids := &anchors{taken: make(map[string]bool), next: make(map[string]int)}
	doc := md.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(ids))))
	var p page
	p.title, p.hasTitle = titleOf(doc, source)
	var out bytes.Buffer
	p.err = md.Renderer().Render(&out, source, doc)
	p.html = out.Bytes()
	return p
}

// titleOf returns the text of the first heading of level 1.
func titleOf(doc ast.Node, source []byte) (string, bool) {
	var heading ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // its only errors are those of the function
		if h, ok := n.(*ast.Heading); ok && h.Level == 1 {
			heading = n
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	if heading == nil {
		return "", false
	}
	var b strings.Builder
	_ = ast.Walk(heading, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			value := n.Value(source)
			if !n.IsRaw() {
				value = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(value)))
			}
			b.Write(value)
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(source))
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " "), true
}
