// Package archive lists, unpacks and makes archives: the module "luart.archive" of a computer.
//
// Paths of the computer enter, with options; what leaves are files in the destination, through vfs.Branch, and lists of entries. It reads zip (with
// names in UTF-8 and code page 437, zip64), 7z, rar, tar, tar or one file in gzip, bzip2 or xz; it writes zip, tar and tar.gz. Archives are hostile until shown otherwise: nothing
// is made outside the destination, nor anything but files and folders, and limits bound how much comes out of them. The work runs on goroutines of
// its own while the calling coroutine yields.
package archive

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/job"
	"github.com/luart/luart/stdlib/regex"
	"github.com/luart/luart/vfs"
)

// Bounds of the jobs of one computer: each may take maxDictionary of memory.
const (
	atATime = 2
	waiting = 62
)

// module is the API in one computer.
type module struct {
	files *vfs.FS
	jobs  *job.Pool
}

// Options are what the module needs.
type Options struct {
	// Files is the computer's file system.
	Files *vfs.FS
}

// Open makes the module "luart.archive" of a computer. It is for the computer's goroutine.
func Open(c stdlib.Computer, o Options) lua.Value {
	m := &module{o.Files, job.NewPool(c, "archive", atATime, waiting)}
	t := lua.NewTable(0, 5)
	for name, f := range map[string]lua.GoFunc{
		"detect": m.detect, "list": m.list, "extract": m.extract, "start": m.start, "create": m.create,
	} {
		t.SetString(name, lua.NewFunction(name, f))
	}
	return t.Value()
}

// failed returns what went wrong before a job could start, as a failed job does.
func failed(c lua.Call, err error) (lua.Results, error) {
	class := "io"
	if errors.Is(err, vfs.ErrSpace) {
		class = "space"
	}
	info := lua.NewTable(0, 1)
	info.SetString("class", lua.String(class))
	return c.Return(lua.Nil, lua.String(err.Error()), info.Value())
}

// read starts a job that reads an archive.
func (m *module) read(path string, l limits, work func(o *opened, j *job.Job) (job.Result, error)) (*job.Job, error) {
	src, err := m.files.Source(path)
	if err != nil {
		return nil, err
	}
	return m.jobs.Start(func(ctx context.Context, j *job.Job) (job.Result, error) {
		o, err := open(ctx, src, l)
		if err != nil {
			return job.Result{}, err
		}
		return work(o, j)
	}, func() { src.Close() })
}

// detect is detect(path) -> format | nil, message, info.
func (m *module) detect(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	j, err := m.read(path, limits{}, func(o *opened, _ *job.Job) (job.Result, error) {
		return job.Result{Values: func() []lua.Value { return []lua.Value{lua.String(o.format)} }}, nil
	})
	if err != nil {
		return failed(c, err)
	}
	return j.Wait(c, lua.Nil)
}

// What an element of a result takes of the program's memory, in bytes, without its texts.
const elementCost = 400

// startList starts the job of a list, whose entries keep gets.
func (m *module) startList(path string, l limits, keep func(format string, all []listed)) (*job.Job, error) {
	return m.read(path, l, func(o *opened, _ *job.Job) (job.Result, error) {
		all, err := o.list()
		if err != nil {
			return job.Result{}, err
		}
		keep(o.format, all)
		cost := 0
		for i := range all {
			cost += elementCost + 2*len(all[i].name)
		}
		return job.Result{Cost: cost, Values: func() []lua.Value {
			t := lua.NewTable(len(all), 0)
			for i := range all {
				t.SetInt(i+1, all[i].value())
			}
			return []lua.Value{t.Value(), lua.String(o.format)}
		}}, nil
	})
}

func (e *listed) value() lua.Value {
	t := lua.NewTable(0, 8)
	t.SetString("name", lua.String(e.name))
	t.SetString("kind", lua.String(string(e.kind)))
	if e.size >= 0 {
		t.SetString("size", lua.Number(float64(e.size)))
	}
	if e.packed >= 0 {
		t.SetString("packed", lua.Number(float64(e.packed)))
	}
	if !e.modified.IsZero() {
		t.SetString("modified", lua.Number(float64(e.modified.UnixMilli())))
	}
	if e.encrypted {
		t.SetString("encrypted", lua.True)
	}
	if e.reason != "" {
		t.SetString("unsafe", lua.String(e.reason))
	}
	return t.Value()
}

// list is list(path[, options]) -> entries, format | nil, message, info.
func (m *module) list(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	o, err := readOptions(c, 2)
	if err != nil {
		return 0, err
	}
	j, err := m.startList(path, o.plan.limits, func(string, []listed) {})
	if err != nil {
		return failed(c, err)
	}
	return j.Wait(c, lua.Nil)
}

