//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// manager is a service manager: what it is told comes to its socket, which the variable NOTIFY_SOCKET names.
func manager(t *testing.T) (variable string, told func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "luart") // names of sockets have to be short
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		socket.Close()
		os.RemoveAll(dir)
	})
	return "NOTIFY_SOCKET=" + path, func() string {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, 4096)
		n, err := socket.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}
}

func TestServeTellsItsManager(t *testing.T) {
	t.Parallel()
	variable, told := manager(t)
	s := serveWith(t, folder(t, map[string]string{"plugins/p/main.lua": "route('/', function() return 200, 'one' end)"}),
		[]string{variable}, "--ratchet", "off", "--plugin-server", "0", "--rpc", "off", "--packages", "off")
	ready := told()
	address, ok := strings.CutPrefix(ready, "READY=1\nSTATUS=Serving http://")
	if !ok {
		t.Fatalf("%q", ready)
	}
	conn, err := net.Dial("tcp", address) // it listens
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	s.out.wait(t, "plugins") // it has been announced to people

	s.address = map[string]string{"plugin server": "http://" + address}
	s.write(t, "plugins/p/main.lua", "route('/', function() return 200, 'two' end)")
	s.signal(t, syscall.SIGHUP)
	if got := told(); !strings.HasPrefix(got, "RELOADING=1") {
		t.Errorf("%q", got)
	}
	if got := told(); got != "READY=1" {
		t.Errorf("%q", got)
	}
	s.want(t, "GET", "plugin server", "/p", "", 200, "two") // it is done when it says so

	s.signal(t, syscall.SIGTERM)
	if got := told(); !strings.HasPrefix(got, "STOPPING=1\n") {
		t.Errorf("%q", got)
	}
	if code := s.end(t); code != 0 || s.err.String() != "" {
		t.Errorf("exit code %d, %s", code, s.err.String())
	}
}

// A reload that finds a mistake ends as well.
func TestServeTellsOfFailedReload(t *testing.T) {
	t.Parallel()
	variable, told := manager(t)
	s := serveWith(t, folder(t, map[string]string{"luart.ini": "[limits]\njson_depth = 7\n"}),
		[]string{variable}, "--ratchet", "off", "--plugin-server", "0", "--rpc", "off", "--packages", "off")
	told()
	s.write(t, "luart.ini", "[limits]\njson_depth = many\n")
	s.signal(t, syscall.SIGHUP)
	for _, want := range []string{"RELOADING=1", "READY=1"} {
		if got := told(); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	s.signal(t, syscall.SIGTERM)
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d, %s", code, s.err.String())
	}
}

// A manager that is gone is no reason not to serve.
func TestServeWithoutItsManager(t *testing.T) {
	t.Parallel()
	s := serveWith(t, t.TempDir(), []string{"NOTIFY_SOCKET=/nonexistent/socket"}, "--ratchet", "off", "--plugin-server", "0", "--rpc", "off", "--packages", "off")
	s.out.wait(t, "There is no plugin yet")
	s.err.wait(t, "the service manager can't be told")
	s.signal(t, syscall.SIGTERM)
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d, %s", code, s.err.String())
	}
}
