package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/luart/luart/stdlib/job"
	"github.com/luart/luart/stdlib/regex"
	"github.com/luart/luart/vfs"
)

// limits bound what an archive may make of itself.
type limits struct {
	bytes   int64   // that are decoded, those of files that aren't wanted included where they have to be
	files   int     // that are made, with folders
	entries int     // that the archive has
	ratio   float64 // of what was decoded to the archive's size, once there are more than ratioFrom bytes
	path    int     // bytes of an entry's path
	depth   int     // folders that an entry is in, and itself
}

// Defaults of limits.
const (
	defaultBytes   = 4 << 30
	defaultFiles   = 20_000
	defaultEntries = 100_000
	defaultRatio   = 500
	defaultPath    = 1024
	defaultDepth   = 64
	ratioFrom      = 16 << 20
)

// plan is what an extraction is asked for.
type plan struct {
	limits  limits
	include []*regex.Regex // nil: all
	exclude []*regex.Regex
	places  map[int]string // of the entries that the program wants, by their numbers; nil: goes by include and exclude
	strip   int            // folders that are taken off paths; -1: those that all files have in common
	flat    bool           // only names are left of paths
	skip    bool           // what is not safe is passed over
	keep    bool           // what is there already stays
	sum     bool           // the SHA-256 of files is wanted
	durable bool
}

// extracted is what came of it.
type extracted struct {
	format  string
	files   []extractedFile
	skipped []skippedEntry
	bytes   int64
	entries int
}

type extractedFile struct {
	entry, path string
	size        int64
	sum         string
}

type skippedEntry struct{ entry, reason string }

// opened is an archive at work.
type opened struct {
	src    source
	format string
	walk   walker
	limits limits
	ctx    context.Context
	total  int64 // of bytes that were decoded
}

// open finds out what a file is.
func open(ctx context.Context, file *vfs.Source, l limits) (*opened, error) {
	o := &opened{limits: l, ctx: ctx}
	o.src = source{ReaderAt: cancelled{file, ctx}, size: file.Size(), path: file.Path(), decoded: o.decoded}
	var err error
	o.format, o.walk, err = detect(o.src)
	return o, o.fail("", err)
}

// fail adds the archive and the entry to an error.
func (o *opened) fail(entry string, err error) error {
	if err == nil {
		return nil
	}
	var done *job.Failure
	if errors.As(err, &done) {
		return done
	}
	class, text := "io", err.Error()
	var f *fault
	if errors.As(err, &f) {
		class = f.class
	} else if errors.Is(err, vfs.ErrSpace) {
		class = "space"
	}
	fields := map[string]any{"archive": "/" + o.src.path}
	if o.format != "" {
		fields["format"] = o.format
	}
	message := "/" + o.src.path + ": "
	if entry != "" {
		fields["entry"] = entry
		message += fmt.Sprintf("the entry %q: ", entry)
	}
	return &job.Failure{Class: class, Message: message + text, Fields: fields}
}

func isPathError(err error) bool {
	var p *vfs.PathError
	return errors.As(err, &p)
}

// decoded counts what was decoded.
func (o *opened) decoded(n int64) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	if o.total += n; o.total > o.limits.bytes || o.total < 0 {
		return faultf(classLimit, "it unpacks to more than %d bytes", o.limits.bytes)
	}
	if o.total > ratioFrom && float64(o.total) > o.limits.ratio*float64(max(o.src.size, 1)) {
		return faultf(classLimit, "it unpacks to more than %g times its size", o.limits.ratio)
	}
	return nil
}

// each visits all entries, by number from 1.
func (o *opened) each(v func(i int, e *entry, open func() (io.Reader, error)) error) error {
	i := 0
	err := o.walk(o.src, func(e *entry, open func() (io.Reader, error)) error {
		if err := o.ctx.Err(); err != nil {
			return err
		}
		if i++; i > o.limits.entries {
			return faultf(classLimit, "it has more than %d entries", o.limits.entries)
		}
		if err := v(i, e, open); err != nil {
			return o.fail(e.name, err)
		}
		return nil
	})
	return o.fail("", err)
}

// listed is an entry in the list of an archive.
type listed struct {
	entry
	reason string // why it would not be extracted
}

// list returns the entries.
func (o *opened) list() ([]listed, error) {
	var all []listed
	names := 0
	err := o.each(func(_ int, e *entry, _ func() (io.Reader, error)) error {
		if names += len(e.name); names > maxDirectory {
			return errDirectory
		}
		_, reason := o.place(e)
		all = append(all, listed{*e, reason})
		return nil
	})
	return all, err
}

// place returns where an entry belongs, or why it belongs nowhere.
func (o *opened) place(e *entry) (path, reason string) {
	switch e.kind {
	case symlink:
		return "", "it is a symbolic link"
	case hardlink:
		return "", "it is a link to another entry"
	case device:
		return "", "it is a device, a pipe or something else that is no file"
	}
	return safePath(e.name, o.limits.path, o.limits.depth)
}

// wants reports whether an entry is asked for.
func (p *plan) wants(i int, e *entry) (bool, error) {
	if p.places != nil {
		_, ok := p.places[i]
		return ok, nil
	}
	if p.include == nil && p.exclude == nil {
		return true, nil
	}
	if e.kind == folder {
		return false, nil
	}
	text := "/" + strings.TrimPrefix(slashes(e.name), "/")
	if p.include != nil {
		if in, err := anyMatches(p.include, text); !in || err != nil {
			return false, err
		}
	}
	out, err := anyMatches(p.exclude, text)
	return !out, err
}

