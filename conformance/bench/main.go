// Command bench measures how fast luart runs Lua, beside the other Luas that this machine has.
//
// In go the Lua programs of the folders programs and growth (embedded), or files named on the command line; out comes a
// table on standard output, and a JSON file if asked for. Every case runs in a process of its own: a stand-alone Lua
// (lua5.1, lua5.2, lua5.4, luajit) by way of driver.lua, an interpreter written in Go by starting this program again
// with -child. "bench http", "bench rpc" and "bench plugins"
// measure servers instead (http.go, websocket.go, rpc.go, plugins.go). README.md beside this file says how to read
// the result. Nothing imports this package.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/pprof"
	"strings"
	"time"
)

// Exit codes of the program.
const (
	exitOK    = 0
	exitWrong = 1 // a program failed, printed something else than expected, or grew faster than it may
	exitUsage = 2
)

// options are the command line, parsed.
type options struct {
	runs    int            // how often each case is run; the best counts
	filter  *regexp.Regexp // nil: every program
	engines []string       // columns to show, in this order; nil: all
	base    string         // the column whose speed is 1
	json    string         // path of the JSON file, "" for none
	limit   time.Duration  // for one run of one case
	size    int            // argument of every program, 0 for the program's own default
	growth  bool
	list    bool
	child   string   // name of the linked engine to run files[0] with
	profile string   // where -child writes a processor profile
	files   []string // programs of the user's; none: the embedded ones
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	var quick bool
	var filter, engines string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintln(stderr, "usage: bench [flags] [FILE.lua ...]\nTimes Lua programs on luart and on the other Luas found on PATH.\n"+
			"\n       bench http [flags]\n       bench rpc [flags]\n       bench plugins [flags]\nMeasures servers instead (bench http -h and so on).")
		fs.PrintDefaults()
	}
	fs.IntVar(&o.runs, "n", 3, "run each case this often and keep the best time")
	fs.StringVar(&filter, "run", "", "only programs whose name matches this `regexp`")
	fs.StringVar(&engines, "engines", "", "comma-separated `list` of engines (default all that are found; see -list)")
	fs.StringVar(&o.base, "base", "lua5.2", "the `engine` whose speed counts as 1")
	fs.StringVar(&o.json, "json", "", "write all results to this `file`")
	fs.DurationVar(&o.limit, "limit", 60*time.Second, "stop a run after this time and note that it takes longer")
	fs.IntVar(&o.size, "size", 0, "argument for every program instead of its own size")
	fs.BoolVar(&quick, "quick", false, "one run of each case, 10 s at most")
	fs.BoolVar(&o.growth, "growth", false, "check that costs grow in line with the work, and that memory is given back")
	fs.BoolVar(&o.list, "list", false, "list engines and programs")
	fs.StringVar(&o.child, "child", "", "run FILE in this process with this linked `engine`; what bench starts itself with")
	fs.StringVar(&o.profile, "cpuprofile", "", "with -child: write a processor profile to this `file`")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.files = fs.Args()
	if quick {
		o.runs = 1
		o.limit = min(o.limit, 10*time.Second)
	}
	if filter != "" {
		re, err := regexp.Compile(filter)
		if err != nil {
			return o, fmt.Errorf("-run: %w", err)
		}
		o.filter = re
	}
	if engines != "" {
		for name := range strings.SplitSeq(engines, ",") {
			o.engines = append(o.engines, strings.TrimSpace(name))
		}
	}
	switch {
	case o.runs < 1:
		return o, errors.New("-n must be at least 1")
	case o.limit <= 0:
		return o, errors.New("-limit must be more than 0")
	case o.size < 0:
		return o, errors.New("-size must not be negative")
	case o.child != "" && len(o.files) != 1:
		return o, errors.New("-child wants exactly one FILE")
	case o.profile != "" && o.child == "":
		return o, errors.New("-cpuprofile goes with -child")
	case o.growth && (len(o.files) > 0 || o.size > 0):
		return o, errors.New("-growth takes neither FILE nor -size: its cases have sizes of their own")
	}
	return o, nil
}

// run is the whole program but for the process around it; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "rpc" {
		return runRPC(ctx, args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "http" {
		return runServers(ctx, args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "plugins" {
		return runPlugins(ctx, args[1:], stdout, stderr)
	}
	o, err := parseOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitUsage
	}
	if o.child != "" {
		err := profiled(o.profile, func() error { return runChild(o.child, o.files[0], o.size, stdout) })
		if err != nil {
			fmt.Fprintln(stderr, err)
			return exitWrong
		}
		return exitOK
	}

	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitWrong
	}
	defer os.RemoveAll(dir)
	code, err := compare(ctx, o, dir, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return max(code, exitWrong)
	}
	return code
}

// profiled runs f and writes a processor profile of it to a file, unless its name is empty.
func profiled(name string, f func() error) error {
	if name == "" {
		return f()
	}
	w, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(w); err != nil {
		return err
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, w.Close())
}

// compare does everything but -child: dir is an empty folder for the files that other processes read.
func compare(ctx context.Context, o options, dir string, stdout, stderr io.Writer) (int, error) {
	all, err := columns(dir)
	if err != nil {
		return exitWrong, err
	}
	wanted := o.engines
	if o.growth && wanted == nil {
		wanted = []string{ours, o.base}
	}
	chosen, err := choose(all, wanted)
	if err != nil {
		return exitUsage, err
	}
	var found []column
	for _, c := range chosen {
		c.version, err = c.find(ctx)
		if err != nil {
			fmt.Fprintf(stdout, "%-13s not found: %v\n", c.name, err)
			continue
		}
		fmt.Fprintf(stdout, "%-13s %s\n", c.name, c.version)
		found = append(found, c)
	}
	if len(found) == 0 {
		return exitWrong, errors.New("no engine found")
	}
	fmt.Fprintln(stdout)

	suite := "programs"
	if o.growth {
		suite = "growth"
	}
	programs, err := loadPrograms(suite, dir, o.files)
	if err != nil {
		return exitWrong, err
	}
	programs = matching(programs, o.filter)
	if len(programs) == 0 {
		return exitUsage, errors.New("no program matches -run")
	}
	if o.list {
		for _, p := range programs {
			fmt.Fprintf(stdout, "%-17s %s\n", p.name, p.about)
		}
		return exitOK, nil
	}
	progress := newProgress(stderr)
	defer progress.clear()
	if o.growth {
		return checkGrowth(ctx, o, programs, found, progress, stdout)
	}

	m := measure(ctx, o, programs, found, progress)
	progress.clear()
	printTable(stdout, m, o.base)
	if o.json != "" {
		if err := writeJSON(o.json, o, m); err != nil {
			return exitWrong, err
		}
	}
	if ctx.Err() != nil {
		return exitWrong, errors.New("interrupted; the table holds what was measured until then")
	}
	if m.wrong() {
		return exitWrong, nil
	}
	return exitOK, nil
}
