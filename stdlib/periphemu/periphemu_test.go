package periphemu_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
	hostfs "github.com/luart/luart/stdlib/fs"
	"github.com/luart/luart/stdlib/mounter"
	"github.com/luart/luart/stdlib/periphemu"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/vfs"
)

// computer is one with an emulator that can start anew.
type computer struct {
	*computertest.Computer
	t        *testing.T
	bus      *peripheral.Bus
	emulator *periphemu.Emulator
	files    *vfs.FS
}

func newComputer(t *testing.T, o periphemu.Options) *computer {
	c := &computer{t: t, bus: &peripheral.Bus{}}
	c.boot(&o)
	return c
}

// boot starts the computer, with an emulator if there is none yet.
func (c *computer) boot(o *periphemu.Options) {
	c.t.Helper()
	c.Computer = computertest.New(c.t, lualib.Open)
	if c.emulator == nil {
		o.Bus, o.Clock = c.bus, c.Clock
		c.emulator = periphemu.New(*o)
	}
	var err error
	if c.files, err = vfs.New(vfs.Options{Mounts: []vfs.Mount{{Label: "hdd", FS: vfs.Memory(), Capacity: 100_000}}}); err != nil {
		c.t.Fatal(err)
	}
	files := c.files
	c.t.Cleanup(func() { files.Close() })
	hostfs.Open(c, files)
	if err := peripheral.Open(c, peripheral.Options{Bus: c.bus}); err != nil {
		c.t.Fatal(err)
	}
	c.emulator.Open(c, files)
}

// expect runs lines of code and compares what they return.
func (c *computer) expect(tests ...[2]string) {
	c.t.Helper()
	for _, test := range tests {
		if got := c.Run(test[0]); got != test[1] {
			c.t.Errorf("%s\n got %q\nwant %q", test[0], got, test[1])
		}
	}
}

func (c *computer) expectEvents(want string) {
	c.t.Helper()
	if got := c.Events(); got != want {
		c.t.Errorf("the events are %q, not %q", got, want)
	}
}

func TestCreateAndRemove(t *testing.T) {
	c := newComputer(t, periphemu.Options{})
	c.expect([][2]string{
		{"return table.concat(periphemu.names(), ' ')", "drive modem monitor printer speaker"},
		{"return periphemu.create('left', 'speaker'), peripheral.getType('left')", "true speaker"},
		{"return periphemu.create('Left', 'modem')", "false there is a peripheral named left already"},
		{"return periphemu.create('monitor_3', 'monitor'), peripheral.isPresent('monitor_3'), (peripheral.call('monitor_3', 'getSize'))", "true true 51"},
		{"return periphemu.create(7, 'monitor'), peripheral.hasType('monitor_7', 'monitor')", "true true"},
		{"return table.concat(peripheral.getNames(), ' ')", "left monitor_3 monitor_7"},
		{"return periphemu.create('top', 'turtle')", "false there is no peripheral of this type; periphemu.names() has those that there are"},
		{"return periphemu.create('', 'modem')", "false this is no name for a peripheral"}, {"return periphemu.create('a b', 'modem')", "false this is no name for a peripheral"},
		{"return periphemu.create(('x'):rep(65), 'modem')", "false this is no name for a peripheral"},
		{"periphemu.create('top')", "test:1: bad argument #2 (string expected, got nil)"},
		{"periphemu.create(nil, 'modem')", "test:1: bad argument #1 (string expected, got nil)"},
		{"periphemu.create(0/0, 'modem')", "test:1: bad argument #1 (number expected, got nan)"},
		{"periphemu.create('top', 'monitor', 'wide')", "test:1: bad argument #3 (number expected, got string)"},
		{"return periphemu.remove('LEFT'), periphemu.remove('left'), periphemu.remove('top'), periphemu.remove('monitor_3'), peripheral.isPresent('monitor_3')", "true false false true false"},
		{"periphemu.remove()", "test:1: bad argument #1 (string expected, got nil)"},
	}...)
	c.expectEvents("peripheral left; peripheral monitor_3; peripheral monitor_7; peripheral_detach left; peripheral_detach monitor_3")

	// What Go code has attached isn't the program's to remove.
	if err := c.bus.Attach(stdlib.Back, peripheral.NewModem(peripheral.NewLocalNetwork(), peripheral.ModemOptions{})); err != nil {
		t.Fatal(err)
	}
	c.expect([2]string{"return periphemu.remove('back'), periphemu.create('back', 'modem')", "false false there is a peripheral named back already"})
	c.Events()

	c.expect(
		[2]string{"local n = 0 while periphemu.create('m' .. n, 'speaker') do n = n + 1 end return n, select(2, periphemu.create('more', 'modem'))", fmt.Sprint(periphemu.MaxPeripherals-1, " there are 64 peripherals already")},
		[2]string{"for i = 0, 62 do periphemu.remove('m' .. i) end for i = 1, 1e5 do local ok, why = periphemu.create('x', 'speaker') if not ok then return why end periphemu.remove('x') end", "too many events wait"},
	)
	if n := c.Queue().Stats().Waiting; n > 1100 {
		t.Errorf("%d events wait", n)
	}
}

