package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/settings"
)

type serveCommand struct {
	Config       string            `placeholder:"FILE" help:"Configuration. Default: luart.ini in the current folder, if there is one."`
	Plugins      *string           `placeholder:"DIR" help:"Folder of the plugins (default: plugins)."`
	Data         *string           `placeholder:"DIR" help:"Folder of what is stored (default: data)."`
	Ratchet      *string           `placeholder:"ADDR|off" help:"Where the Ratchet web server listens (127.0.0.1:5460)."`
	PluginServer *string           `placeholder:"ADDR|off" help:"Where the Plugin Server listens (127.0.0.1:9192)."`
	RPC          *string           `name:"rpc" placeholder:"ADDR|off" help:"Where JSON-RPC over WebSocket listens (127.0.0.1:6133)."`
	Packages     *string           `placeholder:"ADDR|off" help:"Where the package API listens (127.0.0.1:51515)."`
	Watch        []string          `placeholder:"PLUGIN" help:"Reload a plugin when its files change; '*' is all. May be given again."`
	AllowPrivate bool              `help:"Let plugins connect to this machine and its network, too."`
	Set          map[string]string `placeholder:"SECTION.KEY=VALUE" mapsep:"none" help:"Set any key of the configuration. May be given again."`
	PrintConfig  bool              `help:"Print the configuration that results, with the source of each value, and end."`
}

// Help is what luart serve --help says besides.
func (*serveCommand) Help() string {
	return `Serves the plugins of a folder: their routes and files, the REST API of Ratchet, JSON-RPC over WebSocket, and
the package API, each at an address of its own that only this machine can reach unless it is told otherwise. An
address is HOST:PORT, or PORT alone. Every key of the configuration can also be set by a variable of the
environment, such as LUART_NETWORK_PORT for [network] port.

Ctrl-C and SIGTERM end it when running requests are answered; a second one ends it at once. SIGHUP reads the
configuration and reloads the plugins without closing a port.`
}

// load reads the settings with what the flags say.
func (s *serveCommand) load() (*settings.Settings, error) {
	o := settings.Options{File: s.Config, Environ: os.Environ(), Flags: map[string]string{}, Names: map[string]string{}}
	put := func(flag, id, value string) {
		o.Flags[id], o.Names[id] = strings.ReplaceAll(value, "$", "$$"), flag
	}
	for id, value := range s.Set {
		put("--set "+id, id, value)
	}
	if s.Plugins != nil {
		put("--plugins", "paths.plugins", *s.Plugins)
	}
	if s.Data != nil {
		put("--data", "paths.data", *s.Data)
	}
	if len(s.Watch) > 0 {
		put("--watch", "plugins.watch", strings.Join(s.Watch, " "))
	}
	if s.AllowPrivate {
		put("--allow-private", "plugins.allow_private", "true")
	}
	for i, address := range []*string{s.Ratchet, s.PluginServer, s.RPC, s.Packages} {
		if address == nil {
			continue
		}
		facade := settings.Facades[i]
		flag := "--" + [...]string{"ratchet", "plugin-server", "rpc", "packages"}[i]
		values, err := facade.ParseAddress(*address)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", flag, err)}
		}
		for id, value := range values {
			put(flag, id, value)
		}
	}
	loaded, err := settings.Load(o)
	if err != nil {
		return nil, usageError{err}
	}
	return loaded, nil
}

// Run serves until a signal comes.
func (s *serveCommand) Run(st streamer) error {
	std := st.standard()
	conf, err := s.load()
	if err != nil {
		return err
	}
	if s.PrintConfig {
		return conf.Print(std.out)
	}
	log := slog.New(newLogHandler(std.err))
	for _, w := range conf.Warnings {
		log.Warn(w)
	}
	control, err := s.control(conf, std, log)
	if err != nil {
		return err
	}
	removePID, err := writePID(conf.String("paths.pidfile"))
	if err != nil {
		return err
	}
	defer removePID()
	tuneCollector(int64(conf.Number("limits.memory")))
	computer, err := runtime.New(
		runtime.WithScratch(0), runtime.WithControl(*control), runtime.WithMemory(int64(conf.Number("limits.memory"))),
		runtime.WithStdout(std.out), runtime.WithStderr(std.err), runtime.WithLogger(log), runtime.WithVersion(currentVersion()),
	)
	if err != nil {
		return usageError{err}
	}
	signals := watchSignals(std.err, s.onSignal(computer), removePID,
		os.Interrupt, syscall.SIGTERM, syscall.SIGABRT, syscall.SIGQUIT, syscall.SIGHUP, signalUser1)
	code, err := computer.Run(context.Background())
	got := signals.stop()
	var failure *runtime.ProgramError
	switch {
	case errors.Is(err, runtime.ErrStopped):
		return exitCode(signalCode(got))
	case errors.As(err, &failure) && !failure.Terminated:
		return errors.New(failure.Message)
	case err != nil && failure == nil:
		return err
	}
	return exitCode(code).orNil()
}

