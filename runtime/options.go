package runtime

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/stdlib"
	hosthttp "github.com/luart/luart/stdlib/http"
	hostos "github.com/luart/luart/stdlib/os"
	"github.com/luart/luart/vfs"
)

// Limits that hold unless options say otherwise.
const (
	// DefaultMemory is how much the values of a computer may take, in bytes.
	DefaultMemory = 256 << 20
	// DefaultTimeout is how long a program may run between two yields (CraftOS).
	DefaultTimeout = 7 * time.Second
	// DefaultGrace is how long code that catches "Too long without yielding" may go on before it is ended (CraftOS).
	DefaultGrace = 1500 * time.Millisecond
	// DefaultDrain is how long a computer that ends waits for running work, such as responses that are being sent.
	DefaultDrain = 5 * time.Second
)

// Option configures a computer. Later options override earlier ones.
type Option func(*config) error

// config is what a computer is made of. Its zero value, completed by defaults, is a computer without files, input and
// output.
type config struct {
	root           string
	quota          int64
	scratch        int64 // 0: changes are made in the folders
	mounts         []mount
	devices        devices
	http           hosthttp.Options
	allowPrivate   bool
	system         system
	program        *program
	shell          bool
	apis           []func(stdlib.Computer)
	modules        []module
	gopherTimeout  time.Duration // 0: the default
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	memory         int64
	timeout, grace time.Duration
	drain          time.Duration
	id             int
	label          string
	labelFile      string // "" for none
	extras         extras
	control        *Control // nil unless this is a control plane
	clock          eventqueue.Clock
	location       *time.Location
	logger         *slog.Logger
	version        string
	hostName       string // "" for luart's
}

// program is what a computer runs.
type program struct {
	path    string // in the computer; "" for code that is no file
	code    string
	hasCode bool
	chunk   string // name of the code in messages, as package lua wants it
}

func defaults() config {
	return config{
		stdout: io.Discard, stderr: io.Discard,
		memory: DefaultMemory, timeout: DefaultTimeout, grace: DefaultGrace, drain: DefaultDrain,
		clock: eventqueue.SystemClock{}, location: time.Local,
		logger: slog.New(slog.DiscardHandler), version: "0",
	}
}

// tmpCapacity is how much the files in /tmp may take, which are in memory, in bytes.
const tmpCapacity = 16 << 20

// mount is a folder of the host in a computer.
type mount struct {
	source   string
	path     string // clean
	label    string
	readOnly bool
	capacity int64
}

// folders are all folders of the host that the computer sees.
func (c *config) folders() []mount {
	if c.root == "" {
		return c.mounts
	}
	return append([]mount{{source: c.root, label: "hdd", capacity: c.quota}}, c.mounts...)
}

func checkFolder(what, dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w; make it, or give another one", what, err)
	} else if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: %s is not a folder", what, dir)
	}
	return nil
}

// WithRoot makes a folder of the host the computer's root folder. Nothing leads out of it: no "..", no symbolic link.
// Without this option the computer has no files but the ROM and those that it makes in /tmp.
func WithRoot(dir string) Option {
	return func(c *config) error {
		if err := checkFolder("the root folder", dir); err != nil {
			return err
		}
		c.root = dir
		return nil
	}
}

// WithMount puts another folder of the host into the computer, at a path such as "/data"; folders that lead there need not
// exist. Nothing leads out of it. One at /tmp takes the place of the one in memory.
func WithMount(source, path string, readOnly bool) Option {
	return func(c *config) error {
		clean := vfs.Clean(path)
		switch {
		case clean == "":
			return fmt.Errorf("the mount at %q: that is the root folder, which has an option of its own", path)
		case clean == ".." || strings.HasPrefix(clean, "../"):
			return fmt.Errorf("the mount at %q: the path leads out of the computer", path)
		case strings.EqualFold(clean, "rom"), slices.ContainsFunc(c.mounts, func(m mount) bool { return strings.EqualFold(m.path, clean) }):
			return fmt.Errorf("the mount at %q: there is one at /%s already", path, clean)
		}
		if err := checkFolder(fmt.Sprintf("the mount at %q", path), source); err != nil {
			return err
		}
		c.mounts = append(c.mounts, mount{source: source, path: clean, label: vfs.Name(clean), readOnly: readOnly})
		return nil
	}
}

