package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// This file is the way to SQLite's own functions, in modernc.org/sqlite/lib, which is the C code translated to Go. The driver for
// database/sql can't be used: it doesn't end a query that is between two rows, and makes times of some texts.

// heapLimit is how much SQLite's memory may take in the process, over all computers, in bytes.
const heapLimit = 256 << 20

// Limits of one connection, in bytes or as SQLite counts them.
const (
	maxLength   = 16 << 20 // of a string, a blob or a row
	maxSQL      = 1 << 20
	maxParams   = 1000
	memoryPages = 16 << 10 // of a database in memory: 64 MiB
	pollSteps   = 1000     // of SQLite's machine between two looks at the time
)

var limits = map[int32]int32{
	lib.SQLITE_LIMIT_ATTACHED: 0, lib.SQLITE_LIMIT_LENGTH: maxLength, lib.SQLITE_LIMIT_SQL_LENGTH: maxSQL,
	lib.SQLITE_LIMIT_VARIABLE_NUMBER: maxParams, lib.SQLITE_LIMIT_EXPR_DEPTH: 200, lib.SQLITE_LIMIT_COMPOUND_SELECT: 100,
	lib.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000, lib.SQLITE_LIMIT_TRIGGER_DEPTH: 50, lib.SQLITE_LIMIT_FUNCTION_ARG: 100,
	lib.SQLITE_LIMIT_COLUMN: 1000, lib.SQLITE_LIMIT_WORKER_THREADS: 0, lib.SQLITE_LIMIT_VDBE_OP: 1_000_000,
}

// start readies the library for the process.
var start = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	lib.PatchIssue199() // as the driver does
	// Without the count there is no limit. It can only be turned on before the library is in use, by nobody else in the process.
	lib.Xsqlite3_shutdown(tls)
	list := libc.Xmalloc(tls, 16)
	if list == 0 {
		return errors.New("there is no memory left")
	}
	defer libc.Xfree(tls, list)
	if rc := lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_MEMSTATUS, libc.VaList(list, int32(1))); rc != lib.SQLITE_OK {
		return fmt.Errorf("SQLite can't count its memory (%d)", rc)
	}
	if rc := lib.Xsqlite3_initialize(tls); rc != lib.SQLITE_OK {
		return fmt.Errorf("SQLite doesn't start (%d)", rc)
	}
	lib.Xsqlite3_hard_heap_limit64(tls, heapLimit)
	return nil
})

// conn is a connection. One goroutine at a time may use it, but for stop.
type conn struct {
	tls  *libc.TLS
	db   uintptr
	id   uintptr     // by which C code finds it
	stop atomic.Bool // ends what is running, and what comes until it is false again
	busy time.Duration
	own  bool              // what is prepared now is the module's own
	kept map[stmt]struct{} // statements of programs
}

// conns are all connections by their ids: C code must not hold pointers of Go.
var conns struct {
	sync.RWMutex
	last uintptr
	all  map[uintptr]*conn
}

func connOf(id uintptr) *conn {
	conns.RLock()
	defer conns.RUnlock()
	return conns.all[id]
}

// pointer is the address of a function for C code. The functions are of the package, so they stay.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f})) }

// memory is C memory as a slice. The memory isn't Go's, so the collector neither moves nor frees it.
func memory(p uintptr, n int) []byte {
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&p))), n)
}

var (
	onProgress  = func(_ *libc.TLS, id uintptr) int32 { return connOf(id).progress() }
	onBusy      = func(_ *libc.TLS, id uintptr, count int32) int32 { return connOf(id).wait(int(count)) }
	onAuthorize = func(_ *libc.TLS, id uintptr, action int32, a, b, _, _ uintptr) int32 {
		return connOf(id).authorize(action, libc.GoString(a), libc.GoString(b))
	}
	onFree = lib.Xsqlite3_free
)

func (c *conn) progress() int32 {
	if c.stop.Load() {
		return 1
	}
	return 0
}

// busyStep is how long a connection waits between two attempts to get a lock.
const busyStep = 5 * time.Millisecond

func (c *conn) wait(count int) int32 {
	if c.stop.Load() || time.Duration(count)*busyStep >= c.busy {
		return 0
	}
	time.Sleep(busyStep)
	return 1
}

// opening says how a connection is made.
type opening struct {
	path      string // of the host, or inMemory
	readOnly  bool
	immutable bool // there is no locking, and no file beside the database is made or looked at
	wal       bool
	busy      time.Duration // how long to wait for a lock
	maxSize   int64         // how large the database may become, in bytes; 0 is no limit
}

// inMemory stands for a database that is in no file.
const inMemory = ":memory:"

