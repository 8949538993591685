package http

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/rom"
)

// computer is what the API needs of one: a VM, a queue, and a loop that gives the events to one coroutine.
type computer struct {
	t         testing.TB
	vm        *lua.VM
	queue     *eventqueue.Queue[stdlib.Event]
	ctx       context.Context
	cancel    context.CancelFunc
	apiCtx    context.Context
	apiCancel context.CancelFunc
	log       computertest.Output
	logger    *slog.Logger
	servers   *servers
	client    *client
	onShut    []func(context.Context)

	said chan string   // what the script passes to say()
	done chan struct{} // closed when the program has ended
	err  error         // how
	off  chan struct{} // closed when all is shut down
	shut chan time.Duration
	hold chan struct{} // holds the program up in hold()
}

func (c *computer) VM() *lua.VM                            { return c.vm }
func (c *computer) Queue() *eventqueue.Queue[stdlib.Event] { return c.queue }
func (c *computer) Context() context.Context               { return c.apiCtx }
func (c *computer) Log() *slog.Logger                      { return c.logger }
func (c *computer) OnClose(f func(ctx context.Context))    { c.onShut = append(c.onShut, f) }

// prelude is as much of the bios as http.lua and the tests need.
const prelude = `
-- What a function of the host fails with, without the position.
function failure(f, ...)
    local ok, message = pcall(f, ...)
    return not ok and message:gsub("^%a+:%d+: ", "") or nil
end
function os.pullEventRaw(filter) return coroutine.yield(filter) end
function os.pullEvent(filter)
    local event = table.pack(coroutine.yield(filter))
    if event[1] == "terminate" then error("Terminated", 0) end
    return table.unpack(event, 1, event.n)
end
function sleep(time)
    local timer = os.startTimer(time)
    repeat local _, id = os.pullEvent("timer") until id == timer
end
local env = setmetatable({}, { __index = _G })
assert(load(source, "@/rom/apis/http/http.lua", nil, env))()
http, source = {}, nil
for name, value in pairs(env) do http[name] = value end
`

// patience is how long tests wait for what is bound to happen, which on a busy machine may take its time.
const patience = time.Minute

type option func(*setup)

type setup struct {
	queue      eventqueue.Options
	options    Options
	memory     int64
	keepNative bool // programs find the host's table in native
}

func withQueue(o eventqueue.Options) option { return func(s *setup) { s.queue = o } }
func withOptions(o Options) option          { return func(s *setup) { s.options = o } }

