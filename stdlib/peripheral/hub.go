package peripheral

import (
	"errors"
	"fmt"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// What is on the cable of a wired modem.

// Errors of Modem.AttachRemote.
var (
	// ErrWireless: the modem has no cable.
	ErrWireless = errors.New("a wireless modem has no cable")
	// ErrModemOnCable: modems connect cables, they are not on them.
	ErrModemOnCable = errors.New("a modem can't be a peripheral on a cable")
)

// AttachRemote puts a peripheral on the cable of a wired modem, in the place of what has that name, and posts the event
// peripheral if the computer runs. Names are like "drive_0". Like one at a side, it is for this computer only.
func (m *Modem) AttachRemote(name string, p Peripheral) error {
	if m.options.Wireless {
		return ErrWireless
	}
	if _, is := p.(*Modem); is { // which could be its own peripheral, by way of others
		return ErrModemOnCable
	}
	d, err := newDevice(p)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.removeRemote(name)
	if m.access != nil {
		if err := m.connect(name, d); err != nil {
			return err
		}
		post(m.access.Queue(), "peripheral", name)
	}
	m.remote[name] = d
	return nil
}

// DetachRemote takes a peripheral from the cable, and posts the event peripheral_detach if the computer runs. It reports whether
// there was one.
func (m *Modem) DetachRemote(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.removeRemote(name)
}

// removeRemote is DetachRemote. m.mu is held.
func (m *Modem) removeRemote(name string) bool {
	d := m.remote[name]
	if d == nil {
		return false
	}
	delete(m.remote, name)
	if m.access != nil {
		d.disconnect()
		post(m.access.Queue(), "peripheral_detach", name)
	}
	return true
}

// connect tells a peripheral on the cable of the computer. m.mu is held.
func (m *Modem) connect(name string, d *device) error {
	if err := d.connect(m.access.computer, name, m.access.id); err != nil {
		return fmt.Errorf("peripheral %s: %w", name, err)
	}
	return nil
}

// checkRemote returns the peripheral that argument 1 names, nil if there is none.
func (m *Modem) checkRemote(c lua.Call) (name string, d *device, err error) {
	if name, err = stdlib.CheckString(c, 1); err != nil {
		return "", nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return name, m.remote[name], nil
}

// callHub runs the methods that only wired modems have.
func (m *Modem) callHub(c lua.Call, method string) (lua.Results, error) {
	switch method {
	case "getNameLocal":
		if m.options.LocalName == "" {
			return c.Return0()
		}
		return c.Return1(lua.String(m.options.LocalName))
	case "getNamesRemote":
		m.mu.Lock()
		remote := m.remoteNames()
		m.mu.Unlock()
		return c.Return1(names(remote))
	}
	name, d, err := m.checkRemote(c)
	switch method {
	case "isPresentRemote":
		if err != nil {
			return 0, err
		}
		return c.Return1(lua.Bool(d != nil))
	case "getTypeRemote":
		return returnTypes(c, d, err)
	case "hasTypeRemote":
		return returnHasType(c, d, err)
	case "getMethodsRemote":
		return returnMethods(c, d, err)
	}
	// callRemote(name, method, ...)
	if err != nil {
		return 0, err
	}
	remoteMethod, err := stdlib.CheckString(c, 2)
	switch {
	case err != nil:
		return 0, err
	case d == nil:
		return 0, errors.New("No peripheral: " + name)
	}
	return d.callMethod(c, remoteMethod)
}
