package fs_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/fs"
	"github.com/luart/luart/vfs"
)

// newComputer returns a computer with a folder of the host at the root, a read-only tree at /rom and one at /a/deep.
func newComputer(t *testing.T, memory int64) (c *computertest.Computer, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "root")
	for name, text := range map[string]string{
		"hello.txt": "one\ntwo\r\n\nfour\rfive", "empty": "", "a/b/c.lua": "return 1", "Case": "x", "nul": "a\x00b",
		"../outside": "secret", "long": strings.Repeat("x", 100_000) + "\n" + strings.Repeat("y", 5000) + "\r\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	root, err := vfs.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	rom := fstest.MapFS{"startup.lua": {Data: []byte("rom file")}, "apis/x.lua": {Data: []byte("x")}}
	c = computertest.NewWithMemory(t, lualib.Open, memory)
	files, err := vfs.New(vfs.Options{Mounts: []vfs.Mount{
		{Path: "", Label: "hdd", FS: root}, {Path: "rom", Label: "rom", FS: vfs.Tree(rom), ReadOnly: true},
		{Path: "a/deep", Label: "deep", FS: vfs.Tree(rom), ReadOnly: true},
		{Path: "small", Label: "small", FS: vfs.Memory(), Capacity: 10_000},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	fs.Open(c, files)
	return c, dir
}

func TestFunctions(t *testing.T) {
	c, dir := newComputer(t, 0)
	modified := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "hello.txt"), modified, modified); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ code, want string }{
		{"return fs.combine('./a/b')", "a/b"},
		{"return fs.combine('a/b', '../c')", "a/c"},
		{"return fs.combine('a', '../c'), fs.combine('a', '../../c')", "c ../c"},
		{"return fs.combine('a', ''), fs.combine('', 'a'), fs.combine('a', '', 'b', 'c')", "a a a/b/c"},
		{`return fs.combine('/a\\b//c/')`, "a/b/c"},
		{"return fs.combine('a/.../b/..../c. /  d  /')", "a/b/c./d"},
		{"return fs.combine('a\\n<b>|:\"c', 'd*?')", "abc/d*?"},
		{"return #fs.combine(('x'):rep(300))", "255"},
		{"return fs.combine('../..', 'a')", "../../a"},
		{"return fs.combine('\\255\\254')", "\xff\xfe"},
		{"fs.combine()", "test:1: bad argument #1 (string expected, got nil)"},
		{"fs.combine('a', 1)", "test:1: bad argument #2 (string expected, got number)"},
		{"return fs.getName('a/b.lua'), fs.getName(''), fs.getName('/'), fs.getName('..')", "b.lua root root .."},
		{"return fs.getDir('a/b/c'), fs.getDir('a'), fs.getDir(''), fs.getDir('..'), fs.getDir('../..')", "a/b  .. ../.. ../../.."},

		{"return table.concat(fs.list(''), ' ')", "Case a empty hello.txt long nul rom small"},
		{"return table.concat(fs.list('/a'), ' ')", "b deep"},
		{"return table.concat(fs.list('A/DEEP'), ' '), table.concat(fs.list('Rom/apis'), ' ')", "apis startup.lua x.lua"},
		{"fs.list('hello.txt')", "test:1: /hello.txt: Not a directory"},
		{"fs.list('rom/startup.lua')", "test:1: /rom/startup.lua: Not a directory"},
		{"fs.list('x/y')", "test:1: /x/y: No such file"},
		{"fs.list('hello.txt/x')", "test:1: /hello.txt/x: No such file"},
		{"fs.list('../x')", "test:1: /../x: Invalid Path"},
		{"fs.list('..')", "test:1: /..: Invalid Path"},

		{"return fs.exists('hello.txt'), fs.exists('a/../hello.txt'), fs.exists('rom'), fs.exists(''), fs.exists('no'), fs.exists('..')", "true true true true false false"},
		{"return fs.isDir('a'), fs.isDir('rom/apis'), fs.isDir('hello.txt'), fs.isDir('no'), fs.isDir('..')", "true true false false false"},
		{"return fs.isReadOnly('rom'), fs.isReadOnly('..')", "true false"},
		{"fs.exists()", "test:1: bad argument #1 (string expected, got nil)"},
		{"return fs.getSize('hello.txt'), fs.getSize('a'), fs.getSize('rom/startup.lua')", "19 0 8"},
		{"fs.getSize('no')", "test:1: /no: No such file"},
		{"fs.getSize('ROM/no')", "test:1: /rom/no: No such file"},
		{"return fs.getDrive('a'), fs.getDrive('rom/apis'), fs.getDrive('a/deep/apis'), select('#', fs.getDrive('no'))", "hdd rom deep 0"},
		{"return fs.getFreeSpace('rom'), fs.getCapacity('rom')", "0 nil"},
		{"local a = fs.attributes('hello.txt') return a.size, a.isDir, a.modified, a.modification, a.created", "19 false 1577934245000 1577934245000 1577934245000"},
		{"local a = fs.attributes('rom') return a.size, a.isDir, a.isReadOnly, a.modified", "0 true true 0"},
		{"fs.attributes('no')", "test:1: /no: No such file"},
		{"fs.makeDir('rom/x')", "test:1: /rom/x: Access denied"},
		{"fs.delete('rom')", "test:1: /rom: Access denied"},
		{"fs.copy('rom', 'rom/startup')", "test:1: /rom/startup: Access denied"},
		{"fs.move('rom', 'rom/x')", "test:1: Access denied"},

		{"return fs.open('no', 'r')", "nil /no: No such file"},
		{"return fs.open('a', 'rb')", "nil /a: Not a file"},
		{"return fs.open('', 'r+')", "nil /: Not a file"},
		{"return fs.open('', 'w')", "nil /: Cannot write to directory"},
		{"return fs.open('rom/x', 'w')", "nil /rom/x: Access denied"},
		{"return fs.open('rom/x', 'ab')", "nil /rom/x: Access denied"},
		{"return fs.open('../x', 'r')", "nil /../x: Invalid Path"},
		{"fs.open('x', 'rw')", "test:1: Unsupported mode"},
		{"fs.open('x', 'rb+')", "test:1: Unsupported mode"},
		{"fs.open('x', '')", "test:1: Unsupported mode"},
		{"fs.open('x')", "test:1: bad argument #2 (string expected, got nil)"},

		{"local h = fs.open('hello.txt', 'r') return h.readLine(), h.readLine(true) == 'two\\r\\n', h.readLine() == '', h.readLine(), h.readLine(), h.readLine()", "one true true four\rfive nil nil"},
		{"local h = fs.open('hello.txt', 'r') return h.read(), h.read(2), h.read(0) == '', #h.read(1000), h.read(), h.read(0), h.read(5), h.readAll() == ''", "o ne true 16 nil nil nil true"},
		{"local h = fs.open('nul', 'rb') return h.read(), h.read(), h.read(1), h.read()", "97 0 b nil"},
		{"local h = fs.open('nul', 'r') return #h.readAll(), h.readAll() == '', h.seek('set'), #h.readAll()", "3 true 0 3"},
		{"return fs.open('empty', 'r').readAll() == '', fs.open('empty', 'r').readLine()", "true nil"},
		{"local h = fs.open('long', 'r') return #h.readLine(), #h.readLine(true), h.readLine()", "100000 5002 nil"},
		{"local h = fs.open('long', 'r') return #h.readLine(true), #h.readLine(), h.readLine()", "100001 5000 nil"},
		{"local h = fs.open('long', 'r') return #h.read(70000), #h.readAll()", "70000 35003"},
		{"fs.open('hello.txt', 'r').read(-1)", "test:1: Cannot read a negative number of bytes"},
		{"fs.open('hello.txt', 'r').read('1')", "test:1: bad argument #1 (number expected, got string)"},
		{"local h = fs.open('hello.txt', 'r') return h.seek(), h.read(3), h.seek(), h.seek('cur', 1), h.readLine(), h.seek('end'), h.read(), h.seek('set', 4), h.read(3)", "0 one 3 4 two 19 nil 4 two"},
		{"local h = fs.open('rom/startup.lua', 'r') return h.seek('end', -4), h.readAll(), h.seek('set', 100), h.read(), h.readAll() == '', h.seek('set'), h.readAll()", "4 file 100 nil true 0 rom file"},
		{"local h = fs.open('hello.txt', 'r') return h.seek('set', -1)", "nil Position is negative"},
		{"local h = fs.open('hello.txt', 'r') h.read(5) return h.seek('cur', -6)", "nil Position is negative"},
		{"fs.open('hello.txt', 'r').seek('x')", "test:1: bad argument #1 to 'seek' (invalid option 'x'"},
		{"fs.open('hello.txt', 'r').seek('set', 1/0)", "test:1: bad argument #2 (number expected, got inf)"},
		{"local h = fs.open('hello.txt', 'r') h.seek('end') local at = h.seek('cur', 1e300) return at == nil or at == 2^63, h.read()", "true nil"},
		{"local h = fs.open('hello.txt', 'r') h.close() h.close()", "test:1: attempt to use a closed file"},
		{"local h = fs.open('hello.txt', 'r') h.close() h.read()", "test:1: attempt to use a closed file"},
		{"local h = fs.open('hello.txt', 'r') h.close() h.seek()", "test:1: attempt to use a closed file"},
		{"local h = fs.open('hello.txt', 'r') h.close() h.readLine(1)", "test:1: attempt to use a closed file"},
		{"local h = fs.open('hello.txt', 'r') h.close() h.readAll()", "test:1: attempt to use a closed file"},
		{"local names = {} for k in pairs(fs.open('hello.txt', 'r')) do names[#names + 1] = k end table.sort(names) return table.concat(names, ' ')", "close read readAll readLine seek"},
	} {
		if got := c.Run(test.code); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.code, got, test.want)
		}
	}
}

