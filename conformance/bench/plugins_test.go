package main

import (
	"strings"
	"testing"
	"time"
)

func TestComparePlugins(t *testing.T) {
	t.Setenv("GOGC", "100") // the servers leave it alone then
	var out strings.Builder
	if err := comparePlugins(t.Context(), serverOptions{connections: 4, rounds: 1, each: 30 * time.Millisecond}, startHere, &out); err != nil {
		t.Fatal(err)
	}
	for _, s := range pluginServers {
		if !strings.Contains(out.String(), s.name) {
			t.Errorf("no %s", s.name)
		}
	}
	t.Log("\n" + out.String())
}

func TestPluginOptions(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"-c", "0"}, {"-n", "-1"}, {"-time", "0s"}, {"-no"}} {
		var stdout, stderr strings.Builder
		if code := run(t.Context(), append([]string{"plugins"}, args...), &stdout, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%v: exit code %d, %q", args, code, stderr.String())
		}
	}
}