// openConn opens a database. It gives up soon after ctx is done, while it waits for a lock.
func openConn(ctx context.Context, o opening) (*conn, error) {
	if err := start(); err != nil {
		return nil, err
	}
	c := &conn{tls: libc.NewTLS(), busy: o.busy, own: true}
	conns.Lock()
	conns.last++
	c.id = conns.last
	if conns.all == nil {
		conns.all = make(map[uintptr]*conn)
	}
	conns.all[c.id] = c
	conns.Unlock()
	done := context.AfterFunc(ctx, func() { c.stop.Store(true) })
	defer done()
	if err := c.open(o); err != nil {
		c.close()
		return nil, err
	}
	c.own = false
	return c, nil
}

func (c *conn) open(o opening) error {
	path, flags := o.path, int32(lib.SQLITE_OPEN_READWRITE|lib.SQLITE_OPEN_CREATE)
	if o.readOnly {
		flags = lib.SQLITE_OPEN_READONLY
	}
	if o.immutable {
		slashes := filepath.ToSlash(path)
		if !strings.HasPrefix(slashes, "/") {
			slashes = "/" + slashes // a drive
		}
		path = (&url.URL{Scheme: "file", Path: slashes, RawQuery: "immutable=1"}).String()
		flags |= lib.SQLITE_OPEN_URI
	}
	name, err := libc.CString(path)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	out := libc.Xcalloc(c.tls, 1, 16)
	if out == 0 {
		return errors.New("there is no memory left")
	}
	defer libc.Xfree(c.tls, out)
	rc := lib.Xsqlite3_open_v2(c.tls, name, out, flags|lib.SQLITE_OPEN_FULLMUTEX|lib.SQLITE_OPEN_NOFOLLOW|lib.SQLITE_OPEN_EXRESCODE, 0)
	c.db = *(*uintptr)(unsafe.Pointer(unsafe.SliceData(memory(out, 8))))
	if rc != lib.SQLITE_OK {
		return c.fail(rc)
	}
	lib.Xsqlite3_progress_handler(c.tls, c.db, pollSteps, pointer(onProgress), c.id)
	lib.Xsqlite3_busy_handler(c.tls, c.db, pointer(onBusy), c.id)
	for limit, n := range limits {
		lib.Xsqlite3_limit(c.tls, c.db, limit, n)
	}
	lib.Xsqlite3_enable_load_extension(c.tls, c.db, 0)
	for _, option := range []struct{ name, value int32 }{
		{lib.SQLITE_DBCONFIG_DEFENSIVE, 1}, {lib.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {lib.SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
		{lib.SQLITE_DBCONFIG_DQS_DDL, 0}, {lib.SQLITE_DBCONFIG_DQS_DML, 0},
	} {
		list := libc.Xcalloc(c.tls, 1, 32)
		if list == 0 {
			return errors.New("there is no memory left")
		}
		rc := lib.Xsqlite3_db_config(c.tls, c.db, option.name, libc.VaList(list, option.value, uintptr(0)))
		libc.Xfree(c.tls, list)
		if rc != lib.SQLITE_OK {
			return c.fail(rc)
		}
	}
	lib.Xsqlite3_set_authorizer(c.tls, c.db, pointer(onAuthorize), c.id)
	pragmas := []string{"mmap_size = 0", "temp_store = MEMORY", "foreign_keys = ON", "synchronous = FULL", "cell_size_check = ON"}
	switch {
	case o.path == inMemory:
		pragmas = append(pragmas, fmt.Sprintf("max_page_count = %d", memoryPages))
	case o.wal && !o.readOnly:
		pragmas = append(pragmas, "journal_mode = WAL")
	}
	for _, p := range pragmas {
		if _, err := c.run("PRAGMA "+p, nil, nil); err != nil {
			return err
		}
	}
	// The first look at the file: it may be none of SQLite's.
	if _, err = c.run("SELECT count(*) FROM sqlite_schema", nil, nil); err != nil || o.maxSize == 0 {
		return err
	}
	var size rows
	if _, err = c.run("PRAGMA page_size", nil, &size); err != nil {
		return err
	}
	_, err = c.run(fmt.Sprintf("PRAGMA max_page_count = %d", max(o.maxSize/size.values[0].(int64), 1)), nil, nil)
	return err
}

// close closes the connection and all of its statements.
func (c *conn) close() {
	if c.db != 0 {
		for s := range c.kept {
			c.finalize(s)
		}
		lib.Xsqlite3_close_v2(c.tls, c.db)
		c.db = 0
	}
	conns.Lock()
	delete(conns.all, c.id)
	conns.Unlock()
	c.tls.Close()
}

var errStopped = errors.New("the statement was stopped")

// fail is the error of a result code, with what the connection says of it.
func (c *conn) fail(rc int32) error {
	switch {
	case rc&0xff == lib.SQLITE_INTERRUPT:
		return errStopped
	case c.db == 0 || rc&0xff == lib.SQLITE_NOMEM:
		return errors.New(libc.GoString(lib.Xsqlite3_errstr(c.tls, rc)))
	}
	return errors.New(libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db)))
}

