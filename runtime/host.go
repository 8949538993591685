package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Host runs several computers in one process, each on a goroutine of its own. They share nothing: no value, no queue and no
// limit. The zero value is a host without computers.
//
// Any goroutine may call its methods; computers are added before Run.
type Host struct {
	mu        sync.Mutex
	computers []*Computer
}

// Add makes a computer. Its number, unless an option says otherwise, is how many there were before.
func (h *Host) Add(options ...Option) (*Computer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, err := New(append([]Option{WithID(len(h.computers))}, options...)...)
	if err != nil {
		return nil, err
	}
	h.computers = append(h.computers, c)
	return c, nil
}

// Run runs all computers and returns when all have ended. One that fails doesn't end the others; the error joins those of all.
func (h *Host) Run(ctx context.Context) error {
	computers := h.all()
	errs := make([]error, len(computers))
	var wg sync.WaitGroup
	for i, c := range computers {
		wg.Go(func() {
			if _, err := c.Run(ctx); err != nil {
				errs[i] = fmt.Errorf("computer %d: %w", c.ID(), err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Terminate is Terminate of every computer: the first call asks their programs to end, the second ends them.
func (h *Host) Terminate() {
	for _, c := range h.all() {
		c.Terminate()
	}
}

func (h *Host) all() []*Computer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*Computer(nil), h.computers...)
}
