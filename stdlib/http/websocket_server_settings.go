package http

import (
	"errors"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// socketSettings are the options of a listener for its WebSockets. Their names and meanings for scripts are in http.lua.
type socketSettings struct {
	protocols []string       // subprotocols, the preferred one first
	headers   nethttp.Header // of the handshake's response; of http.websocketServer only

	maxMessage    int64 // bytes of a message, either way: 1009, an error in the script
	maxSendBuffer int64 // bytes that wait to be sent, from which send waits
	maxWebSockets int64 // open at a time: 503
	noCompression bool

	sendTimeout  time.Duration // that send may wait: 1013
	pingInterval time.Duration // of silence, after which the client is asked whether it is there; 0: it is not
	pingTimeout  time.Duration // for its answer: the connection is closed
}

var defaultSocketSettings = socketSettings{
	maxMessage:    DefaultMaxMessage,
	maxSendBuffer: 1 << 20,
	maxWebSockets: 4096,
	sendTimeout:   30 * time.Second,
	pingInterval:  30 * time.Second,
	pingTimeout:   20 * time.Second,
}

// noSuchOption is the error of an option of an unknown name.
type noSuchOption string

func (name noSuchOption) Error() string {
	return fmt.Sprintf("bad field '%s' (there is no such option)", string(name))
}

// put sets an option by its name.
func (s *socketSettings) put(vm *lua.VM, name string, v lua.Value) error {
	integer := func(p *int64, high float64) error { return putInteger(vm, p, name, v, high) }
	seconds := func(p *time.Duration, low float64) error { return putSeconds(vm, p, name, v, low) }
	switch name {
	case "protocols":
		list, err := listField(vm, name, v, func(name string) string { return name })
		for _, p := range list {
			if err == nil && !isToken(p) {
				err = fmt.Errorf("bad field 'protocols' (%q can't be the name of one)", p)
			}
		}
		s.protocols = list
		return err
	case "max_message":
		return integer(&s.maxMessage, 1<<30)
	case "max_send_buffer":
		return integer(&s.maxSendBuffer, 1<<30)
	case "max_websockets":
		return integer(&s.maxWebSockets, maxCount)
	case "compression":
		on, ok := v.AsBool()
		if !ok {
			return stdlib.BadField(vm, name, "boolean", v)
		}
		s.noCompression = !on
		return nil
	case "send_timeout":
		return seconds(&s.sendTimeout, minTime)
	case "ping_interval":
		return seconds(&s.pingInterval, 0)
	case "ping_timeout":
		return seconds(&s.pingTimeout, minTime)
	}
	return noSuchOption(name)
}

// putServer is the putOption of http.websocketServer, whose table has headers of the handshake's response (CraftOS-PC), or options, or
// both. What is not the name of an option is a header, unless it looks like an option.
func (s *servers) putServer(vm *lua.VM, set *settings, name string, v lua.Value) error {
	if set.sockets.headers == nil {
		set.sockets.headers = nethttp.Header{}
	}
	header := set.sockets.headers
	if name == "headers" {
		t, ok := v.AsTable()
		if !ok {
			return stdlib.BadField(vm, name, "table", v)
		}
		return putHandshakeHeaders(vm, t, header)
	}
	err := s.put(vm, set, name, v)
	var unknown noSuchOption
	if errors.As(err, &unknown) && !strings.Contains(name, "_") {
		err = putHandshakeHeader(vm, name, v, header)
	}
	return err
}

// putHandshakeHeaders adds the headers in a table.
func putHandshakeHeaders(vm *lua.VM, t *lua.Table, header nethttp.Header) error {
	return eachField(t, "headers", func(name string, v lua.Value) error { return putHandshakeHeader(vm, name, v, header) })
}

func putHandshakeHeader(vm *lua.VM, name string, v lua.Value, header nethttp.Header) error {
	text, ok := v.ToString()
	switch {
	case !isToken(name):
		return fmt.Errorf("bad field '%s' (this can't be the name of a header)", name)
	case !ok:
		return stdlib.BadField(vm, name, "string", v)
	case !isFieldValue(text):
		return fmt.Errorf("bad field '%s' (a header's value may have no line breaks and no other control characters)", name)
	}
	name = nethttp.CanonicalHeaderKey(name)
	ours := []string{"Connection", "Upgrade", "Content-Length", "Transfer-Encoding", "Sec-Websocket-Accept", "Sec-Websocket-Extensions"}
	if !slices.Contains(ours, name) {
		header.Set(name, text)
	}
	return nil
}
