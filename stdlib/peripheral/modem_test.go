package peripheral_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/peripheral"
)

// newModem makes a computer with a modem on top.
func newModem(t *testing.T, n peripheral.Network, o peripheral.ModemOptions) (*computertest.Computer, *peripheral.Modem) {
	t.Helper()
	m := peripheral.NewModem(n, o)
	bus := &peripheral.Bus{}
	if err := bus.Attach(stdlib.Top, m); err != nil {
		t.Fatal(err)
	}
	return newComputer(t, bus), m
}

// modem is a function that programs of these tests begin with.
const modem = "local function modem(...) return (peripheral.call('top', ...)) end "

func TestModem(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{"return peripheral.getType('top')", "modem"},
		{"return table.concat(peripheral.getMethods('top'), ' ')", "close closeAll isOpen isWireless open transmit"},
		{"return modem('isWireless')", "true"},
		{"return modem('isOpen', 0)", "false"},
		{"modem('open', 0) modem('open', 65535) modem('open', 0) return modem('isOpen', 0), modem('isOpen', 65535), modem('isOpen', 1)", "true true false"},
		{"modem('open', 5) modem('close', 5) modem('close', 5) return modem('isOpen', 5)", "false"},
		{"modem('open', 5) modem('open', 6) modem('closeAll') return modem('isOpen', 5), modem('isOpen', 6)", "false false"},
		{"for i = 1, 128 do modem('open', i) end modem('open', 128) modem('close', 1) modem('open', 1) return modem('isOpen', 128)", "true"},
		{"for i = 1, 128 do modem('open', i) end return pcall(modem, 'open', 129)", "false Too many open channels"},
		{"return select('#', peripheral.call('top', 'open', 1)), select('#', peripheral.call('top', 'transmit', 1, 1)), select('#', peripheral.call('top', 'closeAll'))", "0 0 0"},
		{"\nlocal function f() modem('open', 65536) end\nf()", "test:2: Expected number in range 0-65535"},
		{"\nlocal function f()\nmodem('isOpen', false) end f()", "test:3: bad argument #1 (number expected, got boolean)"},
		{"return pcall(modem, 'open', -1)", "false Expected number in range 0-65535"},
		{"return pcall(modem, 'open', 0/0)", "false bad argument #1 (number expected, got nan)"},
		{"return pcall(modem, 'close')", "false bad argument #1 (number expected, got nil)"},
		{"return pcall(modem, 'transmit', 1, -1, 'x')", "false Expected number in range 0-65535"},
		{"return pcall(modem, 'transmit', 65536, 1, 'x')", "false Expected number in range 0-65535"},
		{"return pcall(modem, 'transmit', 1)", "false bad argument #2 (number expected, got nil)"},
		{"return pcall(modem, 'transmit', 1, 1, ('x'):rep(5e6))", "false Message is too large"},
		{"return pcall(modem, 'getNameLocal')", "false No such method getNameLocal"},
	} {
		c, _ := newModem(t, peripheral.NewLocalNetwork(), peripheral.ModemOptions{Wireless: true})
		// The modem's errors are those of modem's caller; where that is pcall, there is no position.
		if got := c.Run(modem + test.code); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.code, got, test.want)
		}
	}
}

