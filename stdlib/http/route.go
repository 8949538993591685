package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	nethttp "net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Failures that programs are told of (CraftOS's texts).
var (
	errUnknownHost  = errors.New("Unknown host")
	errNotPermitted = errors.New("Domain not permitted")
	errNotConnected = errors.New("Could not connect")
	errTimeout      = errors.New("Timed out")
	errInsecure     = errors.New("Could not create a secure connection")
	errUpload       = errors.New("Request body is too large")
	errDownload     = errors.New("Response is too large")
	errMessage      = errors.New("Message is too large")
)

// friendly returns what a program is told of an error.
func friendly(err error) error {
	for _, known := range []error{errUnknownHost, errNotPermitted, errNotConnected, errTimeout, errInsecure, errUpload, errDownload, errMessage, errEncoding} {
		if errors.Is(err, known) {
			return known
		}
	}
	var timeout interface{ Timeout() bool }
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	switch {
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert), errors.As(err, &authority), errors.As(err, &hostname):
		return errInsecure
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errTimeout
	case strings.HasPrefix(err.Error(), "tls: "), strings.Contains(err.Error(), ": tls: "):
		return errInsecure
	}
	return errNotConnected
}

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// network is the way out of a computer: names, rules, proxies. Its methods may be called on any goroutine.
type network struct {
	rules    rules
	resolver Resolver
	proxy    func(*nethttp.Request) (*url.URL, error)
	tls      *tls.Config
	dialer   net.Dialer
}

// newNetwork makes the way out that options describe. The error is that of rules that can't be understood; then there is no way.
func newNetwork(o Options) (network, error) {
	list := o.Rules
	if list == nil {
		list = DefaultRules()
	}
	n := network{resolver: o.Resolver, proxy: o.Proxy, tls: &tls.Config{RootCAs: o.RootCAs}}
	if n.resolver == nil {
		n.resolver = net.DefaultResolver
	}
	if n.proxy == nil {
		n.proxy = nethttp.ProxyFromEnvironment
	}
	var err error
	n.rules, err = compileRules(list)
	return n, err
}

// route is how a host is reached.
type route struct {
	network *network
	host    string // lower case
	port    int
	// addrs are the addresses that may be dialled, and only they are: if the name were looked up anew when connecting, its
	// owner could answer differently then (DNS rebinding).
	addrs []netip.Addr
	// proxy connects for us, unless it is nil. It is not subject to the rules: who runs luart has chosen it.
	proxy *url.URL
	// access is for a proxied connection; a direct one has that of the address it leads to.
	access access
}

// proxyLookup is how long a name is looked up that a proxy will look up for itself.
const proxyLookup = 2 * time.Second

// route finds a way to a URL's host that the rules allow. timeout bounds the look-up; 0 is none.
func (n *network) route(ctx context.Context, u *url.URL, timeout time.Duration) (*route, error) {
	r := &route{network: n, host: strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), port: portOf(u)}
	proxy, err := n.proxyOf(u)
	if err != nil {
		return nil, errNotConnected
	}
	if proxy != nil && (timeout == 0 || timeout > proxyLookup) {
		timeout = proxyLookup
	}
	addrs, err := n.lookUp(ctx, r.host, timeout)
	if proxy != nil {
		if len(addrs) == 0 {
			// Often, names are known to the proxy only; the rules see the name, and the rest is the proxy's to judge.
			addrs = []netip.Addr{{}}
		}
		// Which of the addresses the proxy would take is unknown, so all must be allowed.
		for i, addr := range addrs {
			a := n.rules.decide(r.host, addr, r.port)
			if !a.allowed {
				return nil, errNotPermitted
			}
			if i == 0 {
				r.access = a
			}
		}
		if r.access.proxy {
			r.proxy = proxy
			return r, nil
		}
		if !addrs[0].IsValid() {
			return nil, cmp.Or(err, errUnknownHost)
		}
		err = nil
	}
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if n.rules.decide(r.host, addr, r.port).allowed {
			r.addrs = append(r.addrs, addr)
		}
	}
	if len(r.addrs) == 0 {
		return nil, errNotPermitted
	}
	return r, nil
}

