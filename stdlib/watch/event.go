package watch

import (
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// event is the event "watch", with the watch's number. There is at most one of a watch in the queue.
func (w *watcher) event() stdlib.Event {
	gone := func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.posted = false
	}
	return stdlib.Event{
		Name: eventName,
		Args: func() []lua.Value { gone(); return []lua.Value{lua.Int(w.id)} },
		Drop: gone,
	}
}
