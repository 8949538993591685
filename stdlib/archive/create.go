package archive

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/job"
	"github.com/luart/luart/vfs"
)

// maxSources is how many files of the computer an archive can be made of in one go: all are open at once.
const maxSources = 256

// part is an entry of an archive that is to be made.
type part struct {
	name   string
	folder bool
	data   string
	source *vfs.Source // instead of data
}

// create is create(path, entries[, options]) -> bytes | nil, message, info.
func (m *module) create(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	entries, err := stdlib.CheckTable(c, 2)
	if err != nil {
		return 0, err
	}
	t, err := stdlib.OptTable(c, 3)
	if err != nil {
		return 0, err
	}
	if t == nil {
		t = lua.NewTable(0, 0)
	}
	r := fields{c.VM(), t, nil}
	store, durable := r.bool("store"), r.bool("sync")
	modified := r.number("modified", float64(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()))
	progress := r.function("progress")
	kind := r.format(path)
	if r.err != nil {
		return 0, r.err
	}
	var parts []part
	release := func() {
		for _, p := range parts {
			if p.source != nil {
				p.source.Close()
			}
		}
	}
	known, sources := tree{}, 0
	for i := 1; i <= entries.Len(); i++ {
		p, from, err := readPart(c.VM(), entries.GetInt(i), known)
		if err == nil && from != "" {
			if sources++; sources > maxSources {
				err = fmt.Errorf("there are more than %d files; give some as data", maxSources)
			} else if p.source, err = m.files.Source(from); err != nil {
				release()
				return failed(c, err)
			}
		}
		if err != nil {
			release()
			return 0, fmt.Errorf("entry %d: %w", i, err)
		}
		parts = append(parts, p)
	}
	clean := vfs.Clean(path)
	branch, err := m.files.Branch(vfs.Dir(clean), c.Interrupted)
	if err != nil {
		release()
		return failed(c, err)
	}
	j, err := m.jobs.Start(func(ctx context.Context, j *job.Job) (job.Result, error) {
		n, err := write(ctx, branch, vfs.Name(clean), parts, style{kind, time.UnixMilli(int64(modified)).UTC(), store, durable}, func(done int) {
			j.Progress(func() []lua.Value { return []lua.Value{lua.String(parts[done].name), lua.Int(done)} })
		})
		if err != nil {
			class := "io"
			if errors.Is(err, vfs.ErrSpace) {
				class = "space"
			}
			return job.Result{}, job.Failf(class, "%s", err)
		}
		return job.Result{Values: func() []lua.Value { return []lua.Value{lua.Number(float64(n))} }}, nil
	}, func() { branch.Close(); release() })
	if err != nil {
		return failed(c, err)
	}
	return j.Wait(c, progress)
}

// readPart reads an entry that is to be made, and where its content is, "" for nowhere.
func readPart(vm *lua.VM, v lua.Value, known tree) (p part, from string, err error) {
	t, ok := v.AsTable()
	if !ok {
		return p, "", fmt.Errorf("table expected, got %s", vm.TypeName(v))
	}
	name, ok := t.GetString("name").AsString()
	if !ok {
		return p, "", stdlib.BadField(vm, "name", "string", t.GetString("name"))
	}
	p.folder = strings.HasSuffix(name, "/")
	path, reason := safePath(name, defaultPath, defaultDepth)
	if reason == "" {
		if old, again := known[strings.ToLower(path)]; again && !(old.folder && p.folder) {
			reason = "its name is there already, perhaps in other letters"
		} else {
			reason = known.add(path, p.folder)
		}
	}
	if reason != "" {
		return p, "", fmt.Errorf("bad name %q: %s", name, reason)
	}
	p.name = path
	data, source := t.GetString("data"), t.GetString("path")
	switch {
	case p.folder:
		p.name += "/"
	case !data.IsNil():
		if p.data, ok = data.AsString(); !ok {
			return p, "", stdlib.BadField(vm, "data", "string", data)
		}
	default:
		if from, ok = source.AsString(); !ok {
			return p, "", errors.New("a field data or path expected, with a string")
		}
	}
	return p, from, nil
}

// style is how an archive is made.
type style struct {
	format         string // zip, tar or tar.gz
	modified       time.Time
	store, durable bool
}

// format reads the field format; unless it is given, the file's name decides.
func (f *fields) format(path string) string {
	name := strings.ToLower(path)
	def := "zip"
	switch {
	case strings.HasSuffix(name, ".tar"):
		def = "tar"
	case strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		def = "tar.gz"
	}
	v := f.t.GetString("format")
	switch s, _ := v.AsString(); {
	case v.IsNil():
	case s == "zip", s == "tar", s == "tar.gz":
		return s
	case f.err == nil:
		f.err = errors.New(`bad field 'format' ("zip", "tar" or "tar.gz" expected)`)
	}
	return def
}

// packer makes an archive; add returns where the content of an entry of that size is to be written.
type packer interface {
	add(p part, size int64) (io.Writer, error)
	Close() error
}

type zipPacker struct {
	*zip.Writer
	style style
}

func (z zipPacker) add(p part, _ int64) (io.Writer, error) {
	h := &zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: z.style.modified}
	if z.style.store || p.folder {
		h.Method = zip.Store
	}
	return z.CreateHeader(h)
}

type tarPacker struct {
	*tar.Writer
	style style
	gzip  *gzip.Writer // nil: it isn't compressed
}

func (t tarPacker) add(p part, size int64) (io.Writer, error) {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: p.name, Size: size, Mode: 0o644, ModTime: t.style.modified}
	if p.folder {
		h.Typeflag, h.Mode = tar.TypeDir, 0o755
	}
	return t.Writer, t.WriteHeader(h)
}

func (t tarPacker) Close() error {
	err := t.Writer.Close()
	if t.gzip != nil {
		err = errors.Join(err, t.gzip.Close())
	}
	return err
}

func newPacker(w io.Writer, s style) packer {
	switch s.format {
	case "tar":
		return tarPacker{tar.NewWriter(w), s, nil}
	case "tar.gz":
		z := gzip.NewWriter(w)
		return tarPacker{tar.NewWriter(z), s, z}
	}
	return zipPacker{zip.NewWriter(w), s}
}

// write writes an archive. Equal parts make equal bytes.
func write(ctx context.Context, to *vfs.Branch, name string, parts []part, s style, progress func(done int)) (int64, error) {
	out, err := to.Create(name)
	if err != nil {
		return 0, err
	}
	defer out.Abort()
	count := &counter{w: out}
	z := newPacker(count, s)
	for i, p := range parts {
		progress(i)
		var in io.Reader = strings.NewReader(p.data)
		size := int64(len(p.data))
		if p.source != nil {
			size = p.source.Size()
			in = io.NewSectionReader(cancelled{p.source, ctx}, 0, size)
		}
		w, err := z.add(p, size)
		if err != nil {
			return 0, err
		}
		if _, err := io.Copy(w, in); err != nil {
			return 0, err
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return count.n, out.Commit(s.durable)
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