func TestMessages(t *testing.T) {
	n := peripheral.NewLocalNetwork()
	a, _ := newModem(t, n, peripheral.ModemOptions{})
	b, _ := newModem(t, n, peripheral.ModemOptions{})
	other, _ := newModem(t, peripheral.NewLocalNetwork(), peripheral.ModemOptions{})
	a.Run(modem + "modem('open', 1) modem('open', 2)")
	b.Run(modem + "modem('open', 1)")
	other.Run(modem + "modem('open', 1)")
	a.Run(modem + "modem('transmit', 1, 3, 'to b') modem('transmit', 2, 3, 'to none') modem('transmit', 3, 3, 'to none')")
	b.Run(modem + "modem('transmit', 2, 65535, 5.5) modem('transmit', 1, 0, nil) modem('transmit', 1, 0, next)")
	if got := a.Events(); got != "modem_message top 2 65535 5.5 0; modem_message top 1 0 nil 0; modem_message top 1 0 nil 0" {
		t.Error(got)
	}
	if got := b.Events(); got != "modem_message top 1 3 to b 0" {
		t.Error(got)
	}
	if got := other.Events(); got != "" {
		t.Error("another network:", got)
	}
	b.Run(modem + "modem('close', 1)")
	a.Run(modem + "modem('transmit', 1, 3, 'x')")
	if got := b.Events(); got != "" {
		t.Error("a closed channel:", got)
	}
	// Channels stay open when a computer starts anew.
	a.Run(modem + "modem('transmit', 1, 1, 'x')")
	a.Close()
	b.Run(modem + "modem('transmit', 2, 1, 'x')")
	if got := a.Events(); got != "" {
		t.Error("a computer that is off:", got)
	}
}

func TestModemStaysOpenOverAStart(t *testing.T) {
	n := peripheral.NewLocalNetwork()
	a, _ := newModem(t, n, peripheral.ModemOptions{})
	bus := &peripheral.Bus{}
	m := peripheral.NewModem(n, peripheral.ModemOptions{})
	bus.Attach(stdlib.Left, m)
	first := newComputer(t, bus)
	first.Run("peripheral.call('left', 'open', 9)")
	first.Close()
	a.Run(modem + "modem('transmit', 9, 1, 'lost')")
	second := newComputer(t, bus)
	a.Run(modem + "modem('transmit', 9, 1, 'x')")
	if got := first.Events() + "|" + second.Events(); got != "|modem_message left 9 1 x 0" {
		t.Error(got)
	}
	bus.Detach(stdlib.Left)
	a.Run(modem + "modem('transmit', 9, 1, 'x')")
	if got := second.Events(); got != "peripheral_detach left" {
		t.Error(got)
	}
	if err := bus.Attach(stdlib.Left, m); err != nil {
		t.Error(err)
	}
	if err := bus.Attach(stdlib.Right, m); !errors.Is(err, peripheral.ErrAttached) {
		t.Error("a modem at two sides:", err)
	}
}

// fill leaves no room for network events in a queue.
func fill(q *eventqueue.Queue[stdlib.Event]) {
	for q.TryPost(stdlib.Event{Name: "other"}) == nil {
	}
}

// A sender never waits; what the receiver's queue has no room for comes later, in order, and what is beyond the backlog is lost.
func TestBacklog(t *testing.T) {
	n := peripheral.NewLocalNetwork()
	a, _ := newModem(t, n, peripheral.ModemOptions{})
	b, m := newModem(t, n, peripheral.ModemOptions{})
	var log bytes.Buffer
	b.SetLog(slog.New(slog.NewTextHandler(&log, nil)))
	b.Run(modem + "modem('open', 1)")
	fill(b.Queue())
	const more = 40
	a.Run(fmt.Sprintf(modem+"for i = 1, %d do modem('transmit', 1, 1, i) end", peripheral.MaxBacklog+more))
	// One message may be on its way from the backlog to the queue, and leaves its place.
	lost := int(m.Lost())
	if lost != more && lost != more-1 {
		t.Error(lost, "are lost")
	}
	if got := strings.Count(log.String(), "some are lost"); got != 1 {
		t.Error("the log says so", got, "times")
	}
	ctx := within(t)
	for i := 1; i <= peripheral.MaxBacklog; {
		e := b.Wait(ctx)
		if e == "other" {
			continue
		}
		if e != fmt.Sprintf("modem_message top 1 1 %d 0", i) {
			t.Fatal(i, e)
		}
		i++
	}
}