// start runs a program on a new computer, which ends with the test.
func start(t testing.TB, program string, opts ...option) *computer {
	t.Helper()
	var s setup
	s.queue.Resolution = time.Millisecond
	for _, o := range opts {
		o(&s)
	}
	c := &computer{
		t:    t,
		vm:   lua.NewVM(lua.Options{Memory: s.memory}),
		said: make(chan string, 100),
		done: make(chan struct{}),
		off:  make(chan struct{}),
		shut: make(chan time.Duration, 1),
		hold: make(chan struct{}),
	}
	event := func(name string) func(int) stdlib.Event {
		return func(id int) stdlib.Event {
			return stdlib.Event{Name: name, Args: func() []lua.Value { return []lua.Value{lua.Int(id)} }}
		}
	}
	c.queue = eventqueue.New(eventqueue.Events[stdlib.Event]{
		Timer: event("timer"), Alarm: event("alarm"),
		Terminate: func() stdlib.Event { return stdlib.Event{Name: "terminate"} },
	}, s.queue)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.apiCtx, c.apiCancel = context.WithCancel(context.Background())
	c.logger = slog.New(slog.NewTextHandler(&c.log, nil))

	lualib.Open(c.vm)
	c.servers, c.client = openAPI(c, s.options)
	if s.keepNative {
		c.vm.Globals().SetString("native", c.vm.Globals().GetString("http"))
	}
	c.openHost()
	source, err := rom.Files.ReadFile("apis/http/http.lua")
	if err != nil {
		t.Fatal(err)
	}
	c.vm.Globals().SetString("source", lua.Bytes(source))
	for name, text := range map[string]string{"prelude": prelude} {
		f, err := c.vm.Load(text, "="+name, nil)
		if err == nil {
			_, err = c.vm.Call(f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	main, err := c.vm.Load(program, "=program", nil)
	if err != nil {
		t.Fatal(err)
	}
	go c.run(main)
	t.Cleanup(func() {
		c.shutdown(5 * time.Second)
		if t.Failed() && c.log.String() != "" {
			t.Logf("log:\n%s", c.log.String())
		}
	})
	return c
}

// openHost gives programs say, and of os what they need.
func (c *computer) openHost() {
	g, o := c.vm.Globals(), lua.NewTable(0, 4)
	g.SetString("os", o.Value())
	g.SetString("say", lua.NewFunction("say", func(call lua.Call) (lua.Results, error) {
		var s []string
		for i := range call.N() {
			s = append(s, call.Arg(i+1).String())
		}
		c.said <- strings.Join(s, " ")
		return call.Return0()
	}))
	// A program that is busy takes no events; those that it is given while it waits for others are lost to it.
	g.SetString("hold", lua.NewFunction("hold", func(call lua.Call) (lua.Results, error) {
		select {
		case c.hold <- struct{}{}:
		case <-c.ctx.Done():
		}
		return call.Return0()
	}))
	o.SetString("startTimer", lua.NewFunction("startTimer", func(call lua.Call) (lua.Results, error) {
		d, err := call.CheckNumber(1)
		if err != nil {
			return 0, err
		}
		id, err := c.queue.StartTimer(eventqueue.Seconds(d))
		if err != nil {
			return 0, err
		}
		return call.Return1(lua.Int(id))
	}))
	o.SetString("cancelTimer", lua.NewFunction("cancelTimer", func(call lua.Call) (lua.Results, error) {
		id, err := call.CheckInt(1)
		c.queue.CancelTimer(id)
		return 0, err
	}))
	o.SetString("queueEvent", lua.NewFunction("queueEvent", func(call lua.Call) (lua.Results, error) {
		name, err := call.CheckString(1)
		if err != nil {
			return 0, err
		}
		var args []lua.Value
		for i := 2; i <= call.N(); i++ {
			args = append(args, call.Arg(i))
		}
		c.queue.PostScript(stdlib.Event{Name: name, Args: func() []lua.Value { return args }})
		return call.Return0()
	}))
}

// run is the computer's goroutine.
func (c *computer) run(main lua.Value) {
	defer close(c.off)
	c.err = c.program(main)
	close(c.done)
	limit := <-c.shut
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for _, e := range c.queue.Clear() {
		if e.Drop != nil {
			e.Drop()
		}
	}
	for i := len(c.onShut) - 1; i >= 0; i-- {
		c.onShut[i](ctx)
	}
	c.cancel()
	c.apiCancel()
	for _, e := range c.queue.Close() {
		if e.Drop != nil {
			e.Drop()
		}
	}
}

func (c *computer) program(main lua.Value) error {
	th := c.vm.NewThread(main)
	defer c.vm.Pin(th.Value()).Unpin()
	filter, err := th.Resume()
	for err == nil && th.Status() == lua.Suspended {
		var e stdlib.Event
		if e, err = c.queue.Next(c.ctx); err != nil {
			return err
		}
		if len(filter) > 0 {
			if f, ok := filter[0].AsString(); ok && f != e.Name && e.Name != "terminate" {
				if e.Drop != nil {
					e.Drop()
				}
				continue
			}
		}
		args := []lua.Value{lua.String(e.Name)}
		if e.Args != nil {
			args = append(args, e.Args()...)
		}
		filter, err = th.Resume(args...)
	}
	return err
}

// shutdown ends the computer; APIs have the given time.
func (c *computer) shutdown(limit time.Duration) {
	select {
	case c.shut <- limit:
	default:
	}
	select {
	case <-c.done:
	default:
		c.cancel()
	}
	select {
	case <-c.off:
	case <-time.After(patience):
		c.t.Error("the computer does not shut down")
	}
}

// post queues an event for the program.
func (c *computer) post(name string, args ...lua.Value) {
	c.t.Helper()
	if err := c.queue.PostInternal(stdlib.Event{Name: name, Args: func() []lua.Value { return args }}); err != nil {
		c.t.Fatal(err)
	}
}

// free lets a program go on that is in hold().
func (c *computer) free() {
	c.t.Helper()
	select {
	case <-c.hold:
	case <-time.After(patience):
		c.t.Fatal("the program does not hold")
	}
}

// hears waits for what the program says next.
func (c *computer) hears() string {
	c.t.Helper()
	select {
	case s := <-c.said:
		return s
	case <-c.done:
		select {
		case s := <-c.said:
			return s
		default:
		}
		c.t.Fatalf("the program has ended: %v", c.err)
	case <-time.After(patience):
		c.t.Fatal("the program says nothing")
	}
	return ""
}

// want fails the test unless the program says this next.
func (c *computer) want(text string) {
	c.t.Helper()
	if s := c.hears(); s != text {
		c.t.Errorf("got  %q\nwant %q", s, text)
	}
}

// logs waits until the log contains a text: it is written after the client has got its answer.
func (c *computer) logs(text string) {
	c.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(c.log.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.t.Errorf("the log lacks %q", text)
			return
		}
	}
}

// url waits for the program to say its port.
func (c *computer) url() string {
	c.t.Helper()
	return "http://127.0.0.1:" + c.hears()
}

// wait waits for the program's end.
func (c *computer) wait() error {
	c.t.Helper()
	select {
	case <-c.done:
		return c.err
	case <-time.After(patience):
		c.t.Fatal("the program does not end")
		return nil
	}
}

// check runs a program that ends on its own, and fails the test with its error.
func check(t *testing.T, program string, opts ...option) {
	t.Helper()
	if err := start(t, program, opts...).wait(); err != nil {
		var e *lua.Error
		if errors.As(err, &e) {
			t.Fatal(fmt.Sprint(e.Error(), "\n", e.Traceback))
		}
		t.Fatal(err)
	}
}
