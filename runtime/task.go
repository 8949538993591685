package runtime

import (
	"errors"

	"github.com/luart/luart/lua"
)

// task is a coroutine that gets the computer's events: the bios, or one that the bios has begun beside itself.
type task struct {
	thread *lua.Thread
	filter string // the event that it waits for
	any    bool   // it takes all events
	pin    *lua.Pin
}

// maxBeside bounds how many coroutines the bios may begin; it has use for one.
const maxBeside = 8

var errBeside = errors.New("only a few coroutines can run beside the bios")

// begin adds a coroutine that waits for any event.
func (b *boot) begin(thread *lua.Thread) {
	b.tasks = append(b.tasks, &task{thread: thread, any: true, pin: b.vm.Pin(thread.Value())})
}

// wants reports whether the task waits for an event of this name.
func (t *task) wants(name string) bool { return t.any || name == t.filter || name == terminate }

// wanted reports whether any task waits for an event of this name.
func (b *boot) wanted(name string) bool {
	for _, t := range b.tasks {
		if t.wants(name) {
			return true
		}
	}
	return false
}

// beside is begin for the bios.
func (b *boot) beside(c lua.Call) (lua.Results, error) {
	thread, ok := c.Arg(1).AsThread()
	if !ok || len(b.tasks) > maxBeside {
		return 0, errBeside
	}
	b.begin(thread)
	return c.Return0()
}
