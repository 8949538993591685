package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// "bench http" measures servers: programs in Lua that say hello beside a bare net/http server that says the same. Each is a process
// of its own; this one makes the load. They take turns, so that what else the machine does meets all of them, and what counts are
// the ratios within a round.

const helloBody = "Hello, world!\n"

// helloServers answer every request with helloBody.
var helloServers = []benchServer{
	{name: "net/http", bare: bareHello},
	{name: "http.listen", program: `
http.listen(0, function(request, response)
    response.setResponseHeader("Content-Type", "text/plain")
    response.write("Hello, world!\n")
    response.close()
end, { on_listen = print })`},
	{name: "http.addListener", program: `
print(http.addListener(0))
while true do
    local _, _, request, response = os.pullEvent("http_request")
    response.setResponseHeader("Content-Type", "text/plain")
    response.write("Hello, world!\n")
    response.close()
end`},
	{name: "plugin route", plugin: `return function() return "Hello, world!\n" end`},
}

// serverOptions are the command line of "bench http".
type serverOptions struct {
	connections int
	rounds      int
	each        time.Duration
	websockets  int    // connections; 0: they are not measured
	idle        int    // likewise, of those that do nothing
	serve       string // be this server
}

func parseServerOptions(args []string, stderr io.Writer) (serverOptions, error) {
	var o serverOptions
	fs := flag.NewFlagSet("bench http", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintln(stderr, "usage: bench http [flags]\nMeasures servers in Lua beside bare ones in Go.")
		fs.PrintDefaults()
	}
	fs.IntVar(&o.connections, "c", 64, "keep-alive `connections`")
	fs.IntVar(&o.rounds, "n", 5, "`rounds`")
	fs.DurationVar(&o.each, "time", time.Second, "how long each server is measured in a round")
	fs.IntVar(&o.websockets, "websockets", 100, "`connections` of the WebSocket echo; 0 leaves it out")
	fs.IntVar(&o.idle, "idle", 10_000, "idle WebSockets whose `number` is opened to see what one takes of memory; 0 leaves it out")
	fs.StringVar(&o.serve, "serve", "", "be the `server` of this name; what bench starts itself with")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("what is %q?", fs.Arg(0))
	case o.connections < 1 || o.rounds < 1 || o.each <= 0 || o.websockets < 0 || o.idle < 0:
		return o, errors.New("-c, -n and -time must be more than 0")
	}
	return o, nil
}

// runServers is the program "bench http"; it returns the exit code.
func runServers(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseServerOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench http:", err)
		return exitUsage
	}
	if o.serve != "" {
		err = serve(ctx, o.serve, os.Stdin, stdout)
	} else {
		err = compareServers(ctx, o, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench http:", err)
		return exitWrong
	}
	return exitOK
}

func compareServers(ctx context.Context, o serverOptions, stdout io.Writer) error {
	results, err := measureHellos(ctx, o, startChild)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d connections, %d rounds of %v each\n\n", o.connections, o.rounds, o.each)
	reportHellos(stdout, results)
	if o.websockets > 0 {
		echoes, err := measureEchoes(ctx, o, startChild)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\n%d WebSockets\n\n", o.websockets)
		reportRates(stdout, "echo", "messages/s", echoes)
	}
	if o.idle > 0 {
		sizes, err := measureIdle(ctx, o.idle, startChild)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\n%d idle WebSockets\n\n", o.idle)
		reportIdle(stdout, sizes)
	}
	return nil
}

// helloResult is how fast a server was.
type helloResult struct {
	rate
	latencies histogram // of all rounds
}

// measure makes a load for a time, and keeps what it finds if that counts.
func (r *helloResult) measure(l *load, each time.Duration, counts bool) error {
	n, latencies, err := l.run(each)
	if err == nil && counts {
		r.perSecond = append(r.perSecond, n)
		r.latencies.add(latencies)
	}
	return err
}

func measureHellos(ctx context.Context, o serverOptions, start startServer) ([]*helloResult, error) {
	var results []*helloResult
	var loads []*load
	for _, s := range helloServers {
		server, err := start(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer server.stop()
		l, err := newLoad(server.address, o.connections)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer l.close()
		results, loads = append(results, &helloResult{rate: rate{name: s.name}}), append(loads, l)
	}
	err := takeTurns(ctx, len(results), o.rounds, o.each, func(server int, each time.Duration, counts bool) error {
		if err := results[server].measure(loads[server], each, counts); err != nil {
			return fmt.Errorf("%s: %w", results[server].name, err)
		}
		return nil
	})
	return results, err
}

func reportHellos(w io.Writer, results []*helloResult) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "hello\trequests/s\tof bare\tp50\tp99\tp99 of bare\t")
	bare := results[0]
	for _, r := range results {
		p50, p99 := r.latencies.quantile(0.5), r.latencies.quantile(0.99)
		fmt.Fprintf(t, "%s\t%.0f\t%.2f\t%v\t%v\t%.2f\t\n", r.name, median(r.perSecond), r.ofBare(&bare.rate),
			p50.Round(time.Microsecond), p99.Round(time.Microsecond), float64(p99)/float64(bare.latencies.quantile(0.99)))
	}
	t.Flush()
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

func bareHello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, helloBody)
}
