package gopherlua

import (
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	glua "github.com/yuin/gopher-lua"
	luar "layeh.com/gopher-luar"
)

// Host is what the module host shows of the process that a computer runs in. Scripts read its fields and call its methods; they can't
// change it.
type Host struct {
	Version string `luar:"version"` // of luart
	PID     int    `luar:"pid"`     // of the process
	source  *hostSource
}

// hostSource is where what changes comes from.
type hostSource struct {
	uptime func() time.Duration
	ports  func() []int
}

// Listener is a server of the computer.
type Listener struct {
	Port int `luar:"port"` // 1 to 65535
}

// NewHost returns what host shows. uptime is how long the computer is there, ports which ones it listens on; any goroutine calls them.
func NewHost(version string, uptime func() time.Duration, ports func() []int) Host {
	return Host{Version: version, PID: os.Getpid(), source: &hostSource{uptime, ports}}
}

// Loader is the loader of the module host, for Open.
func (h Host) Loader(l *glua.LState) int {
	l.Push(luar.New(l, h))
	return 1
}

// Uptime returns for how many seconds the computer is there.
func (h Host) Uptime() float64 { return h.source.uptime().Seconds() }

// Memory returns how many bytes the process has of the system, as Go counts them.
func (h Host) Memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// Goroutines returns how many goroutines the process has.
func (h Host) Goroutines() int { return runtime.NumGoroutine() }

// Listeners returns the computer's servers, in the order of their ports.
func (h Host) Listeners() []Listener {
	list := []Listener{}
	for _, port := range h.source.ports() {
		list = append(list, Listener{port})
	}
	return list
}