// Peripherals, and the files on disks, stay when the computer starts anew.
func TestReboot(t *testing.T) {
	c := newComputer(t, periphemu.Options{})
	c.expect([][2]string{
		{"return periphemu.create('top', 'drive', 5), periphemu.create('monitor_0', 'monitor', 10, 5), periphemu.create('s', 'speaker')", "true true true"},
		{"local h = fs.open('disk/f', 'w') h.write('kept') h.close() peripheral.call('monitor_0', 'write', 'shown')", ""},
	}...)
	c.Close()
	c.files.Close()
	c.boot(nil)
	c.expect([][2]string{
		{"return table.concat(peripheral.getNames(), ' '), fs.open('disk/f', 'r').readAll(), peripheral.call('monitor_0', 'getCursorPos')", "top monitor_0 s kept 6 1"},
		{"return peripheral.call('top', 'getMountPath'), periphemu.remove('top'), fs.exists('disk')", "disk true false"},
		{"return periphemu.create('left', 'drive', 5), fs.open('disk/f', 'r').readAll()", "true kept"},
	}...)
	c.expectEvents("peripheral_detach top; peripheral left; disk left")
}

func TestDrive(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ro", "rw", "outside"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "f"), []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var rules mounter.Rules
	for _, name := range []string{"ro", "rw"} {
		if err := rules.Allow(filepath.Join(dir, name), name == "rw"); err != nil {
			t.Fatal(err)
		}
	}
	c := newComputer(t, periphemu.Options{Rules: &rules})
	c.VM().Globals().SetString("dir", lua.String(filepath.ToSlash(dir)))
	c.Run("function drive(method, ...) return peripheral.call('left', method, ...) end")
	c.expect([][2]string{
		{"return periphemu.create('left', 'drive'), drive('isDiskPresent'), drive('hasData'), drive('getMountPath'), drive('getDiskID'), drive('getDiskLabel'), drive('getAudioTitle'), drive('hasAudio')", "true false false nil nil nil false false"},
		{"drive('insertDisk', 3) return drive('isDiskPresent'), drive('hasData'), drive('getMountPath'), drive('getDiskID'), drive('getDiskLabel'), drive('getAudioTitle')", "true true disk 3 nil nil"},
		{"return fs.getDrive('disk'), fs.getFreeSpace('disk'), fs.getCapacity('disk'), fs.isReadOnly('disk')", "left 125000 125000 false"},
		{"local h = fs.open('disk/x', 'w') h.write('three') h.close() drive('setDiskLabel', 'my disk\\n') return drive('getDiskLabel')", "my disk?"},
		{"drive('insertDisk', 4) return fs.exists('disk/x'), drive('getDiskID'), drive('getDiskLabel')", "false 4 nil"},
		{"h = fs.open('disk/open', 'w') drive('ejectDisk') drive('ejectDisk') return drive('isDiskPresent'), fs.exists('disk'), pcall(h.write, 'x')", "false false false test:1: attempt to use a closed file"},
		{"drive('insertDisk', 3) return fs.open('disk/x', 'r').readAll(), drive('getDiskLabel')", "three my disk?"},
		{"return periphemu.create('drive_1', 'drive', 3)", "false the disk is in the drive left"},
		{"return periphemu.create('drive_1', 'drive', 8), peripheral.call('drive_1', 'getMountPath'), fs.getDrive('disk2')", "true disk2 drive_1"},
		{"return periphemu.create('drive_2', 'drive', -1)", "false numbers of disks begin at 0"},
		{"drive('insertDisk', {})", "test:1: bad argument #1 (number or string expected, got table)"},
		{"periphemu.create('drive_2', 'drive', true)", "test:1: bad argument #3 (number or string expected, got boolean)"},
		{"drive('setDiskLabel', 5)", "test:1: bad argument #1 (string expected, got number)"},

		{"drive('insertDisk', dir .. '/rw') return drive('getMountPath'), drive('getDiskID'), drive('getDiskLabel'), fs.open('disk/f', 'r').readAll(), fs.isReadOnly('disk')", "disk nil rw rw false"},
		{"drive('setDiskLabel', 'x')", "test:1: Disk label cannot be changed"},
		{"drive('insertDisk', dir .. '/ro') return fs.open('disk/f', 'r').readAll(), fs.open('disk/g', 'w')", "ro nil /disk/g: Access denied"},
		{"drive('insertDisk', dir .. '/outside')", "test:1: Mounting is disabled for this folder: it is in none of those that may be mounted"},
		{"return drive('getDiskLabel'), fs.open('disk/f', 'r').readAll()", "ro ro"},
		{"return periphemu.create('drive_3', 'drive', dir)", "false Mounting is disabled for this folder: it is in none of those that may be mounted"},
		{"return periphemu.remove('left'), periphemu.remove('drive_1'), fs.exists('disk'), fs.exists('disk2')", "true true false false"},
		{"for i = 0, 1000 do local ok, why = periphemu.create('top', 'drive', i) if not ok then return why end periphemu.remove('top') end", "there are 64 disks already"},
	}...)
	events := c.Events()
	if want := "peripheral left; disk left; disk_eject left; disk left; disk_eject left; disk left; peripheral drive_1; disk drive_1; disk_eject left; disk left; disk_eject left; disk left; peripheral_detach left; peripheral_detach drive_1; "; !strings.HasPrefix(events, want) {
		t.Errorf("the events are %.300q", events)
	}
}

