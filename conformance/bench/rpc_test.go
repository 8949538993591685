package main

import (
	"strings"
	"testing"
	"time"
)

func TestMeasureRPC(t *testing.T) {
	t.Setenv("GOGC", "100") // the servers leave it alone then
	o := rpcOptions{rounds: 2, each: 30 * time.Millisecond}
	for _, way := range []struct{ sockets, window int }{{1, 16}, {10, 1}} {
		results, err := measureRPC(t.Context(), o, way.sockets, way.window, startHere)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		reportRates(&text, "ADD", "calls/s", results)
		for _, r := range results {
			if len(r.perSecond) != 2 || r.perSecond[0] <= 0 || !strings.Contains(text.String(), r.name) {
				t.Errorf("%v\n%s", r.perSecond, text.String())
			}
		}
	}
}

func TestRPCOptions(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"-window", "0"}, {"-window", "2000"}, {"-n", "-1"}, {"-time", "0s"}, {"-no"}, {"-sockets", "0"}} {
		var stdout, stderr strings.Builder
		if code := run(t.Context(), append([]string{"rpc"}, args...), &stdout, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%v: exit code %d, %q", args, code, stderr.String())
		}
	}
}
