package control_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk is a small file system, mounted on a folder for a test.
type disk struct {
	t   testing.TB
	dir string
}

// page is what a file of one byte takes of it.
const page = 4096

// newDisk mounts one. The test is skipped where that is not allowed.
func newDisk(t testing.TB, dir string, pages int) *disk {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", pages*page)); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return &disk{t, dir}
}

// leave fills the disk, so that some pages are free. The result makes them free again.
func (d *disk) leave(pages int) (free func()) {
	d.t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &stat); err != nil {
		d.t.Fatal(err)
	}
	fill := filepath.Join(d.dir, "fill")
	if err := os.WriteFile(fill, bytes.Repeat([]byte("x"), max(0, int(stat.Bavail)-pages)*page), 0o666); err != nil {
		d.t.Fatal(err)
	}
	return func() {
		if err := os.Remove(fill); err != nil {
			d.t.Error(err)
		}
	}
}

// readOnly has nothing be written to the disk, until the result is called.
func (d *disk) readOnly() (writable func()) {
	d.t.Helper()
	remount := func(flags uintptr) {
		d.t.Helper()
		if err := syscall.Mount("tmpfs", d.dir, "tmpfs", syscall.MS_REMOUNT|flags, ""); err != nil {
			d.t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	return func() { remount(0) }
}

const quietly = `QUIET = { log = true, plan = true, extraction = true, warnings = true, started = true, length = true, intermediate = true, finished = true } `

// However much room is missing, at whatever point it is noticed: the update fails as a whole or not at all, and the next one does it.
func TestUpdateDiskFull(t *testing.T) {
	w := newWorkbench(t)
	d := newDisk(t, w.data, 400)
	b := newCrashBed(w)
	restore := b.saved()
	b.finish()
	failures := map[string]int{}
	for pages := range sampled(5) {
		restore()
		free := d.leave(pages)
		got := b.run(quietly + `print((go(nil, { refresh = true })) and "ended" or "")`)
		now := tree(t, b.folder())
		free()
		if got == "ended" {
			if pages < 20 {
				t.Errorf("%d pages were enough", pages)
			}
			if now != b.after {
				t.Errorf("with %d pages, Plugins has\n%s", pages, now)
			}
			break
		}
		kind, text, _ := strings.Cut(strings.TrimPrefix(got, "failure\t"), "\t")
		failures[kind]++
		if strings.Count(got, "failure\t") != 1 || !strings.Contains(text, "space") {
			t.Errorf("with %d pages: %s", pages, got)
		}
		if now != b.before {
			t.Errorf("with %d pages: %s, and Plugins has\n%s", pages, kind, now)
		}
		b.settle(fmt.Sprintf("%d pages were free", pages))
	}
	// What was in the cache stays there: sites give each file out so many times a day.
	if n := b.channel.asked("a3.zip"); n != 1 {
		t.Errorf("a file that was in the cache was asked for %d times", n)
	}
	t.Log(failures)
}

// The profile's folder, or Plugins, can't be written to.
func TestUpdateReadOnly(t *testing.T) {
	w := newWorkbench(t)
	whole := newDisk(t, w.data, 400)
	b := newCrashBed(w)
	restore := b.saved()
	b.finish()
	restore()
	writable := whole.readOnly()
	got := b.run(quietly + `go()`)
	writable()
	if !strings.HasPrefix(got, "failure\t/error/file-access-denied\tThe profile's folder can't be used. ") {
		t.Error(got)
	}
	plugins := newDisk(t, b.folder(), 100)
	if err := os.WriteFile(filepath.Join(b.folder(), "mine.dat"), []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	plugins.readOnly()
	got = b.run(quietly + `go()`)
	if !strings.HasPrefix(got, "failure\t/error/file-") || strings.Count(got, "failure\t") != 1 {
		t.Error(got)
	}
	if now := tree(t, b.folder()); now != "mine.dat: mine" {
		t.Error(now)
	}
	b.clean()
}

// A client is told once, and last, that the disk is full.
func TestSocketDiskFull(t *testing.T) {
	w := newWorkbench(t)
	d := newDisk(t, w.data, 700)
	s := w.serve(`profile:save { explicit = { "g:side" }, variant = { driveside = "right" } }`)
	s.fill()
	for _, pages := range []int{0, 30, 300} { // the largest file has 257 of them
		free := d.leave(pages)
		if m := s.update("profile=1").yes(); !strings.HasPrefix(m["$type"].(string), "/error/") || !strings.Contains(m["title"].(string)+m["detail"].(string), "space") {
			t.Errorf("with %d pages: %v", pages, m)
		}
		free()
		w.inPlugins("")
	}
	same(t, s.update("profile=1").yes(), object{"$type": "/result", "ok": true})
	s.stop()
	w.clean()
}
