package peripheral

import (
	"sync"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// How much a modem keeps for a program that doesn't take its messages. Beyond that, messages are lost, as they are on the air.
const (
	// MaxBacklog is how many messages may wait for room in the computer's queue.
	MaxBacklog = 256
	// MaxWaiting is how many bytes all messages may have that wait there and in the queue.
	MaxWaiting = 16 << 20
	// packetCost is what a packet takes besides its payload, in bytes.
	packetCost = 256
)

// inbox brings the packets of a modem to its computer's queue, from the modem's being attached to its being detached. While the
// queue has room they go there at once; else they wait in the backlog, and a goroutine, which exists only then, posts them one
// by one. So the sender never waits, and the modem gets its turn among other sources.
type inbox struct {
	access *Access

	mu      sync.Mutex
	backlog []Packet
	posting bool // the goroutine runs
	closed  bool
	bytes   int
	lost    uint64
}

// deliver takes a packet. It is what the network calls.
func (in *inbox) deliver(p Packet) {
	in.mu.Lock()
	defer in.mu.Unlock()
	size := packetCost + len(p.Payload)
	switch {
	case in.closed:
		return
	case in.bytes+size > MaxWaiting || len(in.backlog) >= MaxBacklog:
		if in.lost++; in.lost == 1 {
			in.access.Log().Warn("the program does not take its modem messages; some are lost",
				"computer", in.access.ComputerID(), "modem", in.access.Name())
		}
		return
	}
	if !in.posting {
		if in.access.Queue().TryPost(in.event(p)) == nil {
			in.bytes += size
			return
		}
		in.posting = true
		go in.post()
	}
	in.bytes += size
	in.backlog = append(in.backlog, p)
}

// event makes the event of a packet.
func (in *inbox) event(p Packet) stdlib.Event {
	gone := func() {
		in.mu.Lock()
		in.bytes -= packetCost + len(p.Payload)
		in.mu.Unlock()
	}
	return stdlib.Event{
		Name: "modem_message",
		Args: func() []lua.Value {
			gone()
			message, err := p.Payload.Decode(in.access.VM())
			if err != nil {
				in.access.Log().Warn("a modem message can't be read", "computer", in.access.ComputerID(), "modem", in.access.Name(), "error", err)
			}
			return []lua.Value{
				lua.String(in.access.Name()), lua.Int(p.Channel), lua.Int(p.ReplyChannel), message, lua.Number(p.Distance),
			}
		},
		Drop: gone,
	}
}

// post posts the backlog until it is empty.
func (in *inbox) post() {
	for {
		in.mu.Lock()
		if len(in.backlog) == 0 {
			in.backlog, in.posting = nil, false
			in.mu.Unlock()
			return
		}
		e := in.event(in.backlog[0])
		in.backlog[0] = Packet{}
		in.backlog = in.backlog[1:]
		in.mu.Unlock()
		if in.access.Queue().Post(in.access.Context(), e) != nil {
			in.close() // the computer has ended or starts anew
		}
	}
}

// close throws away the backlog and all that comes.
func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.backlog = nil
}

func (in *inbox) lostSoFar() uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.lost
}
