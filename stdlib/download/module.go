// Package download stores what HTTP servers have in files: the module luart.download.
//
// A URL and a path of the computer enter; what leaves are a file, whole or not at all, and what is known of it. The rules for addresses are those of
// http.request. The transfer runs on a goroutine of its own while the calling coroutine yields. Programs get the module by require; the
// runtime calls Open.
//
// module.go reads the arguments, transfer.go makes the requests and goes on after failures, part.go keeps what a later call goes on with.
package download

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	nethttp "net/http"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	hosthttp "github.com/luart/luart/stdlib/http"
	"github.com/luart/luart/stdlib/job"
	"github.com/luart/luart/vfs"
)

// Bounds of the downloads of one computer.
const (
	atATime = 8
	waiting = 248
)

// Defaults and bounds of options.
const (
	defaultBytes   = 4 << 30
	defaultRetries = 4
	maxRetries     = 20
	defaultDelay   = time.Second
	maxDelay       = 30 * time.Second
	maxPatience    = 10 * time.Minute
)

// Options are what the module needs.
type Options struct {
	// Files is the computer's file system.
	Files *vfs.FS
	// HTTP are the options of the computer's http API: rules, names, proxies, certificates.
	HTTP hosthttp.Options
}

type module struct {
	files   *vfs.FS
	jobs    *job.Pool
	fetcher *hosthttp.Fetcher
}

// Open returns the module for a computer. It is for the computer's goroutine.
func Open(c stdlib.Computer, o Options) lua.Value {
	m := &module{o.Files, job.NewPool(c, "download", atATime, waiting), hosthttp.NewFetcher(o.HTTP)}
	t := lua.NewTable(0, 2)
	t.SetString("get", lua.NewFunction("get", func(c lua.Call) (lua.Results, error) {
		j, progress, err := m.begin(c)
		if err != nil {
			return failed(c, err)
		}
		return j.Wait(c, progress)
	}))
	t.SetString("start", lua.NewFunction("start", func(c lua.Call) (lua.Results, error) {
		j, _, err := m.begin(c)
		if err != nil {
			return failed(c, err)
		}
		return c.Return1(j.Handle())
	}))
	return t.Value()
}

// thrown is an error that is the program's fault.
type thrown struct{ error }

func failed(c lua.Call, err error) (lua.Results, error) {
	var fault *thrown
	if errors.As(err, &fault) {
		return 0, fault.error
	}
	class := "io"
	switch {
	case errors.Is(err, vfs.ErrSpace):
		class = "space"
	case errors.Is(err, errBusy):
		class = "busy"
	}
	info := lua.NewTable(0, 1)
	info.SetString("class", lua.Constant(class))
	return c.Return(lua.Nil, lua.String(err.Error()), info.Value())
}

var errBusy = fmt.Errorf("%d downloads are under way or waiting already; wait for some", atATime+waiting)

// request is what a program wants.
type request struct {
	url      string
	header   nethttp.Header
	name     string // of the target, in the branch
	part     string // "": what has been received is thrown away after a failure
	sum      string // in hexadecimal digits; "": any
	size     int64  // -1: any
	most     int64
	patience time.Duration
	retries  int
	delay    time.Duration
	durable  bool
	notHTML  bool
	// conditional is whether an answer without a body, because nothing has changed, is one.
	conditional bool
}

// begin reads the arguments of get and start: url, path[, options].
func (m *module) begin(c lua.Call) (*job.Job, lua.Value, error) {
	url, err := stdlib.CheckString(c, 1)
	if err != nil {
		return nil, lua.Nil, &thrown{err}
	}
	path, err := stdlib.CheckString(c, 2)
	if err != nil {
		return nil, lua.Nil, &thrown{err}
	}
	t, err := stdlib.OptTable(c, 3)
	if err != nil {
		return nil, lua.Nil, &thrown{err}
	}
	if t == nil {
		t = lua.NewTable(0, 0)
	}
	clean := vfs.Clean(path)
	r, progress, err := readOptions(c.VM(), t, clean)
	if err != nil {
		return nil, lua.Nil, &thrown{err}
	}
	r.url, r.name = url, vfs.Name(clean)
	branch, err := m.files.Branch(vfs.Dir(clean), c.Interrupted)
	if err != nil {
		return nil, lua.Nil, err
	}
	d := &transfer{request: r, fetcher: m.fetcher, branch: branch, path: clean}
	j, err := m.jobs.Start(func(ctx context.Context, j *job.Job) (job.Result, error) {
		d.job = j
		done, err := d.run(ctx)
		if err != nil {
			return job.Result{}, err
		}
		return job.Result{Cost: 1024, Values: done.values, Event: func() []lua.Value {
			return []lua.Value{lua.String("/" + d.path)}
		}}, nil
	}, branch.Close)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, lua.Nil, err
	case err != nil:
		return nil, lua.Nil, errBusy
	}
	return j, progress, nil
}

