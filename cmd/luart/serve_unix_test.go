//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

const reloadSignal = syscall.SIGHUP

// Each of these signals ends the server in good order.
func TestServeSignals(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGABRT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := serve(t, folder(t, map[string]string{"plugins/p/main.lua": "onUnload(function() Storage.Set('p', 'a', 'b', 1) print('bye') end)"}))
			s.signal(t, sig)
			if code := s.end(t); code != 0 || !strings.Contains(s.out.String(), "[p] info: bye\n") {
				t.Errorf("exit code %d\n%s\n%s", code, s.out.String(), s.err.String())
			}
		})
	}
}

// A request that runs is answered before the end, and hooks run after it.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	s := serve(t, folder(t, map[string]string{"plugins/p/main.lua": `
		route("/", function() print("asked") while not going do sleep(0.05) end print("answering") return 200, "late" end)
		-- The request waits until the signal has come: the server takes no others then.
		setTimer(function() going = going or fs.exists("/go") end, 50, 0)
		onUnload(function() print("bye") end)`}))
	answer := make(chan string)
	go func() {
		response, err := http.Get(s.address["plugin server"] + "/p")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		answer <- response.Status
	}()
	s.out.wait(t, "asked")
	s.signal(t, syscall.SIGTERM)
	for { // until the port is closed
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(s.address["plugin server"] + "/nothing")
		if err != nil {
			break
		}
		response.Body.Close()
	}
	s.write(t, "plugins/p/go", "")
	if got := <-answer; got != "200 OK" {
		t.Error(got)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d, %s", code, s.err.String())
	}
	if out := s.out.String(); strings.Index(out, "answering") > strings.Index(out, "bye") || !strings.Contains(out, "bye") {
		t.Error(out)
	}
}

// An end that takes too long is cut off: by a second signal, and by itself.
func TestServeEndsAnyway(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"plugins/p/main.lua": "onUnload(function() print('never ends') while true do sleep(1) end end)",
		"plugins/q/main.lua": "onUnload(function() print('never ends') while true do end end)",
	}
	t.Run("second signal", func(t *testing.T) {
		t.Parallel()
		s := serve(t, folder(t, files))
		s.signal(t, syscall.SIGINT)
		s.out.wait(t, "never ends")
		s.signal(t, syscall.SIGTERM)
		if code := s.end(t); code != 143 {
			t.Errorf("exit code %d, %s", code, s.err.String())
		}
	})
	t.Run("drain_time", func(t *testing.T) {
		t.Parallel()
		s := serve(t, folder(t, files), "--set", "limits.drain_time=200ms")
		s.signal(t, syscall.SIGINT)
		if code := s.end(t); code != 0 || !strings.Contains(s.err.String(), "the time for the end is over") {
			t.Errorf("exit code %d, %s", code, s.err.String())
		}
	})
}

// Requests go on while the server reloads again and again: none fails.
func TestServeReloadsUnderLoad(t *testing.T) {
	t.Parallel()
	s := serve(t, folder(t, map[string]string{"plugins/p/main.lua": "print('loaded') route('/', function() return 200, 'fine' end)"}))
	var stop atomic.Bool
	var asking sync.WaitGroup
	var asked atomic.Int64
	for range 4 {
		asking.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for !stop.Load() {
				response, err := client.Get(s.address["plugin server"] + "/p")
				if err != nil {
					t.Error(err)
					return
				}
				response.Body.Close()
				if response.StatusCode != 200 {
					t.Error(response.Status)
					return
				}
				asked.Add(1)
			}
		})
	}
	for i := range 20 {
		sig := []os.Signal{syscall.SIGHUP, syscall.SIGUSR1}[i%2]
		s.signal(t, sig)
		for strings.Count(s.out.String(), "loaded") < i+2 && !t.Failed() {
		}
	}
	stop.Store(true)
	asking.Wait()
	if asked.Load() == 0 {
		t.Error("nothing was asked")
	}
	if strings.Contains(s.err.String(), "press Ctrl-C") {
		t.Error(s.err.String())
	}
}

// What plugins store and log is not for other users of the machine, but a folder that is there stays as it is.
func TestServeFoldersArePrivate(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"plugins/p/main.lua": "Storage.Set('p', 'a', 'b', 1)", "logs/old.txt": ""})
	if err := os.Chmod(filepath.Join(dir, "logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	serve(t, dir, "--set", "logs.folder=logs")
	for name, want := range map[string]os.FileMode{"data": 0o700, "logs": 0o755} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("the folder %s has the mode %o, want %o", name, got, want)
		}
	}
}
