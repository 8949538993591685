package runtime

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/luart/luart/control"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/rom"
	"github.com/luart/luart/vfs"
)

// Control says what a control plane works on. The zero value has no plugins and keeps nothing.
type Control struct {
	// Plugins is the folder of the host with the plugins, the computer's /plugins. It must exist, unless it is "".
	Plugins string
	// Data is the folder of the host for what is stored, the computer's /data. It must exist; without it, all is in memory.
	Data string
	// Logs is the folder of the host for log files, the computer's /logs. It must exist; without it, they are in the folder logs of Data.
	Logs string
	// Packages says where packages may be kept.
	Packages Packages
	// Documents are folders of the host that are served as files, by their names: /documents/NAME in the computer, read-only.
	Documents map[string]string
	// Secrets is a file of the host of lines KEY=VALUE for getSecret, read when they are asked for. It need not exist.
	Secrets string
	// Settings returns the settings as sections of keys; values are strings, numbers, booleans, durations (seconds in Lua), and
	// lists and maps of these. It is called on the computer's goroutine when the computer boots and when they are to be read anew; an
	// error of the first call ends the boot, that of a later one leaves the old settings. Nil is no settings at all.
	Settings func() (map[string]any, error)
	// AllowPrivate lets plugins connect to this machine and the private networks it is in; channels of packages may be there, too.
	AllowPrivate bool
	// Ready is called on the computer's goroutine when all servers listen, with their addresses by the facades' names. It may be nil.
	Ready func(addresses map[string]string)
	// Reloaded is called on the computer's goroutine when what Reload has asked for is done, or has failed. It may be nil.
	Reloaded func()
}

// controlRoot is where the computer sees the control plane's Lua.
const controlRoot = "rom/control"

// WithControl makes the computer a control plane: its program is /rom/control/main.lua, unless WithProgram or WithCode name another one, and programs
// find the module luart.control, which can do more than any program should: run nobody else's on this computer but as plugins.
func WithControl(o Control) Option {
	return func(c *config) error {
		for _, m := range []struct {
			name, dir string
			readOnly  bool
		}{{"plugins", o.Plugins, false}, {"data", o.Data, false}, {"logs", o.Logs, false}, {"profiles", o.Packages.Profiles, false}} {
			if m.dir != "" {
				if err := WithMount(m.dir, "/"+m.name, m.readOnly)(c); err != nil {
					return err
				}
			}
		}
		for name, dir := range o.Documents {
			if vfs.Clean(name) != name || name == "" || strings.Contains(name, "..") {
				return fmt.Errorf("the documents %q: that is no name for a folder", name)
			}
			if err := WithMount(dir, "/documents/"+name, true)(c); err != nil {
				return err
			}
		}
		c.control = &o
		c.timeout = 0 // the manager bounds what plugins do; what they do one after the other is no reason to end the server
		c.allowPrivate = c.allowPrivate || o.AllowPrivate
		c.apis = append(c.apis, func(computer stdlib.Computer) {
			b := computer.(*boot)
			b.plane = &plane{boot: b, options: &o, http: b.vm.Globals().GetString("http"), plugins: map[int]*plugin{}, host: newHostFolders(&o)}
			b.plane.pin = b.vm.Pin(b.plane.http) // the ROM takes its place
			b.OnClose(func(context.Context) { b.plane.close() })
		})
		return WithModule("luart.control", func(computer stdlib.Computer) (lua.Value, error) {
			return computer.(*boot).plane.module()
		})(c)
	}
}

// Reload asks the control plane to read its settings anew and to reload its plugins, by the event control_reload. Any
// goroutine may call it; without a control plane nothing comes of it.
func (c *Computer) Reload() {
	_ = c.queue.PostInternal(stdlib.Event{Name: "control_reload"}) // the error is that the computer has ended
}

// plane is the native part of a control plane, for the computer's goroutine.
type plane struct {
	boot    *boot
	options *Control
	http    lua.Value // the host's table, before the ROM has wrapped it
	pin     *lua.Pin
	plugins map[int]*plugin
	last    int
	host    hostFolders
}

func (p *plane) close() {
	for _, each := range p.plugins {
		each.close(context.Background())
	}
	p.pin.Unpin()
}

