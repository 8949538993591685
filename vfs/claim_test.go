package vfs

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

func claimed(err error) (pid int, ok bool) {
	e, ok := errors.AsType[*ClaimedError](err)
	if !ok {
		return 0, false
	}
	return e.PID, true
}

func TestClaim(t *testing.T) {
	dir := t.TempDir()
	for _, m := range []func() Mount{
		func() Mount {
			folder, err := Folder(dir)
			if err != nil {
				t.Fatal(err)
			}
			return Mount{FS: folder}
		},
		func() Mount { return Mount{FS: Memory(), Capacity: 1 << 20} },
	} {
		f, err := New(Options{Mounts: []Mount{m()}})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c, err := f.Claim("a.claim")
		if err != nil {
			t.Fatal(err)
		}
		if pid, ok := claimed(second(f.Claim("A.claim"))); !ok || pid != os.Getpid() {
			t.Errorf("the second claim: %d, %t", pid, ok)
		}
		if _, err := f.Stat("a.claim"); err != nil {
			t.Error(err)
		}
		c.Release()
		c.Release()
		if _, err := f.Stat("a.claim"); err == nil {
			t.Error("the file is still there")
		}
		again, err := f.Claim("a.claim")
		if err != nil {
			t.Fatal(err)
		}
		again.Release()
		if _, err := f.Claim("none/a.claim"); err == nil || err.Error() != "/none/a.claim: No such file" {
			t.Error(err)
		}
		if err := f.MakeDir("folder", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Claim("folder"); err == nil || err.Error() != "/folder: Access denied" {
			t.Error(err)
		}
		for i := range 200 {
			if _, err = f.Claim("many" + strconv.Itoa(i)); err != nil {
				break
			}
		}
		if err == nil {
			t.Error("there is no limit")
		}
	}
}

func second(_ *Claim, err error) error { return err }

// Close releases claims, and so does the end of a process that is killed.
func TestClaimEnds(t *testing.T) {
	if dir := os.Getenv("LUART_TEST_CLAIM"); dir != "" {
		f := openFS(t, dir, 0)
		if _, err := f.Claim("x"); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("\nclaimed\n")
		os.Stdin.Read(make([]byte, 1))
		return
	}
	dir := t.TempDir()
	one, two := openFS(t, dir, 0), openFS(t, dir, 0)
	if _, err := one.Claim("x"); err != nil {
		t.Fatal(err)
	}
	if pid, ok := claimed(second(two.Claim("x"))); !ok || pid != os.Getpid() {
		t.Errorf("%d, %t", pid, ok)
	}
	one.Close()
	if _, err := os.Stat(filepath.Join(dir, "x")); err == nil {
		t.Error("Close has left the file")
	}
	child := exec.Command(os.Args[0], "-test.run=^TestClaimEnds$")
	child.Env = append(os.Environ(), "LUART_TEST_CLAIM="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "claimed" {
	}
	if pid, ok := claimed(second(two.Claim("x"))); !ok || pid != child.Process.Pid {
		t.Errorf("%d, %t, not the child's %d", pid, ok, child.Process.Pid)
	}
	child.Process.Kill()
	child.Wait()
	if err := second(two.Claim("x")); err != nil {
		t.Error(err)
	}
}
