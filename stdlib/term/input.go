package term

import (
	"slices"
	"strings"
	"sync"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// maxPaste is the length of the longest text that one paste gives, in characters (CraftOS).
const maxPaste = 512

// maxKey is the largest key code that is taken; GLFW's largest is 348.
const maxKey = 1023

// MouseButtons is how many buttons of a mouse count: 1 is the left, 2 the right, 3 the middle one.
const MouseButtons = 3

// Input posts what a user does as events to a computer's queue. Any goroutine may call its methods; none waits.
//
// A method returns eventqueue.ErrFull when the program is too slow and the event was left out, eventqueue.ErrClosed when the
// computer has ended. Who hears of a key or a button going down hears of its going up, too: that event is always taken, and one of a key
// whose press was left out is left out as well. Values that make no sense, such as unknown buttons, are ignored.
type Input struct {
	queue  *eventqueue.Queue[stdlib.Event]
	screen *Screen

	mu      sync.Mutex
	resized bool         // an event term_resize waits
	keys    map[int]bool // that are down
	buttons [MouseButtons + 1]bool
	dragged [2]int // where the mouse was, from 1
}

// NewInput returns the input of a computer with the given queue and screen.
func NewInput(queue *eventqueue.Queue[stdlib.Event], screen *Screen) *Input {
	return &Input{queue: queue, screen: screen, keys: make(map[int]bool)}
}

// event makes an event with numbers as its values.
func event(name string, values ...int) stdlib.Event {
	return stdlib.Event{Name: name, Args: func() []lua.Value {
		numbers := make([]lua.Value, len(values))
		for i, v := range values {
			numbers[i] = lua.Int(v)
		}
		return numbers
	}}
}

// textEvent makes an event with a text as its value.
func textEvent(name string, text []byte) stdlib.Event {
	return stdlib.Event{Name: name, Args: func() []lua.Value { return []lua.Value{lua.Bytes(text)} }}
}

// Resize changes the size of the screen, in characters, and posts term_resize if that made a difference and none waits:
// the event has no values, so one stands for many.
func (in *Input) Resize(width, height int) error {
	if !in.screen.Resize(width, height) {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.resized {
		return nil
	}
	gone := func() {
		in.mu.Lock()
		in.resized = false
		in.mu.Unlock()
	}
	err := in.queue.PostInternal(stdlib.Event{Name: "term_resize", Args: func() []lua.Value { gone(); return nil }, Drop: gone})
	in.resized = err == nil
	return err
}

// Key posts key: a key goes down, or, with held, repeats. Codes are GLFW's: 65 is A, 257 Enter.
func (in *Input) Key(code int, held bool) error {
	if code < 0 || code > maxKey {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	err := in.queue.TryPost(stdlib.Event{Name: "key", Args: func() []lua.Value {
		return []lua.Value{lua.Int(code), lua.Bool(held)}
	}})
	if err == nil {
		in.keys[code] = true
	}
	return err
}

// KeyUp posts key_up, if the key was down.
func (in *Input) KeyUp(code int) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.keyUp(code)
}

func (in *Input) keyUp(code int) error {
	if !in.keys[code] {
		return nil
	}
	delete(in.keys, code)
	return in.queue.PostInternal(event("key_up", code))
}

// ReleaseKeys posts key_up for all keys that are down, for when the user turns elsewhere.
func (in *Input) ReleaseKeys() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	codes := make([]int, 0, len(in.keys))
	for code := range in.keys {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		if err := in.keyUp(code); err != nil {
			return err
		}
	}
	return nil
}

// toByte returns the character of CraftOS's set that stands for a rune: ASCII and Latin-1, without control characters.
func toByte(r rune) (ch byte, ok bool) {
	return byte(r), r >= 32 && r <= 126 || r >= 160 && r <= 255
}

// Char posts char. Characters that CraftOS doesn't have are ignored.
func (in *Input) Char(r rune) error {
	ch, ok := toByte(r)
	if !ok {
		return nil
	}
	return in.queue.TryPost(textEvent("char", []byte{ch}))
}

// Paste posts paste with the first line of a UTF-8 text, without control characters and cut to 512 characters; those that
// CraftOS doesn't have become question marks. If nothing remains there is no event.
func (in *Input) Paste(text string) error {
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		text = text[:end]
	}
	var line []byte
	for _, r := range text {
		if len(line) == maxPaste {
			break
		}
		if ch, ok := toByte(r); ok {
			line = append(line, ch)
		} else if r > 255 {
			line = append(line, '?')
		}
	}
	if len(line) == 0 {
		return nil
	}
	return in.queue.TryPost(textEvent("paste", line))
}

// within returns the position on the screen that is nearest to the given one, from 1.
func (in *Input) within(x, y int) (int, int) {
	width, height := in.screen.Size()
	return min(max(x, 1), width), min(max(y, 1), height)
}

func isButton(button int) bool { return button >= 1 && button <= MouseButtons }

// MouseClick posts mouse_click: a button goes down. Positions are in characters, from 1; those outside become the nearest.
func (in *Input) MouseClick(button, x, y int) error {
	if !isButton(button) {
		return nil
	}
	x, y = in.within(x, y)
	in.mu.Lock()
	defer in.mu.Unlock()
	err := in.queue.TryPost(event("mouse_click", button, x, y))
	if err == nil {
		in.buttons[button] = true
		in.dragged = [2]int{x, y}
	}
	return err
}

// MouseUp posts mouse_up, if the button was down.
func (in *Input) MouseUp(button, x, y int) error {
	x, y = in.within(x, y)
	in.mu.Lock()
	defer in.mu.Unlock()
	if !isButton(button) || !in.buttons[button] {
		return nil
	}
	in.buttons[button] = false
	return in.queue.PostInternal(event("mouse_up", button, x, y))
}

// MouseDrag posts mouse_drag, if the button is down and the mouse has moved to another character.
func (in *Input) MouseDrag(button, x, y int) error {
	x, y = in.within(x, y)
	in.mu.Lock()
	defer in.mu.Unlock()
	if !isButton(button) || !in.buttons[button] || in.dragged == [2]int{x, y} {
		return nil
	}
	err := in.queue.TryPost(event("mouse_drag", button, x, y))
	if err == nil {
		in.dragged = [2]int{x, y}
	}
	return err
}

// MouseScroll posts mouse_scroll: up if the direction is negative, else down.
func (in *Input) MouseScroll(direction, x, y int) error {
	if direction == 0 {
		return nil
	}
	x, y = in.within(x, y)
	return in.queue.TryPost(event("mouse_scroll", min(max(direction, -1), 1), x, y))
}
