package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

var (
	errNoScheme  = errors.New("Must specify http or https")
	errMalformed = errors.New("URL malformed")
)

// parseRequestURL returns the target of a request. The errors are CraftOS's.
func parseRequestURL(text string) (*url.URL, error) {
	u, err := parseURL(text)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme == "":
		return nil, errNoScheme
	case u.Host == "":
		return nil, errMalformed
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("Invalid protocol '" + u.Scheme + "'")
	}
	return u, nil
}

// parseWebSocketURL returns the target of a WebSocket; without a scheme it is ws://.
func parseWebSocketURL(text string) (*url.URL, error) {
	u, err := parseURL(text)
	if (err != nil || u.Host == "") && !strings.Contains(text, "://") { // "localhost:8080" has the scheme localhost
		u, err = parseURL("ws://" + text)
	}
	if err == nil && u.Scheme == "" {
		u, err = parseURL("ws:" + text)
	}
	switch {
	case err != nil:
		return nil, err
	case u.Host == "":
		return nil, errMalformed
	case u.Scheme != "ws" && u.Scheme != "wss":
		return nil, errors.New("Invalid scheme '" + u.Scheme + "'")
	}
	return u, nil
}

// parseURL reads a URL as strictly as the reference does: what has to be encoded is an error, but for bytes beyond ASCII,
// which are encoded here. User and fragment are left out: nobody is sent them.
func parseURL(text string) (*url.URL, error) {
	var clean strings.Builder
	for i := range len(text) {
		switch b := text[i]; {
		case b <= ' ', b == 0x7f, strings.IndexByte("\"<>\\^`{|}", b) >= 0:
			return nil, errMalformed
		case b == '%' && !(i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2])):
			return nil, errMalformed
		case b >= 0x80:
			const digits = "0123456789ABCDEF"
			clean.Write([]byte{'%', digits[b>>4], digits[b&15]})
		default:
			clean.WriteByte(b)
		}
	}
	u, err := url.Parse(clean.String())
	if err != nil {
		return nil, errMalformed
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if u.Host == "" {
		return u, nil
	}
	for i := range len(u.Host) {
		if u.Host[i] <= ' ' || u.Host[i] >= 0x7f {
			return nil, errMalformed
		}
	}
	name := u.Hostname()
	if name == "" || strings.HasPrefix(u.Host, "[") != strings.Contains(name, ":") {
		return nil, errMalformed
	}
	if _, err := netip.ParseAddr(name); err != nil && strings.Contains(name, ":") {
		return nil, errMalformed
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, errMalformed
		}
	}
	u.Host = strings.TrimSuffix(u.Host, ":")
	return u, nil
}

func isHex(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'f' }

// portOf returns the port that a URL leads to.
func portOf(u *url.URL) int {
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	if u.Scheme == "https" || u.Scheme == "wss" {
		return 443
	}
	return 80
}
