package peripheral

import (
	"slices"
	"sync"
)

// Packet is a message between modems. What it refers to never changes.
type Packet struct {
	Channel, ReplyChannel int // 0 to MaxChannel
	Payload               Payload
	// Distance is how far the sender is away, in blocks; 0 where there is no space in between.
	Distance float64
}

// Network carries packets between modems: in this process, or, behind the same methods, to others. Its methods and those of
// its ports may be called from any goroutine; none waits for a receiver.
type Network interface {
	// Join connects a receiver. deliver gets each packet that another port has transmitted on a channel that the returned port has open,
	// those of one sender in their order. It may be called from any goroutine, several at a time, and before Join
	// returns; it doesn't wait, and calls no method of a port or a network.
	Join(deliver func(Packet)) (Port, error)
}

// Port is a connection to a network.
type Port interface {
	// Open and Close say which channels are listened to. Open of an open one and Close of a closed one do nothing.
	Open(channel int) error
	Close(channel int)
	// Transmit sends a packet to all other ports that have its channel open. There is no sign of whether there are any.
	Transmit(p Packet) error
	// Leave ends the connection; after it deliver is not called any more. A second call does nothing.
	Leave()
}

// LocalNetwork is a network of computers in one process. It must be made with NewLocalNetwork.
type LocalNetwork struct {
	// Packets are delivered with mu locked for reading, which is why deliver must not call back.
	mu       sync.RWMutex
	channels map[int][]*localPort // that have the channel open, longest first
}

// NewLocalNetwork makes a network that nobody has joined.
func NewLocalNetwork() *LocalNetwork {
	return &LocalNetwork{channels: make(map[int][]*localPort)}
}

type localPort struct {
	network *LocalNetwork
	deliver func(Packet)
	open    map[int]struct{} // guarded by network.mu
	left    bool
}

// Join connects a receiver. It never fails.
func (n *LocalNetwork) Join(deliver func(Packet)) (Port, error) {
	return &localPort{network: n, deliver: deliver, open: make(map[int]struct{})}, nil
}

// Open is that of Port. It never fails.
func (p *localPort) Open(channel int) error {
	n := p.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, is := p.open[channel]; !is && !p.left {
		p.open[channel] = struct{}{}
		n.channels[channel] = append(n.channels[channel], p)
	}
	return nil
}

// Close is that of Port.
func (p *localPort) Close(channel int) {
	n := p.network
	n.mu.Lock()
	defer n.mu.Unlock()
	p.close(channel)
}

// close closes a channel. The network's mu is held.
func (p *localPort) close(channel int) {
	if _, is := p.open[channel]; !is {
		return
	}
	delete(p.open, channel)
	n := p.network
	ports := n.channels[channel]
	i := slices.Index(ports, p)
	if ports = slices.Delete(ports, i, i+1); len(ports) == 0 {
		delete(n.channels, channel)
	} else {
		n.channels[channel] = ports
	}
}

// Transmit is that of Port. It never fails.
func (p *localPort) Transmit(packet Packet) error {
	n := p.network
	n.mu.RLock()
	defer n.mu.RUnlock()
	if p.left {
		return nil
	}
	for _, to := range n.channels[packet.Channel] {
		if to != p {
			to.deliver(packet)
		}
	}
	return nil
}

// Leave is that of Port.
func (p *localPort) Leave() {
	n := p.network
	n.mu.Lock()
	defer n.mu.Unlock()
	p.left = true
	for channel := range p.open {
		p.close(channel)
	}
}