func TestDriveWithoutRules(t *testing.T) {
	c := newComputer(t, periphemu.Options{})
	c.expect([2]string{"return periphemu.create('left', 'drive', '/')", "false Mounting is disabled"})
}

func TestMonitor(t *testing.T) {
	c := newComputer(t, periphemu.Options{})
	c.Run("function m(method, ...) return peripheral.call('right', method, ...) end")
	c.expect([][2]string{
		{"return periphemu.create('right', 'monitor', 20, 6), m('getSize')", "true 20 6"},
		{"m('setTextColour', 2) m('write', 'hello') return m('getTextColor'), m('getCursorPos')", "2 6 1"},
		{"m('setTextScale', 0.5) return m('getTextScale'), m('getSize')", "0.5 40 12"},
		{"m('setTextScale', 3.2) return m('getTextScale'), m('getSize')", "3 7 2"},
		{"m('setTextScale', 5) m('setTextScale', 5) return m('getSize')", "4 1"},
		{"m('setTextScale', 5.5)", "test:1: Expected number in range 0.5-5"}, {"m('setTextScale', 0.4)", "test:1: Expected number in range 0.5-5"},
		{"m('setTextScale', 0/0)", "test:1: bad argument #1 (number expected, got nan)"},
		{"m('setTextScale', 1) m('setSize', 5, 3) return m('getSize')", "5 3"},
		{"m('setSize', 5, 0)", "test:1: a monitor has from 1 to 200 columns and from 1 to 100 rows"},
		{"m('setSize', 1e9, 5)", "test:1: a monitor has from 1 to 200 columns and from 1 to 100 rows"},
		{"return periphemu.create('monitor_1', 'monitor', 201, 5)", "false a monitor has from 1 to 200 columns and from 1 to 100 rows"},
	}...)
	c.expectEvents("peripheral right; monitor_resize right; monitor_resize right; monitor_resize right; monitor_resize right; monitor_resize right")
	monitor := c.bus.At(stdlib.Right).(*periphemu.Monitor)
	if cell := monitor.Screen().Snapshot().Cells[0]; cell.Char != 'h' || cell.Text != 1 {
		t.Errorf("%+v", cell)
	}
	for _, at := range [][2]int{{2, 3}, {6, 3}, {0, 1}, {1, 4}} {
		if err := monitor.Touch(at[0], at[1]); err != nil {
			t.Error(err)
		}
	}
	c.expectEvents("monitor_touch right 2 3")
	c.Run("periphemu.remove('right')")
	c.Events()
	if err := monitor.Touch(1, 1); err != nil || c.Events() != "" {
		t.Error("a monitor that isn't there is touched", err)
	}
	c.Run("periphemu.create('right', 'monitor') for i = 1, 2000 do peripheral.call('right', 'setTextScale', i % 2 + 1) end")
	if n := c.Queue().Stats().Waiting; n > 300 {
		t.Errorf("%d events wait", n)
	}
}

