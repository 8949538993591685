package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/runtime"
)

// A server of updates, and a client of it.

// served is a workbench whose updates are served at an address.
type served struct {
	*workbench
	address  string
	computer *runtime.Computer
	out      output
	ended    chan error
}

const server = `
local manager = require("manager").new { settings = control.settings }
manager.logs:sink(function(line) if line.level ~= "info" then print(line.source, line.level, line.message) end end)
require("packages.publish").patience = 0.2
manager:spawn(function()
    manager:start()
    manager:onStop(update.stop)
    local listener = manager:listen({ websocket = function(socket, request) update.serve(socket, request, { store = store, manager = manager }) end },
        function(_, response) response.setStatusCode(404) response.close() end)
    control.ready { packages = "ws://127.0.0.1:" .. listener.port }
end)
manager:loop()
`

// serve starts a server, which ends with the test.
func (b *workbench) serve(code string) *served {
	b.t.Helper()
	s := &served{workbench: b, ended: make(chan error, 1)}
	addresses := make(chan map[string]string, 1)
	b.ready = func(all map[string]string) { addresses <- all }
	s.start(addresses, b.options(&s.out, code+server)...)
	return s
}

// start runs the server until the test ends.
func (s *served) start(addresses <-chan map[string]string, options ...runtime.Option) {
	s.t.Helper()
	c, err := runtime.New(options...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.computer = c
	go func() {
		_, err := c.Run(context.Background())
		s.ended <- err
	}()
	select {
	case all := <-addresses:
		s.address = strings.Replace(all["packages"], "http://", "ws://", 1)
	case err := <-s.ended:
		s.t.Fatalf("the server has not started: %v\n%s", err, s.out.String())
	case <-time.After(time.Minute):
		s.t.Fatalf("the server does not start\n%s", s.out.String())
	}
	s.t.Cleanup(s.stop)
}

func (s *served) stop() {
	if s.computer == nil {
		return
	}
	s.computer.Terminate()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		s.t.Errorf("the server does not end\n%s", s.out.String())
	}
	s.computer = nil
}

// client is the client's side of an update.
type client struct {
	t  testing.TB
	s  *served
	ws *websocket.Conn
}

func (s *served) update(query string) *client {
	s.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(s.address+"/update?"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { ws.Close() })
	return &client{s.t, s, ws}
}

// next is the next message; nil after the last one, whose close code must be 1000.
func (c *client) next() object {
	c.t.Helper()
	c.ws.SetReadDeadline(time.Now().Add(time.Minute))
	kind, text, err := c.ws.ReadMessage()
	if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		return nil
	}
	if err != nil {
		c.t.Fatalf("%v\n%s", err, c.s.out.String())
	}
	var m object
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&m); err != nil || kind != websocket.TextMessage {
		c.t.Fatalf("%d %q: %v", kind, text, err)
	}
	if !strings.HasPrefix(string(text), `{"$type":"/`) {
		c.t.Errorf("$type is not in front: %s", text)
	}
	return m
}

// prompt is the next message that is no progress; its type must be the one that is given.
func (c *client) prompt(kind string) object {
	c.t.Helper()
	for {
		m := c.next()
		if m == nil {
			c.t.Fatalf("the socket was closed before a message of the type %s", kind)
		}
		if strings.HasPrefix(m["$type"].(string), "/progress/") {
			continue
		}
		if m["$type"] != kind {
			c.t.Fatalf("the message is %v, not a %s", m, kind)
		}
		return m
	}
}

func (c *client) send(v any) {
	c.t.Helper()
	if err := c.ws.WriteJSON(v); err != nil {
		c.t.Fatal(err)
	}
}

// answer sends one of the responses of a prompt, as it is.
func (c *client) answer(m object, choice string) {
	c.t.Helper()
	response := m["responses"].(object)[choice]
	if response == nil {
		c.t.Fatalf("%v has no response %s", m, choice)
	}
	c.send(response)
}

// yes agrees to everything, and returns the last message.
func (c *client) yes() object {
	c.t.Helper()
	for {
		m := c.next()
		if m == nil {
			c.t.Fatal("there was no final message")
		}
		if m["choices"] != nil {
			c.answer(m, m["choices"].([]any)[0].(string))
		}
		if kind := m["$type"].(string); kind == "/result" || strings.HasPrefix(kind, "/error/") {
			if after := c.next(); after != nil {
				c.t.Errorf("after the final message %v there is %v", m, after)
			}
			return m
		}
	}
}

func same(t testing.TB, got, want any) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(encoded(t, got), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded(t, want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s\nis not\n%s", encoded(t, got), encoded(t, want))
	}
}

func responses(token any, choices ...string) object {
	all := object{}
	for _, c := range choices {
		all[c] = object{"$type": "/prompt/response", "token": token, "body": c}
	}
	return all
}

func (s *served) fill() {
	s.channel.asset("one", "1", "one.zip", zipped(s.t, "a.dat", dbpf("a")))
	s.channel.asset("two", "1", "two.zip", zipped(s.t, "b.dat", dbpf("b")))
	s.channel.asset("three", "1", "three.dat", []byte(dbpf(strings.Repeat("x", 1<<20))))
	s.channel.asset("four", "1", "four.zip", zipped(s.t, "d.dat", dbpf("d")))
	s.channel.pkg("g:side", "1.0", object{
		"info": object{"warning": "Read this."},
		"variants": []object{
			{"variant": object{"driveside": "right"}, "assets": []object{uses("one"), uses("two")}, "dependencies": needs("g:big")},
			{"variant": object{"driveside": "left"}, "assets": []object{uses("two")}},
		},
		"variantDescriptions": object{"driveside": object{"left": "as in the UK"}},
	})
	s.channel.pkg("g:big", "2.0", object{"assets": []object{uses("three"), uses("four")}})
}
