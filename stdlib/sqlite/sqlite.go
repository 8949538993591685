// Package sqlite is the module luart.sqlite: SQL databases in files of the computer, or in memory.
//
// Calls of Lua functions enter; commands leave for SQLite (modernc.org/sqlite, which is SQLite translated to Go). Each database has a
// goroutine for its calls, which are made one after the other, while the calling coroutines yield; it is there only while
// there are any. Programs get the module by require; the runtime calls Open, on the computer's goroutine.
//
// # What keeps programs in
//
// A database is one regular file of a folder of the host that the computer has, with the files that SQLite makes beside it. Paths
// are those of package vfs, and no symbolic link may be in them. There is no ATTACH, no extension, no temporary file, and no pragma
// but harmless ones (authorize.go). How much memory SQLite takes is limited for the whole process, how long a call may run and how much
// it may return for each.
//
// # Values
//
// nil is NULL, a boolean 0 or 1. A number without a fraction of at most 2^53 is an INTEGER, another one a REAL, a string TEXT, and
// sqlite.blob(string) a BLOB. The other way TEXT and BLOB are strings, and an INTEGER beyond 2^53, which no Lua number holds
// exactly, is the string of its digits.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// What programs may take.
const (
	// MaxOpen is how many databases a computer may have open.
	MaxOpen = 16
	// MaxWaiting is how many calls may wait for one database.
	MaxWaiting = 256
	// MaxStatements is how many prepared statements a database may have.
	MaxStatements = 256
	// MaxRows is how many rows a query gives, and MaxResult how many bytes, about.
	MaxRows   = 100_000
	MaxResult = 32 << 20
	// TransactionTime is how long a transaction may be open.
	TransactionTime = time.Minute
	// DefaultBusy is how long a call waits for a database that is locked, unless the program says otherwise, and MaxBusy
	// what it may say.
	DefaultBusy, MaxBusy = 5 * time.Second, time.Minute
	// DefaultTimeout is how long a call may take, unless the program says otherwise, and MaxTimeout what it may say.
	DefaultTimeout, MaxTimeout = 30 * time.Second, time.Hour
)

// minSize is the least that the option maxSize may be.
const minSize = 64 << 10

// Options are what the module needs.
type Options struct {
	// Files is the computer's file system.
	Files *vfs.FS
}

// api is the module in one computer.
type api struct {
	computer stdlib.Computer
	files    *vfs.FS
	opening  *stdlib.Background
	open     map[*database]struct{}
	null     lua.Value
}

// Open returns the module for a computer, which closes all databases when it closes.
func Open(c stdlib.Computer, o Options) lua.Value {
	a := &api{computer: c, files: o.Files, open: make(map[*database]struct{}), null: lua.NewUserdata(null{}, nil).Value()}
	c.OnClose(func(context.Context) {
		for d := range a.open {
			d.close()
		}
	})
	a.opening = stdlib.NewBackground(c, 2*MaxOpen) // ends before the databases are closed
	t := lua.NewTable(0, 3)
	t.SetString("open", lua.NewFunction("open", a.openDatabase))
	t.SetString("blob", lua.NewFunction("blob", makeBlob))
	t.SetString("null", a.null)
	return t.Value()
}

// null is what stands for NULL where nil can't.
type null struct{}

// makeBlob is blob(text).
func makeBlob(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.NewUserdata(blobValue{c.Arg(1), blob(text)}, nil).Value())
}

// blobValue is the Data of sqlite.blob's userdata.
type blobValue struct {
	v    lua.Value
	text blob
}

// Trace shows the string to the VM.
func (b blobValue) Trace(visit func(lua.Value)) { visit(b.v) }

// seconds returns a field of the options that is a time.
func seconds(c lua.Call, t *lua.Table, name string, def, most time.Duration) (time.Duration, error) {
	v := t.GetString(name)
	if v.IsNil() {
		return def, nil
	}
	f, ok := v.AsNumber()
	if !ok {
		return 0, stdlib.BadField(c.VM(), name, "number", v)
	}
	if !(f >= 0 && f <= most.Seconds()) {
		return 0, fmt.Errorf("bad field '%s' (a number of seconds from 0 to %g expected)", name, most.Seconds())
	}
	return eventqueue.Seconds(f), nil
}