func TestPrinter(t *testing.T) {
	c := newComputer(t, periphemu.Options{})
	c.Run("function p(method, ...) return peripheral.call('back', method, ...) end")
	c.expect([][2]string{
		{"return periphemu.create('back', 'printer', '/out/pages'), p('getInkLevel'), p('getPaperLevel')", "true 64 64"},
		{"p('write', 'x')", "test:1: Page not started"}, {"p('endPage')", "test:1: Page not started"}, {"p('setPageTitle', 'x')", "test:1: Page not started"},
		{"return p('newPage'), p('getPageSize')", "true 25 21"},
		{"p('write', 'Hello') p('write', 5) p('setCursorPos', 24, 3) p('write', 'abc') p('setCursorPos', -1, 4) p('write', '0123') p('setCursorPos', 1, 22) p('write', 'no') p('setCursorPos', 30, 1) p('write', 'no') return p('getCursorPos')", "32 1"},
		{"p('setPageTitle', '../a:b/c.') return p('endPage'), table.concat(fs.list('out/pages'), ' ')", "true 0001 .. ab c.txt"},
		{"return fs.open('out/pages/0001 .. ab c.txt', 'r').readAll()", "Hello5\n\n" + strings.Repeat(" ", 23) + "ab\n23\n"},
		{"p('newPage') p('write', 'two') return p('newPage'), table.concat(fs.list('out/pages'), ' ')", "true 0001 .. ab c.txt 0002.txt"},
		{"return p('endPage'), fs.getSize('out/pages/0003.txt')", "true 1"},
		{"p('setPageTitle', 1)", "test:1: Page not started"}, {"p('newPage') p('setPageTitle', 1)", "test:1: bad argument #1 (string expected, got number)"},
		{"p('setPageTitle') p('setCursorPos', 1)", "test:1: bad argument #2 (number expected, got nil)"},
		// A page that can't be saved stays in the printer.
		{"local h = fs.open('fill', 'w') h.write(('x'):rep(fs.getFreeSpace('/') + 500)) h.close() p('write', 'kept') return p('endPage'), p('newPage')", "false false"},
		{"fs.delete('fill') return p('endPage'), fs.open('out/pages/0004.txt', 'r').readAll()", "true kept\n"},
	}...)
}

