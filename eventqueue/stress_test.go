package eventqueue_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
)

// parcel is an event that says who sent it as which.
type parcel struct {
	source, n int
}

const (
	fromTimer = -1 - iota
	fromAlarm
	fromTerminate
)

var parcels = eventqueue.Events[parcel]{
	Timer:     func(id int) parcel { return parcel{fromTimer, id} },
	Alarm:     func(id int) parcel { return parcel{fromAlarm, id} },
	Terminate: func() parcel { return parcel{fromTerminate, 0} },
}

// patience turns a lost wake-up into a failure. Nothing waits for it otherwise.
const patience = 2 * time.Minute

// Ten million events from several goroutines, on the real clock, with limits so
// narrow that both sides sleep all the time: each arrives, once, in the order
// of its source.
func TestNoWakeUpIsLost(t *testing.T) {
	for _, limit := range []int{1, 2, 64} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		q := eventqueue.New(parcels, eventqueue.Options{NetworkLimit: limit, ScriptLimit: 8, Resolution: time.Millisecond})
		const networkSources, scriptSources = 4, 2
		events := stressEvents
		if testing.Short() {
			events /= 20
		}
		each := events / 3 / (networkSources + scriptSources)

		var wg sync.WaitGroup
		var scriptTaken, terminates atomic.Int64
		for source := range networkSources {
			wg.Go(func() {
				for n := range each {
					if err := q.Post(ctx, parcel{source, n}); err != nil {
						t.Errorf("source %d, event %d: %v", source, n, err)
						return
					}
				}
			})
		}
		for source := range scriptSources {
			wg.Go(func() {
				for n := range each {
					if q.PostScript(parcel{networkSources + source, n}) {
						scriptTaken.Add(1)
					} else {
						runtime.Gosched()
					}
					if n%1000 == 0 {
						must(t, q.Terminate())
						terminates.Add(1)
					}
				}
			})
		}
		timers := 0
		wg.Go(func() {
			for i := range each / 100 {
				id, err := q.StartTimer(time.Duration(i%3) * time.Millisecond)
				if err != nil {
					t.Error(err)
				}
				if i%2 == 1 && q.CancelTimer(id) {
					continue
				}
				timers++
			}
		})
		go func() {
			wg.Wait()
			must(t, q.PostInternal(parcel{99, 0}))
		}()

		var next [networkSources + scriptSources]int
		var fromScript, fromNetwork, fired, terminated int
		ended := false
		for !ended || fired < timers {
			p, err := q.Next(ctx)
			if err != nil {
				t.Fatalf("limit %d: %v; stats %+v, next %v", limit, err, q.Stats(), next)
			}
			switch {
			case p.source == 99:
				ended = true
			case p.source == fromTimer:
				fired++
			case p.source == fromTerminate:
				terminated++
			case p.source < networkSources:
				if p.n != next[p.source] {
					t.Fatalf("source %d: event %d came when %d was next", p.source, p.n, next[p.source])
				}
				next[p.source]++
				fromNetwork++
			default:
				if p.n < next[p.source] {
					t.Fatalf("source %d: event %d came after %d", p.source, p.n, next[p.source])
				}
				next[p.source] = p.n + 1
				fromScript++
			}
		}
		if fromNetwork != networkSources*each {
			t.Errorf("%d network events came, want %d", fromNetwork, networkSources*each)
		}
		if int64(fromScript) != scriptTaken.Load() || int64(terminated) != terminates.Load() {
			t.Errorf("%d script events and %d terminates came, want %d and %d",
				fromScript, terminated, scriptTaken.Load(), terminates.Load())
		}
		s := q.Stats()
		if int(s.Dropped)+fromScript != scriptSources*each || s.Waiting != 0 || s.Timers != 0 || s.Blocked != 0 {
			t.Errorf("stats %+v", s)
		}
		if left := q.Close(); left != nil {
			t.Errorf("left over: %v", left)
		}
		cancel()
	}
}

// Sources give up, the computer restarts, the queue closes, all at once: an
// event is taken if and only if Post says so, and comes out exactly once.
func TestTakenMeansTakenOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const sources = 6
	each := max(2000, stressEvents/300)
	for range 4 {
		q := eventqueue.New(parcels, eventqueue.Options{NetworkLimit: 2})
		var taken, seen [sources][]bool // each goroutine writes rows of its own
		var producers, others sync.WaitGroup
		for source := range sources {
			taken[source] = make([]bool, each)
			seen[source] = make([]bool, each)
			producers.Go(func() {
				for n := range each {
					ctx, cancel := context.WithCancel(ctx)
					if n%3 == 0 {
						go cancel()
					}
					err := q.Post(ctx, parcel{source, n})
					cancel()
					switch {
					case err == nil:
						taken[source][n] = true
					case err == eventqueue.ErrClosed:
						return
					case err != eventqueue.ErrCleared && !errors.Is(err, context.Canceled):
						t.Errorf("Post: %v", err)
					}
				}
			})
		}
		var mu sync.Mutex // seen
		see := func(all ...parcel) {
			mu.Lock()
			defer mu.Unlock()
			for _, p := range all {
				if seen[p.source][p.n] {
					t.Errorf("%v came twice", p)
				}
				seen[p.source][p.n] = true
			}
		}
		count := 0
		others.Go(func() {
			for {
				p, err := q.Next(ctx)
				if err == eventqueue.ErrClosed {
					return
				}
				if err != nil {
					t.Errorf("Next: %v; stats %+v", err, q.Stats())
					return
				}
				see(p)
				if count++; count%50 == 0 {
					see(q.Clear()...)
				}
				if count == each*sources/2 {
					others.Go(func() { see(q.Close()...) })
				}
			}
		})
		producers.Wait()
		see(q.Close()...)
		others.Wait()
		for source := range sources {
			for n := range each {
				if taken[source][n] != seen[source][n] {
					t.Fatalf("source %d, event %d: taken %v, seen %v", source, n, taken[source][n], seen[source][n])
				}
			}
		}
	}
}
