package terminal

import "github.com/gdamore/tcell/v2"

// Codes of keys, which are GLFW's. Keys with a printable character have that of the character on a keyboard of the United
// States, letters as capitals. (CraftOS)
const (
	keyEscape, keyEnter, keyTab, keyBackspace, keyInsert, keyDelete = 256, 257, 258, 259, 260, 261
	keyRight, keyLeft, keyDown, keyUp                               = 262, 263, 264, 265
	keyPageUp, keyPageDown, keyHome, keyEnd                         = 266, 267, 268, 269
	keyCapsLock, keyScrollLock, keyNumLock, keyPrint, keyPause      = 280, 281, 282, 283, 284
	keyF1                                                           = 290 // the others follow, up to F25
	keyPad5                                                         = 325
	keyShift, keyCtrl, keyAlt, keySuper                             = 340, 341, 342, 343 // the left ones
	keyMenu                                                         = 348
	noKey                                                           = -1
)

// named are the keys that have names in tcell.
var named = map[tcell.Key]int{
	tcell.KeyEscape: keyEscape, tcell.KeyEnter: keyEnter, tcell.KeyTab: keyTab, tcell.KeyBackspace: keyBackspace,
	tcell.KeyBackspace2: keyBackspace, tcell.KeyInsert: keyInsert, tcell.KeyDelete: keyDelete,
	tcell.KeyRight: keyRight, tcell.KeyLeft: keyLeft, tcell.KeyDown: keyDown, tcell.KeyUp: keyUp,
	tcell.KeyPgUp: keyPageUp, tcell.KeyPgDn: keyPageDown, tcell.KeyHome: keyHome, tcell.KeyEnd: keyEnd, tcell.KeyCenter: keyPad5,
	tcell.KeyCapsLock: keyCapsLock, tcell.KeyScrollLock: keyScrollLock, tcell.KeyNumLock: keyNumLock, tcell.KeyPrint: keyPrint,
	tcell.KeyPause: keyPause, tcell.KeyMenu: keyMenu, tcell.KeyBacktab: keyTab,
}

// shifted are the characters that need Shift on a keyboard of the United States, and lower those of the same keys without.
const (
	shifted = `~!@#$%^&*()_+{}|:"<>?`
	lower   = "`1234567890-=[]\\;',./"
)

// unshifted has the keys of shifted.
var unshifted = func() (keys [128]byte) {
	for i := range shifted {
		keys[shifted[i]] = lower[i]
	}
	return keys
}()

// keyOf returns the key that types a character, and whether that takes Shift. Others than ASCII may be anywhere.
func keyOf(r rune) (code int, shift bool) {
	switch {
	case r >= 'a' && r <= 'z':
		return int(r - 'a' + 'A'), false
	case r >= 'A' && r <= 'Z':
		return int(r), true
	case r < ' ' || r > '~':
		return noKey, false
	case unshifted[r] != 0:
		return int(unshifted[r]), true
	}
	return int(r), false
}

// stroke is a key that the user has pressed.
type stroke struct {
	code int           // noKey if there is only a character
	char rune          // that it types, 0 for none
	mods tcell.ModMask // that are held down
}

// strokeOf returns what key was pressed, as far as the terminal tells. The zero character and noKey stand for a key that
// programs can't be told of.
func strokeOf(ev *tcell.EventKey) stroke {
	key, mods := ev.Key(), ev.Modifiers()
	if code, ok := named[key]; ok {
		if key == tcell.KeyBacktab {
			mods |= tcell.ModShift
		}
		return stroke{code: code, mods: mods}
	}
	switch {
	case key >= tcell.KeyF1 && key <= tcell.KeyF25:
		return stroke{code: keyF1 + int(key-tcell.KeyF1), mods: mods}
	case key == tcell.KeyRune:
		return typed(ev.Rune(), mods)
	case key >= tcell.KeyCtrlSpace && key <= tcell.KeyCtrlUnderscore:
		return stroke{code: ctrlKey(int(key - tcell.KeyCtrlSpace)), mods: mods | tcell.ModCtrl}
	case key >= 0 && key < ' ':
		return stroke{code: ctrlKey(int(key)), mods: mods | tcell.ModCtrl}
	}
	return stroke{code: noKey}
}

// typed is a key that types a character. With Ctrl, Alt or the like it is a command instead.
func typed(r rune, mods tcell.ModMask) stroke {
	code, shift := keyOf(r)
	if shift {
		mods |= tcell.ModShift
	}
	if mods&^tcell.ModShift != 0 {
		return stroke{code: code, mods: mods}
	}
	return stroke{code: code, char: r, mods: mods}
}

// ctrlKey returns the key that gives a control character together with Ctrl.
func ctrlKey(c int) int {
	switch c {
	case 0:
		return ' '
	case 30:
		return '6' // Ctrl-^
	case 31:
		return '/' // what terminals send for Ctrl-/, and for Ctrl-_
	}
	return c + 64 // a letter or one of [ \ ]
}

// modifiers are the keys of the modifiers, in the order in which they go down.
var modifiers = []struct {
	mask tcell.ModMask
	code int
}{{tcell.ModCtrl, keyCtrl}, {tcell.ModAlt, keyAlt}, {tcell.ModMeta, keySuper}, {tcell.ModShift, keyShift}}
