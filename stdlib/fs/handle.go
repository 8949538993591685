package fs

import (
	"bufio"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// chunk is how much of a long text is read, in bytes, between two looks at the VM's limits.
const chunk = 64 << 10

// maxString is the length of the longest string that a VM can hold, in bytes.
const maxString = math.MaxInt32

// openFile is fs.open(path, mode): a handle, or nil and a message.
func (a *api) openFile(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	mode, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	kind, binary := mode, false
	if k, ok := strings.CutSuffix(mode, "b"); ok {
		kind, binary = k, true
	}
	switch kind {
	case "r", "w", "a", "r+", "w+":
	default:
		return 0, errMode
	}
	t, err := a.openNode(path, kind, binary)
	if err != nil {
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	if err := c.Reserve(1024); err != nil {
		return 0, err
	}
	return c.Return1(t.Value())
}

func (a *api) openNode(path, kind string, binary bool) (*lua.Table, error) {
	n, err := a.find(path)
	if err != nil {
		return nil, err
	}
	info, err := n.stat()
	if kind != "r" {
		if err == nil && info.IsDir() && kind != "r+" {
			return nil, n.fail(errWriteDir)
		}
		return nil, n.fail(errAccess)
	}
	if err != nil {
		return nil, n.fail(err)
	}
	// Opening a pipe or a device could wait for ever.
	if !info.Mode().IsRegular() {
		return nil, n.fail(errNotFile)
	}
	if a.open.Load() >= maxOpen {
		return nil, errTooMany
	}
	file, err := n.mount.Mount.Open(n.local)
	if err != nil {
		return nil, n.fail(err)
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		file.Close()
		return nil, n.fail(errNotFile)
	}
	return a.newReader(file, binary), nil
}

// reader is an open file that programs read. Its functions are those of the handle.
type reader struct {
	api    *api
	file   File // nil once it is closed
	buf    *bufio.Reader
	binary bool
	clean  runtime.Cleanup
}

// newReader makes the handle of a file. A handle that the program forgets is closed when the collector finds it.
func (a *api) newReader(file File, binary bool) *lua.Table {
	a.open.Add(1)
	r := &reader{api: a, file: file, buf: bufio.NewReader(file), binary: binary}
	r.clean = runtime.AddCleanup(r, func(f File) {
		f.Close()
		a.open.Add(-1)
	}, file)
	t := lua.NewTable(0, 8)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{{"read", r.read}, {"readLine", r.readLine}, {"readAll", r.readAll}, {"seek", r.seek}, {"close", r.close}} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	return t
}

func (r *reader) close(c lua.Call) (lua.Results, error) {
	if r.file == nil {
		return 0, errClosed
	}
	r.clean.Stop()
	r.file.Close() // nothing was written, so nothing can be lost
	r.file, r.buf = nil, nil
	r.api.open.Add(-1)
	return c.Return0()
}

// failed hides the host's path in an error of reading.
func failed(err error) error {
	var p interface{ Unwrap() error }
	if errors.As(err, &p) && p.Unwrap() != nil {
		return p.Unwrap()
	}
	return err
}

// read is handle.read([count]): one character, or byte as a number in a binary handle; with a count, a string of at most so
// many bytes; nil at the end.
func (r *reader) read(c lua.Call) (lua.Results, error) {
	if r.file == nil {
		return 0, errClosed
	}
	if c.Arg(1).IsNil() {
		b, err := r.buf.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return c.Return1(lua.Nil)
		case err != nil:
			return 0, failed(err)
		case r.binary:
			return c.Return1(lua.Int(int(b)))
		}
		return c.Return1(lua.Bytes([]byte{b}))
	}
	n, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, errNegative
	}
	if _, err := r.buf.Peek(1); errors.Is(err, io.EOF) {
		return c.Return1(lua.Nil)
	}
	return r.returnUpTo(c, n)
}

