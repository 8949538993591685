package peripheral

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Limits of a modem (CraftOS).
const (
	// MaxChannel is the highest channel; the lowest is 0.
	MaxChannel = 65535
	// MaxOpenChannels is how many channels a modem may have open.
	MaxOpenChannels = 128
)

// ModemOptions configure a modem. The zero value is a wired modem without a name.
type ModemOptions struct {
	// Wireless is what isWireless tells. A wired modem is a peripheral_hub as well: programs reach the peripherals on its cable, see
	// Modem.AttachRemote.
	Wireless bool
	// LocalName is what getNameLocal of a wired modem tells: the computer's name on the cable, "computer_0" for example.
	LocalName string
}

// Modem is a peripheral that sends and gets messages on the channels of a network. Its channels stay open when the computer
// starts anew (CraftOS). It must be made with NewModem. Its methods may be called from any goroutine, but for Call.
type Modem struct {
	network Network
	options ModemOptions

	mu       sync.Mutex
	channels map[int]struct{}
	access   *Access
	port     Port
	inbox    *inbox
	lost     uint64 // of inboxes before
	remote   map[string]*device
}

var _ Attachable = (*Modem)(nil)

// NewModem makes a modem on a network. It joins when it is attached to a computer that runs.
func NewModem(n Network, o ModemOptions) *Modem {
	return &Modem{network: n, options: o, channels: make(map[int]struct{}), remote: make(map[string]*device)}
}

// Types is that of Peripheral.
func (m *Modem) Types() []string {
	if m.options.Wireless {
		return []string{"modem"}
	}
	return []string{"modem", "peripheral_hub"}
}

var (
	modemMethods = []string{"close", "closeAll", "isOpen", "isWireless", "open", "transmit"}
	hubMethods   = []string{
		"callRemote", "getMethodsRemote", "getNameLocal", "getNamesRemote", "getTypeRemote", "hasTypeRemote", "isPresentRemote",
	}
)

// Methods is that of Peripheral.
func (m *Modem) Methods() []string {
	if m.options.Wireless {
		return slices.Clone(modemMethods)
	}
	return slices.Concat(modemMethods, hubMethods)
}

// ErrAttached: the peripheral is at a computer already.
var ErrAttached = errors.New("it is attached to a computer already")

// Attach is that of Attachable: the modem joins the network.
func (m *Modem) Attach(a *Access) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.access != nil {
		return ErrAttached
	}
	in := &inbox{access: a}
	port, err := m.network.Join(in.deliver)
	if err != nil {
		return fmt.Errorf("joining the network: %w", err)
	}
	for channel := range m.channels {
		if err := port.Open(channel); err != nil {
			port.Leave()
			in.close()
			return fmt.Errorf("opening channel %d: %w", channel, err)
		}
	}
	m.access, m.port, m.inbox = a, port, in
	for _, name := range m.remoteNames() {
		if err := m.connect(name, m.remote[name]); err != nil {
			m.detach()
			return err
		}
	}
	return nil
}

// Detach is that of Attachable: the modem leaves the network, and messages that wait to be taken by the queue are lost.
func (m *Modem) Detach() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.detach()
}

// detach undoes Attach. m.mu is held.
func (m *Modem) detach() {
	if m.access == nil {
		return
	}
	for _, d := range m.remote {
		d.disconnect()
	}
	m.port.Leave()
	m.inbox.close()
	m.lost += m.inbox.lostSoFar()
	m.access, m.port, m.inbox = nil, nil, nil
}

// Lost returns how many messages were lost since the program didn't take them.
func (m *Modem) Lost() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	lost := m.lost
	if m.inbox != nil {
		lost += m.inbox.lostSoFar()
	}
	return lost
}

// Call is that of Peripheral.
func (m *Modem) Call(c lua.Call, method string) (lua.Results, error) {
	switch method {
	case "open":
		return m.withChannel(c, m.open)
	case "close":
		return m.withChannel(c, m.close)
	case "isOpen":
		return m.withChannel(c, m.isOpen)
	case "closeAll":
		return m.closeAll(c)
	case "transmit":
		return m.transmit(c)
	case "isWireless":
		return c.Return1(lua.Bool(m.options.Wireless))
	}
	return m.callHub(c, method)
}

var (
	errChannel  = errors.New("Expected number in range 0-65535") //lint:ignore ST1005 CraftOS's text
	errManyOpen = errors.New("Too many open channels")           //lint:ignore ST1005 CraftOS's text
)

func isChannel(n int) bool { return n >= 0 && n <= MaxChannel }

// withChannel runs f with argument 1, a channel, while m.mu is held.
func (m *Modem) withChannel(c lua.Call, f func(c lua.Call, channel int) (lua.Results, error)) (lua.Results, error) {
	channel, err := stdlib.CheckInt(c, 1)
	switch {
	case err != nil:
		return 0, err
	case !isChannel(channel):
		return 0, errChannel
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return f(c, channel)
}

func (m *Modem) open(c lua.Call, channel int) (lua.Results, error) {
	if _, is := m.channels[channel]; is {
		return c.Return0()
	}
	if len(m.channels) >= MaxOpenChannels {
		return 0, errManyOpen
	}
	if m.port != nil {
		if err := m.port.Open(channel); err != nil {
			return 0, err
		}
	}
	m.channels[channel] = struct{}{}
	return c.Return0()
}

func (m *Modem) close(c lua.Call, channel int) (lua.Results, error) {
	if _, is := m.channels[channel]; is {
		delete(m.channels, channel)
		if m.port != nil {
			m.port.Close(channel)
		}
	}
	return c.Return0()
}

func (m *Modem) isOpen(c lua.Call, channel int) (lua.Results, error) {
	_, is := m.channels[channel]
	return c.Return1(lua.Bool(is))
}

func (m *Modem) closeAll(c lua.Call) (lua.Results, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.port != nil {
		for channel := range m.channels {
			m.port.Close(channel)
		}
	}
	clear(m.channels)
	return c.Return0()
}

// transmit is modem.transmit(channel, replyChannel, message).
func (m *Modem) transmit(c lua.Call) (lua.Results, error) {
	channel, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	reply, err := stdlib.CheckInt(c, 2)
	if err != nil {
		return 0, err
	}
	if !isChannel(channel) || !isChannel(reply) {
		return 0, errChannel
	}
	payload, err := Encode(c, c.Arg(3))
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	port := m.port
	m.mu.Unlock()
	if port == nil { // taken away just now
		return c.Return0()
	}
	if err := port.Transmit(Packet{Channel: channel, ReplyChannel: reply, Payload: payload}); err != nil {
		return 0, err
	}
	return c.Return0()
}

func (m *Modem) remoteNames() []string { return slices.Sorted(maps.Keys(m.remote)) }
