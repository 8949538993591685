package runtime_test

import (
	"testing"

	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
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
	plane := runtimetest.Serve(t, runtime.Control{
		Plugins: c.plugins, Data: c.data, Secrets: c.secrets, AllowPrivate: true,
		Settings: func() (map[string]any, error) { return c.set, nil },
	}, &c.out, &c.log, runtime.WithClock(c.clock), runtime.WithMemory(c.memory))
	s := &served{computer: plane.Computer, addresses: plane.Addresses, stop: func() {
		if _, still := c.clock.(*clocktest.Clock); still {
			plane.Stop() // its time for requests that run would never be over
		}
		plane.Terminate()
	}}
	t.Cleanup(s.stop)
	return s
}
