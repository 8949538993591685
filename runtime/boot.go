package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib"
	hostfs "github.com/luart/luart/stdlib/fs"
	hosthttp "github.com/luart/luart/stdlib/http"
	hostos "github.com/luart/luart/stdlib/os"
	"github.com/luart/luart/stdlib/term"
	"github.com/luart/luart/vfs"
)

// boot is the time of a computer between two starts: a VM, and what the APIs hold on its behalf. It is what APIs see as
// their stdlib.Computer.
type boot struct {
	computer *Computer
	vm       *lua.VM
	ctx      context.Context // of the computer
	apiCtx   context.Context // of the goroutines that APIs start
	cancel   context.CancelFunc
	closers  []func(context.Context)
	watch    watch
	end      *end
	failure  *ProgramError // what the bios has reported
	screen   *term.Screen
	tasks    []*task
	started  bool   // a system that isn't ours has come to the program
	plane    *plane // nil unless this is a control plane
	files    *vfs.FS
}

// end is how a boot has ended.
type end struct {
	code   int
	reboot bool
	err    error
}

var _ stdlib.Computer = (*boot)(nil)

func (b *boot) VM() *lua.VM                            { return b.vm }
func (b *boot) Queue() *eventqueue.Queue[stdlib.Event] { return b.computer.queue }
func (b *boot) Context() context.Context               { return b.apiCtx }
func (b *boot) Log() *slog.Logger                      { return b.computer.config.logger }
func (b *boot) OnClose(f func(context.Context))        { b.closers = append(b.closers, f) }

// Shutdown and Reboot ask the boot to end at the next yield. The first to ask wins.
func (b *boot) Shutdown(code int) { b.ask(&end{code: code}) }
func (b *boot) Reboot()           { b.ask(&end{reboot: true}) }

func (b *boot) ask(e *end) {
	if b.end == nil {
		b.end = e
	}
}

// newBoot makes a boot with an empty VM.
func newBoot(c *Computer, ctx context.Context) *boot {
	b := &boot{computer: c, ctx: ctx, vm: lua.NewVM(lua.Options{Memory: c.config.memory, Compiled: compiledROM})}
	b.apiCtx, b.cancel = context.WithCancel(ctx)
	b.watch = watch{vm: b.vm, clock: time.Now, timeout: c.config.timeout, grace: c.config.grace}
	return b
}

// openAPIs makes all globals that the bios finds.
func (b *boot) openAPIs() error {
	c := b.computer
	cfg := &c.config
	files, err := b.openFiles()
	if err != nil {
		return err
	}
	b.files = files
	lualib.Open(b.vm)
	if err := b.openDevices(); err != nil {
		return err
	}
	hostfs.Open(b, files)
	hostos.Open(b, hostos.Options{Power: b, ID: cfg.id, Label: &c.label, Keep: cfg.storeLabel, Clock: cfg.clock, Location: cfg.location})
	web := cfg.httpOptions()
	web.Files = files
	hosthttp.Open(b, web)
	g := b.vm.Globals()
	g.SetString("_HOST", lua.String(hostName(cfg)))
	g.SetString("_CC_DEFAULT_SETTINGS", lua.String(""))
	if !cfg.system.foreign() || cfg.program != nil {
		g.SetString("_LUART", b.natives().Value())
	}
	if err := b.openExtras(files); err != nil {
		return err
	}
	b.offerModules(slices.Concat(ownModules(files, cfg.location), cfg.webModules(files), cfg.allModules()))
	for _, open := range cfg.apis {
		open(b)
	}
	return nil
}

// openFiles makes the computer's file system, which is closed with the boot.
func (b *boot) openFiles() (*vfs.FS, error) {
	cfg := &b.computer.config
	var mounts []vfs.Mount
	fail := func(err error) (*vfs.FS, error) {
		for _, m := range mounts {
			if c, ok := m.FS.(io.Closer); ok {
				c.Close()
			}
		}
		return nil, err
	}
	mounts, err := cfg.system.mounts(cfg.program)
	if err != nil {
		return fail(err)
	}
	mounts = append(mounts, cfg.controlMount()...)
	if cfg.root == "" {
		mounts = append(mounts, vfs.Mount{Label: "hdd", FS: vfs.Memory(), ReadOnly: true})
	}
	tmp := true
	for _, m := range cfg.folders() {
		folder, err := vfs.Folder(m.source)
		if err != nil {
			return fail(fmt.Errorf("the folder for /%s: %w", m.path, err))
		}
		if cfg.scratch > 0 && !m.readOnly {
			folder = vfs.Scratch(folder, cfg.scratch)
		}
		mounts = append(mounts, vfs.Mount{Path: m.path, Label: m.label, FS: folder, ReadOnly: m.readOnly, Capacity: m.capacity})
		tmp = tmp && !strings.EqualFold(m.path, "tmp")
	}
	if tmp {
		mounts = append(mounts, vfs.Mount{Path: "tmp", Label: "tmp", FS: vfs.Memory(), Capacity: tmpCapacity})
	}
	files, err := vfs.New(vfs.Options{Mounts: mounts, Held: b.watch.forgive, Discarded: func(path string) {
		b.Log().Warn("a file was written to but never closed, so it is as it was before", "computer", cfg.id, "path", "/"+path)
	}})
	if err != nil {
		return fail(err)
	}
	b.OnClose(func(context.Context) {
		if err := files.Close(); err != nil {
			b.Log().Error("cannot close a folder", "computer", cfg.id, "error", err)
		}
	})
	return files, nil
}

