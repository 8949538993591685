package main

import (
	"errors"
	"strings"

	"github.com/luart/luart/runtime"
)

// extraFlags allow programs what they can't do otherwise: the APIs by which CraftOS-PC lets them reach for the host.
type extraFlags struct {
	AllowMount     []allowedFolder `placeholder:"DIR[:rw]" sep:"none" help:"Let programs mount DIR and the folders in it (mounter.mount): read-only, or to be changed with :rw. May be given again."`
	AllowPeriphemu bool            `help:"Let programs attach peripherals that exist in memory (periphemu.create)."`
	AllowConfig    bool            `help:"Let programs see the computer's limits (config.get)."`
}

// options returns what the flags mean for the runtime.
func (f *extraFlags) options() []runtime.Option {
	var options []runtime.Option
	for _, m := range f.AllowMount {
		options = append(options, runtime.WithMounter(m.dir, m.writable))
	}
	if f.AllowPeriphemu {
		options = append(options, runtime.WithPeriphemu(nil))
	}
	if f.AllowConfig {
		options = append(options, runtime.WithConfig())
	}
	return options
}

// allowedFolder is a value of --allow-mount: DIR, DIR:ro or DIR:rw.
type allowedFolder struct {
	dir      string
	writable bool
}

// UnmarshalText reads the folder.
func (a *allowedFolder) UnmarshalText(text []byte) error {
	dir, writable := strings.CutSuffix(string(text), ":rw")
	if !writable {
		dir = strings.TrimSuffix(dir, ":ro")
	}
	if dir == "" {
		return errors.New("a folder of yours is missing; write ./data, or ./data:rw to let programs change what is in it")
	}
	*a = allowedFolder{dir, writable}
	return nil
}
