package terminal

import (
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/term"
)

func TestStrokes(t *testing.T) {
	const ctrl, alt, shift, meta = tcell.ModCtrl, tcell.ModAlt, tcell.ModShift, tcell.ModMeta
	for _, test := range []struct {
		key  tcell.Key
		r    rune
		mods tcell.ModMask
		want stroke
	}{
		{tcell.KeyRune, 'a', 0, stroke{'A', 'a', 0}},
		{tcell.KeyRune, 'Z', 0, stroke{'Z', 'Z', shift}},
		{tcell.KeyRune, '7', 0, stroke{'7', '7', 0}},
		{tcell.KeyRune, ' ', 0, stroke{' ', ' ', 0}},
		{tcell.KeyRune, '!', 0, stroke{'1', '!', shift}},
		{tcell.KeyRune, '"', 0, stroke{'\'', '"', shift}},
		{tcell.KeyRune, '~', 0, stroke{'`', '~', shift}},
		{tcell.KeyRune, '?', 0, stroke{'/', '?', shift}},
		{tcell.KeyRune, '|', 0, stroke{'\\', '|', shift}},
		{tcell.KeyRune, 'é', 0, stroke{noKey, 'é', 0}},
		{tcell.KeyRune, 'x', alt, stroke{'X', 0, alt}},
		{tcell.KeyRune, 'X', alt, stroke{'X', 0, alt | shift}},
		{tcell.KeyRune, 't', ctrl | shift, stroke{'T', 0, ctrl | shift}},
		{tcell.KeyRune, 's', ctrl, stroke{'S', 0, ctrl}},
		{tcell.KeyRune, '1', ctrl, stroke{'1', 0, ctrl}},
		{tcell.KeyCtrlA, 0, ctrl, stroke{'A', 0, ctrl}},
		{tcell.KeyCtrlZ, 0, ctrl | alt, stroke{'Z', 0, ctrl | alt}},
		{tcell.KeyCtrlSpace, 0, ctrl, stroke{' ', 0, ctrl}},
		{tcell.KeyCtrlBackslash, 0, ctrl, stroke{'\\', 0, ctrl}},
		{tcell.KeyCtrlUnderscore, 0, ctrl, stroke{'/', 0, ctrl}},
		{tcell.KeyCtrlCarat, 0, ctrl, stroke{'6', 0, ctrl}},
		{tcell.KeySOH, 0, ctrl, stroke{'A', 0, ctrl}},
		{tcell.KeyEnter, 0, 0, stroke{257, 0, 0}},
		{tcell.KeyEnter, 0, shift, stroke{257, 0, shift}},
		{tcell.KeyTab, 0, 0, stroke{258, 0, 0}},
		{tcell.KeyBacktab, 0, 0, stroke{258, 0, shift}},
		{tcell.KeyBackspace, 0, 0, stroke{259, 0, 0}},
		{tcell.KeyBackspace2, 0, 0, stroke{259, 0, 0}},
		{tcell.KeyDelete, 0, 0, stroke{261, 0, 0}},
		{tcell.KeyEsc, 0, 0, stroke{256, 0, 0}},
		{tcell.KeyLeft, 0, ctrl | shift, stroke{263, 0, ctrl | shift}},
		{tcell.KeyPgDn, 0, meta, stroke{267, 0, meta}},
		{tcell.KeyF1, 0, 0, stroke{290, 0, 0}},
		{tcell.KeyF12, 0, alt, stroke{301, 0, alt}},
		{tcell.KeyF26, 0, 0, stroke{code: noKey}},
		{tcell.KeyHelp, 0, 0, stroke{code: noKey}},
		{tcell.Key(-1), 0, 0, stroke{code: noKey}},
	} {
		if got := strokeOf(tcell.NewEventKey(test.key, test.r, test.mods)); got != test.want {
			t.Errorf("%d %q %d: %+v, want %+v", test.key, test.r, test.mods, got, test.want)
		}
	}
}

