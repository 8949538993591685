package main

import (
	"context"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

// startHere starts a server within this process.
func startHere(ctx context.Context, s benchServer) (*running, error) {
	ctx, cancel := context.WithCancel(ctx)
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stdout.CloseWithError(serve(ctx, s.name, stdin, stdout))
	}()
	return new(running).hear(in, out, func() {
		cancel()
		stdin.Close()
		<-ended
	})
}

func TestMeasureHellos(t *testing.T) {
	t.Setenv("GOGC", "100") // the servers leave it alone then
	results, err := measureHellos(t.Context(), serverOptions{connections: 8, rounds: 2, each: 30 * time.Millisecond}, startHere)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	reportHellos(&text, results)
	for _, r := range results {
		if len(r.perSecond) != 2 || r.perSecond[0] <= 0 || r.latencies.quantile(0.99) < r.latencies.quantile(0.5) || r.latencies.quantile(0.5) <= 0 ||
			!strings.Contains(text.String(), r.name) {
			t.Errorf("%v\n%s", r.perSecond, text.String())
		}
	}
	t.Log("\n" + text.String())
}

func TestHistogram(t *testing.T) {
	var h histogram
	if h.quantile(0.5) != 0 {
		t.Error(h.quantile(0.5))
	}
	for _, d := range []time.Duration{-1, 0, math.MaxInt64} {
		h.count(d)
	}
	h = histogram{}
	for i := range 1000 {
		h.count(time.Duration(i+1) * time.Microsecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Microsecond, 0.99: 990 * time.Microsecond, 0: time.Microsecond} {
		if got := h.quantile(q); got < want*15/16 || got > want*17/16 {
			t.Errorf("quantile(%v) = %v", q, got)
		}
	}
	if h.total() != 1000 {
		t.Error(h.total())
	}
}

func TestServerOptions(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"-c", "0"}, {"-n", "-1"}, {"-time", "0s"}, {"-no"}, {"-idle", "-1"}} {
		var stdout, stderr strings.Builder
		if code := run(t.Context(), append([]string{"http"}, args...), &stdout, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%v: exit code %d, %q", args, code, stderr.String())
		}
	}
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"http", "-serve", "none"}, &stdout, &stderr); code != exitWrong {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}