// outside reports whether no transaction is open.
func (c *conn) outside() bool { return lib.Xsqlite3_get_autocommit(c.tls, c.db) != 0 }

// stmt is a prepared statement; 0 is one without a command, of comments only.
type stmt uintptr

// prepare compiles the first command of a text, and returns what follows it.
func (c *conn) prepare(text string) (stmt, string, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return 0, "", errors.New("there is a zero byte in the SQL text")
	}
	p := lib.Xsqlite3_malloc64(c.tls, lib.Tsqlite3_uint64(len(text)+33))
	if p == 0 {
		return 0, "", c.fail(lib.SQLITE_NOMEM)
	}
	defer lib.Xsqlite3_free(c.tls, p)
	// Behind the text there are a zero byte, and where SQLite writes the two pointers that it returns.
	mem := memory(p, len(text)+33)
	clear(mem[copy(mem, text):])
	out := (uintptr(len(text)) + 16) &^ 7
	rc := lib.Xsqlite3_prepare_v2(c.tls, c.db, p, int32(len(text)+1), p+out, p+out+8)
	if rc != lib.SQLITE_OK {
		return 0, "", c.fail(rc)
	}
	s := *(*uintptr)(unsafe.Pointer(&mem[out]))
	tail := *(*uintptr)(unsafe.Pointer(&mem[out+8]))
	return stmt(s), text[min(int(tail-p), len(text)):], nil
}

// keep is prepare for a text of one command, whose statement stays until release or the end of the connection.
func (c *conn) keep(text string) (stmt, error) {
	s, rest, err := c.prepare(text)
	switch {
	case err != nil:
		return 0, err
	case s == 0:
		return 0, errors.New("there is no command in the SQL text")
	case strings.TrimSpace(rest) != "":
		c.finalize(s)
		return 0, errors.New("only one command can be prepared at a time")
	}
	if c.kept == nil {
		c.kept = make(map[stmt]struct{})
	}
	c.kept[s] = struct{}{}
	return s, nil
}

// release frees a statement that keep has given.
func (c *conn) release(s stmt) {
	if _, ok := c.kept[s]; ok {
		delete(c.kept, s)
		c.finalize(s)
	}
}

// vacuum rewrites the file without what is empty in it. SQLite attaches a database for that.
func (c *conn) vacuum() error {
	lib.Xsqlite3_limit(c.tls, c.db, lib.SQLITE_LIMIT_ATTACHED, 1)
	defer lib.Xsqlite3_limit(c.tls, c.db, lib.SQLITE_LIMIT_ATTACHED, 0)
	return own(c, "VACUUM")
}

// finalize frees a statement.
func (c *conn) finalize(s stmt) { lib.Xsqlite3_finalize(c.tls, uintptr(s)) }

// rows is what a query has given. Its values are nil, int64, float64, string, or blob.
type rows struct {
	columns []string
	values  []any // those of all rows, one row after the other
	size    int   // about what they take, in bytes
}

// blob is a string that is a BLOB in the database.
type blob string

// outcome is what a statement has done.
type outcome struct {
	changes, lastID int64
}

// run runs all commands of a text. The rows are those of the last command, if a place for them is given.
func (c *conn) run(text string, p *params, out *rows) (outcome, error) {
	before := lib.Xsqlite3_total_changes64(c.tls, c.db)
	for {
		s, rest, err := c.prepare(text)
		if err != nil {
			return outcome{}, err
		}
		if s != 0 {
			if out != nil {
				*out = rows{}
			}
			err := c.execute(s, p, out)
			c.finalize(s)
			if err != nil {
				return outcome{}, err
			}
		}
		if text = rest; strings.TrimSpace(text) == "" {
			return c.outcome(before), nil
		}
	}
}

func (c *conn) outcome(before lib.Tsqlite3_int64) outcome {
	return outcome{
		changes: int64(lib.Xsqlite3_total_changes64(c.tls, c.db) - before),
		lastID:  int64(lib.Xsqlite3_last_insert_rowid(c.tls, c.db)),
	}
}

