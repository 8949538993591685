package digest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

var errFiles = fmt.Errorf("%d files are being read for digests already; wait for some", MaxFiles)

// errRead doesn't tell what the host said, which may have paths of the host in it.
var errRead = errors.New("the file can't be read")

// file is file(algorithm, path[, raw]): the digest, or nil and a message.
func (a *api) file(c lua.Call) (lua.Results, error) {
	f, err := algorithm(c, 1)
	if err != nil {
		return 0, err
	}
	path, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	raw, err := stdlib.OptBool(c, 3, false)
	if err != nil {
		return 0, err
	}
	if a.reading.Full() {
		return 0, errFiles
	}
	in, err := a.files.OpenShared(path)
	if err != nil {
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	h := f()
	var failed error
	return a.reading.Run(c, func(ctx context.Context) {
		defer in.Close()
		buf := make([]byte, 128<<10)
		for ctx.Err() == nil {
			n, err := in.Read(buf)
			h.Write(buf[:n])
			if err == io.EOF {
				return
			}
			if err != nil {
				failed = errRead
				return
			}
		}
		failed = ctx.Err()
	}, func(c lua.Call) (lua.Results, error) {
		if failed != nil {
			return c.Return(lua.Nil, lua.String(failed.Error()))
		}
		digest := h.Sum(nil)
		if raw {
			return c.Return1(lua.Bytes(digest))
		}
		return c.Return1(lua.String(fmt.Sprintf("%x", digest)))
	})
}