// options are what extract is given.
type options struct {
	plan     plan
	filter   lua.Value
	progress lua.Value
}

// readOptions reads the options in argument i.
func readOptions(c lua.Call, i int) (*options, error) {
	o := &options{plan: plan{limits: limits{defaultBytes, defaultFiles, defaultEntries, defaultRatio, defaultPath, defaultDepth}}}
	t, err := stdlib.OptTable(c, i)
	if err != nil || t == nil {
		return o, err
	}
	r := fields{c.VM(), t, nil}
	p := &o.plan
	p.include, p.exclude = r.patterns("include"), r.patterns("exclude")
	p.flat, p.sum, p.durable = r.bool("flat"), r.bool("sha256"), r.bool("sync")
	p.skip = r.choice("unsafe", "error", "skip")
	p.keep = r.choice("existing", "replace", "keep")
	o.filter, o.progress = r.function("filter"), r.function("progress")
	if v := t.GetString("strip"); !v.IsNil() {
		if s, _ := v.AsString(); s == "common" {
			p.strip = -1
		} else if n, ok := v.AsNumber(); ok && n >= 0 && n <= 256 && n == math.Trunc(n) {
			p.strip = int(n)
		} else if r.err == nil {
			r.err = errors.New(`bad field 'strip' (a number of folders, or "common", expected)`)
		}
	}
	l := &p.limits
	l.bytes = int64(r.number("maxBytes", float64(l.bytes)))
	l.files = int(r.number("maxFiles", float64(l.files)))
	l.entries = int(r.number("maxEntries", float64(l.entries)))
	l.ratio = r.number("maxRatio", l.ratio)
	l.path = int(r.number("maxPath", float64(l.path)))
	l.depth = int(r.number("maxDepth", float64(l.depth)))
	return o, r.err
}

// fields reads a table of options; the first error stays.
type fields struct {
	vm  *lua.VM
	t   *lua.Table
	err error
}

func (f *fields) bad(name, expected string, got lua.Value) {
	if f.err == nil {
		f.err = stdlib.BadField(f.vm, name, expected, got)
	}
}

func (f *fields) bool(name string) bool {
	v := f.t.GetString(name)
	b, ok := v.AsBool()
	if !ok && !v.IsNil() {
		f.bad(name, "boolean", v)
	}
	return b
}

func (f *fields) function(name string) lua.Value {
	v := f.t.GetString(name)
	if !v.IsNil() && v.Kind() != lua.KindFunction {
		f.bad(name, "function", v)
	}
	return v
}

// number reads a positive number.
func (f *fields) number(name string, def float64) float64 {
	v := f.t.GetString(name)
	if v.IsNil() {
		return def
	}
	n, ok := v.AsNumber()
	switch {
	case !ok:
		f.bad(name, "number", v)
	case !(n > 0):
		if f.err == nil {
			f.err = fmt.Errorf("bad field '%s' (number more than 0 expected)", name)
		}
	default:
		return min(n, 1<<53)
	}
	return def
}

// choice reports whether a field is the second of two words; the first one is the default.
func (f *fields) choice(name, first, second string) bool {
	v := f.t.GetString(name)
	switch s, _ := v.AsString(); {
	case v.IsNil() || s == first:
	case s == second:
		return true
	case f.err == nil:
		f.err = fmt.Errorf("bad field '%s' (%q or %q expected)", name, first, second)
	}
	return false
}

// maxPatterns is how many patterns a list may have.
const maxPatterns = 1000

// patterns reads a list of patterns, which are texts or compiled ones. Texts are patterns in which case doesn't matter.
func (f *fields) patterns(name string) []*regex.Regex {
	v := f.t.GetString(name)
	if v.IsNil() {
		return nil
	}
	t, ok := v.AsTable()
	if !ok {
		f.bad(name, "table", v)
		return nil
	}
	list := []*regex.Regex{}
	for i := 1; i <= min(t.Len(), maxPatterns); i++ {
		e := t.GetInt(i)
		if r, ok := regex.Of(e); ok {
			list = append(list, r)
			continue
		}
		text, ok := e.AsString()
		if !ok {
			f.bad(fmt.Sprintf("%s[%d]", name, i), "string or regex", e)
			return nil
		}
		r, err := regex.Compile(text, "i", 0)
		if err != nil {
			if f.err == nil {
				f.err = fmt.Errorf("bad field '%s[%d]' (%w)", name, i, err)
			}
			return nil
		}
		list = append(list, r)
	}
	if t.Len() > maxPatterns && f.err == nil {
		f.err = fmt.Errorf("bad field '%s' (there are more than %d patterns)", name, maxPatterns)
	}
	return list
}

// extract is extract(path, destination[, options]) -> result | nil, message, info.
func (m *module) extract(c lua.Call) (lua.Results, error) {
	return m.prepare(c, func(c lua.Call, j *job.Job, o *options) (lua.Results, error) { return j.Wait(c, o.progress) })
}

