package http

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// settings are the options of one listener. Their names and meanings for scripts are in http.lua.
type settings struct {
	host         netip.Addr
	allowedHosts []string // lower case, without ports
	origins      []string // lower case; nil: the option is not given
	certificate  *certificate
	stream       bool // requests are given to the script before their bodies

	maxHeader      int64 // bytes of a request's line and headers: 431
	maxBody        int64 // bytes of a request's body: 413
	maxResponse    int64 // bytes of a response's body: an error in the script
	maxBuffered    int64 // bytes of all bodies that the listener holds at a time: 503, an error in the script
	maxWaiting     int64 // requests that the script has not taken yet: 503
	maxConnections int64 // further ones are accepted when others have ended

	headerTimeout   time.Duration // from a request's first byte, or the connection, to the end of its headers: closed
	bodyTimeout     time.Duration // from there to the end of its body: 408
	responseTimeout time.Duration // from there until the script has closed the response: 503
	writeTimeout    time.Duration // to send the response, besides what is left of the two before: closed
	idleTimeout     time.Duration // between two requests of a connection: closed
	streamTimeout   time.Duration // of a response that is sent while it is written: cut off

	streamBuffer int64 // bytes of such a response that its client has not taken: write waits

	sockets socketSettings // of WebSockets
}

var defaultSettings = settings{
	host:            netip.AddrFrom4([4]byte{127, 0, 0, 1}),
	maxHeader:       64 << 10,
	maxBody:         16 << 20,
	maxResponse:     64 << 20,
	maxBuffered:     256 << 20,
	maxWaiting:      1024,
	maxConnections:  4096,
	headerTimeout:   10 * time.Second,
	bodyTimeout:     60 * time.Second,
	responseTimeout: 15 * time.Second, // CraftOS-PC's
	writeTimeout:    60 * time.Second,
	idleTimeout:     60 * time.Second,
	streamTimeout:   time.Hour,
	streamBuffer:    256 << 10,
	sockets:         defaultSocketSettings,
}

// listenOptions are the options of http.listen that are http.lua's own.
var listenOptions = map[string]bool{"on_error": true, "on_listen": true, "websocket": true}

const (
	maxBytes = 1 << 40
	maxCount = 1 << 20
	// Timeouts in seconds; one that may not be 0 is at least a millisecond.
	minTime = 0.001
	maxTime = 1 << 20
)

// put sets an option by its name.
func (s *settings) put(vm *lua.VM, name string, v lua.Value) error {
	integer := func(p *int64, high float64) error { return putInteger(vm, p, name, v, high) }
	seconds := func(p *time.Duration) error { return putSeconds(vm, p, name, v, minTime) }
	switch name {
	case "host":
		return s.putHost(vm, v)
	case "allowed_hosts":
		return s.putAllowedHosts(vm, v)
	case "origins":
		return s.putOrigins(vm, v)
	case "stream":
		var ok bool
		if s.stream, ok = v.AsBool(); !ok {
			return stdlib.BadField(vm, name, "boolean", v)
		}
		return nil
	case "max_header":
		return integer(&s.maxHeader, 1<<30)
	case "max_body":
		return integer(&s.maxBody, maxBytes)
	case "max_response":
		return integer(&s.maxResponse, maxBytes)
	case "max_buffered":
		return integer(&s.maxBuffered, maxBytes)
	case "max_waiting":
		return integer(&s.maxWaiting, maxCount)
	case "max_connections":
		return integer(&s.maxConnections, maxCount)
	case "header_timeout":
		return seconds(&s.headerTimeout)
	case "body_timeout":
		return seconds(&s.bodyTimeout)
	case "response_timeout":
		return seconds(&s.responseTimeout)
	case "write_timeout":
		return seconds(&s.writeTimeout)
	case "idle_timeout":
		return seconds(&s.idleTimeout)
	case "stream_timeout":
		return seconds(&s.streamTimeout)
	case "stream_buffer":
		return integer(&s.streamBuffer, 1<<30)
	}
	return s.sockets.put(vm, name, v)
}

// putHost takes an IP address; a name would have to be looked up, which takes its time.
func (s *settings) putHost(vm *lua.VM, v lua.Value) error {
	text, ok := v.AsString()
	if !ok {
		return stdlib.BadField(vm, "host", "string", v)
	}
	if strings.EqualFold(text, "localhost") {
		s.host = defaultSettings.host
		return nil
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return fmt.Errorf(`bad field 'host' (an IP address or "localhost" expected, got %q)`, text)
	}
	s.host = addr.Unmap()
	return nil
}

func (s *settings) putAllowedHosts(vm *lua.VM, v lua.Value) (err error) {
	s.allowedHosts, err = listField(vm, "allowed_hosts", v, hostName)
	return err
}

func (s *settings) putOrigins(vm *lua.VM, v lua.Value) (err error) {
	s.origins, err = listField(vm, "origins", v, strings.ToLower)
	for _, o := range s.origins {
		if u, bad := url.Parse(o); o != "*" && o != "null" && (bad != nil || u.Host == "" || u.Scheme+"://"+u.Host != o) {
			return fmt.Errorf("bad field 'origins' (%q is no origin; they look like \"https://example.com\")", o)
		}
	}
	return err
}

// listField reads a list of strings. It is not nil.
func listField(vm *lua.VM, name string, v lua.Value, clean func(string) string) ([]string, error) {
	t, ok := v.AsTable()
	if !ok {
		return nil, stdlib.BadField(vm, name, "table", v)
	}
	list := []string{}
	for i := range t.Len() {
		text, ok := t.GetInt(i + 1).AsString()
		if !ok {
			return nil, stdlib.BadField(vm, fmt.Sprintf("%s[%d]", name, i+1), "string", t.GetInt(i+1))
		}
		list = append(list, clean(text))
	}
	return list, nil
}

func (s *settings) loopback() bool { return s.host.IsLoopback() }
