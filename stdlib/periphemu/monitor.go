package periphemu

import (
	"errors"
	"math"
	"sync"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/stdlib/term"
)

// Sizes of monitors at a text scale of 1, in characters. At 0.5 there are twice as many in a row, and twice as many rows.
const (
	maxMonitorWidth  = 200
	maxMonitorHeight = 100
)

// Monitor is a screen in memory. Who wants to show it takes it from the bus: Screen and Touch may be used from any goroutine.
type Monitor struct {
	screen    *term.Screen
	functions map[string]lua.GoFunc

	mu            sync.Mutex
	width, height int // at scale 1
	scale         float64
	access        *peripheral.Access // nil while it isn't at a computer that runs
}

var _ peripheral.Attachable = (*Monitor)(nil)

// newMonitor is create(name, "monitor"[, width, height]): in characters, as many as a computer's screen has unless given.
func newMonitor(_ *Emulator, _ string, c lua.Call) (peripheral.Peripheral, error) {
	width, err := stdlib.OptInt(c, 3, term.DefaultWidth)
	if err != nil {
		return nil, badArgument{err}
	}
	height, err := stdlib.OptInt(c, 4, term.DefaultHeight)
	if err != nil {
		return nil, badArgument{err}
	}
	if err := checkSize(width, height); err != nil {
		return nil, err
	}
	m := &Monitor{screen: term.NewScreen(width, height, true), width: width, height: height, scale: 1}
	m.functions = term.Functions(m.screen)
	m.functions["setTextScale"], m.functions["getTextScale"], m.functions["setSize"] = m.setTextScale, m.getTextScale, m.setSize
	return m, nil
}

var (
	errSize  = errors.New("a monitor has from 1 to 200 columns and from 1 to 100 rows")
	errScale = errors.New("Expected number in range 0.5-5") //lint:ignore ST1005 CraftOS's text
)

func checkSize(width, height int) error {
	if width < 1 || height < 1 || width > maxMonitorWidth || height > maxMonitorHeight {
		return errSize
	}
	return nil
}

// Screen returns what the monitor shows.
func (m *Monitor) Screen() *term.Screen { return m.screen }

// Touch posts monitor_touch: a user has touched a character, counted from 1. Positions outside of the screen are left out. The
// error is that of term.Input's methods.
func (m *Monitor) Touch(x, y int) error {
	m.mu.Lock()
	access := m.access
	m.mu.Unlock()
	width, height := m.screen.Size()
	if access == nil || x < 1 || y < 1 || x > width || y > height {
		return nil
	}
	return access.Queue().TryPost(stdlib.Event{Name: "monitor_touch", Args: func() []lua.Value {
		return []lua.Value{lua.String(access.Name()), lua.Int(x), lua.Int(y)}
	}})
}

// Types is that of peripheral.Peripheral.
func (m *Monitor) Types() []string { return []string{"monitor"} }

// Methods is that of peripheral.Peripheral. setSize is an addition of ours.
func (m *Monitor) Methods() []string {
	names := make([]string, 0, len(m.functions))
	for name := range m.functions {
		names = append(names, name)
	}
	return names
}

// Call is that of peripheral.Peripheral.
func (m *Monitor) Call(c lua.Call, method string) (lua.Results, error) { return m.functions[method](c) }

// Attach is that of peripheral.Attachable.
func (m *Monitor) Attach(a *peripheral.Access) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.access = a
	return nil
}

// Detach is that of peripheral.Attachable.
func (m *Monitor) Detach() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.access = nil
}

func (m *Monitor) getTextScale(c lua.Call) (lua.Results, error) {
	m.mu.Lock()
	scale := m.scale
	m.mu.Unlock()
	return c.Return1(lua.Number(scale))
}

// setTextScale is monitor.setTextScale(scale): from 0.5 to 5, in steps of a half (CraftOS).
func (m *Monitor) setTextScale(c lua.Call) (lua.Results, error) {
	scale, err := stdlib.CheckFinite(c, 1)
	if err != nil {
		return 0, err
	}
	scale = math.Trunc(scale*2) / 2
	if scale < 0.5 || scale > 5 {
		return 0, errScale
	}
	m.change(func() { m.scale = scale })
	return c.Return0()
}

// setSize is monitor.setSize(width, height), at a text scale of 1.
func (m *Monitor) setSize(c lua.Call) (lua.Results, error) {
	width, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	height, err := stdlib.CheckInt(c, 2)
	if err != nil {
		return 0, err
	}
	if err := checkSize(width, height); err != nil {
		return 0, err
	}
	m.change(func() { m.width, m.height = width, height })
	return c.Return0()
}

// change runs f, and lets the screen and the program know of the size that results.
func (m *Monitor) change(f func()) {
	m.mu.Lock()
	f()
	scaled := func(n int) int { return max(int(math.Round(float64(n)/m.scale)), 1) }
	width, height, access := scaled(m.width), scaled(m.height), m.access
	m.mu.Unlock()
	if m.screen.Resize(width, height) && access != nil {
		access.Queue().PostScript(named("monitor_resize", access.Name()))
	}
}