func TestChanges(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{"return select('#', fs.makeDir('x/y')), fs.isDir('x/y')", "0 true"},
		{"fs.makeDir('hello.txt')", "test:1: /hello.txt: File exists"},
		{"return select('#', fs.delete('a/b')), fs.exists('a/b'), select('#', fs.delete('no'))", "0 false 0"},
		{"fs.delete('')", "test:1: /: Access denied"},
		{"return select('#', fs.move('hello.txt', 'q/r')), fs.exists('hello.txt'), fs.getSize('q/r')", "0 false 19"},
		{"fs.move('no', 'x')", "test:1: No such file"},
		{"fs.move('hello.txt', 'a')", "test:1: File exists"},
		{"fs.move('a/b', 'A/b/c')", "test:1: Can't move a directory inside itself"},
		{"fs.move('', 'x')", "test:1: Can't move a directory inside itself"},
		{"return select('#', fs.copy('a/b', 'x/y')), fs.getSize('x/y/c.lua')", "0 8"},
		{"fs.copy('no', 'x')", "test:1: /no: No such file"},
		{"fs.copy('hello.txt', 'a')", "test:1: /a: File exists"},
		{"fs.copy('a/b', 'A/b/c')", "test:1: /a/b: Can't copy a directory inside itself"},
		{"fs.move('x')", "test:1: bad argument #2 (string expected, got nil)"},
		{"fs.makeDir(1)", "test:1: bad argument #1 (string expected, got number)"},
		{"return fs.getFreeSpace('a') > 0, fs.getCapacity('a') >= fs.getFreeSpace('a'), fs.getFreeSpace('small'), fs.getCapacity('small')", "true true 10000 10000"},
		{"fs.getFreeSpace('..')", "test:1: /..: Invalid Path"},
		{"for i = 1, 20 do fs.makeDir('small/' .. i) end return fs.getFreeSpace('small')", "0"},
		{"for i = 1, 21 do fs.makeDir('small/' .. i) end", "test:1: /small/21: Out of space"},
		{"for i = 1, 20 do fs.makeDir('small/' .. i) end return fs.open('small/x', 'w')", "nil /small/x: Out of space"},

		{"local h = fs.open('w', 'w') h.write('a', 'b') h.write(65) h.write(true) h.write() h.writeLine('x') h.close() return fs.open('w', 'r').readAll()", "a65truenilx\n"},
		{"local h = fs.open('w', 'wb') h.write(65) h.write('65') h.write(321) h.write(-1) h.writeLine(65) h.close() return (fs.open('w', 'r').readAll():gsub('.', function(c) return c:byte() .. ' ' end))", "65 54 53 65 255 54 53 10 "},
		{"local h = fs.open('w', 'wb') h.write(0/0)", "test:1: bad argument #1 (number expected, got nan)"},
		{"local h = fs.open('w', 'w') return select('#', h.write('a')), select('#', h.writeLine('a')), select('#', h.flush()), select('#', h.close())", "0 0 0 0"},
		{"local h = fs.open('w', 'w') h.write('abc') h.seek('set', 1) h.write('X') h.seek('end', 1) h.write('e') h.close() return #fs.open('w', 'r').readAll(), fs.open('w', 'r').read(3)", "5 aXc"},
		{"local h = fs.open('hello.txt', 'a') h.write('!') h.flush() local n = fs.getSize('hello.txt') h.writeLine('?') h.close() return n, fs.getSize('hello.txt')", "20 22"},
		{"local h = fs.open('hello.txt', 'r+') local a = h.read(3) h.write('XY') h.close() return a, fs.open('hello.txt', 'r').readAll():sub(1, 8)", "one oneXYwo\r"},
		{"local h = fs.open('hello.txt', 'w+') h.write('new') h.seek('set') return h.readAll(), fs.open('hello.txt', 'r').readLine()", "new one"},
		{"local h = fs.open('hello.txt', 'w') h.write('new') h.close() h.close()", "test:1: attempt to use a closed file"},
		{"local h = fs.open('w', 'w') h.close() h.write('x')", "test:1: attempt to use a closed file"},
		{"local h = fs.open('w', 'wb') h.close() h.write(1)", "test:1: attempt to use a closed file"},
		{"local h = fs.open('w', 'a') h.close() h.writeLine('x')", "test:1: attempt to use a closed file"},
		{"local h = fs.open('w', 'w') h.close() h.flush()", "test:1: attempt to use a closed file"},
		{"local h = fs.open('small/x', 'w') h.write(('x'):rep(10000)) h.write('y')", "test:1: Out of space"},
		{"local h = fs.open('small/x', 'a') h.write(('x'):rep(10001))", "test:1: Out of space"},
		{"local h = fs.open('small/x', 'w') h.seek('set', 2^53) h.write('y')", "test:1: Out of space"},
		{"return fs.open('a', 'a')", "nil /a: Cannot write to directory"},
		{"return fs.open('no', 'r+')", "nil /no: No such file"},
		{"return fs.open('rom/startup.lua', 'r+')", "nil /rom/startup.lua: Access denied"},
		{"local function names(mode) local t = {} local h = fs.open('hello.txt', mode) for k in pairs(h) do t[#t + 1] = k end table.sort(t) return table.concat(t, ' ') end return names('w') .. ', ' .. names('a') .. ', ' .. names('r+b')",
			"close flush seek write writeLine, close flush write writeLine, close flush read readAll readLine seek write writeLine"},
	} {
		c, _ := newComputer(t, 0)
		if got := c.Run(test.code); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.code, got, test.want)
		}
	}
}

