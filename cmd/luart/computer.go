package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/luart/luart/runtime"
)

// Collector settings: programs make much short-lived garbage and have a memory limit of their own, so the collector
// works rarely until the process comes near that limit. They give way to GOGC and GOMEMLIMIT.
const (
	gcPercent   = 400
	leastMemory = 1 << 20
	memorySpare = 64 << 20 // what the process may use beyond twice the program's limit before the collector works hard
)

// computerFlags are the options of all commands that run one computer.
type computerFlags struct {
	Root         string      `placeholder:"DIR" help:"Folder that is the computer's /. Default: the current folder, or the file's if that is elsewhere."`
	Mount        []mountFlag `placeholder:"SRC:DST[:ro]" sep:"none" help:"Put the folder SRC into the computer at DST, read-only with :ro. May be given again."`
	ROM          string      `name:"rom" placeholder:"DIR" help:"Boot somebody else's system: DIR has bios.lua and rom."`
	Quota        byteSize    `default:"0" placeholder:"SIZE" help:"How much the files in / may take together (default: no limit)."`
	Memory       byteSize    `default:"256MiB" placeholder:"SIZE" help:"How much the program's values may take (${default}; 0: no limit)."`
	Timeout      span        `default:"7s" placeholder:"TIME" help:"How long the program may run between two yields (${default}; 0: no limit)."`
	ID           int         `default:"0" placeholder:"N" help:"Number of the computer: os.getComputerID()."`
	Label        string      `placeholder:"TEXT" help:"Name of the computer: os.getComputerLabel()."`
	AllowPrivate bool        `help:"Let programs connect to this machine and its network, too: http.get, http.websocket."`
	HTTPRule     []httpRule  `name:"http-rule" placeholder:"RULE" sep:"none" help:"Say where programs may connect, such as allow:10.0.0.7,port=8080. May be given again."`
	extraFlags
	Size *screenSize `placeholder:"WxH" help:"Size of the screen in characters, such as 51x19. Default: the terminal's."`
}

// options returns what the flags mean for the runtime, but for the root folder, and sets the collector.
func (f *computerFlags) options(std streams) ([]runtime.Option, error) {
	if f.Memory > 0 && f.Memory < leastMemory {
		return nil, usageError{fmt.Errorf("--memory %d is %v, too little for any program; did you mean %dMiB?", f.Memory, f.Memory, f.Memory)}
	}
	tuneCollector(int64(f.Memory))
	options := []runtime.Option{
		runtime.WithStdout(std.out), runtime.WithStderr(std.err), runtime.WithLogger(slog.New(newLogHandler(std.err))),
		runtime.WithMemory(int64(f.Memory)), runtime.WithTimeout(time.Duration(f.Timeout)), runtime.WithID(f.ID), runtime.WithLabel(f.Label),
		runtime.WithVersion(currentVersion()), runtime.WithQuota(int64(f.Quota)),
	}
	for _, m := range f.Mount {
		options = append(options, runtime.WithMount(m.source, m.path, m.readOnly))
	}
	if f.AllowPrivate {
		options = append(options, runtime.WithAllowPrivate())
	}
	options = append(options, httpRules(f.HTTPRule)...)
	options = append(options, f.extraFlags.options()...)
	if f.ROM != "" {
		options = append(options, runtime.WithROM(f.ROM))
	}
	return options, nil
}

func tuneCollector(memory int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" && memory > 0 && memory < math.MaxInt64/4 {
		debug.SetMemoryLimit(2*memory + memorySpare)
	}
}

// outcome prints how the program has failed, and returns what makes main end with the right code.
func (f *computerFlags) outcome(code int, err error, got os.Signal, src source, stderr io.Writer) error {
	var failure *runtime.ProgramError
	switch {
	case err == nil:
		return exitCode(code).orNil()
	case errors.Is(err, runtime.ErrStopped):
		return exitCode(signalCode(got))
	case !errors.As(err, &failure):
		return err
	}
	fmt.Fprintln(stderr, src.fullName(failure.Message))
	switch {
	case failure.Terminated && got == syscall.SIGTERM:
		return nil
	case failure.Terminated:
		return exitCode(exitCtrlC)
	}
	if failure.Traceback != "" {
		fmt.Fprintln(stderr, src.fullName(failure.Traceback))
	}
	if !failure.Limit {
		return exitCode(exitError)
	}
	if strings.HasSuffix(failure.Message, "memory") {
		fmt.Fprintf(stderr, "luart: the program's values took more than %v; --memory 1GiB, for example, allows more\n", f.Memory)
	} else {
		fmt.Fprintf(stderr, "luart: the program ran for more than %v without yielding; call sleep(0) in long loops, or give it more time with --timeout 60s (0: no limit)\n", f.Timeout)
	}
	return exitCode(exitLimit)
}

// screenSize is a flag for the size of a screen in characters, such as 51x19.
type screenSize struct{ width, height int }

// maxScreen is more than any screen has, and less than makes a computer slow.
const maxScreen = 1000

// UnmarshalText reads the size.
func (s *screenSize) UnmarshalText(text []byte) error {
	width, height, _ := strings.Cut(strings.ToLower(string(text)), "x")
	var errs [2]error
	s.width, errs[0] = strconv.Atoi(width)
	s.height, errs[1] = strconv.Atoi(height)
	if errors.Join(errs[:]...) != nil || s.width < 1 || s.height < 1 || s.width > maxScreen || s.height > maxScreen {
		return fmt.Errorf("%q is no size of a screen; give columns and rows, such as 51x19, up to %dx%d", text, maxScreen, maxScreen)
	}
	return nil
}
