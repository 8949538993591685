package vfs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestHostPlaces(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "data", "deep"), 0o777),
		os.WriteFile(filepath.Join(dir, "data", "a.db"), []byte("abc"), 0o666),
		os.Symlink(outside, filepath.Join(dir, "out")),
		os.Symlink("data", filepath.Join(dir, "in")),
		os.Symlink(filepath.Join(outside, "x"), filepath.Join(dir, "data", "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	limited, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(Options{Mounts: []Mount{{FS: root}, {Path: "tmp", FS: Memory()}, {Path: "small", FS: limited, Capacity: 100, ReadOnly: true}}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for path, want := range map[string]string{
		"data/a.db": "data/a.db", "/data/../data/new.db": "data/new.db", "data/deep": "data/deep", "": "", "small/data": "data",
	} {
		p, err := f.Host(path)
		if err != nil || p.Host != filepath.Join(dir, filepath.FromSlash(want)) || p.Limited != (path == "small/data") || p.ReadOnly != p.Limited {
			t.Errorf("%s: %+v, %v", path, p, err)
		}
	}
	for path, want := range map[string]error{
		"../x": ErrInvalid, "out/x": ErrAccess, "in/a.db": ErrAccess, "data/link": ErrAccess, "tmp/x": ErrAccess,
		"data/a.db/x": nil, "missing/x": nil, "data/.luart-0123456789abcdef.tmp": ErrAccess,
	} {
		if p, err := f.Host(path); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %+v, %v", path, p, err)
		}
	}
	p, err := f.Host("data/new.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "y"), p.Host); err != nil {
		t.Fatal(err)
	}
	if err := p.Recheck(); !errors.Is(err, ErrAccess) {
		t.Error(err)
	}
}

func TestOpenShared(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	root, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(Options{Mounts: []Mount{{FS: root}}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := f.OpenShared("a")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if text, err := io.ReadAll(in); string(text) != "abc" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	for _, path := range []string{"", "b", "../a", "a/b"} {
		if _, err := f.OpenShared(path); err == nil {
			t.Errorf("%q: no error", path)
		}
	}
}
