// Package files is the module luart.files: what programs need of a disk that keep a journal, and fs hasn't. Files and folders are renamed in one
// step, over others if need be, trees are made durable, and a file can stand for what one process at a time may do.
//
// Paths of the computer enter; the file system changes. What may take long runs on other goroutines while the calling coroutine
// yields, the rest on the computer's. Programs get the module by require; the runtime calls Open.
package files

import (
	"context"
	"errors"
	"fmt"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

const (
	// MaxSyncs is how many calls of sync of one computer work at a time.
	MaxSyncs = 8
	// maxDepth and maxSynced bound what one call makes durable.
	maxDepth  = 128
	maxSynced = 1_000_000
)

// Options are what the module needs.
type Options struct {
	// Files is the computer's file system.
	Files *vfs.FS
}

type api struct {
	files   *vfs.FS
	syncing *stdlib.Background
}

// Open returns the module for a computer. It is for the computer's goroutine.
func Open(c stdlib.Computer, o Options) lua.Value {
	a := &api{o.Files, stdlib.NewBackground(c, MaxSyncs)}
	t := lua.NewTable(0, 3)
	t.SetString("claim", lua.NewFunction("claim", a.claim))
	t.SetString("rename", lua.NewFunction("rename", a.rename))
	t.SetString("sync", lua.NewFunction("sync", a.sync))
	return t.Value()
}

func failed(c lua.Call, err error) (lua.Results, error) {
	var about *vfs.PathError
	if !errors.As(err, &about) {
		return 0, err // a limit of the program's
	}
	return c.Return(lua.Nil, lua.String(err.Error()))
}

// rename is rename(from, to[, sync]) -> true | nil, message.
func (a *api) rename(c lua.Call) (lua.Results, error) {
	from, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	to, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	durable, err := stdlib.OptBool(c, 3, true)
	if err != nil {
		return 0, err
	}
	if err := a.files.Rename(from, to, durable, c.Interrupted); err != nil {
		return failed(c, err)
	}
	return c.Return1(lua.True)
}

// claim is claim(path) -> claim | nil, message[, pid].
func (a *api) claim(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	held, err := a.files.Claim(path)
	if claimed, ok := errors.AsType[*vfs.ClaimedError](err); ok {
		pid := lua.Nil
		if claimed.PID != 0 {
			pid = lua.Int(claimed.PID)
		}
		return c.Return(lua.Nil, lua.String(err.Error()), pid)
	}
	if err != nil {
		return failed(c, err)
	}
	t := lua.NewTable(0, 1)
	t.SetString("release", lua.NewFunction("release", func(c lua.Call) (lua.Results, error) {
		held.Release()
		return c.Return0()
	}))
	return c.Return1(t.Value())
}

var errSyncs = fmt.Errorf("%d calls of sync are under way already; wait for some", MaxSyncs)

// sync is sync(path[, recursive]) -> true | nil, message.
func (a *api) sync(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	all, err := stdlib.OptBool(c, 2, false)
	if err != nil {
		return 0, err
	}
	if a.syncing.Full() {
		return 0, errSyncs
	}
	info, err := a.files.Stat(path)
	if err != nil {
		return failed(c, err)
	}
	// The name of a file is in the folder above it, which has to be synced, too.
	clean := vfs.Clean(path)
	dir, local := clean, ""
	if !info.IsDir {
		dir, local = vfs.Dir(clean), vfs.Name(clean)
	}
	branch, err := a.files.Branch(dir, c.Interrupted)
	if err != nil {
		return failed(c, err)
	}
	var failure error
	return a.syncing.Run(c, func(ctx context.Context) {
		defer branch.Close()
		s := syncing{ctx: ctx, branch: branch}
		switch {
		case local != "":
			if failure = branch.Sync(local); failure == nil {
				failure = branch.Sync("")
			}
		case all:
			failure = s.tree("", 0)
		default:
			failure = branch.Sync("")
		}
	}, func(c lua.Call) (lua.Results, error) {
		if failure != nil {
			return c.Return(lua.Nil, lua.String(failure.Error()))
		}
		return c.Return1(lua.True)
	})
}

// syncing is the state of one call.
type syncing struct {
	ctx    context.Context
	branch *vfs.Branch
	count  int
}

// tree makes a folder durable with all that is in it: what is inside first, so that no name is durable before what it is of.
func (s *syncing) tree(local string, depth int) error {
	names, err := s.branch.Names(local)
	if err != nil {
		return err
	}
	if depth > maxDepth {
		return fmt.Errorf("/%s: folders are nested more than %d deep", s.branch.Path(), maxDepth)
	}
	for _, name := range names {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if s.count++; s.count > maxSynced {
			return fmt.Errorf("/%s: there are more than %d files; sync folders in it one by one", s.branch.Path(), maxSynced)
		}
		path := name
		if local != "" {
			path = local + "/" + name
		}
		info, err := s.branch.Lstat(path)
		switch {
		case errors.Is(err, vfs.ErrNotFound), errors.Is(err, vfs.ErrAccess) && local == "":
			continue // deleted meanwhile, or a mount is in its place
		case err != nil:
			return err
		case info.IsDir():
			err = s.tree(path, depth+1)
		case info.Mode().IsRegular():
			err = s.branch.Sync(path)
		}
		if err != nil && !errors.Is(err, vfs.ErrNotFound) {
			return err
		}
	}
	return s.branch.Sync(local)
}