// hostName is what programs see as _HOST. They parse the first part for what they may expect of the environment.
func hostName(cfg *config) string {
	if cfg.hostName != "" {
		return cfg.hostName
	}
	return "ComputerCraft 1.113.1 (luart " + strings.TrimPrefix(cfg.version, "v") + ")"
}

// run runs the bios to its end.
func (b *boot) run() end {
	if err := b.openAPIs(); err != nil {
		return end{code: 1, err: err}
	}
	stop := context.AfterFunc(b.ctx, func() { b.vm.Cancel(ErrStopped.Error()) })
	defer stop()
	bios, err := b.vm.Load(b.computer.config.system.source(), "@bios.lua", nil)
	if err != nil {
		return end{code: 1, err: err}
	}
	return b.loop(bios)
}

// loop resumes the bios, and what it has begun beside itself, for each event that they wait for.
func (b *boot) loop(bios lua.Value) end {
	b.begin(b.vm.NewThread(bios))
	defer func() {
		for _, t := range b.tasks {
			t.pin.Unpin()
		}
		b.tasks = nil
	}()
	name := ""
	var values []lua.Value
	for {
		b.watch.start()
		for _, t := range b.tasks { // one that is added now has begun already
			if !t.wants(name) {
				continue
			}
			yielded, err := t.thread.Resume(values...)
			switch {
			case err != nil && b.ctx.Err() != nil:
				return end{code: 1, err: ErrStopped}
			case err != nil:
				return b.died(err)
			case b.end != nil:
				return b.finished(*b.end)
			case t.thread.Status() == lua.Dead:
				return b.finished(end{})
			}
			t.filter, t.any = filterOf(yielded)
		}
		event, err := b.next()
		switch {
		case err != nil && b.ctx.Err() != nil:
			return end{code: 1, err: ErrStopped}
		case err != nil:
			return end{code: 1, err: err}
		}
		name = event.Name
		values = append(values[:0], lua.String(name))
		if event.Args != nil {
			values = append(values, event.Args()...)
		}
	}
}

// filterOf is the name of the event that a yield asks for; any is "". (CraftOS: a number counts as its text, other values
// ask for any event.)
func filterOf(yielded []lua.Value) (filter string, any bool) {
	if len(yielded) == 0 {
		return "", true
	}
	name, ok := yielded[0].ToString()
	return name, !ok
}

// next waits for the next event that a task waits for. Others are gone.
func (b *boot) next() (stdlib.Event, error) {
	for {
		if err := b.ctx.Err(); err != nil {
			return stdlib.Event{}, err
		}
		event, ok := b.computer.queue.TryNext()
		if !ok {
			b.watch.stop()
			if err := b.flush(); err != nil {
				return event, err
			}
			var err error
			if event, err = b.computer.queue.Next(b.ctx); err != nil {
				return event, err
			}
		}
		if b.wanted(event.Name) {
			return event, nil
		}
		if event.Drop != nil {
			event.Drop()
		}
	}
}

// died is the end of a bios that has failed, or was ended by the VM.
func (b *boot) died(err error) end {
	failure := &ProgramError{Message: "Error running computer: " + err.Error()}
	var e *lua.Error
	if errors.As(err, &e) {
		failure.Traceback = e.Traceback
		failure.Limit = isLimit(e.Error())
	}
	return end{code: 1, err: failure}
}

// finished is the end of a bios that has returned, or of a program that has ended by os.shutdown or failed.
func (b *boot) finished(e end) end {
	cfg := &b.computer.config
	switch {
	case e.reboot:
		return e
	case cfg.system.foreign() && cfg.program != nil && !b.started:
		return end{code: 1, err: errNotStarted}
	case b.failure == nil:
		return e
	}
	b.failure.Limit = isLimit(b.failure.Message)
	b.failure.Terminated = b.computer.asked.Load() && b.failure.Message == "Terminated"
	return end{code: 1, err: b.failure}
}

// isLimit reports whether an error is one of the limits on time and memory. Programs may have caught and thrown it again
// on its way, so the text is all there is to go by. A stack overflow is not among them: no option gives a program more stack.
func isLimit(message string) bool {
	for _, limit := range []error{lua.ErrTooLong, lua.ErrMemory} {
		if before, ok := strings.CutSuffix(message, limit.Error()); ok && (before == "" || strings.HasSuffix(before, ": ")) {
			return true
		}
	}
	return false
}

