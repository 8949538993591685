package runtime

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	hostconfig "github.com/luart/luart/stdlib/config"
	hosthttp "github.com/luart/luart/stdlib/http"
	"github.com/luart/luart/stdlib/mounter"
	"github.com/luart/luart/stdlib/periphemu"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/vfs"
)

// extras are what CraftOS-PC has and CraftOS hasn't: APIs by which programs reach for the host. Each is off unless an option allows it, and
// then there is no such global.
type extras struct {
	mounts   *mounter.Rules // nil: no mounter
	networks *periphemu.Networks
	emulator *periphemu.Emulator // made by the first boot
	emulate  bool
	config   bool
}

// processNetworks are what the modems of all computers of the process meet on that programs have attached, unless WithPeriphemu
// says otherwise.
var processNetworks periphemu.Networks

// WithMounter lets programs mount dir, and the folders in it, by the API mounter, to be read or, with writable, to be changed as well.
// Nothing leads out of it, no symbolic link either. It may be given several times; of folders in one another, the inner one
// decides. With WithPeriphemu, the same folders can be put into disk drives.
func WithMounter(dir string, writable bool) Option {
	return func(c *config) error {
		if c.extras.mounts == nil {
			c.extras.mounts = &mounter.Rules{}
		}
		if err := c.extras.mounts.Allow(dir, writable); err != nil {
			return fmt.Errorf("a folder that may be mounted: %w", err)
		}
		return nil
	}
}

// WithPeriphemu lets programs attach peripherals that exist in memory, by the API periphemu. They stay when the computer starts
// anew. Modems are on the given networks; nil is those of this process, which computers share. Monitors can be shown by who takes them from the
// bus (WithPeripherals): they are *periphemu.Monitor.
func WithPeriphemu(networks *periphemu.Networks) Option {
	return func(c *config) error {
		c.extras.emulate, c.extras.networks = true, networks
		if networks == nil {
			c.extras.networks = &processNetworks
		}
		if c.devices.bus == nil {
			c.devices.bus = &peripheral.Bus{}
		}
		return nil
	}
}

// WithConfig lets programs see the computer's limits and settings, by the API config, and change those that can be changed while it
// runs: abortTimeout, up to what WithTimeout gives.
func WithConfig() Option {
	return func(c *config) error { c.extras.config = true; return nil }
}

// openExtras makes the globals for what is allowed.
func (b *boot) openExtras(files *vfs.FS) error {
	cfg := &b.computer.config
	x := &cfg.extras
	if x.mounts != nil {
		mounter.Open(b, mounter.Options{Files: files, Rules: x.mounts})
	}
	if x.emulate {
		if x.emulator == nil {
			if cfg.devices.bus == nil {
				return errors.New("there is nothing to attach peripherals to: WithPeripherals was given nil")
			}
			x.emulator = periphemu.New(periphemu.Options{Bus: cfg.devices.bus, Networks: x.networks, Rules: x.mounts, Clock: cfg.clock})
		}
		x.emulator.Open(b, files)
	}
	if x.config {
		hostconfig.Open(b, hostconfig.Options{Settings: b.settings()})
	}
	return nil
}

// settings are what programs see of the computer's limits, under CraftOS-PC's names. What CraftOS-PC has and isn't here has no meaning
// for a computer of ours. A limit that there isn't is infinite.
func (b *boot) settings() []hostconfig.Setting {
	cfg := &b.computer.config
	width, height := b.screen.Size()
	fixed := func(name string, v lua.Value) hostconfig.Setting {
		return hostconfig.Setting{Name: name, Get: func() lua.Value { return v }}
	}
	mode := "none"
	switch {
	case cfg.extras.mounts.Writable():
		mode = "rw"
	case !cfg.extras.mounts.Empty():
		mode = "ro_strict"
	}
	return []hostconfig.Setting{
		{Name: "abortTimeout", Get: func() lua.Value { return limit(b.watch.timeout.Milliseconds()) }, Set: b.setTimeout},
		fixed("clockSpeed", lua.Int(int(time.Second/eventqueue.GameTick))),
		fixed("computerSpaceLimit", limit(cfg.quota)),
		fixed("default_computer_settings", lua.String("")),
		fixed("defaultHeight", lua.Int(height)), fixed("defaultWidth", lua.Int(width)),
		fixed("disable_lua51_features", lua.False),
		fixed("http_enable", lua.Bool(!cfg.http.Disabled)),
		fixed("http_max_requests", lua.Int(hosthttp.MaxRequests)), fixed("http_max_websockets", lua.Int(hosthttp.MaxWebSockets)),
		fixed("http_timeout", lua.Int(int(hosthttp.DefaultTimeout.Milliseconds()))),
		fixed("http_websocket_enabled", lua.Bool(!cfg.http.Disabled && !cfg.http.WebSocketsDisabled)),
		fixed("isColor", lua.Bool(b.screen.Colour())),
		fixed("keepOpenOnShutdown", lua.False),
		fixed("maxOpenPorts", lua.Int(peripheral.MaxOpenChannels)),
		fixed("maximumFilesOpen", lua.Int(vfs.DefaultMaxOpen)),
		fixed("mount_mode", lua.String(mode)),
		fixed("romReadOnly", lua.True),
		fixed("serverMode", lua.False), fixed("standardsMode", lua.True), fixed("vanilla", lua.False),
	}
}

// limit is a limit as programs see it: 0 of ours is none.
func limit(n int64) lua.Value {
	if n <= 0 {
		return lua.Number(math.Inf(1))
	}
	return lua.Number(float64(n))
}

// setTimeout sets how long programs may run between two yields, in milliseconds, from their next yield on. What the
// computer's owner has set is the most.
func (b *boot) setTimeout(v lua.Value) error {
	ms, _ := v.AsNumber()
	most := b.computer.config.timeout
	if !(ms >= 1) || most > 0 && ms > float64(most.Milliseconds()) {
		return fmt.Errorf("Expected number in range 1-%s", limit(most.Milliseconds())) //lint:ignore ST1005 as CraftOS says it
	}
	if ms >= float64(math.MaxInt64/int64(time.Millisecond)) {
		b.watch.timeout = 0
		return nil
	}
	b.watch.timeout = time.Duration(ms * float64(time.Millisecond))
	return nil
}
