package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// kind is what has become of a path.
type kind string

const (
	save      kind = "save"   // the file is new, or has been written to
	rename    kind = "rename" // it has got another name, under which it comes as save, if it is still watched
	deletion  kind = "delete"
	eventName      = "watch"
)

// change is what programs are told.
type change struct {
	path   string // of the computer, clean
	kind   kind
	folder bool
}

// touched is what is known of a path of the host that has changed since there was quiet last.
type touched struct {
	renamed bool
	folder  bool
}

// watcher watches one tree.
type watcher struct {
	computer  stdlib.Computer
	id        int
	place     vfs.Place
	debounce  time.Duration
	recursive bool
	notices   *fsnotify.Watcher
	stop      chan struct{} // closed by close
	ended     chan struct{} // closed when the goroutine has ended

	// Of the goroutine.
	folders map[string]struct{} // of the host, that are watched
	touched map[string]*touched
	order   []string // the keys of touched

	mu       sync.Mutex
	ready    []change // for the program
	index    map[string]int
	size     int // of the paths in ready
	overflow bool
	posted   bool // an event is in the queue
	waits    []*waiter
	closed   bool
}

func newWatcher(c stdlib.Computer, id int, place vfs.Place, debounce time.Duration, recursive bool) *watcher {
	return &watcher{
		computer: c, id: id, place: place, debounce: debounce, recursive: recursive, stop: make(chan struct{}), ended: make(chan struct{}),
		folders: make(map[string]struct{}), touched: make(map[string]*touched), index: make(map[string]int),
	}
}

var (
	errFolders   = fmt.Errorf("there are more than %d folders", MaxFolders)
	errHostLimit = errors.New("the machine lets this user watch no more folders; on Linux, see fs.inotify.max_user_watches and max_user_instances")
	errWaits     = fmt.Errorf("%d other coroutines wait for the watch", MaxWaiting)
)

// start begins to watch. When it returns, all folders that there are are being watched.
func (w *watcher) start(ctx context.Context) error {
	info, err := os.Lstat(w.place.Host)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return vfs.ErrNotFound
	case err != nil:
		return vfs.ErrAccess
	case !info.IsDir():
		return vfs.ErrNotDir
	}
	if w.notices, err = fsnotify.NewWatcher(); err != nil {
		return errHostLimit
	}
	err = w.add(ctx, w.place.Host, nil)
	if err == nil {
		err = w.place.Recheck()
	}
	if err != nil {
		w.notices.Close()
		w.notices = nil
		return err
	}
	go w.run()
	return nil
}