// guard calls f. A panic of it is logged, and returned.
func (b *boot) guard(f func()) (fault *Fault) {
	defer func() {
		if p := recover(); p != nil {
			fault = &Fault{Panic: p, Stack: string(debug.Stack())}
			b.Log().Error("a computer has ended by a fault in luart; please report it",
				"computer", b.computer.config.id, "panic", fmt.Sprint(p), "stack", fault.Stack)
		}
	}()
	f()
	return nil
}

// close releases what the boot holds: events first, so that nobody waits for an answer that won't come; then what the APIs
// hold, which may take a while for work under way; then their goroutines.
func (b *boot) close(reboot bool) {
	queue := b.computer.queue
	b.vm.SetDeadline(0, 0)
	if err := b.flush(); err != nil {
		b.Log().Error("output is lost", "error", err)
	}
	if reboot {
		release(queue.Clear())
	} else {
		release(queue.Close())
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), b.computer.config.drain)
	defer cancel()
	if b.ctx.Err() != nil {
		cancel() // the second Ctrl-C: no more patience
	}
	defer context.AfterFunc(b.ctx, cancel)()
	for i := len(b.closers) - 1; i >= 0; i-- {
		b.guard(func() { b.closers[i](drain) })
	}
	b.cancel()
	if reboot {
		release(queue.Clear())
	}
}

// natives is the table that the bios finds in _LUART; the package comment lists it.
func (b *boot) natives() *lua.Table {
	t := lua.NewTable(0, 8)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{{"write", b.write}, {"writeError", b.writeError}, {"readLine", b.readLine}, {"fail", b.fail}, {"start", b.start}, {"beside", b.beside}} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	t.SetString("program", b.computer.programTable())
	t.SetString("shell", lua.Bool(b.computer.config.shell))
	t.SetString("screen", lua.Bool(b.computer.config.devices.screen != nil))
	return t
}

// printStep is about how much text is printed before the watchdog is looked at, in bytes.
const printStep = 4096

func (b *boot) write(c lua.Call) (lua.Results, error) {
	lines := 0
	for i := 1; i <= c.N(); i++ {
		for text := stdlib.CoerceString(c, i); text != ""; {
			part := text
			if len(part) > printStep {
				// Words stay whole: where they are cut depends on their length.
				if n := strings.IndexAny(part[printStep:], " \n"); n >= 0 {
					part = part[:printStep+n]
				}
				if err := c.Interrupted(); err != nil {
					return 0, err
				}
			}
			text = text[len(part):]
			lines += b.screen.Print(part)
		}
	}
	if err := b.computer.out.failed(); err != nil {
		return 0, err
	}
	b.watch.forgive(b.computer.out.blocked())
	return c.Return1(lua.Int(lines))
}

func (b *boot) writeError(c lua.Call) (lua.Results, error) {
	var text strings.Builder
	for i := 1; i <= c.N(); i++ {
		text.WriteString(stdlib.CoerceString(c, i))
	}
	b.screen.PrintError(text.String())
	if b.computer.config.devices.screen == nil {
		if err := b.computer.out.writeError(text.String()); err != nil {
			return 0, err
		}
		b.watch.forgive(b.computer.out.blocked())
	}
	return c.Return0()
}

// flush writes what programs have printed and drawn.
func (b *boot) flush() error {
	if b.screen != nil { // it is nil if the boot has failed early
		if err := b.screen.FlushText(); err != nil {
			return err
		}
	}
	return b.computer.out.flush()
}

// Flush writes what programs have printed and drawn so far, and returns the first error there was. APIs of embedders that want
// to know what was printed up to a moment find it behind their stdlib.Computer, by an interface with this one method; it is for
// the computer's goroutine.
func (b *boot) Flush() error { return b.flush() }

func (b *boot) readLine(c lua.Call) (lua.Results, error) {
	// Asking is done by printing, often without a line break.
	if err := b.flush(); err != nil {
		return 0, err
	}
	line, ok, err := b.computer.in.take(func() {
		b.computer.queue.PostInternal(stdlib.Event{Name: "read_line"}) // the only error is that the computer has ended
	})
	switch {
	case ok:
		if err := c.Reserve(len(line) + 16); err != nil {
			return 0, err
		}
		return c.Return1(lua.String(line))
	case errors.Is(err, io.EOF):
		return c.Return(lua.Nil, lua.True)
	case err != nil:
		return 0, fmt.Errorf("cannot read the standard input: %w", err)
	}
	return c.Return0()
}

func (b *boot) fail(c lua.Call) (lua.Results, error) {
	message, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	trace, err := stdlib.OptString(c, 2, "")
	if err != nil {
		return 0, err
	}
	b.failure = &ProgramError{Message: strings.Clone(message), Traceback: strings.Clone(trace)}
	return c.Return0()
}
