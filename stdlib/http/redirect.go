package http

import (
	nethttp "net/http"
	"net/url"
	"strings"
)

// maxRedirects is how many redirects a request follows; the next one is the response (CraftOS).
const maxRedirects = 16

// redirectOf returns where a response leads, nil if it is the end. The statuses are those that CraftOS follows: 300 to 307
// but for 304 and 306, so not 308; and a URL does not lead to itself.
func redirectOf(from *url.URL, code int, location string) *url.URL {
	if code < 300 || code > 307 || code == nethttp.StatusNotModified || code == 306 || location == "" {
		return nil
	}
	reference, err := parseURL(location)
	if err != nil {
		return nil
	}
	to := from.ResolveReference(reference)
	to.User, to.Fragment, to.RawFragment = nil, "", ""
	if to.String() == from.String() {
		return nil
	}
	return to
}

// secrets are headers that are for one server only.
var secrets = []string{"Authorization", "Cookie", "Host", "Proxy-Authorization", "Www-Authenticate"}

// follow turns a request into the one for its next URL.
func (r *request) follow(to *url.URL, code int) {
	if code == nethttp.StatusSeeOther {
		r.method = nethttp.MethodGet // CraftOS: the body is sent again all the same
	}
	if !strings.EqualFold(to.Host, r.url.Host) || r.url.Scheme == "https" && to.Scheme != "https" {
		r.header = r.header.Clone()
		for _, name := range secrets {
			r.header.Del(name)
		}
	}
	r.url = to
}
