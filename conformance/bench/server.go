package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	luart "github.com/luart/luart/runtime"
)

// benchServer is a server that "bench http" measures, in a process of its own: "bench http -serve NAME". It writes its port first,
// and for every line that it reads how much memory it takes.
type benchServer struct {
	name    string
	program string           // in Lua; it prints its port
	plugin  string           // in Lua, of "luart serve", in place of a program
	beside  string           // another plugin, in Lua
	rpc     bool             // the plugin is asked by JSON-RPC, not by HTTP
	bare    http.HandlerFunc // without either
}

// running is a server that has been started.
type running struct {
	address string
	in      io.Writer
	out     *bufio.Reader
	stop    func()
}

// startServer starts a server.
type startServer func(ctx context.Context, s benchServer) (*running, error)

// hear reads what a server says first. It is ended if it says something else.
func (r *running) hear(in io.Writer, out io.Reader, stop func()) (*running, error) {
	r.in, r.out, r.stop = in, bufio.NewReader(out), stop
	port, err := r.out.ReadString('\n')
	if err != nil {
		stop()
		return nil, fmt.Errorf("it has not started: %w", err)
	}
	r.address = "127.0.0.1:" + strings.TrimSpace(port)
	return r, nil
}

// memory returns the bytes of the server's heap and stacks that are in use.
func (r *running) memory() (int64, error) {
	if _, err := io.WriteString(r.in, "memory\n"); err != nil {
		return 0, err
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(line), 10, 64)
}

// startChild is the startServer of the program.
func startChild(ctx context.Context, s benchServer) (*running, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "http", "-serve", s.name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return new(running).hear(in, out, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// serve is a server until ctx is done or stdin ends, as it does with who has started the process.
func serve(ctx context.Context, name string, stdin io.Reader, stdout io.Writer) error {
	all := slices.Concat(helloServers, echoServers, rpcServers, pluginServers)
	i := slices.IndexFunc(all, func(s benchServer) bool { return s.name == name })
	if i < 0 {
		return fmt.Errorf("there is no server %q", name)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as the luart command does; for the bare server as well
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		for lines := bufio.NewScanner(stdin); lines.Scan(); {
			fmt.Fprintln(stdout, memoryInUse())
		}
	}()
	if all[i].bare != nil {
		return serveBare(ctx, all[i].bare, stdout)
	}
	if all[i].plugin != "" {
		return servePlugin(ctx, all[i], stdout)
	}
	return serveProgram(ctx, all[i].program, stdout)
}

// servePlugin serves a plugin called hello.
func servePlugin(ctx context.Context, s benchServer, stdout io.Writer) error {
	folder, err := os.MkdirTemp("", "luart-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for name, source := range map[string]string{"hello.lua": s.plugin, "neighbour.lua": s.beside} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(source), 0o666); err != nil {
			return err
		}
	}
	settings := map[string]any{}
	for _, section := range []string{"network", "ratchet", "rpc", "packages"} {
		settings[section] = map[string]any{"enabled": false}
	}
	section, facade := "network", "plugin_server"
	if s.rpc {
		section, facade = "rpc", "rpc"
	}
	settings[section] = map[string]any{"port": 0}
	computer, err := luart.New(luart.WithControl(luart.Control{
		Plugins: folder,
		Settings: func() (map[string]any, error) {
			return settings, nil
		},
		Ready: func(addresses map[string]string) {
			fmt.Fprintln(stdout, addresses[facade][strings.LastIndexByte(addresses[facade], ':')+1:])
		},
	}), luart.WithDrain(100*time.Millisecond))
	if err != nil {
		return err
	}
	if _, err = computer.Run(ctx); ctx.Err() != nil {
		return nil
	}
	return err
}

func serveProgram(ctx context.Context, program string, stdout io.Writer) error {
	computer, err := luart.New(luart.WithCode("=server", program), luart.WithStdout(stdout), luart.WithDrain(100*time.Millisecond))
	if err != nil {
		return err
	}
	if _, err = computer.Run(ctx); ctx.Err() != nil {
		return nil
	}
	return err
}

func serveBare(ctx context.Context, f http.HandlerFunc, stdout io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, WriteTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// memoryInUse returns the bytes of this process's heap and stacks that are in use.
func memoryInUse() int64 {
	for range 3 { // pools are emptied by the second one, stacks are made smaller
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
