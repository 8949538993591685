package periphemu

import (
	"errors"
	"sync"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/peripheral"
)

// maxNetworks is how many networks there may be: they stay, as others may use them.
const maxNetworks = 1024

// Networks are what modems of several computers of one process meet on, by numbers. The zero value is fine. Its methods may be
// called from any goroutine.
type Networks struct {
	mu  sync.Mutex
	all map[int]peripheral.Network
}

// At returns a network, making it if there is none of that number; nil if there are too many.
func (n *Networks) At(id int) peripheral.Network {
	n.mu.Lock()
	defer n.mu.Unlock()
	network := n.all[id]
	if network == nil {
		if len(n.all) >= maxNetworks {
			return nil
		}
		if n.all == nil {
			n.all = make(map[int]peripheral.Network)
		}
		network = peripheral.NewLocalNetwork()
		n.all[id] = network
	}
	return network
}

// Set makes modems of a network's number use the given one, such as one that leads to other processes. It is for before any
// computer runs.
func (n *Networks) Set(id int, network peripheral.Network) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = make(map[int]peripheral.Network)
	}
	n.all[id] = network
}

// newModem is create(name, "modem"[, network]): a wireless modem; the network is 0 unless given.
func newModem(e *Emulator, _ string, c lua.Call) (peripheral.Peripheral, error) {
	id, err := stdlib.OptInt(c, 3, 0)
	if err != nil {
		return nil, badArgument{err}
	}
	network := e.options.Networks.At(id)
	if network == nil {
		return nil, errors.New("there are too many networks")
	}
	return peripheral.NewModem(network, peripheral.ModemOptions{Wireless: true}), nil
}
