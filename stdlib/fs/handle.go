package fs

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"bufio"
	"errors"
	"io"
	"math"
	"runtime"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// chunk is how much of a long text is read, in bytes, between two looks at the VM's limits.
const chunk = 64 << 10

// maxString is the length of the longest string that a VM can hold, in bytes.
const maxString = math.MaxInt32

var (
	errMode     = errors.New("Unsupported mode")
	errNegative = errors.New("Cannot read a negative number of bytes")
)

// open is fs.open(path, mode): a handle, or nil and a message.
func (a *api) open(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	text, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	mode, binary, ok := vfs.ParseMode(text)
	if !ok {
		return 0, errMode
	}
	if err := c.Reserve(1024); err != nil {
		return 0, err
	}
	file, err := a.fs.Open(path, mode, c.Interrupted)
	if err != nil {
		if limit := c.Interrupted(); limit != nil {
			return 0, limit
		}
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	return c.Return1(newHandle(file, binary).Value())
}

// handle is an open file in the hands of a program. Its methods are the functions of the Lua table.
type handle struct {
	file   *vfs.File
	binary bool
	clean  runtime.Cleanup
}

// newHandle makes the table of a file. A handle that the program forgets is closed after the collector has found it.
func newHandle(file *vfs.File, binary bool) *lua.Table {
	h := &handle{file: file, binary: binary}
	h.clean = runtime.AddCleanup(h, (*vfs.File).Abandon, file)
	type function struct {
		name string
		fn   lua.GoFunc
	}
	functions := []function{{"close", h.close}}
	mode := file.Mode()
	if mode.Reads() {
		functions = append(functions, function{"read", h.read}, function{"readLine", h.readLine}, function{"readAll", h.readAll})
	}
	if mode.Writes() {
		functions = append(functions, function{"write", h.write}, function{"writeLine", h.writeLine}, function{"flush", h.flush})
	}
	if mode != vfs.Append {
		functions = append(functions, function{"seek", h.seek})
	}
	t := lua.NewTable(0, len(functions))
	for _, f := range functions {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	return t
}

// close is handle.close().
func (h *handle) close(lua.Call) (lua.Results, error) {
	h.clean.Stop()
	return 0, h.file.Close()
}

// flush is handle.flush().
func (h *handle) flush(lua.Call) (lua.Results, error) { return 0, h.file.Flush() }

// write is handle.write(value): the text of any value, or, in a binary handle, a byte for a number.
func (h *handle) write(c lua.Call) (lua.Results, error) {
	if h.file.Closed() {
		return 0, vfs.ErrClosed
	}
	if _, number := c.Arg(1).AsNumber(); number && h.binary {
		n, err := stdlib.CheckInt(c, 1)
		if err != nil {
			return 0, err
		}
		return 0, h.file.WriteString(string([]byte{byte(n)}))
	}
	return 0, h.file.WriteString(stdlib.CoerceString(c, 1))
}

// writeLine is handle.writeLine(value): the text of any value, and a line break.
func (h *handle) writeLine(c lua.Call) (lua.Results, error) {
	text := stdlib.CoerceString(c, 1)
	if err := c.Reserve(len(text) + 1); err != nil {
		return 0, err
	}
	return 0, h.file.WriteString(text + "\n")
}

// read is handle.read([count]): one character, or byte as a number in a binary handle; with a count, a string of at most so
// many bytes; nil at the end.
func (h *handle) read(c lua.Call) (lua.Results, error) {
	in, err := h.file.Input()
	if err != nil {
		return 0, err
	}
	if c.Arg(1).IsNil() {
		b, err := in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return c.Return1(lua.Nil)
		case err != nil:
			return 0, err
		case h.binary:
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
	if _, err := in.Peek(1); errors.Is(err, io.EOF) {
		return c.Return1(lua.Nil)
	}
	return h.returnUpTo(c, in, n)
}

// readAll is handle.readAll(): the rest of the file, "" at its end.
func (h *handle) readAll(c lua.Call) (lua.Results, error) {
	in, err := h.file.Input()
	if err != nil {
		return 0, err
	}
	return h.returnUpTo(c, in, maxString)
}

// returnUpTo returns at most n bytes of the file.
func (h *handle) returnUpTo(c lua.Call, in *bufio.Reader, n int) (lua.Results, error) {
	var b []byte
	for len(b) < n {
		if err := c.Interrupted(); err != nil {
			return 0, err
		}
		step := min(n-len(b), max(chunk, len(b))) // doubles, so that each byte is copied about once
		if step >= chunk {
			if left, err := h.file.Left(); err == nil {
				step = min(step, int(min(left, maxString))+1) // one byte more, so that the end is seen at once
			}
		}
		if err := c.Reserve(2 * step); err != nil {
			return 0, err
		}
		start := len(b)
		b = append(b, make([]byte, step)...)
		got, err := io.ReadFull(in, b[start:])
		b = b[:start+got]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	return c.Return1(lua.Bytes(b))
}

// readLine is handle.readLine([withTrailing]): the next line, without its "\n" or "\r\n" unless they are asked for; nil at the
// end.
func (h *handle) readLine(c lua.Call) (lua.Results, error) {
	in, err := h.file.Input()
	if err != nil {
		return 0, err
	}
	trailing, err := stdlib.OptBool(c, 1, false)
	if err != nil {
		return 0, err
	}
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = longLine(c, in, line)
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
		return 0, err
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
func longLine(c lua.Call, in *bufio.Reader, part []byte) ([]byte, error) {
	line := append([]byte(nil), part...)
	for {
		if err := c.Interrupted(); err != nil {
			return nil, err
		}
		part, err := in.ReadSlice('\n')
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
func (h *handle) seek(c lua.Call) (lua.Results, error) {
	if h.file.Closed() {
		return 0, vfs.ErrClosed
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
	whence := io.SeekStart
	switch name {
	case "set":
	case "cur":
		whence = io.SeekCurrent
	case "end":
		whence = io.SeekEnd
	default:
		// CraftOS's message lacks the closing bracket as well.
		return 0, errors.New("bad argument #1 to 'seek' (invalid option '" + name + "'")
	}
	at, err := h.file.Seek(offset, whence)
	switch {
	case errors.Is(err, vfs.ErrPosition):
		return c.Return(lua.Nil, lua.String(err.Error()))
	case err != nil:
		return 0, err
	}
	return c.Return1(lua.Number(float64(at)))
}
