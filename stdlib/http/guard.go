package http

import (
	"net/netip"
	"slices"
	"strings"
)

// mayAsk reports whether a request with this Host header is answered. A page from elsewhere whose name was made to
// resolve to 127.0.0.1 (DNS rebinding) carries its own name there: a browser can't be made to send another, so that a
// loopback listener, which has no other protection, answers to loopback names only, and to those that the option
// allowed_hosts names. Other listeners answer to all names, unless the option is given.
//
// A request without the header (HTTP/1.0) does not come from a browser.
func (s *settings) mayAsk(host string) bool {
	if host == "" || !s.loopback() && len(s.allowedHosts) == 0 {
		return true
	}
	name := hostName(host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(s.allowedHosts, name) {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && (addr.IsLoopback() || addr.Unmap() == s.host)
}

// hostName returns the host of "host", "host:port", "[v6]" or "[v6]:port", in lower case and without a final dot. The port
// does not matter to the guard: it may have been forwarded.
func hostName(host string) string {
	if rest, ok := strings.CutPrefix(host, "["); ok {
		name, _, _ := strings.Cut(rest, "]")
		return strings.ToLower(name)
	}
	if strings.Count(host, ":") == 1 {
		host, _, _ = strings.Cut(host, ":")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