// Each of the keys that terminals can send has a code, and each character the one that its key has.
func TestEveryCharacterHasAKey(t *testing.T) {
	for r := ' '; r <= '~'; r++ {
		s := strokeOf(tcell.NewEventKey(tcell.KeyRune, r, 0))
		if s.char != r || s.code < ' ' || s.code > '`' || s.code >= 'a' && s.code <= 'z' {
			t.Errorf("%q: %+v", r, s)
		}
	}
}

// Keys that are held do what they are for once, after a second; ones that are pressed now and then never.
func TestHolding(t *testing.T) {
	const ms = time.Millisecond
	repeat := func(key tcell.Key, delay, every time.Duration, n int) (presses []tcell.Key, gaps []time.Duration) {
		for i := range n {
			presses = append(presses, key)
			switch i {
			case 0:
				gaps = append(gaps, 5*time.Second)
			case 1:
				gaps = append(gaps, delay)
			default:
				gaps = append(gaps, every)
			}
		}
		return presses, gaps
	}
	for _, test := range []struct {
		name         string
		key          tcell.Key
		delay, every time.Duration
		n            int
		want         string
	}{
		{"Ctrl-S held", tcell.KeyCtrlS, 660 * ms, 40 * ms, 60, "shutdown "},
		{"Ctrl-R held", tcell.KeyCtrlR, 250 * ms, 33 * ms, 60, "reboot "},
		{"Ctrl-C held", tcell.KeyCtrlC, 500 * ms, 90 * ms, 60, "terminate "},
		{"Ctrl-T held", tcell.KeyCtrlT, 660 * ms, 40 * ms, 60, "terminate "},
		{"Ctrl-T pressed slowly", tcell.KeyCtrlT, time.Second, time.Second, 3, "terminate terminate terminate "},
		{"Ctrl-T pressed fast", tcell.KeyCtrlT, 300 * ms, 300 * ms, 4, "terminate terminate "},
		{"Ctrl-S for less than a second", tcell.KeyCtrlS, 500 * ms, 30 * ms, 17, ""},
		{"Ctrl-S again and again", tcell.KeyCtrlS, 300 * ms, 300 * ms, 9, ""},
		{"Ctrl-S now and then", tcell.KeyCtrlS, time.Second, time.Second, 60, ""},
		{"Ctrl-C again and again", tcell.KeyCtrlC, 300 * ms, 300 * ms, 5, "terminate "},
		{"Ctrl-C twice", tcell.KeyCtrlC, 300 * ms, 300 * ms, 2, ""},
		{"another key", tcell.KeyCtrlX, 500 * ms, 30 * ms, 60, ""},
	} {
		c := computertest.New(t, lualib.Open)
		screen := term.NewScreen(10, 5, true)
		got := ""
		told := func(what string) func() { return func() { got += what + " " } }
		r := &run{
			Options: Options{Screen: screen, Terminate: told("terminate"), Shutdown: told("shutdown"), Reboot: told("reboot")},
			keys:    keyboard{in: term.NewInput(c.Queue(), screen), down: stroke{code: noKey}},
		}
		presses, gaps := repeat(test.key, test.delay, test.every, test.n)
		now := c.Clock.Now()
		for i, key := range presses {
			now = now.Add(gaps[i])
			r.key(tcell.NewEventKey(key, 0, tcell.ModCtrl), now)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// What nobody set is not called.
func TestHoldingWithoutEffect(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	screen := term.NewScreen(10, 5, true)
	r := &run{Options: Options{Screen: screen}, keys: keyboard{in: term.NewInput(c.Queue(), screen), down: stroke{code: noKey}}}
	for i := range 100 {
		for _, key := range []tcell.Key{tcell.KeyCtrlS, tcell.KeyCtrlT} {
			r.key(tcell.NewEventKey(key, 0, tcell.ModCtrl), c.Clock.Now().Add(time.Duration(i)*30*time.Millisecond))
		}
	}
}