func TestWaitingBytesAreBounded(t *testing.T) {
	n := peripheral.NewLocalNetwork()
	a, _ := newModem(t, n, peripheral.ModemOptions{})
	b, m := newModem(t, n, peripheral.ModemOptions{})
	b.Run(modem + "modem('open', 1)")
	const send = modem + "local s = ('x'):rep(1e6) for i = 1, 20 do modem('transmit', 1, 1, s) end"
	a.Run(send)
	const kept = peripheral.MaxWaiting / 1_000_000
	if got := m.Lost(); got != uint64(20-kept) {
		t.Error(got, "are lost")
	}
	got := 0
	for e := b.Next(); e != ""; e = b.Next() {
		got++
	}
	if got != kept {
		t.Error(got, "have come")
	}
	a.Run(send) // there is room again
	if got := m.Lost(); got != 2*uint64(20-kept) {
		t.Error(got, "are lost")
	}
	b.Close() // drops them
	if got := m.Lost(); got != 2*uint64(20-kept) {
		t.Error(got, "are lost at the end")
	}
}

// Computers that come, go and talk at once: what the race detector is for.
func TestManyComputers(t *testing.T) {
	n := peripheral.NewLocalNetwork()
	var wg sync.WaitGroup
	for i := range 4 {
		bus := &peripheral.Bus{}
		bus.Attach(stdlib.Top, peripheral.NewModem(n, peripheral.ModemOptions{}))
		wg.Go(func() {
			for range 3 {
				c := newComputer(t, bus)
				c.Run(fmt.Sprintf(modem+"modem('open', %d) modem('open', 9) for i = 1, 300 do modem('transmit', i %% 10, 1, { i, { i } }) end modem('close', 9)", i))
				for e := c.Next(); e != ""; e = c.Next() {
					if !strings.HasPrefix(e, "modem_message top ") {
						t.Error(e)
					}
				}
				c.Run(modem + "for i = 1, 300 do modem('transmit', i % 10, 1, i) end")
				c.Close()
			}
		})
	}
	wg.Wait()
}

// brokenNetwork fails where a network may.
type brokenNetwork struct{ join, open, transmit error }

func (b brokenNetwork) Join(func(peripheral.Packet)) (peripheral.Port, error) { return b, b.join }
func (b brokenNetwork) Open(int) error                                        { return b.open }
func (b brokenNetwork) Close(int)                                             {}
func (b brokenNetwork) Transmit(peripheral.Packet) error                      { return b.transmit }
func (b brokenNetwork) Leave()                                                {}

func TestNetworkFails(t *testing.T) {
	broken := errors.New("the network is down")
	c, _ := newModem(t, brokenNetwork{open: broken, transmit: broken}, peripheral.ModemOptions{})
	for _, code := range []string{"modem('open', 1)", "modem('transmit', 1, 1, 1)"} {
		if got := c.Run(modem + "\nlocal function f() " + code + " end f()"); got != "test:2: the network is down" {
			t.Error(got)
		}
	}
	if got := c.Run(modem + "return modem('isOpen', 1)"); got != "false" {
		t.Error("it did not open:", got)
	}
	bus := &peripheral.Bus{}
	newComputer(t, bus)
	err := bus.Attach(stdlib.Top, peripheral.NewModem(brokenNetwork{join: broken}, peripheral.ModemOptions{}))
	if !errors.Is(err, broken) || err.Error() != "peripheral modem at top: joining the network: the network is down" {
		t.Error(err)
	}
}

