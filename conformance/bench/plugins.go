package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// "bench plugins" measures a route of a plugin: alone, and beside plugins that behave badly all of the time. Each is a luart serve of its own,
// in a process of its own.

const helloPlugin = `return function() return "Hello, world!\n" end`

// pluginServers have a bad neighbour each, but for the first.
var pluginServers = []benchServer{
	{name: "alone", plugin: helloPlugin},
	{name: "beside a loop", plugin: helloPlugin, beside: `setTimer(function() while true do end end, 50, 0)`},
	{name: "beside an eater", plugin: helloPlugin, beside: `
		setTimer(function() local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(100) .. i end end, 50, 0)`},
	{name: "beside a thrower", plugin: helloPlugin, beside: `
		for i = 1, 20 do setTimer(function() emit("thrown") error("thrown " .. i) end, 50, 0) end
		on("thrown", function() error({}) end)`},
	{name: "beside a closer", plugin: helloPlugin, beside: `
		while true do
			sleep(0.05)
			for i = 1, 1000 do killTimer(i) os.cancelTimer(i) pcall(http.removeListener, i) end
		end`},
}

// runPlugins is the program "bench plugins"; it returns the exit code.
func runPlugins(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := serverOptions{}
	fs := flag.NewFlagSet("bench plugins", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintln(stderr, "usage: bench plugins [flags]\nMeasures a plugin's route: alone, and with bad neighbours.")
		fs.PrintDefaults()
	}
	fs.IntVar(&o.connections, "c", 64, "keep-alive `connections`")
	fs.IntVar(&o.rounds, "n", 5, "`rounds`")
	fs.DurationVar(&o.each, "time", time.Second, "how long each server is measured in a round")
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case fs.NArg() > 0 || o.connections < 1 || o.rounds < 1 || o.each <= 0:
		fmt.Fprintln(stderr, "bench plugins: -c, -n and -time must be more than 0, and there are no arguments")
		return exitUsage
	}
	if err := comparePlugins(ctx, o, startChild, stdout); err != nil {
		fmt.Fprintln(stderr, "bench plugins:", err)
		return exitWrong
	}
	return exitOK
}

// comparePlugins measures one server after the other: a bad neighbour would take its share of the processor from the others' rounds.
func comparePlugins(ctx context.Context, o serverOptions, start startServer, w io.Writer) error {
	fmt.Fprintf(w, "%d connections, %d rounds of %v each\n\n", o.connections, o.rounds, o.each)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "hello\trequests/s\tof alone\tp50\tp99\tmost\t")
	var alone float64
	for _, s := range pluginServers {
		r, err := measurePlugin(ctx, o, start, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		n := median(r.perSecond)
		if alone == 0 {
			alone = n
		}
		fmt.Fprintf(t, "%s\t%.0f\t%.2f\t%v\t%v\t%v\t\n", s.name, n, n/alone, r.latencies.quantile(0.5).Round(time.Microsecond),
			r.latencies.quantile(0.99).Round(time.Microsecond), r.latencies.quantile(1-1e-9).Round(time.Microsecond))
	}
	return t.Flush()
}

func measurePlugin(ctx context.Context, o serverOptions, start startServer, s benchServer) (*helloResult, error) {
	server, err := start(ctx, s)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	l, err := newLoad(server.address, o.connections)
	if err != nil {
		return nil, err
	}
	defer l.close()
	r := &helloResult{rate: rate{name: s.name}}
	return r, takeTurns(ctx, 1, o.rounds, o.each, func(_ int, each time.Duration, counts bool) error { return r.measure(l, each, counts) })
}
