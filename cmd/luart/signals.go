package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/luart/luart/runtime"
)

// Patience with programs that are asked to end.
const (
	hintAfter  = time.Second     // until people are told how to be more insistent
	abortAfter = 2 * time.Second // after the second signal, until the process ends without the program
)

// signalCode is the exit code of a process that a signal has ended.
func signalCode(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return exitError
}

// signals passes Ctrl-C and the like on to a computer.
type signals struct {
	ch   chan os.Signal
	done chan struct{}
	last atomic.Value // os.Signal
}

// watchSignals calls ask for each of the given signals. It asks the program to end, or ends it, and reports whether it does the latter: if
// that takes too long the process ends, after the call of restore, if there is one. After the first signal that ends nothing,
// people are told on hints, unless that is nil.
func watchSignals(hints io.Writer, ask func(os.Signal) (final bool), restore func(), list ...os.Signal) *signals {
	s := &signals{ch: make(chan os.Signal, 2), done: make(chan struct{})}
	signal.Notify(s.ch, list...)
	go s.watch(hints, ask, restore)
	return s
}

func (s *signals) watch(hints io.Writer, ask func(os.Signal) bool, restore func()) {
	out := hints
	var hint, abort <-chan time.Time
	for {
		select {
		case sig := <-s.ch:
			s.last.Store(sig)
			if ask(sig) {
				hint, abort = nil, time.After(abortAfter)
			} else if hints != nil {
				hint, hints = time.After(hintAfter), nil
			}
		case <-hint:
			hint = nil
			fmt.Fprintln(out, "luart: waiting for the program to end; press Ctrl-C again to end it at once")
		case <-abort:
			if restore != nil {
				restore()
			}
			os.Exit(signalCode(s.got()))
		case <-s.done:
			return
		}
	}
}

// twice returns what to do about signals for a program: the first asks it to end, the second one ends it.
func twice(c *runtime.Computer) func(os.Signal) bool {
	asked := false
	return func(os.Signal) bool {
		c.Terminate()
		final := asked
		asked = true
		return final
	}
}

func (s *signals) got() os.Signal {
	sig, _ := s.last.Load().(os.Signal)
	return sig
}

// stop ends the watch and returns the last signal, nil if there was none.
func (s *signals) stop() os.Signal {
	signal.Stop(s.ch)
	close(s.done)
	return s.got()
}
