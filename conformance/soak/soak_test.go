// Package soak keeps a computer that serves HTTP and WebSockets busy for a while, with clients good and bad, and then looks whether
// all is as it was: every request answered, the counts of both sides equal, no handler, goroutine, file or memory left over.
//
//	go test ./conformance/soak             # some seconds
//	go test ./conformance/soak -soak 5m    # for longer
//
// server.lua is what the computer runs; the clients are in clients_test.go.
package soak

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	goruntime "runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
)

var (
	duration = flag.Duration("soak", 2*time.Second, "how long the clients go on")
	seed     = flag.Uint64("soak.seed", 0, "the seed of the clients' choices; 0 is another one each time")
)

//go:embed server.lua
var program string

const (
	workers = 12 // clients of the mix; there is one more for each kind of trouble

	// Limits of the server, short enough to be met often.
	responseTimeout = 2 * time.Second
	headerTimeout   = 2 * time.Second
	// How long a handler may compute. Where the machine stops everything for so long, others than those that loop come up against
	// it: they get 500, and the log says why.
	yieldTimeout = time.Second

	// How long a client waits before it counts as not answered: far longer than any limit of the server's.
	patience = 90 * time.Second

	// How many goroutines a computer with three listeners has when it is idle.
	ownGoroutines = 16

	// What the heap may have grown by. It is more than the noise, and less than a leak of a few hundred bytes a request in the shortest run.
	heapSlack = 1 << 20
)

// server is the computer, and what its clients have noted.
type server struct {
	t                      *testing.T
	plain, stream, sockets string // host:port
	client                 *http.Client
	log                    logCounts

	requests atomic.Int64    // sent
	ended    context.Context // done, with Run's error as its cause, when the computer has ended
	mu       sync.Mutex
	counts   map[string]int // "sent KIND", "KIND STATUS", and "note TEXT"
	failures int
}

func (s *server) count(name string) {
	s.mu.Lock()
	s.counts[name]++
	s.mu.Unlock()
}

// send notes that a request is sent. Each has one call of got.
func (s *server) send(kind string) {
	s.requests.Add(1)
	s.count("sent " + kind)
}

// got notes what has become of a request: a status, or a word.
func (s *server) got(kind string, outcome any) { s.count(fmt.Sprint(kind, " ", outcome)) }

func (s *server) failf(format string, args ...any) {
	s.mu.Lock()
	s.failures++
	n := s.failures
	s.mu.Unlock()
	if n <= 20 {
		s.t.Errorf(format, args...)
	}
}

// sum adds the counts whose names a function picks.
func (s *server) sum(pick func(kind, outcome string) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for name, count := range s.counts {
		if kind, outcome, _ := strings.Cut(name, " "); pick(kind, outcome) {
			n += count
		}
	}
	return n
}

// logCounts is a slog.Handler that counts records by their message.
type logCounts struct {
	mu     sync.Mutex
	counts map[string]int
	last   map[string]string
	long   int // handlers that were told that they go on for too long
}

func (l *logCounts) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (l *logCounts) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l *logCounts) WithGroup(string) slog.Handler                    { return l }
func (l *logCounts) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[r.Message]++
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" && strings.HasSuffix(a.Value.String(), ": Too long without yielding") {
			l.long++
		}
		if len(l.last[r.Message]) < 2000 {
			l.last[r.Message] += a.String() + " "
		}
		return true
	})
	return nil
}

// take returns the count of the messages that contain a text, and forgets them.
func (l *logCounts) take(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for message, count := range l.counts {
		if strings.Contains(message, text) {
			n += count
			delete(l.counts, message)
		}
	}
	return n
}

// level is what must be as it was.
type level struct {
	heap       uint64
	goroutines int
	files      int // open ones; 0 where that is not to be had
}

func (l level) String() string {
	return fmt.Sprintf("%.2f MiB, %d goroutines, %d open files", float64(l.heap)/(1<<20), l.goroutines, l.files)
}

// anyLevel is above all others.
var anyLevel = level{math.MaxUint64, math.MaxInt, math.MaxInt}

