package http

import (
	nethttp "net/http"
	"net/netip"
	"net/url"
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
	if isLoopbackName(name) || slices.Contains(s.allowedHosts, name) {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap() == s.host
}

// mayAskFrom reports whether a request is answered as far as the page matters that makes a browser send it. Pages of any origin can
// send requests to 127.0.0.1, and browsers do not ask before they open a WebSocket (RFC 6455 §10.2), so that an upgrade is refused
// to foreign pages when listening on a loopback address. What else a page may do is for the browser's rules to say (CORS), and so
// for the script, unless it has named those that may ask with the option origins.
//
// The server's own origin may always ask, as may pages of loopback names on loopback listeners; and what has no Origin header is no
// page of a browser's, or nothing but a link to the server.
func (s *settings) mayAskFrom(r *nethttp.Request, upgrade bool) bool {
	if s.origins == nil && !(upgrade && s.loopback()) {
		return true
	}
	for _, origin := range r.Header["Origin"] {
		if !s.ownOrigin(strings.ToLower(origin), r.Host) {
			return false
		}
	}
	return true
}

func (s *settings) ownOrigin(origin, host string) bool {
	if slices.Contains(s.origins, origin) || slices.Contains(s.origins, "*") {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false // "null" for example
	}
	if strings.EqualFold(u.Host, host) {
		return true
	}
	return s.loopback() && isLoopbackName(hostName(u.Host))
}

// isLoopbackName reports whether a name can only mean the machine that looks it up.
func isLoopbackName(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback()
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