// proxyOf returns the proxy for a URL, nil for none.
func (n *network) proxyOf(u *url.URL) (*url.URL, error) {
	target := *u
	switch u.Scheme {
	case "ws":
		target.Scheme = "http"
	case "wss":
		target.Scheme = "https"
	}
	return n.proxy(&nethttp.Request{URL: &target})
}

// lookUp returns the addresses of a host, or errUnknownHost or errTimeout.
func (n *network) lookUp(ctx context.Context, host string, timeout time.Duration) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761 §6.3
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	found, err := n.resolver.LookupNetIP(ctx, "ip", host)
	switch {
	case err == nil && len(found) > 0:
		addrs := make([]netip.Addr, len(found))
		for i, addr := range found {
			addrs[i] = addr.Unmap()
		}
		return addrs, nil
	case ctx.Err() != nil, err != nil && errors.Is(friendly(err), errTimeout):
		return nil, errTimeout
	}
	return nil, errUnknownHost
}

// dial connects to the host or its proxy, whose address is proxyAddress then, and returns what the rules say of the address
// that was reached. timeout is for each connection; 0 is none.
func (r *route) dial(ctx context.Context, proxyAddress string, timeout time.Duration) (net.Conn, access, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	if r.proxy != nil {
		c, err := r.network.dialer.DialContext(ctx, "tcp", proxyAddress)
		return c, r.access, dialError(err)
	}
	c, addr, err := r.race(ctx)
	if err != nil {
		return nil, access{}, dialError(err)
	}
	return c, r.network.rules.decide(r.host, addr, r.port), nil
}

func dialError(err error) error {
	if err == nil || errors.Is(friendly(err), errTimeout) {
		return err
	}
	return errNotConnected
}

// headStart is how long an address is tried alone before the next one is tried as well (RFC 8305 §5).
const headStart = 250 * time.Millisecond

// race tries the addresses one after the other, the two families by turns, and does not wait for one that is slow.
func (r *route) race(ctx context.Context) (net.Conn, netip.Addr, error) {
	type result struct {
		conn net.Conn
		addr netip.Addr
		err  error
	}
	addrs := byTurns(r.addrs)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the other attempts
	results := make(chan result)
	next := time.NewTimer(0)
	defer next.Stop()
	var failure error
	for started, running := 0, 0; ; {
		select {
		case <-next.C:
			addr := addrs[started]
			started++
			running++
			go func() {
				conn, err := r.network.dialer.DialContext(ctx, "tcp", net.JoinHostPort(addr.String(), strconv.Itoa(r.port)))
				select {
				case results <- result{conn, addr, err}:
				case <-ctx.Done():
					if conn != nil {
						conn.Close()
					}
				}
			}()
			if started < len(addrs) {
				next.Reset(headStart)
			}
		case got := <-results:
			if got.err == nil {
				return got.conn, got.addr, nil
			}
			running--
			failure = cmp.Or(failure, got.err)
			switch {
			case started < len(addrs):
				next.Reset(0)
			case running == 0:
				return nil, netip.Addr{}, failure
			}
		case <-ctx.Done():
			return nil, netip.Addr{}, ctx.Err()
		}
	}
}

// maxAddrs bounds the addresses of one name that are tried.
const maxAddrs = 16

// byTurns orders addresses so that those of the first one's family and the others alternate.
func byTurns(addrs []netip.Addr) []netip.Addr {
	var same, other []netip.Addr
	for _, addr := range addrs {
		if addr.Is4() == addrs[0].Is4() {
			same = append(same, addr)
		} else {
			other = append(other, addr)
		}
	}
	var mixed []netip.Addr
	for i := range max(len(same), len(other)) {
		if i < len(same) {
			mixed = append(mixed, same[i])
		}
		if i < len(other) {
			mixed = append(mixed, other[i])
		}
	}
	return mixed[:min(len(mixed), maxAddrs)]
}