func flag(c lua.Call, t *lua.Table, name string, def bool) (bool, error) {
	v := t.GetString(name)
	if v.IsNil() {
		return def, nil
	}
	b, ok := v.AsBool()
	if !ok {
		return false, stdlib.BadField(c.VM(), name, "boolean", v)
	}
	return b, nil
}

var (
	errOpen  = fmt.Errorf("%d databases are open already; close some", MaxOpen)
	errQuota = errors.New("a database can't be in a folder with a quota")
	errHost  = errors.New("a database must be in a folder of the machine, not in memory or in the ROM, and no symbolic link may lead to it")
)

// openDatabase is open(path[, options]): a database, or nil and a message.
func (a *api) openDatabase(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	options, err := stdlib.OptTable(c, 2)
	if err != nil {
		return 0, err
	}
	if options == nil {
		options = lua.NewTable(0, 0)
	}
	o := opening{path: inMemory}
	timeout := DefaultTimeout
	if o.busy, err = seconds(c, options, "busy", DefaultBusy, MaxBusy); err != nil {
		return 0, err
	}
	if timeout, err = seconds(c, options, "timeout", DefaultTimeout, MaxTimeout); err != nil {
		return 0, err
	}
	if o.readOnly, err = flag(c, options, "readOnly", false); err != nil {
		return 0, err
	}
	if size := options.GetString("maxSize"); !size.IsNil() {
		n, ok := size.AsNumber()
		if !ok {
			return 0, stdlib.BadField(c.VM(), "maxSize", "number", size)
		}
		if !(n >= minSize && n <= 1<<53) || path == inMemory {
			return 0, fmt.Errorf("bad field 'maxSize' (a number of bytes of at least %d expected, for a file)", minSize)
		}
		o.maxSize = int64(n)
	}
	if o.wal, err = flag(c, options, "wal", true); err != nil {
		return 0, err
	}
	fail := func(err error) (lua.Results, error) { return c.Return(lua.Nil, lua.String(err.Error())) }
	if len(a.open) >= MaxOpen || a.opening.Full() {
		return fail(errOpen)
	}
	if err := c.Reserve(16 << 10); err != nil {
		return 0, err
	}
	recheck := func() error { return nil }
	if path != inMemory {
		place, err := a.files.Host(path)
		switch {
		case errors.Is(err, vfs.ErrAccess):
			return fail(fmt.Errorf("%w: %w", err, errHost))
		case err != nil:
			return fail(err)
		case place.Limited && !place.ReadOnly:
			return fail(fmt.Errorf("/%s: %w", place.Path, errQuota))
		}
		o.path, recheck = place.Host, place.Recheck
		if place.ReadOnly {
			o.readOnly, o.immutable = true, true
		}
	}
	// It counts as open from now on.
	d := newDatabase(timeout)
	a.open[d] = struct{}{}
	var failed error
	return a.opening.Run(c, func(ctx context.Context) {
		conn, err := openConn(ctx, o)
		if err == nil {
			if err = recheck(); err != nil {
				conn.close()
			}
		}
		if err != nil {
			failed = err
			d.fail()
			return
		}
		d.ready(conn)
		if ctx.Err() != nil { // the program has gone on without it
			d.close()
		}
	}, func(c lua.Call) (lua.Results, error) {
		if failed != nil {
			delete(a.open, d)
			return c.Return(lua.Nil, lua.String(fmt.Sprintf("%s: %v", path, failed)))
		}
		return c.Return1(a.object(d))
	})
}

// object makes the table of a database.
func (a *api) object(d *database) lua.Value {
	h := &handle{api: a, database: d, statements: make(map[*lua.Table]stmt)}
	t := lua.NewTable(0, 8)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"exec", h.exec}, {"query", h.query}, {"rows", h.rows}, {"prepare", h.prepare}, {"transaction", h.transaction},
		{"vacuum", h.vacuum}, {"close", h.close},
	} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	return t.Value()
}

