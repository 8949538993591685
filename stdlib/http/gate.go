package http

import "sync"

// gate lets a number of things run at a time and lets others wait for their turn. Any goroutine may call it.
type gate struct {
	limit    int // that run at a time
	capacity int // that wait

	mu      sync.Mutex
	running int
	waiting []func()
}

// enter calls begin, at once or when it is its turn; begin must not wait. It reports false, and forgets begin, when too many
// wait. Each begin that was called must be followed by one leave.
func (g *gate) enter(begin func()) bool {
	g.mu.Lock()
	if g.running >= g.limit {
		ok := len(g.waiting) < g.capacity
		if ok {
			g.waiting = append(g.waiting, begin)
		}
		g.mu.Unlock()
		return ok
	}
	g.running++
	g.mu.Unlock()
	begin()
	return true
}

// leave makes room for the next one.
func (g *gate) leave() {
	g.mu.Lock()
	if len(g.waiting) == 0 {
		g.running--
		g.mu.Unlock()
		return
	}
	begin := g.waiting[0]
	g.waiting[0] = nil
	g.waiting = g.waiting[1:]
	g.mu.Unlock()
	begin()
}

// forget forgets all that wait.
func (g *gate) forget() {
	g.mu.Lock()
	g.waiting = nil
	g.mu.Unlock()
}
