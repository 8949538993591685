package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	hostfs "github.com/luart/luart/stdlib/fs"
	hosthttp "github.com/luart/luart/stdlib/http"
	hostos "github.com/luart/luart/stdlib/os"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/stdlib/redstone"
	"github.com/luart/luart/stdlib/rom"
	"github.com/luart/luart/stdlib/term"
	"github.com/luart/luart/vfs"
)

// plugin is the host's side of one load of a plugin: to the APIs it is a computer of its own, with its own events, files and
// network, on the VM of the control plane. So what it has made is gone, whatever it is, when it is closed, and its events are nobody else's.
// Its queue tells the control plane's by the event plugin_events, with the plugin's number, when there is something in it.
type plugin struct {
	*plane
	number  int
	name    string
	queue   *eventqueue.Queue[stdlib.Event]
	files   *vfs.FS
	ctx     context.Context
	cancel  context.CancelFunc
	closers []func(context.Context)
	label   string
	log     *slog.Logger
	closed  bool
}

var _ stdlib.Computer = (*plugin)(nil)

func (p *plugin) VM() *lua.VM                            { return p.boot.vm }
func (p *plugin) Queue() *eventqueue.Queue[stdlib.Event] { return p.queue }
func (p *plugin) Context() context.Context               { return p.ctx }
func (p *plugin) Log() *slog.Logger                      { return p.log }
func (p *plugin) OnClose(f func(context.Context))        { p.closers = append(p.closers, f) }

// Shutdown and Reboot are not for plugins; the manager puts functions that say so in the place of those that would call them.
func (p *plugin) Shutdown(int) {}
func (p *plugin) Reboot()      {}

// Limits of a plugin.
const (
	// pluginTimers is how many timers one load may have.
	pluginTimers = 1 << 16
	// pluginOpen is how many files.
	pluginOpen = 64
	// pluginClose is how long its WebSockets may take to end properly; all others wait meanwhile.
	pluginClose = 50 * time.Millisecond
)