func anyMatches(list []*regex.Regex, text string) (bool, error) {
	for _, r := range list {
		if ok, err := r.Matches(text); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// extract unpacks what is asked for into a folder.
func (o *opened) extract(p *plan, to *vfs.Branch, progress func(entry string, files int, bytes int64)) (*extracted, error) {
	x := &extraction{opened: o, plan: p, to: to, done: &extracted{format: o.format}, tree: tree{}, at: map[string]int{}, buf: make([]byte, 128<<10), progress: progress}
	if p.strip < 0 {
		if err := x.measure(); err != nil {
			return nil, err
		}
		o.total = 0
	}
	if err := o.each(x.entry); err != nil {
		return nil, err
	}
	if p.durable {
		if err := x.syncFolders(); err != nil {
			return nil, o.fail("", err)
		}
	}
	return x.done, nil
}

type extraction struct {
	*opened
	plan     *plan
	to       *vfs.Branch
	done     *extracted
	tree     tree
	at       map[string]int // where in done.files a path is
	prefix   string         // that all wanted files are in, and that is taken off
	buf      []byte
	progress func(entry string, files int, bytes int64)
}

// measure finds the folder that all wanted files are in.
func (x *extraction) measure() error {
	var paths []string
	err := x.each(func(i int, e *entry, _ func() (io.Reader, error)) error {
		if want, err := x.plan.wants(i, e); !want || err != nil || e.kind == folder {
			return err
		}
		if path, reason := x.place(e); reason == "" {
			paths = append(paths, path)
		}
		return nil
	})
	if x.prefix = commonFolder(paths); x.prefix != "" {
		x.prefix += "/"
	}
	return err
}

// target is where an entry goes, "" for a folder that has been stripped.
func (x *extraction) target(i int, e *entry) (path, reason string) {
	path, reason = x.place(e)
	if reason != "" {
		return "", reason
	}
	if chosen := x.plan.places[i]; chosen != "" {
		return safePath(chosen, x.limits.path, x.limits.depth)
	}
	switch {
	case x.plan.flat && e.kind == folder:
		return "", ""
	case x.plan.flat:
		return vfs.Name(path), ""
	case x.plan.strip < 0:
		rest, in := strings.CutPrefix(path, x.prefix)
		if !in {
			return "", ""
		}
		return rest, ""
	}
	return stripped(path, x.plan.strip), ""
}

func (x *extraction) entry(i int, e *entry, open func() (io.Reader, error)) error {
	x.done.entries++
	if want, err := x.plan.wants(i, e); !want || err != nil {
		return err
	}
	path, reason := x.target(i, e)
	if reason == "" && path != "" {
		reason = x.tree.add(path, e.kind == folder)
	}
	if reason != "" {
		if !x.plan.skip {
			return faultf(classUnsafe, "%s", reason)
		}
		x.done.skipped = append(x.done.skipped, skippedEntry{e.name, reason})
		return nil
	}
	if path == "" {
		return nil
	}
	if len(x.tree) > x.limits.files {
		return faultf(classLimit, "there are more than %d files and folders", x.limits.files)
	}
	if e.kind == folder {
		return x.to.MakeDir(path)
	}
	if x.plan.keep {
		if _, err := x.to.Lstat(path); err == nil {
			x.done.skipped = append(x.done.skipped, skippedEntry{e.name, "it is there already"})
			return nil
		}
	}
	return x.file(e, path, open)
}

// file writes one file.
func (x *extraction) file(e *entry, path string, open func() (io.Reader, error)) error {
	if e.size > x.limits.bytes-x.total {
		return faultf(classLimit, "it unpacks to more than %d bytes", x.limits.bytes)
	}
	in, err := open()
	if err != nil {
		return err
	}
	out, err := x.to.Create(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	var sum hash.Hash
	if x.plan.sum {
		sum = sha256.New()
	}
	var size int64
	for idle := 0; ; {
		n, err := in.Read(x.buf)
		if n > 0 {
			idle = 0
			size += int64(n)
			if err := x.decoded(int64(n)); err != nil {
				return err
			}
			if sum != nil {
				sum.Write(x.buf[:n])
			}
			if _, err := out.Write(x.buf[:n]); err != nil {
				return err
			}
			x.progress(e.name, len(x.done.files), x.done.bytes+size)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if idle++; n == 0 && idle > 100 {
			return io.ErrNoProgress
		}
	}
	if e.size >= 0 && size != e.size {
		return faultf(classCorrupt, "it is truncated or damaged")
	}
	if err := out.Commit(x.plan.durable); err != nil {
		return err
	}
	x.done.bytes += size
	done := extractedFile{entry: e.name, path: path, size: size}
	if sum != nil {
		done.sum = hex.EncodeToString(sum.Sum(nil))
	}
	if at, again := x.at[path]; again { // a later entry of the same name has taken the place of the first
		x.done.files[at] = done
		return nil
	}
	x.at[path] = len(x.done.files)
	x.done.files = append(x.done.files, done)
	x.progress(e.name, len(x.done.files), x.done.bytes)
	return nil
}

// syncFolders makes the names of folders durable; files' were when they were made.
func (x *extraction) syncFolders() error {
	for _, s := range x.tree {
		if s.folder {
			if err := x.to.Sync(s.path); err != nil {
				return err
			}
		}
	}
	return x.to.Sync("")
}