// onSignal returns what to do about signals: SIGHUP and SIGUSR1 reload, others end the server, the second one at once.
func (*serveCommand) onSignal(c *runtime.Computer) func(os.Signal) bool {
	end := twice(c)
	return func(sig os.Signal) bool {
		if sig == syscall.SIGHUP || sig == signalUser1 {
			c.Reload()
			return false
		}
		return end(sig)
	}
}

// control makes the folders ready and says what the control plane works on.
func (s *serveCommand) control(conf *settings.Settings, std streams, log *slog.Logger) (*runtime.Control, error) {
	c := &runtime.Control{
		Plugins: conf.String("paths.plugins"), Data: conf.String("paths.data"), Secrets: conf.String("paths.secrets"),
		AllowPrivate: conf.Bool("plugins.allow_private"), Documents: map[string]string{},
	}
	for _, dir := range []string{c.Plugins, c.Data} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("the folder can't be made: %w", err)
		}
	}
	if _, _, err := documents(conf, c.Documents); err != nil {
		return nil, err
	}
	first := conf
	c.Settings = func() (map[string]any, error) {
		conf := first
		if first == nil {
			again, err := s.load()
			if err != nil {
				return nil, err
			}
			conf = again
		}
		first = nil
		return table(conf)
	}
	c.Ready = func(addresses map[string]string) { announce(std.out, conf, addresses) }
	return c, nil
}

// table is what Lua gets of the settings: the keys, the texts of certificates, and which documents are served where.
func table(conf *settings.Settings) (map[string]any, error) {
	t := conf.Table()
	routes, _, err := documents(conf, map[string]string{})
	if err != nil {
		return nil, err
	}
	t["paths"].(map[string]any)["documents"] = routes
	if conf.Bool("ssl.enabled") {
		for _, name := range []string{"cert", "key"} {
			text, err := os.ReadFile(conf.String("ssl." + name + "file"))
			if err != nil {
				return nil, fmt.Errorf("[ssl] %sfile: %w", name, err)
			}
			t["ssl"].(map[string]any)[name] = string(text)
		}
	}
	return t, nil
}

// documents puts the folders that are served as files into mounts, by names, and returns the name for each path of URLs.
func documents(conf *settings.Settings, mounts map[string]string) (map[string]string, map[string]string, error) {
	routes := map[string]string{}
	for i, item := range conf.List("paths.documents") {
		route, folder, ok := strings.Cut(item, ":")
		if !ok || len(route) == 1 && filepath.VolumeName(item) != "" {
			route, folder = "/doc", item
		}
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(conf.Base, folder)
		}
		route = "/" + strings.Trim(route, "/")
		if info, err := os.Stat(folder); err != nil {
			return nil, nil, fmt.Errorf("[paths] documents: %w", err)
		} else if !info.IsDir() {
			return nil, nil, fmt.Errorf("[paths] documents: %s is no folder", folder)
		}
		if _, ok := routes[route]; ok {
			return nil, nil, fmt.Errorf("[paths] documents: there are two folders for %s; give one of them another path, such as /files:%s", route, folder)
		}
		name := strconv.Itoa(i + 1)
		routes[route], mounts[name] = name, folder
	}
	return routes, mounts, nil
}

// writePID writes the process's number to a file, and returns what removes it.
func writePID(file string) (remove func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("[paths] pidfile: %w", err)
	}
	return func() { _ = os.Remove(file) }, nil
}

// announce tells people where the server listens, and what to do first.
func announce(w io.Writer, conf *settings.Settings, addresses map[string]string) {
	var b strings.Builder
	fmt.Fprintf(&b, "luart %s, process %d\n", currentVersion(), os.Getpid())
	names := make([]string, 0, len(addresses))
	for name := range addresses {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "  %-14s %s\n", name, addresses[name])
	}
	if len(names) == 0 {
		b.WriteString("  all servers are off\n")
	}
	plugins := conf.String("paths.plugins")
	fmt.Fprintf(&b, "  %-14s %s\n", "plugins", plugins)
	if entries, err := os.ReadDir(plugins); err == nil && len(entries) == 0 {
		b.WriteString("There is no plugin yet. In another terminal: luart new plugin hello\n")
	}
	_, _ = io.WriteString(w, b.String())
}