// open(options) makes the natives of one load of a plugin, or nil and a message:
//
//	name     its name, which names its data folder as well
//	folder   its folder below /plugins, which becomes its root; without one, its data folder does
//
// What it returns:
//
//	number     of its events plugin_events
//	fs, os, http, term, peripheral, redstone    natives for the ROM's APIs
//	modules    functions that open modules made in Go, by their names
//	next()     takes its next event; nothing when there is none
//	close()    ends all that it has made
func (p *plane) open(c lua.Call) (lua.Results, error) {
	o, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	name, _ := o.GetString("name").AsString()
	folder, _ := o.GetString("folder").AsString()
	each, err := p.newPlugin(strings.Clone(name), strings.Clone(folder))
	if err != nil {
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	natives, err := each.natives()
	if err != nil {
		each.close(context.Background())
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	return c.Return1(natives)
}

func (p *plane) newPlugin(name, folder string) (*plugin, error) {
	if !localPath(name) || strings.Contains(name, "/") || vfs.Reserved(name) || len(name) > 128 {
		return nil, fmt.Errorf("%q can't be the name of a plugin", name)
	}
	mounts, err := p.pluginMounts(name, folder)
	if err != nil {
		return nil, err
	}
	files, err := vfs.New(vfs.Options{Mounts: mounts, MaxOpen: pluginOpen, Held: p.boot.watch.forgive})
	if err != nil {
		closeMounts(mounts)
		return nil, err
	}
	p.last++
	each := &plugin{plane: p, number: p.last, name: name, files: files, log: p.boot.Log().With("plugin", name)}
	each.ctx, each.cancel = context.WithCancel(p.boot.apiCtx)
	told := stdlib.Event{Name: "plugin_events", Args: func() []lua.Value { return []lua.Value{lua.Int(each.number)} }}
	each.queue = eventqueue.New(eventqueue.Events[stdlib.Event]{
		Timer:     func(id int) stdlib.Event { return numbered("timer", id) },
		Alarm:     func(id int) stdlib.Event { return numbered("alarm", id) },
		Terminate: func() stdlib.Event { return stdlib.Event{Name: terminate} },
	}, eventqueue.Options{
		Clock: p.boot.computer.config.clock, TimerLimit: pluginTimers,
		Notify: func() { _ = p.boot.computer.queue.PostInternal(told) }, // the error is that the computer has ended
	})
	p.plugins[each.number] = each
	return each, nil
}

// pluginMounts are the folders that a plugin sees: its own as the root, /data, /tmp and /rom. Nothing leads out of them.
func (p *plane) pluginMounts(name, folder string) (mounts []vfs.Mount, err error) {
	defer func() {
		if err != nil {
			closeMounts(mounts)
		}
	}()
	var data func() (afero.Fs, error)
	if p.options.Data == "" {
		memory := vfs.Memory()
		data = func() (afero.Fs, error) { return memory, nil }
	} else {
		if err := makeDataFolder(p.options.Data, name); err != nil {
			return nil, fmt.Errorf("the plugin's data folder: %w", err)
		}
		data = func() (afero.Fs, error) { return vfs.FolderIn(p.options.Data, filepath.Join("plugins", name)) }
	}
	root := data
	if folder != "" {
		if !localPath(folder) || p.options.Plugins == "" {
			return nil, fmt.Errorf("%q is no folder of a plugin", folder)
		}
		root = func() (afero.Fs, error) { return vfs.FolderIn(p.options.Plugins, filepath.FromSlash(folder)) }
	}
	for _, m := range []struct {
		path string
		open func() (afero.Fs, error)
	}{{"", root}, {"data", data}} {
		files, err := m.open()
		if err != nil {
			return mounts, fmt.Errorf("the plugin's folder: %w", err)
		}
		mount := vfs.Mount{Path: m.path, Label: "hdd", FS: files}
		if p.options.Data == "" && (m.path == "data" || folder == "") {
			mount.Capacity = tmpCapacity
		}
		mounts = append(mounts, mount)
	}
	return append(mounts,
		vfs.Mount{Path: "tmp", Label: "tmp", FS: vfs.Memory(), Capacity: tmpCapacity},
		vfs.Mount{Path: "rom", Label: "rom", FS: vfs.Tree(rom.Files), ReadOnly: true}), nil
}

// makeDataFolder makes plugins/NAME in the data folder; no symbolic link leads it elsewhere.
func makeDataFolder(data, name string) error {
	root, err := os.OpenRoot(data)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.MkdirAll("plugins/"+name, 0o777)
}

func closeMounts(mounts []vfs.Mount) {
	for _, m := range mounts {
		if c, ok := m.FS.(io.Closer); ok {
			c.Close()
		}
	}
}

// natives opens the APIs. They put themselves into the globals, where the control plane's own are put back.
func (p *plugin) natives() (lua.Value, error) {
	cfg := &p.boot.computer.config
	g := p.boot.vm.Globals()
	t := lua.NewTable(0, 16)
	take := func(name string, open func()) {
		own := g.GetString(name)
		open()
		t.SetString(name, g.GetString(name))
		g.SetString(name, own)
	}
	p.label = p.name
	take("fs", func() { hostfs.Open(p, p.files) })
	take("os", func() {
		hostos.Open(p, hostos.Options{Power: p, ID: cfg.id, Label: &p.label, Clock: cfg.clock, Location: cfg.location})
	})
	web := cfg.httpOptions()
	web.Files = p.files
	take("http", func() { hosthttp.Open(p, web) })
	take("term", func() { term.Open(p, term.Options{}) })
	rs := g.GetString("rs")
	take("redstone", func() { redstone.Open(p, redstone.Options{}) })
	g.SetString("rs", rs)
	var err error
	take("peripheral", func() { err = peripheral.Open(p, peripheral.Options{ID: cfg.id}) })
	if err != nil {
		return lua.Nil, err
	}
	t.SetString("modules", p.modules().Value())
	t.SetString("number", lua.Int(p.number))
	t.SetString("next", lua.NewFunction("next", p.next))
	t.SetString("close", lua.NewFunction("close", func(c lua.Call) (lua.Results, error) {
		ctx, cancel := context.WithTimeout(p.boot.ctx, pluginClose)
		defer cancel()
		p.close(ctx)
		return c.Return0()
	}))
	return t.Value(), nil
}

// notForPlugins are the modules that act on the whole control plane.
var notForPlugins = []string{"luart.metrics", "luart.task", "luart.watch"}

// modules are the modules made in Go that plugins get, each bound to the plugin's own files.
func (p *plugin) modules() *lua.Table {
	all := slices.DeleteFunc(ownModules(p.files, p.boot.computer.config.location), func(m module) bool { return slices.Contains(notForPlugins, m.name) })
	t := lua.NewTable(0, len(all))
	for _, m := range all {
		t.SetString(m.name, lua.NewFunction(m.name, func(c lua.Call) (lua.Results, error) {
			if p.closed {
				return 0, errPluginClosed
			}
			v, err := m.open(p)
			if err != nil {
				return 0, err
			}
			return c.Return1(v)
		}))
	}
	return t
}

var errPluginClosed = errors.New("the plugin is not loaded any more")

// next is next(): the name and the values of the next event.
func (p *plugin) next(c lua.Call) (lua.Results, error) {
	if p.closed {
		return c.Return0()
	}
	event, ok := p.queue.TryNext()
	if !ok {
		return c.Return0()
	}
	if event.Args == nil {
		return c.Return1(lua.String(event.Name))
	}
	values := event.Args()
	out, r, err := c.ReturnSlots(1 + len(values))
	if err != nil {
		return 0, err
	}
	out[0] = lua.String(event.Name)
	copy(out[1:], values)
	return r, nil
}

// close ends all that the load has made: events, timers, files, databases, requests, sockets. ctx bounds the time that WebSockets may take
// to end properly. A second call does nothing.
func (p *plugin) close(ctx context.Context) {
	if p.closed {
		return
	}
	p.closed = true
	delete(p.plugins, p.number)
	release(p.queue.Close())
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.boot.guard(func() { p.closers[i](ctx) })
	}
	p.closers = nil
	p.cancel()
	if err := p.files.Close(); err != nil {
		p.log.Error("cannot close a folder", "error", err)
	}
}
