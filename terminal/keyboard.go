package terminal

import (
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/luart/luart/stdlib/term"
)

// Terminals tell of a key going down, and again when it repeats, but never of its going up. So a key counts as held if the same one comes
// again within keyTime, and goes up when it doesn't.
const (
	// keyTime is longer than the pause between two repeats of a key (30 ms to 90 ms, as systems are set), and shorter than that between
	// two presses.
	keyTime = 120 * time.Millisecond
	// repeatDelay is longer than the time after which systems begin to repeat a key.
	repeatDelay = 750 * time.Millisecond
	// holdTime is how long the keys are held that end a program or the computer. (CraftOS)
	holdTime = time.Second
)

// keyboard posts what the user types.
type keyboard struct {
	in    *term.Input
	down  stroke
	until time.Time // when the key goes up; zero if none is down
	last  hold
}

// press posts a key that goes down, or repeats, and what it types.
func (k *keyboard) press(s stroke, now time.Time) {
	held := s.code != noKey && !k.until.IsZero() && s.code == k.down.code && s.mods == k.down.mods
	if !held {
		k.release()
		for _, m := range modifiers {
			if s.code != noKey && s.mods&m.mask != 0 {
				k.in.Key(m.code, false)
			}
		}
	}
	// What a program is too slow for is lost, as in CraftOS. There is nobody to tell.
	if s.code != noKey {
		k.in.Key(s.code, held)
		k.down, k.until = s, now.Add(keyTime)
	}
	if s.char != 0 {
		k.in.Char(s.char)
	}
}

// release posts that all keys go up: modifiers come last, as their codes are the largest.
func (k *keyboard) release() {
	k.in.ReleaseKeys()
	k.until = time.Time{}
}

// hold follows one key through its repeats.
type hold struct {
	code        int
	first, last time.Time
	count       int
	done        bool // what holding it does was done
}

// press notes that a key was pressed, and reports whether it may be the one that is held down already: pause is the longest time between
// two repeats.
func (h *hold) press(code int, now time.Time, pause time.Duration) bool {
	gap := now.Sub(h.last)
	if code == h.code && h.count > 0 && (gap <= pause || h.count == 1 && gap <= repeatDelay) {
		h.last = now
		h.count++
		return true
	}
	*h = hold{code: code, first: now, last: now, count: 1}
	return false
}

// over reports, once, that the key has been held for long enough. Pressing it again and again counts as well, if done often.
func (h *hold) over(often int) bool {
	if h.done || h.count < often || h.last.Sub(h.first) < holdTime {
		return false
	}
	h.done = true
	return true
}

// How often the keys come that are held.
const (
	oftenSure = 10 // no one presses a key ten times at this pace by accident
	oftenStop = 5  // Ctrl-C, which people press repeatedly when a program doesn't end
)

// key handles a key: what is for the terminal itself, and what is for the program.
func (r *run) key(ev *tcell.EventKey, now time.Time) {
	s := strokeOf(ev)
	command := func() int {
		if s.mods == tcell.ModCtrl {
			return s.code
		}
		return noKey
	}()
	h := &r.keys.last
	switch command {
	case 'T':
		if !h.press('T', now, keyTime) {
			call(r.Terminate)
		}
		return
	case 'C', 'R', 'S':
		h.press(command, now, repeatDelay)
	default:
		*h = hold{}
	}
	r.keys.press(s, now)
	switch {
	case command == 'C' && h.over(oftenStop):
		call(r.Terminate)
	case command == 'S' && h.over(oftenSure):
		call(r.Shutdown)
	case command == 'R' && h.over(oftenSure):
		call(r.Reboot)
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}