// params are the values for a statement's parameters.
type params struct {
	list  []any
	named map[string]any
}

// value converts a value for SQLite.
func (a *api) value(v lua.Value) (any, bool) {
	switch v.Kind() {
	case lua.KindNil:
		return nil, true
	case lua.KindBool:
		if b, _ := v.AsBool(); b {
			return int64(1), true
		}
		return int64(0), true
	case lua.KindNumber:
		f, _ := v.AsNumber()
		if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
			return int64(f), true
		}
		return f, true
	case lua.KindString:
		s, _ := v.AsString()
		return s, true
	case lua.KindUserdata:
		u, _ := v.AsUserdata()
		switch data := u.Data.(type) {
		case null:
			return nil, true
		case blobValue:
			return data.text, true
		}
	}
	return nil, false
}

const expectedValue = "nil, boolean, number, string or sqlite.blob"

// params returns the values from argument i on: one for each parameter, or a table of them by position or by name.
func (a *api) params(c lua.Call, i int) (*params, error) {
	p := &params{}
	t, isTable := c.Arg(i).AsTable()
	if !isTable || c.N() > i {
		for ; i <= c.N(); i++ {
			v, ok := a.value(c.Arg(i))
			if !ok {
				return nil, stdlib.BadArgument(c, i, expectedValue)
			}
			p.list = append(p.list, v)
		}
		return p, nil
	}
	n := 0
	for key, val, ok, err := t.Next(lua.Nil); ok || err != nil; key, val, ok, err = t.Next(key) {
		if err != nil {
			return nil, err
		}
		v, fine := a.value(val)
		if !fine {
			return nil, stdlib.BadField(c.VM(), key.String(), expectedValue, val)
		}
		if n++; n > maxParams {
			return nil, lua.ArgError(i, fmt.Sprintf("more than %d parameters", maxParams))
		}
		if name, isName := key.AsString(); isName {
			if p.named == nil {
				p.named = make(map[string]any)
			}
			p.named[name] = v
		} else if at, _ := key.AsNumber(); at >= 1 && at <= maxParams && at == math.Trunc(at) {
			for len(p.list) < int(at) {
				p.list = append(p.list, nil)
			}
			p.list[int(at)-1] = v
		}
	}
	return p, nil
}

// back converts a value of SQLite's.
func back(v any) lua.Value {
	switch v := v.(type) {
	case int64:
		if v > 1<<53 || v < -1<<53 {
			return lua.String(fmt.Sprint(v))
		}
		return lua.Number(float64(v))
	case float64:
		return lua.Number(v)
	case string:
		return lua.String(v)
	case blob:
		return lua.String(string(v))
	}
	return lua.Nil
}

// give returns the rows as a list of tables, and the names of the columns.
func (r *rows) give(c lua.Call) (lua.Results, error) {
	list, columns, err := r.tables(c)
	if err != nil {
		return 0, err
	}
	return c.Return(list.Value(), columns.Value())
}

func (r *rows) tables(c lua.Call) (list, columns *lua.Table, err error) {
	count := 0
	if len(r.columns) > 0 {
		count = len(r.values) / len(r.columns)
	}
	// What SQLite gave is freed as soon as this returns; meanwhile there are both.
	if err := c.Reserve(2*r.size + count*(120+40*len(r.columns))); err != nil {
		return nil, nil, err
	}
	names := make([]lua.Value, len(r.columns))
	columns = lua.NewTable(len(names), 0)
	for i, name := range r.columns {
		names[i] = lua.String(name)
		columns.SetInt(i+1, names[i])
	}
	list = lua.NewTable(count, 0)
	for i := range count {
		row := lua.NewTable(0, len(names))
		for j, name := range names {
			if err := row.Set(name, back(r.values[i*len(names)+j])); err != nil {
				return nil, nil, err
			}
		}
		list.SetInt(i+1, row.Value())
		if i%512 == 511 {
			if err := c.Interrupted(); err != nil {
				return nil, nil, err
			}
		}
	}
	return list, columns, nil
}
