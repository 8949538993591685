package http

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
)

// portOwners knows which computer of this process listens on which port, so that computers do not take each other's, and
// messages name the right one.
type portOwners struct {
	mu    sync.Mutex
	owner map[int]*servers
}

var ports = portOwners{owner: map[int]*servers{}}

var (
	errOtherComputer   = errors.New("in use by another computer")
	errOwnSocketServer = errors.New("in use by http.websocketServer")
)

// mayTake fails if the port is another computer's.
func (p *portOwners) mayTake(port int, s *servers) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.owner[port]; o != nil && o != s {
		return errOtherComputer
	}
	return nil
}

// take makes s the owner of a port.
func (p *portOwners) take(port int, s *servers) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.owner[port]; o != nil && o != s {
		return errOtherComputer
	}
	p.owner[port] = s
	return nil
}

func (p *portOwners) release(port int) {
	p.mu.Lock()
	delete(p.owner, port)
	p.mu.Unlock()
}

// portError makes a message for the script's author of the reason why a port can't be listened on. who is the function
// that was called.
func portError(who string, host netip.Addr, port int, err error) error {
	inUse := func(by string) error {
		return fmt.Errorf("%s: port %d is in use (by %s); choose another, or 0 for any free one", who, port, by)
	}
	switch {
	case err == errOwnSocketServer:
		return inUse("a websocketServer of this computer")
	case err == errOtherComputer:
		return inUse("another computer of this process")
	case isAddressInUse(err):
		return inUse("another program")
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: port %d is not open to this user; choose one from 1024 on", who, port)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s: %s is not an address of this machine; leave the option host out to listen on 127.0.0.1", who, host)
	}
	return fmt.Errorf("%s: can't listen on port %d: %w", who, port, err)
}

func isAddressInUse(err error) bool {
	const wsaAddressInUse = syscall.Errno(10048) // Windows has a number of its own
	return errors.Is(err, syscall.EADDRINUSE) || runtime.GOOS == "windows" && errors.Is(err, wsaAddressInUse)
}

func loopbackOnlyError(who string, host netip.Addr) error {
	return fmt.Errorf("%s: listening on %s is not allowed here, only on this machine's own addresses such as 127.0.0.1", who, host)
}