// runPrepared is run for one prepared statement.
func (c *conn) runPrepared(s stmt, p *params, out *rows) (outcome, error) {
	before := lib.Xsqlite3_total_changes64(c.tls, c.db)
	err := c.execute(s, p, out)
	lib.Xsqlite3_reset(c.tls, uintptr(s))
	lib.Xsqlite3_clear_bindings(c.tls, uintptr(s))
	if err != nil {
		return outcome{}, err
	}
	return c.outcome(before), nil
}

// execute runs a statement to its end.
func (c *conn) execute(s stmt, p *params, out *rows) error {
	if err := c.bind(s, p); err != nil {
		return err
	}
	h := uintptr(s)
	n := int(lib.Xsqlite3_column_count(c.tls, h))
	if out != nil {
		for i := range n {
			out.columns = append(out.columns, libc.GoString(lib.Xsqlite3_column_name(c.tls, h, int32(i))))
		}
	}
	for count := 0; ; count++ {
		if c.stop.Load() {
			return errStopped
		}
		switch rc := lib.Xsqlite3_step(c.tls, h); {
		case rc == lib.SQLITE_DONE:
			return nil
		case rc != lib.SQLITE_ROW:
			return c.fail(rc)
		case out == nil:
			continue
		case count >= MaxRows:
			return errRows
		}
		for i := range n {
			v, size := c.column(h, int32(i))
			out.values = append(out.values, v)
			if out.size += size; out.size > MaxResult {
				return errResult
			}
		}
	}
}

// column returns a value of the row that a statement is at, and about what it takes.
func (c *conn) column(h uintptr, i int32) (any, int) {
	const header = 32
	text := func(p uintptr) string {
		// Asking for the length after the pointer is what SQLite wants.
		n := int(lib.Xsqlite3_column_bytes(c.tls, h, i))
		if p == 0 || n == 0 {
			return ""
		}
		return string(memory(p, n))
	}
	switch lib.Xsqlite3_column_type(c.tls, h, i) {
	case lib.SQLITE_INTEGER:
		return int64(lib.Xsqlite3_column_int64(c.tls, h, i)), header
	case lib.SQLITE_FLOAT:
		return lib.Xsqlite3_column_double(c.tls, h, i), header
	case lib.SQLITE_TEXT:
		s := text(lib.Xsqlite3_column_text(c.tls, h, i))
		return s, header + len(s)
	case lib.SQLITE_BLOB:
		s := text(lib.Xsqlite3_column_blob(c.tls, h, i))
		return blob(s), header + len(s)
	}
	return nil, header
}

// bind sets the parameters of a statement.
func (c *conn) bind(s stmt, p *params) error {
	h := uintptr(s)
	n := int(lib.Xsqlite3_bind_parameter_count(c.tls, h))
	if p == nil {
		p = &params{}
	}
	if p.named == nil && len(p.list) < n {
		return fmt.Errorf("the statement has %d parameters, and got %d", n, len(p.list))
	}
	for i := range n {
		var v any
		if name := lib.Xsqlite3_bind_parameter_name(c.tls, h, int32(i+1)); p.named != nil {
			text := strings.TrimLeft(libc.GoString(name), ":@$")
			var ok bool
			if v, ok = p.named[text]; !ok {
				if text == "" || text[0] == '?' {
					return errors.New("a table with names was given, and the statement has ? parameters")
				}
				return fmt.Errorf("there is no value for the parameter %q; pass sqlite.null for none", text)
			}
		} else {
			v = p.list[i]
		}
		if rc := c.bindValue(h, int32(i+1), v); rc != lib.SQLITE_OK {
			return c.fail(rc)
		}
	}
	return nil
}

func (c *conn) bindValue(h uintptr, i int32, v any) int32 {
	copied := func(s string) uintptr {
		p := lib.Xsqlite3_malloc64(c.tls, lib.Tsqlite3_uint64(len(s)+1))
		if p != 0 {
			mem := memory(p, len(s)+1)
			mem[copy(mem, s)] = 0
		}
		return p
	}
	switch v := v.(type) {
	case int64:
		return lib.Xsqlite3_bind_int64(c.tls, h, i, lib.Tsqlite_int64(v))
	case float64:
		return lib.Xsqlite3_bind_double(c.tls, h, i, v)
	case string:
		if p := copied(v); p != 0 {
			return lib.Xsqlite3_bind_text(c.tls, h, i, p, int32(len(v)), pointer(onFree))
		}
		return lib.SQLITE_NOMEM
	case blob:
		if p := copied(string(v)); p != 0 {
			return lib.Xsqlite3_bind_blob(c.tls, h, i, p, int32(len(v)), pointer(onFree))
		}
		return lib.SQLITE_NOMEM
	}
	return lib.Xsqlite3_bind_null(c.tls, h, i)
}