// WithQuota limits what the files in the root folder may take together, in bytes; 0 is no limit. Each file and folder counts for
// 500 at least (CraftOS). What is there already counts as well; it is added up before the first change.
func WithQuota(bytes int64) Option {
	return func(c *config) error {
		if bytes < 0 {
			return errors.New("the quota is negative")
		}
		c.quota = bytes
		return nil
	}
}

// WithScratch keeps what programs change in the root folder and the mounts in memory, where each of them may take so many bytes: the folders of
// the host stay as they are. The changes are gone when the computer ends or starts anew.
func WithScratch(bytes int64) Option {
	return func(c *config) error {
		if bytes <= 0 {
			return errors.New("there must be room for changes")
		}
		c.scratch = bytes
		return nil
	}
}

// WithProgram makes the computer run a file of its own file system, such as "/server.lua".
func WithProgram(path string) Option {
	return func(c *config) error {
		if c.program == nil {
			c.program = &program{}
		}
		c.program.path = path
		return nil
	}
}

// WithCode makes the computer run source text. Together with WithProgram, it is the source of that file, whose folder is
// where modules are looked for. The chunk name is what messages call it: "@tools/report.lua" for a file, "=stdin" for a name.
func WithCode(chunkName, source string) Option {
	return func(c *config) error {
		if c.program == nil {
			c.program = &program{}
		}
		c.program.code, c.program.hasCode, c.program.chunk = source, true, chunkName
		return nil
	}
}

// WithArgs gives the program its arguments.
func WithArgs(args ...string) Option {
	return func(c *config) error { c.args = args; return nil }
}

// WithStdin is where the program's read takes lines from; without it there are none. A read that is under way when the
// computer ends goes on until the reader returns.
func WithStdin(r io.Reader) Option {
	return func(c *config) error { c.stdin = r; return nil }
}

// WithStdout is where print and write go. Text is held back until the program waits for an event, for 50 ms at most.
// w is written to by one goroutine at a time. Nothing is written to it if there is a screen (WithScreen).
func WithStdout(w io.Writer) Option {
	return func(c *config) error { c.stdout = w; return nil }
}

// WithStderr is where printError goes, at once, unless there is a screen (WithScreen).
func WithStderr(w io.Writer) Option {
	return func(c *config) error { c.stderr = w; return nil }
}

// WithMemory limits what the computer's values may take together, in bytes; 0 is no limit.
func WithMemory(bytes int64) Option {
	return func(c *config) error {
		if bytes < 0 {
			return errors.New("the memory limit is negative")
		}
		c.memory = bytes
		return nil
	}
}

// WithTimeout limits how long the program may run between two yields; 0 is no limit.
func WithTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return errors.New("the timeout is negative")
		}
		c.timeout = d
		return nil
	}
}

// WithGrace limits how long code may go on after it has caught "Too long without yielding".
func WithGrace(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return errors.New("the grace period is negative")
		}
		c.grace = d
		return nil
	}
}

// WithDrain limits how long the computer waits, when it ends, for work that is under way; 0 is not at all.
func WithDrain(d time.Duration) Option {
	return func(c *config) error { c.drain = max(d, 0); return nil }
}

// WithID is the computer's number, from 0.
func WithID(id int) Option {
	return func(c *config) error {
		if id < 0 {
			return errors.New("the computer's id is negative")
		}
		c.id = id
		return nil
	}
}

// WithLabel is the computer's name: at most 32 printable characters, others are replaced.
func WithLabel(label string) Option {
	return func(c *config) error { c.label = hostos.Label(label); return nil }
}

// WithClock is what timers and dates go by; tests set one.
func WithClock(clock eventqueue.Clock) Option {
	return func(c *config) error { c.clock = clock; return nil }
}

// WithLocation is the time zone of the computer's local times.
func WithLocation(l *time.Location) Option {
	return func(c *config) error { c.location = l; return nil }
}

// WithLogger is where faults go that no program waits for.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error { c.logger = l; return nil }
}

// WithVersion is the version of this program, which computers show in _HOST.
func WithVersion(version string) Option {
	return func(c *config) error { c.version = version; return nil }
}
