// Package term is the native part of CraftOS's term API, on a virtual screen, and the events of its keyboard, mouse and size.
//
// Calls of Lua functions and input of a user enter; snapshots of the screen and events for the computer's queue leave. The
// runtime calls Open while it boots a computer; the Lua functions run on the computer's goroutine. What shows the screen and what
// reads the keyboard are elsewhere: they use Screen and Input, from any goroutine.
//
//	screen := term.NewScreen(term.DefaultWidth, term.DefaultHeight, true)
//	…                                     // a computer with this screen
//	input := term.NewInput(computer.Queue(), screen)
//	go func() {                           // who shows it
//		shown := &term.Snapshot{}
//		for range screen.Changed() {
//			if screen.SnapshotInto(shown) { … }
//		}
//	}()
//	input.Key(257, false)                 // who reads the keyboard
package term

import (
	"errors"
	"math/bits"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Options configure the API. The zero value is fine.
type Options struct {
	// Screen is what programs write to; one of the default size, with colours, that nobody sees unless set. It is reset.
	Screen *Screen
}

// api is the state of the API in one computer.
type api struct{ screen *Screen }

// Open puts the table term into the VM's globals.
func Open(c stdlib.Computer, o Options) {
	a := &api{screen: o.Screen}
	if a.screen == nil {
		a.screen = NewScreen(DefaultWidth, DefaultHeight, true)
	} else {
		a.screen.Reset()
	}
	t := lua.NewTable(0, 32)
	for _, f := range a.functions() {
		fn := lua.NewFunction(f.name, f.fn)
		t.SetString(f.name, fn)
		if f.alias != "" {
			t.SetString(f.alias, fn)
		}
	}
	c.VM().Globals().SetString("term", t.Value())
}

// function is one of the API's, with the other way to spell its name, if there is one.
type function struct {
	name, alias string
	fn          lua.GoFunc
}

func (a *api) functions() []function {
	return []function{
		{"write", "", a.write}, {"blit", "", a.blit}, {"clear", "", a.clear}, {"clearLine", "", a.clearLine}, {"scroll", "", a.scroll},
		{"getCursorPos", "", a.getCursorPos}, {"setCursorPos", "", a.setCursorPos},
		{"getCursorBlink", "", a.getCursorBlink}, {"setCursorBlink", "", a.setCursorBlink},
		{"getSize", "", a.getSize}, {"isColour", "isColor", a.isColour},
		{"getTextColour", "getTextColor", a.getTextColour}, {"setTextColour", "setTextColor", a.setTextColour},
		{"getBackgroundColour", "getBackgroundColor", a.getBackgroundColour},
		{"setBackgroundColour", "setBackgroundColor", a.setBackgroundColour},
		{"getPaletteColour", "getPaletteColor", a.getPaletteColour}, {"setPaletteColour", "setPaletteColor", a.setPaletteColour},
		{"nativePaletteColour", "nativePaletteColor", a.nativePaletteColour},
	}
}

// Functions returns the functions of term for a screen, by their names, in both spellings: what a monitor, for one, can do
// besides. They run on a computer's goroutine.
func Functions(s *Screen) map[string]lua.GoFunc {
	all := make(map[string]lua.GoFunc)
	for _, f := range (&api{screen: s}).functions() {
		all[f.name] = f.fn
		if f.alias != "" {
			all[f.alias] = f.fn
		}
	}
	return all
}

// Errors that programs see; the texts are CraftOS's.
var (
	errLengths     = errors.New("Arguments must be the same length") //lint:ignore ST1005 CraftOS's text
	errColourRange = errors.New("Colour out of range")
)

// checkColour returns argument i, a colour as programs write it, as its number: the highest bit counts.
func checkColour(c lua.Call, i int) (uint8, error) {
	n, err := stdlib.CheckInt(c, i)
	switch {
	case err != nil:
		return 0, err
	case n <= 0 || n >= 1<<Colours:
		return 0, errColourRange
	}
	return uint8(bits.Len(uint(n)) - 1), nil
}

// write is term.write(text), of any value.
func (a *api) write(c lua.Call) (lua.Results, error) {
	a.screen.write(stdlib.CoerceString(c, 1))
	return c.Return0()
}

// blit is term.blit(text, textColours, backgroundColours).
func (a *api) blit(c lua.Call) (lua.Results, error) {
	var texts [3]string
	for i := range texts {
		var err error
		if texts[i], err = stdlib.CheckString(c, i+1); err != nil {
			return 0, err
		}
	}
	if len(texts[1]) != len(texts[0]) || len(texts[2]) != len(texts[0]) {
		return 0, errLengths
	}
	a.screen.blit(texts[0], texts[1], texts[2])
	return c.Return0()
}

func (a *api) clear(c lua.Call) (lua.Results, error) {
	a.screen.clear()
	return c.Return0()
}

func (a *api) clearLine(c lua.Call) (lua.Results, error) {
	a.screen.clearLine()
	return c.Return0()
}

// scroll is term.scroll(rows), up; down if negative.
func (a *api) scroll(c lua.Call) (lua.Results, error) {
	n, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	a.screen.scroll(n)
	return c.Return0()
}

func (a *api) getCursorPos(c lua.Call) (lua.Results, error) {
	x, y := a.screen.cursor()
	return c.Return(lua.Int(int(x+1)), lua.Int(int(y+1))) // in 32 bits, as the reference
}

// setCursorPos is term.setCursorPos(x, y), from 1; positions outside of the screen are fine.
func (a *api) setCursorPos(c lua.Call) (lua.Results, error) {
	x, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	y, err := stdlib.CheckInt(c, 2)
	if err != nil {
		return 0, err
	}
	s := a.screen
	newX, newY := int32(x)-1, int32(y)-1
	s.set(func() bool {
		differs := s.x != newX || s.y != newY
		s.x, s.y = newX, newY
		return differs
	})
	return c.Return0()
}

func (a *api) getCursorBlink(c lua.Call) (lua.Results, error) {
	a.screen.mu.Lock()
	blink := a.screen.blink
	a.screen.mu.Unlock()
	return c.Return1(lua.Bool(blink))
}

func (a *api) setCursorBlink(c lua.Call) (lua.Results, error) {
	blink, err := stdlib.CheckBool(c, 1)
	if err != nil {
		return 0, err
	}
	s := a.screen
	s.set(func() bool {
		differs := s.blink != blink
		s.blink = blink
		return differs
	})
	return c.Return0()
}

func (a *api) getSize(c lua.Call) (lua.Results, error) {
	width, height := a.screen.Size()
	return c.Return(lua.Int(width), lua.Int(height))
}

func (a *api) isColour(c lua.Call) (lua.Results, error) {
	return c.Return1(lua.Bool(a.screen.colour))
}

func (a *api) getTextColour(c lua.Call) (lua.Results, error) {
	return a.getColour(c, &a.screen.text)
}

func (a *api) setTextColour(c lua.Call) (lua.Results, error) {
	return a.setColour(c, &a.screen.text)
}

func (a *api) getBackgroundColour(c lua.Call) (lua.Results, error) {
	return a.getColour(c, &a.screen.background)
}

func (a *api) setBackgroundColour(c lua.Call) (lua.Results, error) {
	return a.setColour(c, &a.screen.background)
}

func (a *api) getColour(c lua.Call, from *uint8) (lua.Results, error) {
	a.screen.mu.Lock()
	colour := *from
	a.screen.mu.Unlock()
	return c.Return1(lua.Int(1 << colour))
}

func (a *api) setColour(c lua.Call, to *uint8) (lua.Results, error) {
	colour, err := checkColour(c, 1)
	if err != nil {
		return 0, err
	}
	a.screen.set(func() bool {
		differs := *to != colour
		*to = colour
		return differs
	})
	return c.Return0()
}

func (a *api) getPaletteColour(c lua.Call) (lua.Results, error) {
	colour, err := checkColour(c, 1)
	if err != nil {
		return 0, err
	}
	a.screen.mu.Lock()
	rgb := a.screen.palette[colour]
	a.screen.mu.Unlock()
	return returnRGB(c, rgb)
}

// setPaletteColour is term.setPaletteColour(colour, 0xRRGGBB) or term.setPaletteColour(colour, r, g, b).
func (a *api) setPaletteColour(c lua.Call) (lua.Results, error) {
	colour, err := checkColour(c, 1)
	if err != nil {
		return 0, err
	}
	var rgb RGB
	if c.N() == 2 {
		hex, err := stdlib.CheckInt(c, 2)
		if err != nil {
			return 0, err
		}
		rgb = fromHex(hex)
	} else {
		for i := range rgb {
			if rgb[i], err = stdlib.CheckFinite(c, i+2); err != nil {
				return 0, err
			}
		}
	}
	s := a.screen
	s.set(func() bool {
		differs := s.palette[colour] != rgb
		s.palette[colour] = rgb
		return differs
	})
	return c.Return0()
}

func (a *api) nativePaletteColour(c lua.Call) (lua.Results, error) {
	colour, err := checkColour(c, 1)
	if err != nil {
		return 0, err
	}
	return returnRGB(c, native[colour])
}

func returnRGB(c lua.Call, rgb RGB) (lua.Results, error) {
	return c.Return(lua.Number(rgb[0]), lua.Number(rgb[1]), lua.Number(rgb[2]))
}
