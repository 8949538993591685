package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/signal"
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
environment, such as LUART_NETWORK_PORT for [network] port; --print-config
shows them all. An address besides those of this machine needs a token or key, or section.open = true.

Ctrl-C and SIGTERM end it when running requests are answered; a second one ends it at once. SIGHUP reads the
configuration and reloads the plugins without closing a port.

Exit codes: 0, 1 if it can't start, 2 if the configuration or the arguments are wrong, 128 and the number of a second
signal.`
}

// rpcVariable is a variable of luart rpc that is no setting.
const rpcVariable = "LUART_RPC_URL"

// load reads the settings with what the flags say.
func (s *serveCommand) load() (*settings.Settings, error) {
	environ := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, rpcVariable+"=") })
	o := settings.Options{File: s.Config, Environ: environ, Flags: map[string]string{}, Names: map[string]string{}}
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
	if s.Config != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, configurationError{fmt.Errorf("--config: there is no file %s; check the name, or leave it out to use the defaults", s.Config)}
	} else if err != nil {
		return nil, configurationError{err}
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
	notify := &notifier{log: log}
	pid := pidFile(conf.String("paths.pidfile"))
	defer pid.remove()
	var computer *runtime.Computer
	var failed error
	control, err := s.control(conf, log)
	if err != nil {
		return err
	}
	control.Ready = func(addresses map[string]string) {
		// Not before: a second server, which finds the ports taken, leaves the file of the first one alone.
		if failed = pid.write(); failed != nil {
			computer.Terminate()
			return
		}
		announce(std.out, conf, addresses)
		notify.ready(addresses)
	}
	control.Reloaded = notify.reloaded
	tuneCollector(int64(conf.Number("limits.memory")))
	options := []runtime.Option{
		runtime.WithControl(*control), runtime.WithMemory(int64(conf.Number("limits.memory"))),
		runtime.WithStdout(std.out), runtime.WithStderr(std.err), runtime.WithLogger(log), runtime.WithVersion(currentVersion()),
	}
	rules, err := pluginRules(conf)
	if err != nil {
		return err
	}
	options = append(options, rules...)
	if file := conf.String("file_server.common_log"); file != "" {
		if err := makeFolder(filepath.Dir(file), private, true); err != nil {
			return fmt.Errorf("[file_server] common_log: %w; change its permissions, or give another path", err)
		}
		options = append(options, runtime.WithMount(filepath.Dir(file), commonLog, false))
	}
	computer, err = runtime.New(options...)
	if err != nil {
		return usageError{err}
	}
	stopReloads := reloadBySignal(computer, notify)
	defer stopReloads()
	end := twice(computer)
	ask := func(sig os.Signal) bool {
		notify.stops()
		return end(sig)
	}
	signals := watchSignals(std.err, ask, pid.remove, os.Interrupt, syscall.SIGTERM, syscall.SIGABRT, syscall.SIGQUIT)
	code, err := computer.Run(context.Background())
	got := signals.stop()
	var failure *runtime.ProgramError
	switch {
	case failed != nil:
		return failed
	case errors.Is(err, runtime.ErrStopped):
		return exitCode(signalCode(got))
	case errors.As(err, &failure):
		if failure.Terminated { // before anything was there to be ended in order
			return nil
		}
		return errors.New(failure.Message)
	case err != nil:
		return err
	}
	return exitCode(code).orNil()
}

// reloadBySignal has the configuration and the plugins read again at SIGHUP and SIGUSR1, until stop is called.
func reloadBySignal(c *runtime.Computer, notify *notifier) (stop func()) {
	ch := make(chan os.Signal, 1) // one that comes while another one waits means the same
	signal.Notify(ch, syscall.SIGHUP, signalUser1)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-ch:
				notify.reloading()
				c.Reload()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(ch)
		close(done)
	}
}

// control makes the folders ready and says what the control plane works on.
func (s *serveCommand) control(conf *settings.Settings, log *slog.Logger) (*runtime.Control, error) {
	c := &runtime.Control{
		Plugins: conf.String("paths.plugins"), Data: conf.String("paths.data"), Secrets: conf.String("paths.secrets"), Logs: conf.String("logs.folder"),
		AllowPrivate: conf.Bool("plugins.allow_private"), Packages: packageFolders(conf), Documents: map[string]string{},
	}
	// A folder of plugins that somebody has named is there, or its name is misspelt.
	if conf.Source("paths.plugins") != "default" {
		if _, err := os.Stat(c.Plugins); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: there is no folder %s; make it, or give another one with --plugins DIR", conf.Source("paths.plugins"), c.Plugins)
		}
	}
	for _, f := range []struct{ dir, what, flag string }{
		{c.Plugins, "the plugins", "--plugins DIR"}, {c.Data, "what is stored", "--data DIR"}, {c.Logs, "the logs", "--set logs.folder=DIR"},
		{c.Packages.Profiles, "the profiles of packages", "--set packages.profiles=DIR"},
	} {
		if f.dir == "" {
			continue
		}
		plugins := f.dir == c.Plugins
		perm := private
		if plugins {
			perm = 0o755
		}
		if err := makeFolder(f.dir, perm, !plugins); err != nil {
			return nil, fmt.Errorf("the folder for %s can't be used: %w; change its permissions, or give another one with %s", f.what, err, f.flag)
		}
	}
	routes, err := documents(conf, c.Documents, nil)
	if err != nil {
		return nil, err
	}
	first, err := table(conf, routes, c.Documents)
	if err != nil {
		return nil, err
	}
	if conf.Bool("ssl.enabled") {
		certificate, key := conf.String("ssl.certfile"), conf.String("ssl.keyfile")
		// The Plugin Server would tell of it in words of http.listen. While it runs, files that don't fit change nothing.
		if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
			return nil, fmt.Errorf("[ssl] certfile %s, keyfile %s: %w; name a certificate and its private key in PEM, or set ssl.enabled = false", certificate, key, err)
		}
	}
	c.Settings = func() (map[string]any, error) {
		if t := first; t != nil {
			first = nil
			return t, nil
		}
		again, err := s.load()
		if err != nil {
			return nil, err
		}
		for _, w := range again.Warnings {
			log.Warn(w)
		}
		for _, id := range again.Differ(conf) {
			log.Warn(id + " is another one now; that counts once luart serve is started anew")
		}
		routes, err := documents(again, map[string]string{}, c.Documents)
		if err != nil {
			return nil, err
		}
		return table(again, routes, c.Documents)
	}
	return c, nil
}

// private is the mode of folders with what plugins store and log, which is nothing for other users of the machine.
const private fs.FileMode = 0o700

// makeFolder makes a folder unless it is there, and sees that it can be read, or written to. One that is there keeps its mode.
func makeFolder(dir string, perm fs.FileMode, writable bool) error {
	if err := os.MkdirAll(dir, perm); err != nil {
		return err
	}
	if _, err := os.ReadDir(dir); err != nil || !writable {
		return err
	}
	f, err := os.CreateTemp(dir, ".luart-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// packageFolders says where packages may be kept: where the settings say, or where programs expect them.
func packageFolders(conf *settings.Settings) runtime.Packages {
	p := runtime.Packages{Profiles: conf.String("packages.profiles")}
	p.Home, _ = os.UserHomeDir() // there may be none
	p.CacheHome, _ = os.UserCacheDir()
	for _, dir := range filepath.SplitList(conf.String("packages.folders")) {
		if dir != "" && !filepath.IsAbs(dir) {
			dir = filepath.Join(conf.Base, dir)
		}
		p.Folders = append(p.Folders, dir)
	}
	if len(p.Folders) > 0 {
		return p
	}
	if p.Home != "" {
		p.Folders = append(p.Folders, filepath.Join(p.Home, "Documents", "SimCity 4"))
	}
	if p.CacheHome != "" {
		p.Folders = append(p.Folders, filepath.Join(p.CacheHome, "sc4pac"))
	}
	return p
}

// table is what Lua gets of the settings: the keys, the texts of certificates, and which documents are served where.
func table(conf *settings.Settings, documents, mounts map[string]string) (map[string]any, error) {
	t := conf.Table()
	paths := t["paths"].(map[string]any)
	paths["documents"], paths["hidden"] = documents, hidden(conf, mounts)
	if file := conf.String("file_server.common_log"); file != "" {
		t["file_server"].(map[string]any)["common_log"] = commonLog + "/" + filepath.Base(file)
	}
	if !conf.Bool("ssl.enabled") {
		return t, nil
	}
	for _, name := range []string{"cert", "key"} {
		text, err := os.ReadFile(conf.String("ssl." + name + "file"))
		if err != nil {
			return nil, fmt.Errorf("[ssl] %sfile: %w; name the file of the %s in PEM, or set ssl.enabled = false", name, err,
				map[string]string{"cert": "certificate", "key": "certificate's private key"}[name])
		}
		t["ssl"].(map[string]any)[name] = string(text)
	}
	return t, nil
}

// commonLog is where the computer sees the folder of file_server.common_log.
const commonLog = "/common_log"

// hidden returns what in the folders of documents, by their names, is nobody's business: paths in them, with slashes.
func hidden(conf *settings.Settings, mounts map[string]string) map[string]any {
	real := func(path string) string {
		if r, err := filepath.EvalSymlinks(path); err == nil {
			path = r
		}
		if a, err := filepath.Abs(path); err == nil {
			path = a
		}
		return path
	}
	private := []string{conf.File}
	for _, id := range []string{"paths.secrets", "paths.data", "paths.plugins", "paths.pidfile", "logs.folder", "packages.profiles", "ssl.keyfile", "file_server.common_log"} {
		private = append(private, conf.String(id))
	}
	found := map[string]any{}
	for name, folder := range mounts {
		var list []string
		for _, path := range private {
			if path == "" {
				continue
			}
			if rel, err := filepath.Rel(real(folder), real(path)); err == nil && rel != "." && filepath.IsLocal(rel) {
				list = append(list, filepath.ToSlash(rel))
			}
		}
		found[name] = list
	}
	return found
}

// documents puts the folders that are served as files into mounts, by names, and returns the name for each path of URLs. If there are
// mounts already, known, there can't be others.
func documents(conf *settings.Settings, mounts, known map[string]string) (map[string]string, error) {
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
			return nil, fmt.Errorf("[paths] documents: %w; make the folder, or take it out of the list", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("[paths] documents: %s is no folder", folder)
		}
		if _, ok := routes[route]; ok {
			return nil, fmt.Errorf("[paths] documents: there are two folders for %s; give one of them another path, such as /files:%s", route, folder)
		}
		name := strconv.Itoa(i + 1)
		if known != nil {
			name = ""
			for each, dir := range known {
				if dir == folder {
					name = each
				}
			}
			if name == "" {
				return nil, fmt.Errorf("[paths] documents: %s is new; that needs luart serve to be started anew", folder)
			}
		}
		routes[route], mounts[name] = name, folder
	}
	return routes, nil
}

// pidFile is the path of the file with the process's number; "" for none.
type pidFile string

func (p pidFile) text() string { return strconv.Itoa(os.Getpid()) + "\n" }

func (p pidFile) write() error {
	if p == "" {
		return nil
	}
	if err := os.WriteFile(string(p), []byte(p.text()), 0o644); err != nil {
		return fmt.Errorf("[paths] pidfile: %w; make its folder, or give another path", err)
	}
	return nil
}

// remove removes the file if it is this process's.
func (p pidFile) remove() {
	if text, err := os.ReadFile(string(p)); p != "" && err == nil && string(text) == p.text() {
		_ = os.Remove(string(p))
	}
}

// announce tells people where the server listens, and what to do first.
func announce(w io.Writer, conf *settings.Settings, addresses map[string]string) {
	var b strings.Builder
	fmt.Fprintf(&b, "luart %s, process %d\n", currentVersion(), os.Getpid())
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		fmt.Fprintf(&b, "  %-14s %s\n", strings.ReplaceAll(name, "_", " "), addresses[name])
	}
	if len(addresses) == 0 {
		b.WriteString("  all servers are off\n")
	}
	plugins := conf.String("paths.plugins")
	fmt.Fprintf(&b, "  %-14s %s\n", "plugins", plugins)
	if entries, err := os.ReadDir(plugins); err == nil && len(entries) == 0 {
		create := "luart new plugin hello"
		if conf.Source("paths.plugins") != "default" {
			create += " --plugins " + plugins
		}
		fmt.Fprintf(&b, "There is no plugin yet. In another terminal:\n  %s\n  kill -HUP %d\n", create, os.Getpid())
		if server := addresses["plugin_server"]; server != "" {
			fmt.Fprintf(&b, "  curl %s/hello\n", server)
		}
	}
	_, _ = io.WriteString(w, b.String())
}
