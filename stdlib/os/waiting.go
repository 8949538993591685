package os

import (
	"context"
	"sync"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// waiting holds the values of events that the program has queued and not yet taken. The VM sees them through it: they
// count against its memory, so that a queue full of long strings can't get around the limit.
type waiting struct {
	mu     sync.Mutex
	events map[*[]lua.Value]struct{}
}

func (w *waiting) open(c stdlib.Computer) {
	w.events = make(map[*[]lua.Value]struct{})
	pin := c.VM().Pin(lua.NewUserdata(w, nil).Value())
	c.OnClose(func(context.Context) { pin.Unpin() })
}

// hold keeps the values of an event until one of the functions it returns is called: take, which returns them, or drop.
func (w *waiting) hold(values []lua.Value) (take func() []lua.Value, drop func()) {
	key := &values
	w.mu.Lock()
	w.events[key] = struct{}{}
	w.mu.Unlock()
	drop = func() {
		w.mu.Lock()
		delete(w.events, key)
		w.mu.Unlock()
	}
	return func() []lua.Value { drop(); return values }, drop
}

// Trace shows the values to the VM.
func (w *waiting) Trace(visit func(lua.Value)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for values := range w.events {
		for _, v := range *values {
			visit(v)
		}
	}
}
