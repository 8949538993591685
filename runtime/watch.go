package runtime

import (
	"time"

	"github.com/luart/luart/lua"
)

// watch is the VM's deadline: so long may the code run for one event. Time during which the computer was held up by a slow reader of
// its output is not held against it.
type watch struct {
	vm             *lua.VM
	clock          func() time.Time
	timeout, grace time.Duration
	until          time.Time
	running        bool
}

// start gives the code its time.
func (w *watch) start() {
	if w.timeout <= 0 {
		return
	}
	w.until, w.running = w.clock().Add(w.timeout), true
	w.vm.SetDeadline(w.timeout, w.grace)
}

// stop ends the supervision until the next start, so that no timer runs while the computer is idle.
func (w *watch) stop() {
	if w.running {
		w.running = false
		w.vm.SetDeadline(0, 0)
	}
}

// forgive gives the code some more time.
func (w *watch) forgive(d time.Duration) {
	if d <= 0 || !w.running {
		return
	}
	w.until = w.until.Add(d)
	w.vm.SetDeadline(max(w.until.Sub(w.clock()), time.Millisecond), w.grace)
}
