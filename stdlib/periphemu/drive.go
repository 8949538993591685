package periphemu

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/afero"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/mounter"
	hostos "github.com/luart/luart/stdlib/os"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/vfs"
)

// floppyCapacity is how much the files of a disk in memory may take, in bytes (CraftOS).
const floppyCapacity = 125_000

// maxDrivePlaces is how many disks can be in the computer's files at a time.
const maxDrivePlaces = MaxPeripherals + 1

// floppy is something with files that can be put into a drive.
type floppy struct {
	id     int      // of one in memory, from 0
	files  afero.Fs // nil for a folder of the host, which is opened when it is mounted
	folder string   // of the host
	label  string
	drive  *drive // that it is in, nil for none
}

// drive is a disk drive.
type drive struct {
	emulator *Emulator
	name     string
	disk     *floppy
	place    string // where the files are, "" for nowhere
}

// newDrive is create(name, "drive"[, disk]): the disk is the number of one in memory, or a folder of the host.
func newDrive(e *Emulator, name string, c lua.Call) (peripheral.Peripheral, error) {
	d := &drive{emulator: e, name: name}
	if c.Arg(3).IsNil() {
		return d, nil
	}
	return d, d.insert(c, 3)
}

// Types is that of peripheral.Peripheral.
func (d *drive) Types() []string { return []string{"drive"} }

// Methods is that of peripheral.Peripheral. insertDisk is CraftOS-PC's.
func (d *drive) Methods() []string {
	return []string{
		"isDiskPresent", "getDiskLabel", "setDiskLabel", "hasData", "getMountPath", "hasAudio", "getAudioTitle", "playAudio", "stopAudio",
		"ejectDisk", "getDiskID", "insertDisk",
	}
}

// Call is that of peripheral.Peripheral.
func (d *drive) Call(c lua.Call, method string) (lua.Results, error) {
	switch method {
	case "isDiskPresent", "hasData":
		return c.Return1(lua.Bool(d.disk != nil))
	case "getDiskLabel":
		if d.disk == nil || d.disk.label == "" {
			return c.Return1(lua.Nil)
		}
		return c.Return1(lua.String(d.disk.label))
	case "setDiskLabel":
		return d.setLabel(c)
	case "getMountPath":
		if d.place == "" {
			return c.Return1(lua.Nil)
		}
		return c.Return1(lua.String(d.place))
	case "hasAudio":
		return c.Return1(lua.False)
	case "getAudioTitle":
		if d.disk == nil {
			return c.Return1(lua.False)
		}
		return c.Return1(lua.Nil)
	case "ejectDisk":
		d.eject()
		return c.Return0()
	case "getDiskID":
		if d.disk == nil || d.disk.files == nil {
			return c.Return1(lua.Nil)
		}
		return c.Return1(lua.Int(d.disk.id))
	case "insertDisk":
		return d.insertDisk(c)
	}
	return c.Return0() // playAudio, stopAudio
}

var errLabel = errors.New("Disk label cannot be changed") //lint:ignore ST1005 CraftOS's text

// setLabel is drive.setDiskLabel([label]).
func (d *drive) setLabel(c lua.Call) (lua.Results, error) {
	label, err := stdlib.OptString(c, 1, "")
	switch {
	case err != nil:
		return 0, err
	case d.disk == nil:
		return c.Return0()
	case d.disk.files == nil:
		return 0, errLabel
	}
	d.disk.label = hostos.Label(label)
	return c.Return0()
}

// insertDisk is drive.insertDisk(disk).
func (d *drive) insertDisk(c lua.Call) (lua.Results, error) {
	old := d.disk
	err := d.insert(c, 1)
	if bad, isBad := err.(badArgument); isBad {
		return 0, bad.error
	}
	if err != nil {
		return 0, err
	}
	if old != nil {
		d.emulator.post("disk_eject", d.name)
	}
	d.emulator.post("disk", d.name)
	return c.Return0()
}

// insert puts the disk that argument i is in the place of the one that is in the drive.
func (d *drive) insert(c lua.Call, i int) error {
	disk, err := d.emulator.diskOf(c, i)
	switch {
	case err != nil:
		return err
	case disk.drive != nil:
		return fmt.Errorf("the disk is in the drive %s", disk.drive.name)
	}
	old := d.disk
	d.unmount()
	d.disk, disk.drive = disk, d
	if err := d.mount(); err != nil {
		d.unmount()
		if old != nil {
			d.disk, old.drive = old, d
			d.mount() // an error is the same as for the new one
		}
		return err
	}
	return nil
}

// diskOf returns the disk that argument i is.
func (e *Emulator) diskOf(c lua.Call, i int) (*floppy, error) {
	if path, isPath := c.Arg(i).AsString(); isPath {
		path = strings.Clone(path)
		return &floppy{folder: path, label: hostos.Label(path[strings.LastIndexAny(path, `/\`)+1:])}, nil
	}
	id, err := stdlib.CheckInt(c, i)
	switch {
	case err != nil:
		return nil, badArgument{stdlib.BadArgument(c, i, "number or string")}
	case id < 0:
		return nil, errors.New("numbers of disks begin at 0")
	}
	disk := e.disks[id]
	if disk == nil {
		if len(e.disks) >= MaxDisks {
			return nil, fmt.Errorf("there are %d disks already", MaxDisks)
		}
		disk = &floppy{id: id, files: vfs.Memory()}
		e.disks[id] = disk
	}
	return disk, nil
}

// mount puts the disk's files where programs find them: at disk, or disk2, and so on. Programs see the drive's name as the
// label of that mount (CraftOS). If it fails, the disk is in the drive without its files.
func (d *drive) mount() error {
	e := d.emulator
	d.place = ""
	if d.disk == nil {
		return nil
	}
	m := vfs.Mount{Label: d.name, FS: d.disk.files, Capacity: floppyCapacity}
	if d.disk.files == nil {
		files, readOnly, err := e.options.Rules.Open(d.disk.folder, mounter.AsAllowed)
		if err != nil {
			return err
		}
		m.FS, m.ReadOnly, m.Capacity = files, readOnly, 0
	}
	for n := 1; n <= maxDrivePlaces; n++ {
		if m.Path = "disk"; n > 1 {
			m.Path = fmt.Sprint("disk", n)
		}
		if _, taken := e.files.Mounted(m.Path); taken {
			continue
		}
		if err := e.files.Mount(m); err != nil {
			break
		}
		d.place = m.Path
		return nil
	}
	if closer, ok := m.FS.(io.Closer); ok {
		closer.Close()
	}
	return errors.New("there is no place for another disk")
}

// unmount takes the disk out, with its files; those that are open are closed.
func (d *drive) unmount() {
	if d.disk == nil {
		return
	}
	if d.place != "" && d.emulator.files != nil {
		if err := d.emulator.files.Unmount(d.place); err != nil {
			d.emulator.computer.Log().Warn("a disk can't be taken out in good order", "drive", d.name, "error", err)
		}
	}
	d.disk.drive, d.disk, d.place = nil, nil, ""
}

// eject throws out what is in the drive.
func (d *drive) eject() {
	if d.disk != nil {
		d.unmount()
		d.emulator.post("disk_eject", d.name)
	}
}
