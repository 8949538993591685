package runtime_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/runtime"
)

// served is a control plane that runs.
type served struct {
	computer  *runtime.Computer
	addresses map[string]string // of the facades, by their names
	stop      func()            // the computer's Run has returned afterwards
}

// startControl runs the program of luart serve until the test ends, on c.clock. Facades whose sections c.set does not have are off.
func startControl(t *testing.T, c *controlled) *served {
	t.Helper()
	for _, section := range []string{"ratchet", "network", "rpc", "packages"} {
		if c.set[section] == nil {
			c.set[section] = map[string]any{"enabled": false}
		}
	}
	ready := make(chan map[string]string, 1)
	computer, err := runtime.New(
		runtime.WithControl(runtime.Control{
			Plugins: c.plugins, Data: c.data, Secrets: c.secrets, AllowPrivate: true,
			Settings: func() (map[string]any, error) { return c.set, nil },
			Ready:    func(addresses map[string]string) { ready <- addresses },
		}),
		runtime.WithStdout(&c.out), runtime.WithStderr(&c.out), runtime.WithClock(c.clock), runtime.WithLocation(time.UTC),
		runtime.WithLogger(slog.New(slog.NewTextHandler(&c.log, nil))), runtime.WithMemory(c.memory),
	)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := computer.Run(ctx); err != nil && !errors.Is(err, runtime.ErrStopped) && ctx.Err() == nil {
			t.Errorf("%v\n%s\n%s", err, c.out.String(), c.log.String())
		}
	}()
	s := &served{computer: computer, stop: func() {
		if _, still := c.clock.(*clocktest.Clock); still {
			cancel() // its time for requests that run would never be over
		}
		computer.Terminate()
		<-ended
		cancel()
	}}
	t.Cleanup(s.stop)
	select {
	case s.addresses = <-ready:
	case <-ended:
		t.Fatalf("the server has ended\n%s\n%s", c.out.String(), c.log.String())
	case <-time.After(time.Minute):
		t.Fatalf("the server does not start\n%s\n%s", c.out.String(), c.log.String())
	}
	return s
}