// readAll is handle.readAll(): the rest of the file, "" at its end.
func (r *reader) readAll(c lua.Call) (lua.Results, error) {
	if r.file == nil {
		return 0, errClosed
	}
	return r.returnUpTo(c, maxString)
}

// returnUpTo returns at most n bytes of the file.
func (r *reader) returnUpTo(c lua.Call, n int) (lua.Results, error) {
	var b []byte
	for len(b) < n {
		if err := c.Interrupted(); err != nil {
			return 0, err
		}
		step := min(n-len(b), max(chunk, len(b))) // doubles, so that each byte is copied about once
		if step >= chunk {
			if left, err := r.left(); err == nil {
				step = min(step, int(min(left, maxString))+1) // one byte more, so that the end is seen at once
			}
		}
		if err := c.Reserve(2 * step); err != nil {
			return 0, err
		}
		start := len(b)
		b = append(b, make([]byte, step)...)
		got, err := io.ReadFull(r.buf, b[start:])
		b = b[:start+got]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return 0, failed(err)
		}
	}
	return c.Return1(lua.Bytes(b))
}

// left is how many bytes there seem to be until the end of the file; another program may be writing to it.
func (r *reader) left() (int64, error) {
	info, err := r.file.Stat()
	if err != nil {
		return 0, err
	}
	at, err := r.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	return max(info.Size()-at, 0) + int64(r.buf.Buffered()), nil
}

// readLine is handle.readLine([withTrailing]): the next line, without its "\n" or "\r\n" unless they are asked for; nil at the
// end.
func (r *reader) readLine(c lua.Call) (lua.Results, error) {
	if r.file == nil {
		return 0, errClosed
	}
	trailing, err := stdlib.OptBool(c, 1, false)
	if err != nil {
		return 0, err
	}
	line, err := r.buf.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.longLine(c, line)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		if len(line) == 0 {
			return c.Return1(lua.Nil)
		}
	case err != nil:
		return 0, failed(err)
	}
	if n := len(line); !trailing && n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	if err := c.Reserve(len(line) + 16); err != nil {
		return 0, err
	}
	return c.Return1(lua.Bytes(line))
}

// longLine reads on after a part of a line that fills the buffer.
func (r *reader) longLine(c lua.Call, part []byte) ([]byte, error) {
	line := append([]byte(nil), part...)
	for {
		if err := c.Interrupted(); err != nil {
			return nil, err
		}
		part, err := r.buf.ReadSlice('\n')
		if err := c.Reserve(2 * len(part)); err != nil {
			return nil, err
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// seek is handle.seek([whence[, offset]]): the new position from the start, or nil and a message.
func (r *reader) seek(c lua.Call) (lua.Results, error) {
	if r.file == nil {
		return 0, errClosed
	}
	name, err := stdlib.OptString(c, 1, "cur")
	if err != nil {
		return 0, err
	}
	var offset int64
	if !c.Arg(2).IsNil() {
		if offset, err = stdlib.CheckInt64(c, 2); err != nil {
			return 0, err
		}
	}
	at, err := r.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, failed(err)
	}
	at -= int64(r.buf.Buffered())
	var base int64
	switch name {
	case "set":
	case "cur":
		base = at
	case "end":
		info, err := r.file.Stat()
		if err != nil {
			return 0, failed(err)
		}
		base = info.Size()
	default:
		// CraftOS's message lacks the closing bracket as well.
		return 0, errors.New("bad argument #1 to 'seek' (invalid option '" + name + "'")
	}
	target := base + offset
	switch {
	case offset > 0 && target < base:
		target = math.MaxInt64
	case target < 0:
		return c.Return(lua.Nil, lua.String(errSeekBelow.Error()))
	}
	if target == at {
		return c.Return1(lua.Number(float64(at)))
	}
	if _, err := r.file.Seek(target, io.SeekStart); err != nil {
		return c.Return(lua.Nil, lua.String(failed(err).Error())) // further than the file system goes
	}
	r.buf.Reset(r.file)
	return c.Return1(lua.Number(float64(target)))
}
