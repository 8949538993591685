package runtimetest

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/computertest"
)

// Served is a control plane that runs until the test ends.
type Served struct {
	Computer  *runtime.Computer
	Addresses map[string]string // where each facade that is on listens, by its name

	cancel context.CancelFunc
	ended  chan struct{}
}

// Serve runs the program of luart serve, and returns when it serves. What is printed goes to out, and what is logged to log. Options may take the
// place of those that there are: the output, the logger, UTC and 512 MiB of memory; control.Ready must not be set. That the control plane fails, then or
// later, fails the test.
func Serve(t testing.TB, control runtime.Control, out, log *computertest.Output, options ...runtime.Option) *Served {
	t.Helper()
	ready := make(chan map[string]string, 1)
	control.Ready = func(addresses map[string]string) { ready <- addresses }
	computer, err := runtime.New(append([]runtime.Option{
		runtime.WithControl(control), runtime.WithStdout(out), runtime.WithStderr(out), runtime.WithLocation(time.UTC),
		runtime.WithLogger(slog.New(slog.NewTextHandler(log, nil))), runtime.WithMemory(512 << 20),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Served{Computer: computer, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		if _, err := computer.Run(ctx); err != nil && !errors.Is(err, runtime.ErrStopped) && ctx.Err() == nil {
			t.Errorf("the control plane: %v\n%s\n%s", err, out.String(), log.String())
		}
	}()
	t.Cleanup(s.Stop)
	select {
	case s.Addresses = <-ready:
	case <-s.ended:
		t.Fatalf("the control plane has ended\n%s\n%s", out.String(), log.String())
	case <-time.After(patience):
		t.Fatalf("the control plane does not start\n%s\n%s", out.String(), log.String())
	}
	return s
}

// Stop ends the control plane without more ado, and waits until it has ended. A second call does nothing.
func (s *Served) Stop() {
	s.cancel()
	<-s.ended
}

// Terminate asks the control plane to end, as Ctrl-C does, and waits until it has.
func (s *Served) Terminate() {
	s.Computer.Terminate()
	<-s.ended
}
