// Package watch is the module luart.watch: what changes in a folder of the computer, and in the folders in it.
//
// Notices of the host enter (github.com/fsnotify/fsnotify); lists of changes leave, once there has been quiet for a moment, and an event for each. Each watch has
// a goroutine, which ends with it or with the computer. Programs get the module by require; the runtime calls Open, on the computer's
// goroutine.
//
// Nothing is lost without a word: changes wait until the program takes them, whether or not it has seen the event, and if there are too
// many, or the host has lost some, the program is told to look at everything anew.
package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// What programs may take.
const (
	// MaxOpen is how many watches a computer may have.
	MaxOpen = 16
	// MaxFolders is how many folders a watch may have. Linux lets a user have some ten thousand in all.
	MaxFolders = 4096
	// MaxWaiting is how many coroutines may wait for one watch; the one that has waited longest gives way.
	MaxWaiting = 16
	// MaxChanges is how many changes wait for the program.
	MaxChanges = 10_000
	// DefaultDebounce is how long there must be quiet before changes are told, unless the program says otherwise, and
	// MaxDebounce what it may say.
	DefaultDebounce, MaxDebounce = 100 * time.Millisecond, 10 * time.Second
	// patience is how many times as long changes are told after at the latest, quiet or not.
	patience = 20
)

// Options are what the module needs.
type Options struct {
	// Files is the computer's file system.
	Files *vfs.FS
}

type api struct {
	computer stdlib.Computer
	files    *vfs.FS
	opening  *stdlib.Background
	open     map[*watcher]struct{}
	last     int
}

// Open returns the module for a computer, which closes all watches when it closes.
func Open(c stdlib.Computer, o Options) lua.Value {
	a := &api{computer: c, files: o.Files, open: make(map[*watcher]struct{})}
	c.OnClose(func(context.Context) {
		for w := range a.open {
			w.close()
		}
	})
	a.opening = stdlib.NewBackground(c, MaxOpen) // ends before the watches are closed
	t := lua.NewTable(0, 1)
	t.SetString("open", lua.NewFunction("open", a.openWatch))
	return t.Value()
}

var (
	errOpen = fmt.Errorf("%d watches are open already; close some", MaxOpen)
	errHost = errors.New("only a folder of the machine can be watched, not one in memory or in the ROM, and no symbolic link may lead to it")
)

// openWatch is open(path[, options]): a watch, or nil and a message.
func (a *api) openWatch(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	options, err := stdlib.OptTable(c, 2)
	if err != nil {
		return 0, err
	}
	debounce, recursive := DefaultDebounce, true
	if options != nil {
		if v := options.GetString("debounce"); !v.IsNil() {
			f, ok := v.AsNumber()
			if !ok {
				return 0, stdlib.BadField(c.VM(), "debounce", "number", v)
			}
			if !(f >= 0 && f <= MaxDebounce.Seconds()) {
				return 0, fmt.Errorf("bad field 'debounce' (a number of seconds from 0 to %g expected)", MaxDebounce.Seconds())
			}
			debounce = eventqueue.Seconds(f)
		}
		if v := options.GetString("recursive"); !v.IsNil() {
			var ok bool
			if recursive, ok = v.AsBool(); !ok {
				return 0, stdlib.BadField(c.VM(), "recursive", "boolean", v)
			}
		}
	}
	fail := func(err error) (lua.Results, error) { return c.Return(lua.Nil, lua.String(err.Error())) }
	if len(a.open) >= MaxOpen || a.opening.Full() {
		return fail(errOpen)
	}
	if err := c.Reserve(64 << 10); err != nil {
		return 0, err
	}
	place, err := a.files.Host(path)
	switch {
	case errors.Is(err, vfs.ErrAccess):
		return fail(fmt.Errorf("%w: %w", err, errHost))
	case err != nil:
		return fail(err)
	}
	a.last++
	w := newWatcher(a.computer, a.last, place, debounce, recursive)
	a.open[w] = struct{}{} // it counts from now on
	var failed error
	return a.opening.Run(c, func(ctx context.Context) {
		if failed = w.start(ctx); failed == nil && ctx.Err() != nil {
			w.close() // the program has gone on without it
		}
	}, func(c lua.Call) (lua.Results, error) {
		if failed != nil {
			delete(a.open, w)
			return c.Return(lua.Nil, lua.String(fmt.Sprintf("/%s: %v", place.Path, failed)))
		}
		return c.Return1(a.object(w))
	})
}

var errClosed = errors.New("the watch is closed")

// object makes the table of a watch.
func (a *api) object(w *watcher) lua.Value {
	t := lua.NewTable(0, 4)
	t.SetString("id", lua.Int(w.id))
	t.SetString("changes", lua.NewFunction("changes", func(c lua.Call) (lua.Results, error) { return a.give(c, w) }))
	t.SetString("next", lua.NewFunction("next", func(c lua.Call) (lua.Results, error) { return a.next(c, w) }))
	t.SetString("close", lua.NewFunction("close", func(c lua.Call) (lua.Results, error) {
		w.close()
		delete(a.open, w)
		return c.Return0()
	}))
	return t.Value()
}

// give is changes(): what has changed since the last call, and whether that isn't all.
func (a *api) give(c lua.Call, w *watcher) (lua.Results, error) {
	changes, overflow, size := w.take()
	if err := c.Reserve(size + 160*len(changes)); err != nil {
		return 0, err
	}
	list := lua.NewTable(len(changes), 0)
	for i, change := range changes {
		t := lua.NewTable(0, 3)
		t.SetString("path", lua.String(change.path))
		t.SetString("kind", lua.String(string(change.kind)))
		t.SetString("folder", lua.Bool(change.folder))
		list.SetInt(i+1, t.Value())
	}
	return c.Return(list.Value(), lua.Bool(overflow))
}

// next is next(): changes() that waits until there are any.
func (a *api) next(c lua.Call, w *watcher) (lua.Results, error) {
	var last *waiter
	var again lua.Cont
	again = func(c lua.Call) (lua.Results, error) {
		if last != nil && last.ousted {
			return 0, errWaits
		}
		last = &waiter{wait: stdlib.NewWait(a.computer, nil)}
		switch ready, err := w.await(last); {
		case err != nil:
			return 0, err
		case ready:
			return a.give(c, w)
		}
		return last.wait.Then(c, again)
	}
	return again(c)
}