// measure returns the level once it is down to a bound, or will not be.
func measure(bound level) level {
	var l level
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		// What finalizers and pools hold goes with the second and third.
		for range 3 {
			goruntime.GC()
		}
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		entries, _ := os.ReadDir("/proc/self/fd")
		l = level{m.HeapAlloc, goruntime.NumGoroutine(), len(entries)}
		if l.goroutines <= bound.goroutines && l.files <= bound.files && l.heap <= bound.heap || time.Now().After(end) {
			return l
		}
	}
}

// settle waits until no handler runs and the clients' connections are closed, and returns the level.
func (s *server) settle(bound level) level {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		counts := s.seen()
		if counts["active"] == 0 && counts["connects"] == counts["ends"] {
			break
		}
		if time.Now().After(end) {
			s.t.Errorf("handlers still run: %v", counts)
			break
		}
	}
	s.client.CloseIdleConnections()
	return measure(bound)
}

// seen asks for the server's counts.
func (s *server) seen() map[string]int {
	response, err := s.client.Get("http://" + s.plain + "/counts")
	if err != nil {
		s.t.Fatalf("%v; the computer: %v; its log: %v %v", err, context.Cause(s.ended), s.log.counts, s.log.last)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode == http.StatusServiceUnavailable {
		return map[string]int{"active": -1} // ask again
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(text)) {
		i := strings.LastIndexByte(line, ' ')
		counts[line[:i]], err = strconv.Atoi(strings.TrimSpace(line[i:]))
		if err != nil {
			s.t.Fatalf("%q: %v", line, err)
		}
	}
	return counts
}

// run lets all clients do what they do: at least once each, then until the time is over.
func (s *server) run(d time.Duration, seed uint64, trouble []trouble) {
	ctx, cancel := context.WithTimeout(s.ended, d)
	defer cancel()
	var wg sync.WaitGroup
	for i := range workers {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		wg.Go(func() {
			for {
				for _, j := range rng.Perm(len(mix)) {
					mix[j](s, rng)
				}
				if ctx.Err() != nil {
					return
				}
			}
		})
	}
	for _, one := range trouble {
		wg.Go(func() {
			for {
				one.make(s)
				select {
				case <-ctx.Done():
				case <-time.After(one.pause):
				}
				if ctx.Err() != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestSoak(t *testing.T) {
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err != nil { // opens files that Go keeps for all of the network
		t.Fatal(err)
	} else {
		l.Close()
	}
	before := measure(anyLevel)
	ended, end := context.WithCancelCause(context.WithoutCancel(t.Context()))
	s := &server{
		t: t, ended: ended, counts: map[string]int{}, log: logCounts{counts: map[string]int{}, last: map[string]string{}},
		client: &http.Client{
			Timeout: patience,
			Transport: &http.Transport{
				DisableCompression: true, MaxIdleConnsPerHost: workers, ExpectContinueTimeout: patience,
			},
		},
	}
	ports := make(chan []string, 1)
	out := lines{ports: ports}
	computer, err := runtime.New(runtime.WithCode("@server.lua", program),
		runtime.WithArgs(fmt.Sprint(responseTimeout.Seconds()), fmt.Sprint(headerTimeout.Seconds())),
		runtime.WithTimeout(yieldTimeout), runtime.WithGrace(patience), runtime.WithAllowPrivate(), runtime.WithStdout(&out), runtime.WithLogger(slog.New(&s.log)))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := computer.Run(context.WithoutCancel(t.Context()))
		end(err)
	}()
	select {
	case ports := <-ports:
		s.plain, s.stream, s.sockets = "127.0.0.1:"+ports[0], "127.0.0.1:"+ports[1], "127.0.0.1:"+ports[2]
	case <-ended.Done():
		t.Fatal(context.Cause(ended))
	}

	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-soak.seed %d", *seed)
	// Everything has been there once: pools, tables that have grown, code that is compiled at first use.
	s.run(0, *seed, troubles[:warmups])
	start := s.settle(level{math.MaxUint64, before.goroutines + ownGoroutines, math.MaxInt})
	s.run(*duration, *seed+1, troubles)
	done := s.settle(level{start.heap + heapSlack, start.goroutines, start.files})
	t.Logf("%d requests; before %v, at the start %v, at the end %v", s.requests.Load(), before, start, done)
	if done.goroutines > start.goroutines || done.files > start.files || done.heap > start.heap+heapSlack {
		t.Errorf("more is left over than there was after the first round: %v, then %v", start, done)
		var text bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
			t.Error(err)
		}
		t.Logf("%s", &text)
	}
	s.checkCounts()

	computer.Terminate()
	select {
	case <-ended.Done():
	case <-time.After(patience):
		t.Fatal("the computer does not end")
	}
	err = context.Cause(ended)
	if failure := (*runtime.ProgramError)(nil); !errors.As(err, &failure) || !failure.Terminated {
		t.Errorf("the computer has ended with %v", err)
	}
	if after := measure(level{math.MaxUint64, before.goroutines, before.files}); after.goroutines > before.goroutines || after.files > before.files {
		t.Errorf("before the computer began there were %v, after it ended %v", before, after)
	}
}

// checkCounts compares what the clients, the server's program and the log have counted.
func (s *server) checkCounts() {
	t := s.t
	seen := s.seen()
	t.Logf("clients: %v", s.counts)
	t.Logf("server: %v", seen)
	sent := s.sum(func(kind, _ string) bool { return kind == "sent" })
	ended := s.sum(func(kind, _ string) bool { return kind != "sent" && kind != "note" })
	if sent != int(s.requests.Load()) || sent != ended {
		t.Errorf("%d requests were sent, of %d it is known what became of them", sent, ended)
	}
	kinds := map[string]bool{}
	for name := range s.counts {
		if kind, ok := strings.CutPrefix(name, "sent "); ok {
			kinds[kind] = true
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		answered := s.sum(func(k, outcome string) bool {
			return k == kind && (outcome == "200" || outcome == "403" || outcome == "cut")
		})
		switch closed := seen["closed "+kind]; {
		case kind == "broken": // see below
		case kind == "left" || kind == "half" || kind == "endless": // nobody waited for all of the answer
			if closed > s.counts["sent "+kind] {
				t.Errorf("%s: %d answers to %d requests", kind, closed, s.counts["sent "+kind])
			}
		case seen["seen "+kind] == 0: // it never comes to the program
		case closed != answered:
			t.Errorf("%s: the program has answered %d, the clients have %d of it", kind, closed, answered)
		}
		if n := seen["seen "+kind]; n > s.counts["sent "+kind] {
			t.Errorf("%s: the program has seen %d of %d", kind, n, s.counts["sent "+kind])
		}
	}
	for _, pair := range []struct {
		what         string
		server, mine int
	}{
		{"WebSockets of http.listen", seen["sockets"], s.counts["socket 101"]},
		{"WebSockets of http.websocketServer", seen["connects"], s.counts["server 101"]},
		{"their ends", seen["ends"], s.counts["server 101"]},
		{"500 and the log", s.log.take("the client got 500"), s.sum(func(_, outcome string) bool { return outcome == "500" })},
		{"204 and the log", s.log.take("the handler ended without res.close()"), s.sum(func(_, outcome string) bool { return outcome == "204" })},
		{"responses that were cut and the log", s.log.take("which was cut off"), s.sum(func(_, outcome string) bool { return outcome == "cut" })},
		{"1011 and the log", s.log.take("the client got the code 1011"), s.counts["note 1011"]},
	} {
		if pair.server != pair.mine {
			t.Errorf("%s: %d on the server's side, %d on the clients'", pair.what, pair.server, pair.mine)
		}
	}
	if seen["messages"] < s.counts["note message"] {
		t.Errorf("the program has sent %d messages, the clients have got %d", seen["messages"], s.counts["note message"])
	}
	if s.log.long < s.counts["spin 500"]+s.counts["note 500"] {
		t.Errorf("%d answers were 500 without a reason", s.counts["note 500"]-(s.log.long-s.counts["spin 500"]))
	}
	s.log.take("the handler failed after its request was over") // of those that were late
	if len(s.log.counts) > 0 {
		t.Errorf("the log has %v\n%v", s.log.counts, s.log.last)
	}
}

// lines takes the first line that the program prints.
type lines struct {
	text  []byte
	ports chan []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.text = append(l.text, p...)
	if line, _, ok := bytes.Cut(l.text, []byte("\n")); ok && l.ports != nil {
		l.ports <- strings.Fields(string(line))
		l.ports = nil
	}
	return len(p), nil
}
