package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/afero"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/rom"
	"github.com/luart/luart/vfs"
)

// system is the Lua part of a computer: the bios, and what is in /rom. The zero value is the one of package rom.
type system struct {
	bios string // "" for ours
	dir  string // folder of the host with the ROM
}

// maxBios bounds a bios.lua, in bytes.
const maxBios = 16 << 20

// WithROM makes the computer boot somebody else's system: dir has the file bios.lua and the folder rom, which takes the
// place of /rom. That of CC: Tweaked works unmodified (its folder data/computercraft/lua). A dir that is itself the folder rom,
// with bios.lua beside it, is fine, too.
//
// Such a system writes on the screen only, so in text mode the lines that are drawn become the output. A program is run by its
// shell, from /rom/autorun. The standard input is not read.
func WithROM(dir string) Option {
	return func(c *config) error {
		base, bios := dir, filepath.Join(dir, "bios.lua")
		if _, err := os.Stat(bios); errors.Is(err, fs.ErrNotExist) && filepath.Base(filepath.Clean(dir)) == "rom" {
			base = filepath.Dir(filepath.Clean(dir))
			bios = filepath.Join(base, "bios.lua")
		}
		if err := checkFolder("the ROM", filepath.Join(base, "rom")); err != nil {
			return fmt.Errorf("%w; the folder must have a bios.lua and a folder rom", err)
		}
		if info, err := os.Stat(bios); err == nil && info.Size() > maxBios {
			return fmt.Errorf("the ROM: %s has more than %d bytes", bios, maxBios)
		}
		source, err := os.ReadFile(bios)
		if err != nil {
			return fmt.Errorf("the ROM: %w; the folder must have a bios.lua and a folder rom", err)
		}
		c.system = system{bios: string(source), dir: filepath.Join(base, "rom")}
		return nil
	}
}

// WithShell makes the computer boot to its shell, or to whatever a system given by WithROM boots to, instead of a program.
func WithShell() Option {
	return func(c *config) error { c.shell = true; return nil }
}

// WithHostName is what programs see as _HOST, instead of luart's own name and version. Programs parse it.
func WithHostName(name string) Option {
	return func(c *config) error { c.hostName = name; return nil }
}

// WithAPI adds to what programs find: open is called on the computer's goroutine at each boot, when all other globals that Go
// makes are there and before the bios runs. It may be given several times.
func WithAPI(open func(stdlib.Computer)) Option {
	return func(c *config) error { c.apis = append(c.apis, open); return nil }
}

// foreign reports whether the system is not ours.
func (s system) foreign() bool { return s.dir != "" }

// source is the bios as source text.
func (s system) source() string {
	if s.foreign() {
		return s.bios
	}
	return rom.Bios
}

// mounts are what the computer sees below /rom.
func (s system) mounts(p *program) ([]vfs.Mount, error) {
	if !s.foreign() {
		return []vfs.Mount{{Path: "rom", Label: "rom", FS: vfs.Tree(rom.Files), ReadOnly: true}}, nil
	}
	folder, err := vfs.Folder(s.dir)
	if err != nil {
		return nil, fmt.Errorf("the ROM: %w", err)
	}
	mounts := []vfs.Mount{{Path: "rom", Label: "rom", FS: folder, ReadOnly: true}}
	if p == nil {
		return mounts, nil
	}
	autorun, err := s.autorun(folder)
	if err != nil {
		return mounts, err
	}
	return append(mounts, vfs.Mount{Path: autorunFolder, Label: "rom", FS: autorun, ReadOnly: true}), nil
}

// autorunFolder is where systems have programs that are run at each start (CraftOS).
const autorunFolder = "rom/autorun"

// autorun returns the ROM's folder of that name with a file more: the one that runs the program.
func (s system) autorun(from afero.Fs) (afero.Fs, error) {
	to := vfs.Memory()
	names, err := afero.ReadDir(from, "autorun")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the ROM: %w", err)
	}
	for _, file := range names {
		if !file.Mode().IsRegular() {
			continue
		}
		text, err := afero.ReadFile(from, path.Join("autorun", file.Name()))
		if err == nil {
			err = afero.WriteFile(to, file.Name(), text, 0o444)
		}
		if err != nil {
			return nil, fmt.Errorf("the ROM: %w", err)
		}
	}
	if err := afero.WriteFile(to, "luart.lua", []byte(rom.Autorun), 0o444); err != nil {
		return nil, err
	}
	return to, nil
}

// errNotStarted says that a system never came to the program that it was booted for.
var errNotStarted = errors.New("the ROM has ended without running the program: its shell has to run the files in /rom/autorun")

// start is called by the program in autorun: from now on, the computer's output is the program's.
func (b *boot) start(c lua.Call) (lua.Results, error) {
	b.started = true
	b.textMode()
	return c.Return0()
}

// textMode makes the output of what is written on the screen, unless somebody looks at the screen itself.
func (b *boot) textMode() {
	if b.computer.config.devices.screen == nil {
		b.screen.TextMode(b.computer.out.writeString)
	}
}
