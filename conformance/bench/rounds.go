package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// This file is how servers are measured beside each other: in rounds, in which they take turns, so that what else the machine does hits all of them.

// warmUp is how long a server is measured at most in the first round, which doesn't count.
const warmUp = 200 * time.Millisecond

// takeTurns measures n servers in so many rounds, one after the other in each. measure makes the load on a server for a time; what it finds is to be
// kept if counts is true.
func takeTurns(ctx context.Context, n, rounds int, each time.Duration, measure func(server int, each time.Duration, counts bool) error) error {
	for round := range rounds + 1 {
		for server := range n {
			if ctx.Err() != nil {
				return errors.New("interrupted")
			}
			d := each
			if round == 0 {
				d = min(d, warmUp)
			}
			if err := measure(server, d, round > 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// rate is how fast a server was.
type rate struct {
	name      string
	perSecond []float64 // answers, of each round
}

// ofBare returns the median of the ratios to another server's rate, round by round.
func (r *rate) ofBare(bare *rate) float64 {
	var ratios []float64
	for i, n := range r.perSecond {
		ratios = append(ratios, n/bare.perSecond[i])
	}
	return median(ratios)
}

// measureRates starts servers and measures them with load, which returns how much a server did in a second.
func measureRates(
	ctx context.Context, servers []benchServer, rounds int, each time.Duration, start startServer, load func(address string, each time.Duration) (float64, error),
) ([]*rate, error) {
	var rates []*rate
	var addresses []string
	for _, s := range servers {
		server, err := start(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer server.stop()
		rates, addresses = append(rates, &rate{name: s.name}), append(addresses, server.address)
	}
	err := takeTurns(ctx, len(servers), rounds, each, func(server int, each time.Duration, counts bool) error {
		n, err := load(addresses[server], each)
		if err != nil {
			return fmt.Errorf("%s: %w", rates[server].name, err)
		}
		if counts {
			rates[server].perSecond = append(rates[server].perSecond, n)
		}
		return nil
	})
	return rates, err
}

// reportRates writes a table with the title of its first column and the unit; the bare server is the first.
func reportRates(w io.Writer, title, unit string, rates []*rate) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t%s\tof bare\t\n", title, unit)
	for _, r := range rates {
		fmt.Fprintf(t, "%s\t%.0f\t%.2f\t\n", r.name, median(r.perSecond), r.ofBare(rates[0]))
	}
	t.Flush()
}

// socketLoad opens WebSockets, all of which do what there is to do again and again for a time: prepare makes the function for one of them. It returns how
// often that was done in a second.
func socketLoad(address string, sockets int, d time.Duration, prepare func() func(net.Conn) error) (perSecond float64, err error) {
	conns, err := openWebSockets(address, sockets)
	defer closeAll(conns)
	if err != nil {
		return 0, err
	}
	var count atomic.Int64
	var failure atomic.Pointer[error]
	var stop atomic.Bool
	var running sync.WaitGroup
	begin := time.Now()
	for _, conn := range conns {
		running.Go(func() {
			once, n := prepare(), int64(0)
			for ; !stop.Load(); n++ {
				if err := once(conn); err != nil {
					failure.Store(&err)
					return
				}
			}
			count.Add(n)
		})
	}
	time.Sleep(d)
	stop.Store(true)
	running.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Since(begin).Seconds(), nil
}
