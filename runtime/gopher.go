package runtime

import (
	"errors"
	"fmt"
	"slices"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/gopherlua"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	hosthttp "github.com/luart/luart/stdlib/http"
)

// WithGopherModule adds a module that was written for gopher-lua: programs get it by require "name". The loader is the one that the
// module's documentation gives to PreloadModule; it runs when a program of a boot first requires the module, with a gopher-lua state that all
// such modules of the boot share. docs/gopher-lua.md tells how values cross.
func WithGopherModule(name string, loader glua.LGFunction) Option {
	return func(c *config) error {
		if loader == nil {
			return fmt.Errorf("the module %q: there is no loader", name)
		}
		return WithModule(name, c.gopherModule(name, func(stdlib.Computer) glua.LGFunction { return loader }).open)(c)
	}
}

// WithGopherTimeout limits how long a call of a function of a gopher-lua module may take. Without it, it is gopherlua.DefaultTimeout. What the
// function calls in the script does not count, nor does the call count for WithTimeout.
func WithGopherTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return errors.New("calls of modules need some time")
		}
		c.gopherTimeout = d
		return nil
	}
}

func (c *config) gopherModule(name string, loader func(stdlib.Computer) glua.LGFunction) module {
	return module{name, func(computer stdlib.Computer) (lua.Value, error) {
		return gopherlua.Open(computer, name, loader(computer), gopherlua.Options{Timeout: c.gopherTimeout})
	}}
}

// allModules are the modules that options have added and those that are always there. The former come first.
func (c *config) allModules() []module {
	always := []module{c.gopherModule("host", func(computer stdlib.Computer) glua.LGFunction {
		return gopherlua.NewHost(c.version, computer.Queue().Elapsed, func() []int { return hosthttp.Listening(computer) }).Loader
	})}
	if !c.http.Disabled {
		always = append(always, c.gopherModule("gluahttp", func(stdlib.Computer) glua.LGFunction {
			return gopherlua.HTTP(hosthttp.NewTransport(c.httpOptions()))
		}))
	}
	all := slices.Clone(c.modules)
	for _, m := range always {
		if !slices.ContainsFunc(all, func(other module) bool { return other.name == m.name }) {
			all = append(all, m)
		}
	}
	return all
}
