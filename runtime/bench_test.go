package runtime_test

import (
	"context"
	"errors"
	"io"
	goruntime "runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/term"
)

// benchmark runs a program of b.N rounds.
func benchmark(b *testing.B, code string) {
	b.ReportAllocs()
	c, err := runtime.New(runtime.WithCode("=bench", code), runtime.WithArgs(strconv.Itoa(b.N)), runtime.WithStdout(io.Discard))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := c.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEvent is the way of an event from the program into the queue and back: transfer, loop, watchdog, resume.
func BenchmarkEvent(b *testing.B) {
	benchmark(b, `for i = 1, tonumber((...)) do os.queueEvent("x", i) os.pullEvent("x") end`)
}

// BenchmarkPrint guards print, which programs call in loops.
func BenchmarkPrint(b *testing.B) {
	benchmark(b, `for i = 1, tonumber((...)) do print(i) if i % 100000 == 0 then sleep(0) end end`)
}

// BenchmarkBoot is the start and end of a computer.
func BenchmarkBoot(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		c, err := runtime.New(runtime.WithCode("=bench", "return 1"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIdleComputers is 1,000 computers that have booted and wait for events, in one process: what each takes of the
// heap, and how long it took to boot, for those that run a program and those that have come to the shell's prompt. The targets are
// 150 KB and 2 ms for a program.
func BenchmarkIdleComputers(b *testing.B) {
	for _, kind := range idleKinds {
		b.Run(kind.name, func(b *testing.B) {
			const count = 1000
			for range b.N {
				before := liveHeap()
				ctx, cancel := context.WithCancel(b.Context())
				start := time.Now()
				computers, wait := bootIdle(b, ctx, eventqueue.SystemClock{}, count, kind.options)
				booted := time.Since(start)
				b.ReportMetric(float64(liveHeap()-before)/count/1000, "KB/computer")
				b.ReportMetric(booted.Seconds()*1000/count, "ms/boot")
				goruntime.KeepAlive(computers)
				cancel()
				wait()
			}
		})
	}
}

// idleKinds are computers that wait for events once they have booted.
var idleKinds = []struct {
	name    string
	options func() []runtime.Option
}{
	{"program", func() []runtime.Option {
		return []runtime.Option{runtime.WithCode("=idle", `print("ready") os.pullEvent("never")`)}
	}},
	{"shell", func() []runtime.Option {
		return []runtime.Option{runtime.WithShell(), runtime.WithScreen(term.NewScreen(term.DefaultWidth, term.DefaultHeight, true))}
	}},
}

// bootIdle boots computers, one after the other, and returns when the last one waits. wait returns when all have ended.
func bootIdle(tb testing.TB, ctx context.Context, clock eventqueue.Clock, count int, options func() []runtime.Option) (all []*runtime.Computer, wait func()) {
	tb.Helper()
	var done sync.WaitGroup
	for i := range count {
		var c *runtime.Computer
		ready := make(chan struct{})
		idle := idleClock{clock, sync.OnceFunc(func() { close(ready) }), func() bool {
			s := c.Queue().Stats()
			return s.Timers == 0 && s.Waiting == 0
		}}
		c, err := runtime.New(append(options(), runtime.WithID(i), runtime.WithClock(idle))...)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, c)
		done.Go(func() {
			if _, err := c.Run(ctx); err != nil && !errors.Is(err, runtime.ErrStopped) {
				tb.Error(err)
			}
		})
		<-ready
	}
	return all, done.Wait
}

// idleClock is a clock that tells when its computer has nothing to do any more.
type idleClock struct {
	eventqueue.Clock
	ready func()
	idle  func() bool
}

func (c idleClock) Idle() bool {
	if c.idle() {
		c.ready()
	}
	return false
}

var _ eventqueue.IdleClock = idleClock{}

// liveHeap returns how many bytes of the heap are in use.
func liveHeap() int64 {
	goruntime.GC()
	goruntime.GC() // what finalizers and pools had kept
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Computers that wait for events set no timer and take no event, so that they use no processor time however long that is.
func TestIdleComputersDoNothing(t *testing.T) {
	for _, kind := range idleKinds {
		t.Run(kind.name, func(t *testing.T) {
			clock := clocktest.New()
			ctx, cancel := context.WithCancel(t.Context())
			computers, wait := bootIdle(t, ctx, clock, 10, kind.options)
			taken := make([]uint64, len(computers))
			for i, c := range computers {
				taken[i] = c.Queue().Stats().Taken
			}
			if n := clock.Armed(); n != 0 {
				t.Errorf("%d timers are set", n)
			}
			clock.Advance(time.Hour)
			for i, c := range computers {
				if s := c.Queue().Stats(); s.Taken != taken[i] || s.Timers != 0 || s.Waiting != 0 {
					t.Errorf("computer %d: %+v", i, s)
				}
			}
			cancel()
			wait()
		})
	}
}
