package main

import (
	"strings"
	"testing"
	"time"
)

func TestMeasureEchoes(t *testing.T) {
	t.Setenv("GOGC", "100") // the servers leave it alone then
	o := serverOptions{websockets: 10, rounds: 2, each: 30 * time.Millisecond}
	results, err := measureEchoes(t.Context(), o, startHere)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	reportRates(&text, "echo", "messages/s", results)
	for _, r := range results {
		if len(r.perSecond) != 2 || r.perSecond[0] <= 0 || r.ofBare(results[0]) <= 0 || !strings.Contains(text.String(), r.name) {
			t.Errorf("%v\n%s", r.perSecond, text.String())
		}
	}
	t.Log("\n" + text.String())
}

// An idle WebSocket takes 25 KB at most beyond that of a bare server.
func TestMeasureIdle(t *testing.T) {
	t.Setenv("GOGC", "100")
	results, err := measureIdle(t.Context(), 500, startHere)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	reportIdle(&text, results)
	for _, r := range results {
		if r.each <= 0 || r.each-results[0].each > 25e3 || !strings.Contains(text.String(), r.name) {
			t.Errorf("%s takes %.0f bytes", r.name, r.each)
		}
	}
	t.Log("\n" + text.String())
}

// BenchmarkEcho is for profiles: the handlers of http.listen at 100 connections.
func BenchmarkEcho(b *testing.B) {
	for b.Loop() {
		results, err := measureEchoes(b.Context(), serverOptions{websockets: 100, rounds: 3, each: 500 * time.Millisecond}, startHere)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(median(results[0].perSecond), "bare/s")
		b.ReportMetric(results[1].ofBare(results[0]), "listen/bare")
		b.ReportMetric(results[2].ofBare(results[0]), "events/bare")
	}
}