// field reads a field of the options, nil being the default; the first error stays in *failure.
func field[T any](vm *lua.VM, t *lua.Table, name, expected string, as func(lua.Value) (T, bool), def T, failure *error) T {
	v := t.GetString(name)
	if v.IsNil() {
		return def
	}
	got, ok := as(v)
	if !ok {
		if *failure == nil {
			*failure = stdlib.BadField(vm, name, expected, v)
		}
		return def
	}
	return got
}

func asFunction(v lua.Value) (lua.Value, bool) { return v, v.Kind() == lua.KindFunction }

// within reads a number in a range.
func within(vm *lua.VM, t *lua.Table, name string, low, high, def float64, failure *error) float64 {
	n := field(vm, t, name, "number", lua.Value.AsNumber, def, failure)
	if !(n >= low && n <= high) {
		if *failure == nil {
			*failure = fmt.Errorf("bad field '%s' (a number from %g to %g expected)", name, low, high)
		}
		return def
	}
	return n
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// readOptions reads the options for the target at path.
func readOptions(vm *lua.VM, t *lua.Table, path string) (r *request, progress lua.Value, err error) {
	const longest = 1 << 53
	r = &request{}
	progress = field(vm, t, "progress", "function", asFunction, lua.Nil, &err)
	r.sum = strings.ToLower(field(vm, t, "sha256", "string", lua.Value.AsString, "", &err))
	r.size = int64(within(vm, t, "size", 0, longest, 0, &err))
	if t.GetString("size").IsNil() {
		r.size = -1
	}
	r.most = int64(within(vm, t, "maxBytes", 1, longest, defaultBytes, &err))
	r.patience = seconds(within(vm, t, "timeout", 0, maxPatience.Seconds(), hosthttp.DefaultTimeout.Seconds(), &err))
	r.retries = int(within(vm, t, "retries", 0, maxRetries, defaultRetries, &err))
	r.delay = seconds(within(vm, t, "retryDelay", 0, maxDelay.Seconds(), defaultDelay.Seconds(), &err))
	r.durable = field(vm, t, "sync", "boolean", lua.Value.AsBool, true, &err)
	r.notHTML = field(vm, t, "notHtml", "boolean", lua.Value.AsBool, false, &err)
	headers := field(vm, t, "headers", "table", lua.Value.AsTable, nil, &err)
	etag := field(vm, t, "etag", "string", lua.Value.AsString, "", &err)
	modified := field(vm, t, "lastModified", "string", lua.Value.AsString, "", &err)
	keep := field(vm, t, "resume", "boolean", lua.Value.AsBool, false, &err)
	if err != nil {
		return nil, lua.Nil, err
	}
	if digits, err := hex.DecodeString(r.sum); r.sum != "" && (err != nil || len(digits) != 32) {
		return nil, lua.Nil, errors.New("bad field 'sha256' (64 hexadecimal digits expected)")
	}
	if r.header, err = hosthttp.ReadHeaders(headers); err != nil {
		return nil, lua.Nil, err
	}
	r.header.Del("Range")
	r.header.Del("If-Range")
	for name, value := range map[string]string{"If-None-Match": etag, "If-Modified-Since": modified} {
		if strings.ContainsAny(value, "\r\n\x00") {
			return nil, lua.Nil, fmt.Errorf("the value for the header %s can't contain line breaks", name)
		}
		if value != "" {
			r.header.Set(name, value)
		}
	}
	r.conditional = r.header.Get("If-None-Match") != "" || r.header.Get("If-Modified-Since") != ""
	if keep {
		r.part = vfs.Name(path) + partSuffix
	}
	return r, progress, nil
}

// result is what has come of a download.
type result struct {
	path, url                           string
	status                              int
	size, kept                          int64
	attempts                            int
	sum                                 string
	etag, modified, contentType, server string // server: the name that the server gives the file
}

func (r *result) values() []lua.Value {
	t := lua.NewTable(0, 12)
	text := func(name, value string) {
		if value != "" {
			t.SetString(name, lua.String(value))
		}
	}
	t.SetString("status", lua.Int(r.status))
	t.SetString("url", lua.String(r.url))
	t.SetString("attempts", lua.Int(r.attempts))
	text("etag", r.etag)
	text("lastModified", r.modified)
	if r.status == nethttp.StatusNotModified {
		t.SetString("notModified", lua.True)
		return []lua.Value{t.Value()}
	}
	t.SetString("path", lua.String("/"+r.path))
	t.SetString("size", lua.Number(float64(r.size)))
	t.SetString("resumed", lua.Number(float64(r.kept)))
	t.SetString("sha256", lua.String(r.sum))
	text("contentType", r.contentType)
	text("fileName", r.server)
	return []lua.Value{t.Value()}
}