func TestHub(t *testing.T) {
	bus := &peripheral.Bus{}
	m := peripheral.NewModem(peripheral.NewLocalNetwork(), peripheral.ModemOptions{LocalName: "computer_7"})
	bus.Attach(stdlib.Top, m)
	p := &probe{types: []string{"probe", "other"}}
	if err := m.AttachRemote("probe_1", p); err != nil {
		t.Fatal(err)
	}
	c := newComputer(t, bus)
	if err := m.AttachRemote("drive_2", static{[]string{"drive"}}); err != nil {
		t.Fatal(err)
	}
	if got := c.Events(); got != "peripheral drive_2" || strings.Join(p.told, ", ") != "attach probe_1" {
		t.Error(got, p.told)
	}
	for _, test := range []struct{ code, want string }{
		{"return peripheral.getType('top')", "modem peripheral_hub"},
		{"return table.concat(peripheral.getMethods('top'), ' ')", "close closeAll isOpen isWireless open transmit " +
			"callRemote getMethodsRemote getNameLocal getNamesRemote getTypeRemote hasTypeRemote isPresentRemote"},
		{"return modem('isWireless'), modem('getNameLocal'), table.concat(modem('getNamesRemote'), ' ')", "false computer_7 drive_2 probe_1"},
		{"return modem('isPresentRemote', 'probe_1'), modem('isPresentRemote', 'Probe_1')", "true false"},
		{"return peripheral.call('top', 'getTypeRemote', 'probe_1')", "probe other"},
		{"return select('#', peripheral.call('top', 'getTypeRemote', 'x')), select('#', peripheral.call('top', 'hasTypeRemote', 'x', 'y'))", "0 0"},
		{"return modem('hasTypeRemote', 'probe_1', 'other'), modem('hasTypeRemote', 'probe_1', 'x')", "true false"},
		{"return table.concat(modem('getMethodsRemote', 'probe_1'), ' ')", "echo fail raise wait waitAndFail apply"},
		{"return peripheral.call('top', 'callRemote', 'probe_1', 'echo', 1, nil, 2, nil)", "1 nil 2 nil"},
		{"\nlocal function f() modem('callRemote', 'probe_1', 'fail') end\nf()", "test:2: bad argument #1 (number expected, got nil)"},
		{"\nlocal function f() modem('callRemote', 'probe_1', 'x') end\nf()", "test:2: No such method x"},
		{"\nlocal function f() modem('callRemote', 'nobody', 'x') end\nf()", "test:2: No peripheral: nobody"},
		{"\nlocal function f() modem('callRemote', 'probe_1') end\nf()", "test:2: bad argument #2 (string expected, got nil)"},
		{"\nlocal function f() modem('hasTypeRemote', 'probe_1') end\nf()", "test:2: bad argument #2 (string expected, got nil)"},
		{"\nlocal function f() modem('isPresentRemote') end\nf()", "test:2: bad argument #1 (string expected, got nil)"},
		{"\nlocal function f() modem('getTypeRemote', 1) end\nf()", "test:2: bad argument #1 (string expected, got number)"},
	} {
		if got := c.Run(modem + test.code); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.code, got, test.want)
		}
	}
	if !m.DetachRemote("drive_2") || m.DetachRemote("drive_2") || c.Events() != "peripheral_detach drive_2" {
		t.Error("the drive is still there")
	}
	bus.Detach(stdlib.Top)
	if got := strings.Join(p.told, ", "); got != "attach probe_1, detach" {
		t.Error(got)
	}
	if err := m.AttachRemote("m", m); err != peripheral.ErrModemOnCable {
		t.Error(err)
	}
	if err := peripheral.NewModem(nil, peripheral.ModemOptions{Wireless: true}).AttachRemote("p", p); err != peripheral.ErrWireless {
		t.Error(err)
	}
	nameless, _ := newModem(t, peripheral.NewLocalNetwork(), peripheral.ModemOptions{})
	if got := nameless.Run("return select('#', peripheral.call('top', 'getNameLocal'))"); got != "0" {
		t.Error(got)
	}
}

// One peripheral that can't be attached keeps the modem off the network.
func TestHubFails(t *testing.T) {
	refuse := errors.New("not now")
	m := peripheral.NewModem(peripheral.NewLocalNetwork(), peripheral.ModemOptions{})
	good, bad := &probe{types: []string{"good"}}, &probe{types: []string{"bad"}, refuse: refuse}
	m.AttachRemote("a", good)
	m.AttachRemote("b", bad)
	bus := &peripheral.Bus{}
	newComputer(t, bus)
	if err := bus.Attach(stdlib.Top, m); !errors.Is(err, refuse) || strings.Join(good.told, ", ") != "attach a, detach" {
		t.Error(err, good.told)
	}
	bad.refuse = nil
	if err := bus.Attach(stdlib.Top, m); err != nil {
		t.Error(err)
	}
}
