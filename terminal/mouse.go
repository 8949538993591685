package terminal

import (
	"github.com/gdamore/tcell/v2"

	"github.com/luart/luart/stdlib/term"
)

// mouse posts what the user does with the mouse.
type mouse struct {
	in   *term.Input
	down tcell.ButtonMask
}

// buttons are those of the mouse by CraftOS's numbers: left, right, middle.
var buttons = [term.MouseButtons + 1]tcell.ButtonMask{1: tcell.ButtonPrimary, 2: tcell.ButtonSecondary, 3: tcell.ButtonMiddle}

// wheel are what turning it gives, during which terminals don't tell of buttons.
const wheel = tcell.WheelUp | tcell.WheelDown | tcell.WheelLeft | tcell.WheelRight

// handle posts the difference that an event makes. What begins beside the screen is not for the program.
func (m *mouse) handle(ev *tcell.EventMouse, screen *term.Screen) {
	x, y := ev.Position()
	width, height := screen.Size()
	inside := x >= 0 && y >= 0 && x < width && y < height
	x, y = x+1, y+1
	now := ev.Buttons()
	if now&wheel != 0 {
		switch {
		case !inside:
		case now&tcell.WheelUp != 0:
			m.in.MouseScroll(-1, x, y)
		case now&tcell.WheelDown != 0:
			m.in.MouseScroll(1, x, y)
		}
		return
	}
	for button := 1; button <= term.MouseButtons; button++ {
		is, was := now&buttons[button] != 0, m.down&buttons[button] != 0
		switch {
		case is && was:
			m.in.MouseDrag(button, x, y)
		case is && inside:
			m.in.MouseClick(button, x, y)
		case was:
			m.in.MouseUp(button, x, y)
		}
	}
	m.down = now
}
