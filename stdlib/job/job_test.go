package job

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
)

// wait returns the next event that isn't one of progress.
func wait(t *testing.T, c *computertest.Computer) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if e := c.Wait(ctx); !strings.Contains(e, "_progress ") {
			return e
		}
	}
}

func start(t *testing.T, p *Pool, work Work) *Job {
	t.Helper()
	j, err := p.Start(work, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func blocked(ctx context.Context, _ *Job) (Result, error) {
	<-ctx.Done()
	return Result{}, ctx.Err()
}

// table stands for the address in the text of a table.
func table(event string) string {
	before, _, found := strings.Cut(event, " table: ")
	if found {
		return before + " table"
	}
	return event
}

func TestOutcomes(t *testing.T) {
	for want, work := range map[string]Work{
		"x_done 1": func(context.Context, *Job) (Result, error) { return Result{}, nil },
		"x_done 1 value": func(context.Context, *Job) (Result, error) {
			return Result{Event: func() []lua.Value { return []lua.Value{lua.String("value")} }}, nil
		},
		"x_failed 1 x: why table":                func(context.Context, *Job) (Result, error) { return Result{}, errors.New("why") },
		"x_failed 1 mine table":                  func(context.Context, *Job) (Result, error) { return Result{}, Failf("own", "mine") },
		"x_failed 1 x: internal fault: no table": func(context.Context, *Job) (Result, error) { panic("no") },
	} {
		c := computertest.New(t, lualib.Open)
		j := start(t, NewPool(c, "x", 1, 1), work)
		if got := table(wait(t, c)); got != want {
			t.Errorf("%q, not %q", got, want)
		}
		if !j.Over() {
			t.Error("it isn't over")
		}
	}
}

func TestPoolIsBounded(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	p := NewPool(c, "x", 1, 1)
	first := start(t, p, blocked)
	ended := false
	second, err := p.Start(blocked, func() { ended = true })
	if err != nil {
		t.Fatal(err)
	}
	refused := false
	if _, err := p.Start(blocked, func() { refused = true }); err == nil || !refused {
		t.Error(err, refused)
	}
	second.Cancel() // before its turn
	if got := table(wait(t, c)); got != "x_failed 2 x: cancelled table" || !ended {
		t.Error(got, ended)
	}
	first.Cancel()
	if got := table(wait(t, c)); got != "x_failed 1 x: cancelled table" {
		t.Error(got)
	}
	start(t, p, blocked)
	c.Close()
	if _, err := p.Start(blocked, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// However often work reports, one event at a time waits.
func TestProgressDoesNotPileUp(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	reported := make(chan struct{})
	_, err := NewPool(c, "x", 1, 1).Start(func(_ context.Context, j *Job) (Result, error) {
		for i := range 100_000 {
			j.Progress(func() []lua.Value { return []lua.Value{lua.Int(i)} })
		}
		return Result{}, nil
	}, func() { close(reported) })
	if err != nil {
		t.Fatal(err)
	}
	<-reported
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if e := c.Wait(ctx); e != "x_progress 1 99999" {
		t.Error(e)
	}
	if e := c.Wait(ctx); e != "x_done 1" {
		t.Error(e)
	}
}