// add watches a folder and, if the whole tree is watched, those in it. found is called for all that is in them.
func (w *watcher) add(ctx context.Context, dir string, found func(path string, folder bool)) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := w.folders[dir]; !ok {
		if len(w.folders) >= MaxFolders {
			return errFolders
		}
		if err := w.notices.Add(dir); errors.Is(err, fs.ErrNotExist) && dir != w.place.Host {
			return nil // it has gone again
		} else if errors.Is(err, fs.ErrPermission) {
			return vfs.ErrAccess
		} else if err != nil {
			return errHostLimit
		}
		w.folders[dir] = struct{}{}
	}
	if !w.recursive && found == nil {
		return nil
	}
	// After the folder is watched, so that what comes meanwhile is seen at least once.
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // gone, or not ours to read
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !vfs.Visible(e.Name()) {
			continue
		}
		if found != nil {
			found(path, e.IsDir())
		}
		if e.IsDir() && w.recursive {
			if err := w.add(ctx, path, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// forget ends the watching of a folder and of those in it, which may be elsewhere now.
func (w *watcher) forget(dir string) {
	for f := range w.folders {
		if f == dir || strings.HasPrefix(f, dir+string(filepath.Separator)) {
			delete(w.folders, f)
			_ = w.notices.Remove(f) // what is deleted isn't watched any more
		}
	}
}

// run takes the host's notices until the watch is closed.
func (w *watcher) run() {
	defer close(w.ended)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-w.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	quiet := time.NewTimer(time.Hour)
	defer quiet.Stop()
	quiet.Stop()
	var first time.Time
	for {
		select {
		case <-w.stop:
			return
		case e, ok := <-w.notices.Events:
			if !ok {
				return
			}
			w.note(ctx, e)
		case err, ok := <-w.notices.Errors:
			if !ok {
				return
			}
			w.lose(ctx, err)
		case <-quiet.C:
			w.tell()
			first = time.Time{}
			continue
		}
		if len(w.touched) == 0 {
			continue
		}
		now := time.Now()
		if first.IsZero() {
			first = now
		}
		quiet.Reset(max(min(w.debounce, first.Add(patience*w.debounce).Sub(now)), 0))
	}
}

// note takes one notice.
func (w *watcher) note(ctx context.Context, e fsnotify.Event) {
	if e.Name != w.place.Host && !vfs.Visible(filepath.Base(e.Name)) {
		return
	}
	_, folder := w.folders[e.Name]
	switch {
	case e.Has(fsnotify.Remove), e.Has(fsnotify.Rename):
		if folder {
			w.forget(e.Name)
		}
		t := w.touch(e.Name)
		t.folder = t.folder || folder
		t.renamed = e.Has(fsnotify.Rename)
	case e.Has(fsnotify.Create):
		info, err := os.Lstat(e.Name)
		if err != nil || !info.IsDir() {
			w.touch(e.Name)
			return
		}
		if folder {
			w.forget(e.Name) // another folder has come in its place
		}
		if !w.recursive {
			return
		}
		if err := w.add(ctx, e.Name, func(path string, folder bool) {
			if !folder {
				w.touch(path)
			}
		}); err != nil {
			w.lose(ctx, err)
		}
	case e.Has(fsnotify.Write):
		if !folder {
			w.touch(e.Name)
		}
	}
}

// touch notes that a path of the host has changed.
func (w *watcher) touch(path string) *touched {
	t := w.touched[path]
	if t == nil {
		t = &touched{}
		if len(w.order) >= MaxChanges {
			w.mu.Lock()
			w.overflow = true
			w.mu.Unlock()
			return t
		}
		w.touched[path] = t
		w.order = append(w.order, path)
	}
	return t
}

// lose notes that not all changes are known.
func (w *watcher) lose(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	w.computer.Log().Warn("changes of files were lost", "watch", "/"+w.place.Path, "error", err)
	w.mu.Lock()
	w.overflow = true
	w.mu.Unlock()
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		_ = w.add(ctx, w.place.Host, nil) // there may be new folders; what fails here has failed before
	}
	w.touch(w.place.Host) // so that it is told
}

// tell hands over what has changed, and wakes the program.
func (w *watcher) tell() {
	var changes []change
	for _, path := range w.order {
		t := w.touched[path]
		info, err := os.Lstat(path)
		c := change{path: w.path(path), kind: save, folder: t.folder}
		switch {
		case err == nil && !info.Mode().IsRegular():
			continue // a folder's files are told of, and nothing else is a file
		case err == nil:
			c.folder = false
		case t.renamed:
			c.kind = rename
		default:
			c.kind = deletion
		}
		changes = append(changes, c)
	}
	clear(w.touched)
	w.order = w.order[:0]
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range changes {
		if i, ok := w.index[c.path]; ok {
			w.ready[i] = c // what it is now counts
			continue
		}
		if len(w.ready) >= MaxChanges {
			w.overflow = true
			break
		}
		w.index[c.path] = len(w.ready)
		w.ready = append(w.ready, c)
		w.size += len(c.path)
	}
	if len(w.ready) == 0 && !w.overflow {
		return
	}
	w.wake()
	if !w.posted {
		w.posted = w.computer.Queue().PostInternal(w.event()) == nil
	}
}

// path is what the computer calls a path of the host.
func (w *watcher) path(host string) string {
	rest, err := filepath.Rel(w.place.Host, host)
	if err != nil || rest == "." {
		return w.place.Path
	}
	return strings.TrimPrefix(w.place.Path+"/"+filepath.ToSlash(rest), "/")
}

// take takes what is ready: the changes, whether there were more, and the size of their paths.
func (w *watcher) take() (changes []change, overflow bool, size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	changes, overflow, size = w.ready, w.overflow, w.size
	w.ready, w.overflow, w.size = nil, false, 0
	clear(w.index)
	return changes, overflow, size
}

// waiter is a call of next that waits.
type waiter struct {
	wait   *stdlib.Wait
	ousted bool // others have come
}

// wake wakes those that wait; w.mu is held.
func (w *watcher) wake() {
	for _, waiter := range w.waits {
		waiter.wait.Finish()
	}
	w.waits = nil
}

// await reports whether something is ready; if not, it wakes the waiter once there is.
func (w *watcher) await(waiter *waiter) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return false, errClosed
	case len(w.ready) > 0 || w.overflow:
		return true, nil
	case len(w.waits) >= MaxWaiting:
		// It may have been given up long ago, by parallel.waitForAny for example.
		w.waits[0].ousted = true
		w.waits[0].wait.Finish()
		w.waits = w.waits[1:]
	}
	w.waits = append(w.waits, waiter)
	return false, nil
}

// close ends the watch. It may be called again, from any goroutine, but not while start runs.
func (w *watcher) close() {
	w.mu.Lock()
	again := w.closed
	w.closed = true
	w.wake()
	w.mu.Unlock()
	if again || w.notices == nil {
		return
	}
	close(w.stop)
	w.notices.Close()
	<-w.ended
}
