package periphemu

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/vfs"
)

// The size of a page, in characters (CraftOS).
const pageWidth, pageHeight = 25, 21

// supply is how much paper and ink a printer is said to have: it never runs out.
const supply = 64

// maxPages is how many names are tried for a page before the folder counts as full.
const maxPages = 10_000

// printer is a printer. A page that is done is a text file in a folder of the computer, named by a number that no other page has and its
// title: "printed/0001 Report.txt". Lines have no blanks at their ends.
type printer struct {
	emulator *Emulator
	folder   string
	last     int // number of the last page that was saved
	page     [][]byte
	title    string
	x, y     int // cursor, from 1; may be anywhere
}

// newPrinter is create(name, "printer"[, folder]): a folder of the computer, /printed unless given.
func newPrinter(e *Emulator, _ string, c lua.Call) (peripheral.Peripheral, error) {
	folder, err := stdlib.OptString(c, 3, "printed")
	if err != nil {
		return nil, badArgument{err}
	}
	return &printer{emulator: e, folder: vfs.Clean(strings.Clone(folder)), x: 1, y: 1}, nil
}

// Types is that of peripheral.Peripheral.
func (p *printer) Types() []string { return []string{"printer"} }

// Methods is that of peripheral.Peripheral.
func (p *printer) Methods() []string {
	return []string{"write", "getCursorPos", "setCursorPos", "getPageSize", "newPage", "endPage", "setPageTitle", "getInkLevel", "getPaperLevel"}
}

var errNoPage = errors.New("Page not started") //lint:ignore ST1005 CraftOS's text

// Call is that of peripheral.Peripheral.
func (p *printer) Call(c lua.Call, method string) (lua.Results, error) {
	switch method {
	case "getInkLevel", "getPaperLevel":
		return c.Return1(lua.Int(supply))
	case "newPage":
		return p.newPage(c)
	}
	if p.page == nil {
		return 0, errNoPage
	}
	switch method {
	case "write":
		p.write(stdlib.CoerceString(c, 1))
		return c.Return0()
	case "getCursorPos":
		return c.Return(lua.Int(p.x), lua.Int(p.y))
	case "setCursorPos":
		return p.setCursorPos(c)
	case "getPageSize":
		return c.Return(lua.Int(pageWidth), lua.Int(pageHeight))
	case "setPageTitle":
		return p.setTitle(c)
	}
	return c.Return1(lua.Bool(p.save(c) == nil)) // endPage
}

// newPage is printer.newPage(): whether there is a new page. One that was begun is ended first.
func (p *printer) newPage(c lua.Call) (lua.Results, error) {
	if p.page != nil && p.save(c) != nil {
		return c.Return1(lua.False)
	}
	p.page, p.title, p.x, p.y = make([][]byte, pageHeight), "", 1, 1
	return c.Return1(lua.True)
}

// write puts a text at the cursor; what is outside of the page is lost.
func (p *printer) write(text string) {
	if p.y >= 1 && p.y <= pageHeight {
		row := p.page[p.y-1]
		if row == nil {
			row = []byte(strings.Repeat(" ", pageWidth))
			p.page[p.y-1] = row
		}
		if skip := max(1-p.x, 0); skip < len(text) && p.x <= pageWidth {
			copy(row[max(p.x, 1)-1:], text[skip:])
		}
	}
	p.x = int(int32(p.x + len(text))) // in 32 bits, as the reference
}

func (p *printer) setCursorPos(c lua.Call) (lua.Results, error) {
	x, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	y, err := stdlib.CheckInt(c, 2)
	if err != nil {
		return 0, err
	}
	p.x, p.y = x, y
	return c.Return0()
}

// setTitle is printer.setPageTitle([title]).
func (p *printer) setTitle(c lua.Call) (lua.Results, error) {
	title, err := stdlib.OptString(c, 1, "")
	if err != nil {
		return 0, err
	}
	p.title = strings.Clone(title)
	return c.Return0()
}

// fileName is what the page with a number is called.
func (p *printer) fileName(n int) string {
	title := strings.NewReplacer("/", " ", `\`, " ").Replace(p.title)
	title = strings.TrimRight(vfs.Clean(title[:min(len(title), 64)]), ".")
	return vfs.Combine(p.folder, strings.TrimRight(fmt.Sprintf("%04d %s", n, title), " ")+".txt")
}

// save writes the page into a file. If that fails, the page stays.
func (p *printer) save(c lua.Call) error {
	files := p.emulator.files
	taken, err := files.List(p.folder, c.Interrupted)
	if err != nil && !errors.Is(err, vfs.ErrNotFound) {
		return err
	}
	n := p.last + 1
	for slices.ContainsFunc(taken, func(name string) bool { return strings.HasPrefix(name, fmt.Sprintf("%04d", n)) }) {
		if n++; n > p.last+maxPages {
			return errors.New("there are too many pages")
		}
	}
	lines := make([]string, pageHeight)
	for i, row := range p.page {
		lines[i] = strings.TrimRight(string(row), " ")
	}
	file, err := files.Open(p.fileName(n), vfs.Write, c.Interrupted)
	if err != nil {
		return err
	}
	if err := file.WriteString(strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"); err != nil {
		file.Abandon()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	p.last, p.page = n, nil
	return nil
}