// start is extract that returns a handle of the job. With a filter it yields until that has seen all entries.
func (m *module) start(c lua.Call) (lua.Results, error) {
	return m.prepare(c, func(c lua.Call, j *job.Job, _ *options) (lua.Results, error) { return c.Return1(j.Handle()) })
}

type started func(c lua.Call, j *job.Job, o *options) (lua.Results, error)

// prepare starts an extraction.
func (m *module) prepare(c lua.Call, then started) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	to, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	o, err := readOptions(c, 3)
	if err != nil {
		return 0, err
	}
	if o.filter.IsNil() {
		return m.begin(c, path, to, o, then)
	}
	f := &filtering{m: m, path: path, to: to, o: o, then: then}
	j, err := m.startList(path, o.plan.limits, func(_ string, all []listed) { f.all = all })
	if err != nil {
		return failed(c, err)
	}
	return f.wait(c, j)
}

// filtering is the state of an extraction that asks a function of the program about each entry.
type filtering struct {
	m        *module
	path, to string
	o        *options
	then     started
	all      []listed
	next     int
}

// wait waits for the list.
func (f *filtering) wait(c lua.Call, j *job.Job) (lua.Results, error) {
	return c.CallThen(lua.NewFunction("wait", func(c lua.Call) (lua.Results, error) { return j.Wait(c, lua.Nil) }),
		func(c lua.Call) (lua.Results, error) {
			if c.Arg(1).IsNil() {
				return c.ReturnArgs(1)
			}
			f.o.plan.places = map[int]string{}
			return f.ask(c)
		})
}

// ask calls the filter with the next entry, until there are no more.
func (f *filtering) ask(c lua.Call) (lua.Results, error) {
	if f.next == len(f.all) {
		return f.m.begin(c, f.path, f.to, f.o, f.then)
	}
	e := &f.all[f.next]
	f.next++
	return c.CallThen(f.o.filter, func(c lua.Call) (lua.Results, error) {
		v := c.Arg(1)
		if place, ok := v.AsString(); ok {
			f.o.plan.places[f.next] = place
		} else if v.Truthy() {
			f.o.plan.places[f.next] = ""
		}
		return f.ask(c)
	}, e.value())
}

// begin starts the job that extracts.
func (m *module) begin(c lua.Call, path, to string, o *options, then started) (lua.Results, error) {
	branch, err := m.files.Branch(to, c.Interrupted)
	if err != nil {
		return failed(c, err)
	}
	src, err := m.files.Source(path)
	if err != nil {
		branch.Close()
		return failed(c, err)
	}
	j, err := m.jobs.Start(func(ctx context.Context, j *job.Job) (job.Result, error) {
		archive, err := open(ctx, src, o.plan.limits)
		if err != nil {
			return job.Result{}, err
		}
		x, err := archive.extract(&o.plan, branch, func(entry string, files int, bytes int64) {
			j.Progress(func() []lua.Value {
				return []lua.Value{lua.String(entry), lua.Int(files), lua.Number(float64(bytes))}
			})
		})
		if err != nil {
			return job.Result{}, err
		}
		return job.Result{Values: x.values, Cost: x.cost()}, nil
	}, func() { src.Close(); branch.Close() })
	if err != nil {
		return failed(c, err)
	}
	return then(c, j, o)
}

func (x *extracted) cost() int {
	n := 0
	for _, f := range x.files {
		n += elementCost + len(f.entry) + len(f.path) + len(f.sum)
	}
	for _, s := range x.skipped {
		n += elementCost + len(s.entry) + len(s.reason)
	}
	return n
}

func (x *extracted) values() []lua.Value {
	files := lua.NewTable(len(x.files), 0)
	for i, f := range x.files {
		t := lua.NewTable(0, 4)
		t.SetString("name", lua.String(f.entry))
		t.SetString("path", lua.String(f.path))
		t.SetString("size", lua.Number(float64(f.size)))
		if f.sum != "" {
			t.SetString("sha256", lua.String(f.sum))
		}
		files.SetInt(i+1, t.Value())
	}
	skipped := lua.NewTable(len(x.skipped), 0)
	for i, s := range x.skipped {
		t := lua.NewTable(0, 2)
		t.SetString("name", lua.String(s.entry))
		t.SetString("reason", lua.String(s.reason))
		skipped.SetInt(i+1, t.Value())
	}
	t := lua.NewTable(0, 5)
	t.SetString("format", lua.String(x.format))
	t.SetString("files", files.Value())
	t.SetString("skipped", skipped.Value())
	t.SetString("bytes", lua.Number(float64(x.bytes)))
	t.SetString("entries", lua.Int(x.entries))
	return []lua.Value{t.Value()}
}
