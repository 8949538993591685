package stdlib_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
)

// calling starts a coroutine that calls f, and returns how it goes on with an event: with the results as text, "" while it waits.
func calling(t *testing.T, c *computertest.Computer, code string, f lua.GoFunc) (resume func(event ...lua.Value) string) {
	t.Helper()
	c.VM().Globals().SetString("f", lua.NewFunction("f", f))
	main, err := c.VM().Load(code, "=test", nil)
	if err != nil {
		t.Fatal(err)
	}
	th := c.VM().NewThread(main)
	pin := c.VM().Pin(th.Value())
	t.Cleanup(pin.Unpin)
	resume = func(event ...lua.Value) string {
		values, err := th.Resume(event...)
		switch {
		case err != nil:
			return "error: " + err.Error()
		case th.Status() == lua.Suspended:
			return ""
		}
		return "returns " + computertest.Texts(values)
	}
	if s := resume(); s != "" {
		t.Fatal(s)
	}
	return resume
}

func TestBackground(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	b := stdlib.NewBackground(c, 2)
	begin := make(chan string, 1)
	run := func(call lua.Call) (lua.Results, error) {
		got := ""
		return b.Run(call, func(context.Context) { got = <-begin }, func(call lua.Call) (lua.Results, error) {
			return call.Return1(lua.String(got))
		})
	}
	first := calling(t, c, "return f()", run)
	if b.Full() {
		t.Error("one of two leaves no room")
	}
	second := calling(t, c, "return f()", run)
	if !b.Full() {
		t.Error("two of two leave room")
	}
	if s := first(lua.String("other")); s != "" {
		t.Error("goes on before the work is done:", s)
	}
	waiting := []func(...lua.Value) string{first, second}
	for i, work := range []string{"one", "other"} {
		begin <- work
		event := c.Wait(t.Context())
		if b.Full() {
			t.Error("there is no room after work is done")
		}
		// Only that one goes on whose work is done, whichever it is.
		waiting = slices.DeleteFunc(waiting, func(resume func(...lua.Value) string) bool {
			s := resume(lua.String(event))
			if s != "" && s != "returns "+work {
				t.Error(s)
			}
			return s != ""
		})
		if len(waiting) != 1-i {
			t.Errorf("%d wait", len(waiting))
		}
	}
}

// What Ctrl-C ends is told from a failure by the text, which has no position in front; the work is told to end.
func TestBackgroundTerminated(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	b := stdlib.NewBackground(c, 1)
	ended := make(chan error, 1)
	resume := calling(t, c, "return f()", func(call lua.Call) (lua.Results, error) {
		return b.Run(call, func(ctx context.Context) { <-ctx.Done(); ended <- ctx.Err() }, func(call lua.Call) (lua.Results, error) {
			return call.Return0()
		})
	})
	if s := resume(lua.String("terminate")); s != "error: Terminated" {
		t.Error(s)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The end of a computer waits for the work, which is told to end.
func TestBackgroundClose(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	b := stdlib.NewBackground(c, 1)
	ended := false
	calling(t, c, "return f()", func(call lua.Call) (lua.Results, error) {
		return b.Run(call, func(ctx context.Context) { <-ctx.Done(); ended = true }, func(call lua.Call) (lua.Results, error) {
			return call.Return0()
		})
	})
	c.Close()
	if !ended {
		t.Error("the work goes on")
	}
}
