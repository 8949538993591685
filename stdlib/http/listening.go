package http

import (
	"slices"

	"github.com/luart/luart/stdlib"
)

// Listening returns the ports that a computer listens on, in order. Any goroutine may call it.
func Listening(c stdlib.Computer) []int {
	ports.mu.Lock()
	defer ports.mu.Unlock()
	var list []int
	for port, s := range ports.owner {
		if s.computer == c {
			list = append(list, port)
		}
	}
	slices.Sort(list)
	return list
}