func TestSpeaker(t *testing.T) {
	c := newComputer(t, periphemu.Options{})
	c.Run("function s(method, ...) return peripheral.call('top', method, ...) end audio = {} for i = 1, 48000 do audio[i] = i % 256 - 128 end")
	c.expect([][2]string{
		{"return periphemu.create('top', 'speaker'), s('playNote', 'harp'), s('playNote', 'Bell', 3, 24), s('playSound', 'minecraft:block.note', 1)", "true true true true"},
		{"local n = 0 while s('playNote', 'hat') do n = n + 1 end return n", "6"},
		{"return s('playSound', 'b')", "false"},
		{"s('playNote', 'kazoo')", `test:1: Invalid instrument, "kazoo"!`}, {"s('playNote')", "test:1: bad argument #1 (string expected, got nil)"},
		{"s('playNote', 'harp', 'x')", "test:1: bad argument #2 (number expected, got string)"}, {"s('playSound', 'A b')", "test:1: Malformed sound name 'A b' "},
		{"s('playAudio', {})", "test:1: Cannot play empty audio"}, {"s('playAudio', 1)", "test:1: bad argument #1 (table expected, got number)"},
		{"s('playAudio', { 1, 128 })", "test:1: table item #2 must be between -128 and 127"}, {"s('playAudio', { 'x' })", "test:1: table item #1 must be between -128 and 127"},
		{"local t = {} for i = 1, 131073 do t[i] = 0 end s('playAudio', t)", "test:1: Audio data is too large"},
	}...)
	c.Events()
	c.Clock.Advance(50 * time.Millisecond)
	c.expect([2]string{"return s('playNote', 'harp'), s('playSound', 'b'), s('playAudio', audio), s('playAudio', audio)", "true true true false"})
	c.expectEvents("")
	c.Clock.Advance(50 * time.Millisecond)
	c.expectEvents("speaker_audio_empty top") // it plays now, for a second
	c.expect([2]string{"return s('playAudio', audio), s('playAudio', audio), s('playSound', 'b')", "true false false"})
	c.Clock.Advance(499 * time.Millisecond)
	c.expectEvents("")
	c.Clock.Advance(time.Millisecond)
	c.expectEvents("speaker_audio_empty top")
	c.expect([2]string{"return s('playAudio', audio), s('stop'), s('playSound', 'b')", "true nil true"})
	c.Clock.Advance(time.Hour)
	c.expectEvents("")
	c.expect([2]string{"return s('playAudio', audio), periphemu.remove('top')", "true true"})
	if c.Clock.Armed() != 0 {
		t.Error("a speaker that was taken away waits")
	}
}

func TestModems(t *testing.T) {
	var networks periphemu.Networks
	one, two, other := newComputer(t, periphemu.Options{Networks: &networks}), newComputer(t, periphemu.Options{Networks: &networks}), newComputer(t, periphemu.Options{})
	for _, c := range []*computer{one, two, other} {
		c.expect([2]string{"peripheral.call('top', 'open', 5) return periphemu.create('m', 'modem', 9)", "test:1: No peripheral attached"})
		c.expect([2]string{"local ok = periphemu.create('top', 'modem') peripheral.call('top', 'open', 5) return ok, peripheral.call('top', 'isWireless')", "true true"})
		c.Events()
	}
	one.expect([2]string{"peripheral.call('top', 'transmit', 5, 6, 'hi')", ""})
	two.expectEvents("modem_message top 5 6 hi 0")
	one.expectEvents("")
	other.expectEvents("")
	two.expect([2]string{"return periphemu.remove('top'), periphemu.create('m', 'modem', 9)", "true true"})
	two.expect([2]string{"for i = 1, 2000 do local ok, why = periphemu.remove('m') if not ok then return why end periphemu.create('m', 'modem', i) end", "too many events wait"})
}
