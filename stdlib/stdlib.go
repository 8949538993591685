// Package stdlib holds what the host APIs of a computer have in common; the APIs themselves are in the packages below it.
//
// An API package offers Open(c Computer, …) which puts a table of Go functions into the VM's globals. Its Go functions run
// on the computer's goroutine. Whatever else it starts (servers, requests, watchers) runs on goroutines of its own, never
// touches the VM or its values, and reports by posting events.
package stdlib

import (
	"context"
	"log/slog"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
)

// Event is what waits in a computer's queue.
type Event struct {
	// Name is what programs wait for; it is the first value that they get.
	Name string
	// Args makes the event's values; it runs on the computer's goroutine, when the event is taken from the queue. It may be
	// nil for an event without values.
	Args func() []lua.Value
	// Drop is called, on any goroutine, instead of Args when the event is discarded: the computer is shutting down or starting
	// anew, or the program waits for events of another name only, and so passes this one over. It may be nil. Sources release
	// here what waits for the script, a client's request for example.
	Drop func()
}

// Computer is what an API sees of the computer it belongs to.
type Computer interface {
	// VM returns the machine; for the computer's goroutine only.
	VM() *lua.VM
	// Queue returns the computer's events. Its methods are safe for concurrent use.
	Queue() *eventqueue.Queue[Event]
	// Context is done when the computer shuts down or starts anew: goroutines of APIs end then.
	Context() context.Context
	// Log is where faults go that no script waits for.
	Log() *slog.Logger
	// OnClose registers a function that releases what an API holds (listeners, files, sockets) when the computer shuts down
	// or starts anew. ctx bounds the time that running work may take to finish. Functions run in the reverse order of their registration,
	// on the computer's goroutine, before Context is done. No Lua code runs any more, the events that waited have been
	// dropped, and so are those that are posted from then on.
	OnClose(func(ctx context.Context))
}