// module is what require "luart.control" gives:
//
//	settings        the settings when the computer booted
//	reload()        reads them anew: a table, or nil and a message
//	secrets()       the text of the file of secrets, "" if there is none
//	http            the host's functions that the ROM's http is made of
//	bios            the source of the bios
//	open(options)   makes the natives of one load of a plugin: see plugin.go
//	again()         queues the event control_again, whatever the queue holds
//	ready(table)    tells that all servers listen
//	reloaded()      tells that what the event control_reload asks for is done
//	linked(path)    whether a path below the folder of the plugins is a symbolic link
//	logs            the folder for log files; nil if there is none
//	profiles        the folder for profiles of packages
//	locate(path)    the computer's path for one of the host: see hostfolders.go
//	hostPath(path)  the other way round
//	home, cacheHome the user's folders on the host, as far as packages may be kept there
func (p *plane) module() (lua.Value, error) {
	t := lua.NewTable(0, 12)
	settings, err := p.settings()
	if err != nil {
		return lua.Nil, err
	}
	t.SetString("settings", settings)
	t.SetString("http", p.http)
	t.SetString("bios", lua.String(rom.Bios))
	t.SetString("persistent", lua.Bool(p.options.Data != ""))
	switch {
	case p.options.Logs != "":
		t.SetString("logs", lua.String("/logs"))
	case p.options.Data != "":
		t.SetString("logs", lua.String("/data/logs"))
	}
	p.describeFolders(t)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{{"locate", p.locate}, {"hostPath", p.hostPath}, {"reload", p.reload}, {"secrets", p.secrets}, {"linked", p.linked}, {"open", p.open}, {"again", p.again}, {"ready", p.ready}, {"reloaded", p.reloaded}} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	return t.Value(), nil
}

func (p *plane) settings() (lua.Value, error) {
	if p.options.Settings == nil {
		return lua.NewTable(0, 0).Value(), nil
	}
	all, err := p.options.Settings()
	if err != nil {
		return lua.Nil, err
	}
	return stdlib.ValueOf(all), nil
}

func (p *plane) reload(c lua.Call) (lua.Results, error) {
	settings, err := p.settings()
	if err != nil {
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	return c.Return1(settings)
}

// maxSecrets bounds the file of secrets, in bytes.
const maxSecrets = 1 << 20

func (p *plane) secrets(c lua.Call) (lua.Results, error) {
	if p.options.Secrets == "" {
		return c.Return1(lua.String(""))
	}
	info, err := os.Stat(p.options.Secrets)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.Return1(lua.String(""))
	case err != nil:
		return c.Return(lua.Nil, lua.String("the secrets can't be read: "+err.Error()))
	case info.Size() > maxSecrets || !info.Mode().IsRegular():
		return c.Return(lua.Nil, lua.String(fmt.Sprintf("the secrets must be a file of at most %d bytes", maxSecrets)))
	}
	text, err := os.ReadFile(p.options.Secrets)
	if err != nil {
		return c.Return(lua.Nil, lua.String("the secrets can't be read: "+err.Error()))
	}
	return c.Return1(lua.Bytes(text))
}

// linked is linked(path): what is no path of the folder of the plugins is no link either.
func (p *plane) linked(c lua.Call) (lua.Results, error) {
	name, _ := c.Arg(1).AsString()
	if p.options.Plugins == "" || !localPath(name) {
		return c.Return1(lua.False)
	}
	root, err := os.OpenRoot(p.options.Plugins)
	if err != nil {
		return c.Return1(lua.False)
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(name))
	return c.Return1(lua.Bool(err == nil && info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0)) // irregular: a junction of Windows
}

// again makes the manager's loop go on with what it has put off, behind the events that wait now.
func (p *plane) again(c lua.Call) (lua.Results, error) {
	_ = p.boot.computer.queue.PostInternal(stdlib.Event{Name: "control_again"}) // the error is that the computer has ended
	return c.Return0()
}

func (p *plane) ready(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	addresses := map[string]string{}
	for k := lua.Nil; ; {
		key, v, ok, err := t.Next(k)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		name, isName := key.AsString()
		address, isText := v.AsString()
		if isName && isText {
			addresses[strings.Clone(name)] = strings.Clone(address)
		}
		k = key
	}
	if p.options.Ready != nil {
		p.options.Ready(addresses)
	}
	return c.Return0()
}

func (p *plane) reloaded(c lua.Call) (lua.Results, error) {
	if p.options.Reloaded != nil {
		p.options.Reloaded()
	}
	return c.Return0()
}

// controlMount is the control plane's Lua, nothing for other computers.
func (c *config) controlMount() []vfs.Mount {
	if c.control == nil {
		return nil
	}
	return []vfs.Mount{{Path: controlRoot, Label: "rom", FS: vfs.Tree(control.Files), ReadOnly: true}}
}

// controlProgram is the program of a control plane that has none of its own.
func (c *config) controlProgram() {
	if c.control != nil && c.program == nil && !c.shell {
		c.program = &program{path: path.Join("/", controlRoot, "main.lua")}
	}
}

// localPath reports whether a path, with slashes, stays in the folder that it is looked up in: no part is "", "." or "..".
func localPath(p string) bool {
	return p != "" && !strings.ContainsAny(p, "\\\x00:") &&
		!slices.ContainsFunc(strings.Split(p, "/"), func(part string) bool { return part == "" || part == "." || part == ".." })
}