func TestOpenFilesAreCounted(t *testing.T) {
	c, _ := newComputer(t, 0)
	const open = "t = {} for i = 1, 128 do t[i] = assert(fs.open('empty', 'r')) end return fs.open('empty', 'r')"
	if got := c.Run(open); got != "nil Too many files already open" {
		t.Errorf("got %q", got)
	}
	if got := c.Run("t[5].close() return fs.open('empty', 'r') ~= nil, fs.open('empty', 'r')"); got != "true nil Too many files already open" {
		t.Errorf("after one was closed: %q", got)
	}
}

// A program that forgets its handles can open files again once the collector has run.
func TestForgottenHandlesAreClosed(t *testing.T) {
	c, _ := newComputer(t, 0)
	c.Run("t = {} for i = 1, 128 do t[i] = assert(fs.open('empty', 'r')) end")
	c.Run("t = nil")
	deadline := time.Now().Add(10 * time.Second)
	for c.Run("return fs.open('empty', 'r')") == "nil Too many files already open" {
		if time.Now().After(deadline) {
			t.Fatal("forgotten handles stay open")
		}
		runtime.GC()
	}
}

func TestReadingCountsAgainstMemory(t *testing.T) {
	c, dir := newComputer(t, 4<<20)
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, 16<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"readAll()", "readLine()", "read(2^30)"} {
		if got := c.Run("return #fs.open('big', 'r')." + call); got != "test:1: not enough memory" {
			t.Errorf("%s: %q", call, got)
		}
	}
}
