package archive

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/vfs"
)

// prelude are functions of the programs of these tests. There is no scheduler here: run resumes the program with each event.
const prelude = `
local function show(entries, format, info)
    if not entries then return print("nil", info.class, format) end
    print(format)
    for _, e in ipairs(entries) do print(e.name, e.kind, e.size, e.unsafe) end
end
local function result(r, message, info)
    if not r then return print("nil", info.class, message) end
    local list = {}
    for _, f in ipairs(r.files) do list[#list + 1] = f.path end
    local skipped = {}
    for _, s in ipairs(r.skipped) do skipped[#skipped + 1] = s.name .. ": " .. s.reason end
    print(table.concat(list, " "), #skipped > 0 and table.concat(skipped, "; ") or nil)
end
`

// run runs a program on a computer with a folder, and returns what it prints.
func run(t testing.TB, dir, code string, capacity int64) string {
	t.Helper()
	c := computertest.New(t, lualib.Open)
	disk, err := vfs.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := vfs.New(vfs.Options{Mounts: []vfs.Mount{{FS: disk, Capacity: capacity}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); files.Close() })
	c.VM().Globals().SetString("archive", Open(c, Options{Files: files}))
	first := c.Run(`
		out = {}
		function print(...)
			local t = table.pack(...)
			for i = 1, t.n do t[i] = tostring(t[i]) end
			while t.n > 0 and t[t.n] == "nil" do t[t.n] = nil t.n = t.n - 1 end
			out[#out + 1] = table.concat(t, "\t")
		end
		local function program()
			` + prelude + code + `
		end
		local co = coroutine.create(program)
		function go(...)
			local ok, why = coroutine.resume(co, ...)
			if not ok then print(why) end
			return coroutine.status(co)
		end
		return go()`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for status := first; status == "suspended"; {
		e, err := c.Queue().Next(ctx)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		values := e.Args()
		t := c.VM().Globals()
		t.SetString("eventName", nameOf(e.Name))
		for i := range 4 {
			t.SetString(fmt.Sprintf("event%d", i+1), valueAt(values, i))
		}
		status = c.Run("return go(eventName, event1, event2, event3, event4)")
	}
	return c.Run(`return (table.concat(out, "\n"))`)
}

const tree1 = "DBPFone\n"

func TestFormats(t *testing.T) {
	members := []member{{name: "folder/a.dat", text: tree1}, {name: "folder/b.txt", text: "two\n"}, {name: "c.txt", text: strings.Repeat("three ", 5) + "three\n"}}
	plain := makeTar(t, members...)
	for name, text := range map[string]string{
		"x.zip": makeZip(t, members...), "x.tar": plain, "x.tar.gz": gzipped(t, plain, ""), "x.rar4": makeRar4(members...), "x.rar5": makeRar5(members...),
		"x.tar.bz2": fixture(t, "plain.tar.bz2"), "x.tar.xz": fixture(t, "plain.tar.xz"), "lzma2.7z": fixture(t, "lzma2.7z"), "lzma.7z": fixture(t, "lzma.7z"),
		"ppmd.7z": fixture(t, "ppmd.7z"), "bzip2.7z": fixture(t, "bzip2.7z"), "bzip2.zip": fixture(t, "bzip2.zip"),
		"program.exe": "MZ" + strings.Repeat("code", 1000) + fixture(t, "lzma2.7z"), "zip.exe": "MZ" + strings.Repeat("code", 1000) + makeZip(t, members...),
		"rar.exe": "MZ" + strings.Repeat("code", 1000) + makeRar5(members...),
	} {
		dir := t.TempDir()
		put(t, dir, "archive", text)
		got := run(t, dir, `
			local entries, format = archive.list("archive")
			local kinds, sizes = 0, 0
			for _, e in ipairs(entries) do
				if e.kind == "file" then kinds, sizes = kinds + 1, sizes + e.size end
				assert(not e.unsafe and e.kind == "file" or e.kind == "folder")
			end
			assert(archive.detect("archive") == format)
			local r = assert(archive.extract("archive", "out", {sha256 = true, sync = true}))
			assert(r.format == format and r.bytes == sizes and #r.skipped == 0 and #r.files == kinds and #r.files[1].sha256 == 64)
			print("ok")`, 1e6)
		if got != "ok" {
			t.Errorf("%s: %s", name, got)
			continue
		}
		for _, m := range members {
			if text, err := os.ReadFile(filepath.Join(dir, "out", m.name)); err != nil || string(text) != m.text {
				t.Errorf("%s: %s is %q, %v", name, m.name, text, err)
			}
		}
	}
}

// What has no name inside gets the one of the file.
func TestSingleFiles(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"c.txt.gz": {gzipped(t, "text", ""), "c.txt"}, "x.gz": {gzipped(t, "text", "../inside.txt"), "inside.txt"}, "c.txt.xz": {fixture(t, "c.txt.xz"), "c.txt"},
	} {
		dir := t.TempDir()
		put(t, dir, name, test.text)
		if got := run(t, dir, `result(archive.extract("`+name+`", "out"))`, 0); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

func TestFailures(t *testing.T) {
	whole := makeZip(t, member{name: "a", text: strings.Repeat("text", 100)})
	bad := []byte(makeZip(t, member{name: "a", text: "text"}))
	bad[41] ^= 0xff // of the content
	rar := []byte(makeRar5(member{name: "a", text: "content"}))
	rar[len(rar)-12] ^= 1
	seven := fixture(t, "lzma2.7z")
	for name, test := range map[string]struct{ text, class, message string }{
		"empty":           {"", "format", "/archive: the file is empty"},
		"page":            {"\ufeff <!DOCTYPE html>", "format", "/archive: this is a web page and no archive"},
		"text":            {"hello", "format", "/archive: this is no archive of a known kind"},
		"program":         {"MZ nothing more", "installer", "/archive: this is a program"},
		"Clickteam":       {"MZ...wwgT)H...", "installer", "/archive: this is an installer made with Clickteam; unpack it with the program cicdec"},
		"NSIS":            {"MZ...\xef\xbe\xad\xdeNullsoftInst", "installer", "/archive: this is an installer made with NSIS"},
		"truncated zip":   {whole[:len(whole)-30], "corrupt", "/archive: it is truncated"},
		"damaged zip":     {string(bad), "corrupt", `/archive: the entry "a": `},
		"truncated 7z":    {seven[:100], "corrupt", "/archive: it is truncated"},
		"damaged 7z":      {seven[:33] + "\xff" + seven[34:], "corrupt", "/archive: "},
		"truncated rar":   {string(rar[:len(rar)-20]), "corrupt", "/archive: "},
		"damaged rar":     {string(rar), "corrupt", `/archive: the entry "a": the checksum is wrong`},
		"truncated gz":    {gzipped(t, strings.Repeat("text", 1000), "a")[:30], "corrupt", `/archive: `},
		"truncated xz":    {fixture(t, "plain.tar.xz")[:100], "corrupt", "/archive: "},
		"encrypted zip":   {fixture(t, "encrypted.zip"), "encrypted", "/archive: the entry \"c.txt\": it is encrypted"},
		"encrypted 7z":    {fixture(t, "encrypted.7z"), "encrypted", "/archive: it is encrypted"},
		"encrypted in 7z": {fixture(t, "encrypted-data.7z"), "encrypted", "/archive: the entry \"c.txt\": it is encrypted"},
		"zip of LZMA":     {fixture(t, "lzma.zip"), "unsupported", "/archive: the entry \"c.txt\": it is compressed by method 14"},
		"large xz":        {hugeXZ(), "limit", "/archive: it takes more than 256 MiB"},
	} {
		dir := t.TempDir()
		put(t, dir, "archive", test.text)
		got := run(t, dir, `result(archive.extract("archive", "out"))`, 0)
		if !strings.HasPrefix(got, "nil\t"+test.class+"\t"+test.message) {
			t.Errorf("%s: %q", name, got)
		}
		filepath.Walk(filepath.Join(dir, "out"), func(path string, info os.FileInfo, err error) error {
			if err == nil && info.Size() > 0 && !info.IsDir() {
				t.Errorf("%s has left %s", name, path)
			}
			return nil
		})
	}
	for code, want := range map[string]string{
		`result(archive.extract("none", "out"))`:                                                    "nil\tio\t/none: No such file",
		`result(archive.extract("a.zip", "../out"))`:                                                "nil\tio\t/../out: Invalid Path",
		`result(archive.extract("a.zip", "a.zip"))`:                                                 "nil\tio\t/a.zip: Not a directory",
		`show(archive.list("folder"))`:                                                              "nil\tio\t/folder: Not a file",
		`print(pcall(archive.extract, "a.zip"))`:                                                    "false\ttest:24: bad argument #2 (string expected, got nil)",
		`print(pcall(archive.list, "a.zip", {maxBytes = 0}))`:                                       "false\ttest:24: bad field 'maxBytes' (number more than 0 expected)",
		`print(pcall(archive.extract, "a.zip", "o", {include = {"("}}))`:                            "false\ttest:24: bad field 'include[1]' (malformed pattern: ",
		`print(pcall(archive.extract, "a.zip", "o", {strip = "x"}))`:                                "false\ttest:24: bad field 'strip' (a number of folders, or \"common\", expected)",
		`print(pcall(archive.extract, "a.zip", "o", {unsafe = "x"}))`:                               "false\ttest:24: bad field 'unsafe' (\"error\" or \"skip\" expected)",
		`print(pcall(archive.create, "b.zip", {{name = "../x", data = ""}}))`:                       "false\ttest:24: entry 1: bad name \"../x\": its path leads out by \"..\"",
		`print(pcall(archive.create, "b.zip", {{name = "x"}}))`:                                     "false\ttest:24: entry 1: a field data or path expected, with a string",
		`print(pcall(archive.create, "b.zip", {{name = "x", data = ""}, {name = "X", data = ""}}))`: "false\ttest:24: entry 2: bad name \"X\": its name is there already",
		`print(pcall(archive.create, "b.zip", {}, {format = "rar"}))`:                               "false\ttest:24: bad field 'format'",
		`print(archive.create("b.zip", {{name = "x", path = "none"}}))`:                             "nil\t/none: No such file",
	} {
		dir := t.TempDir()
		put(t, dir, "a.zip", whole)
		if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
			t.Fatal(err)
		}
		if got := run(t, dir, code, 0); !strings.HasPrefix(got, want) {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
}

// hugeXZ is the beginning of a stream that says that it takes 4 GiB of memory.
func hugeXZ() string {
	header := []byte{2, 0, 0x21, 1, 40, 0, 0, 0}
	header = binary.LittleEndian.AppendUint32(header, crc32.ChecksumIEEE(header))
	return fixtureHead + string(header) + strings.Repeat("\x00", 20)
}

// fixtureHead is the header of an xz stream without checks.
const fixtureHead = "\xfd7zXZ\x00\x00\x00\xff\x12\xd9\x41"

// Nothing is made outside, whatever an archive says.
func TestUnsafeEntries(t *testing.T) {
	evil := []member{
		{name: "../up", text: "x"}, {name: "a/../../up", text: "x"}, {name: "/abs", text: "x"}, {name: `\abs`, text: "x"}, {name: `..\up`, text: "x"}, {name: `C:\x`, text: "x"}, {name: "c:x", text: "x"},
		{name: "a/aux.txt", text: "x"}, {name: "a:stream", text: "x"}, {name: "dot.", text: "x"}, {name: "NUL", text: "x"},
		{name: "link", text: "/etc/passwd", kind: symlink}, {name: strings.Repeat("d/", 65) + "x", text: "x"}, {name: strings.Repeat("n", 300), text: "x"},
		{name: "\x01", text: "x"},
	}
	good := member{name: "good", text: "fine"}
	for name, build := range map[string]func(...member) string{
		"zip": func(m ...member) string { return makeZip(t, m...) }, "tar": func(m ...member) string { return makeTar(t, m...) },
		"rar4": makeRar4, "rar5": makeRar5,
	} {
		for _, m := range evil {
			outer := t.TempDir()
			dir := filepath.Join(outer, "computer")
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			put(t, dir, "archive", build(m, good))
			got := run(t, dir, `result(archive.extract("archive", "in/out"))`, 0)
			if !strings.HasPrefix(got, "nil\tunsafe\t/archive: the entry ") {
				t.Errorf("%s: %q: %q", name, m.name, got)
			}
			got = run(t, dir, `result(archive.extract("archive", "in/out", {unsafe = "skip"}))`, 0)
			if !strings.HasPrefix(got, "good\t") || strings.Contains(got, ";") {
				t.Errorf("%s: %q: %q", name, m.name, got)
			}
			var found []string
			filepath.Walk(outer, func(path string, info os.FileInfo, err error) error {
				if err == nil && !info.IsDir() {
					found = append(found, info.Name())
				}
				return err
			})
			if len(found) != 2 {
				t.Errorf("%s: %q: there are %v", name, m.name, found)
			}
		}
	}
	for _, m := range []member{{name: "l", kind: hardlink}, {name: "d", kind: device}, {name: "s", kind: symlink}} {
		dir := t.TempDir()
		put(t, dir, "archive", makeTar(t, m, good))
		if got := run(t, dir, `result(archive.extract("archive", "out"))`, 0); !strings.HasPrefix(got, "nil\tunsafe\t") {
			t.Errorf("%s: %q", m.kind, got)
		}
	}
	// A link that is on the way already is not followed.
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err == nil {
		put(t, dir, "archive", makeZip(t, member{name: "link/x", text: "x"}))
		got := run(t, dir, `result(archive.extract("archive", ""))`, 0)
		if names, _ := os.ReadDir(outside); len(names) != 0 || !strings.HasPrefix(got, "nil\tio\t") {
			t.Errorf("%q, and %v outside", got, names)
		}
	}
}

func TestClashes(t *testing.T) {
	for _, test := range []struct {
		members []member
		want    string
	}{
		{[]member{{name: "a/x", text: "1"}, {name: "A/y", text: "2"}}, "nil\tunsafe\t/archive: the entry \"A/y\": its name differs from another one in case only"},
		{[]member{{name: "x", text: "1"}, {name: "X", text: "2"}}, "nil\tunsafe\t/archive: the entry \"X\": its name differs from another one in case only"},
		{[]member{{name: "x", text: "1"}, {name: "x/y", text: "2"}}, "nil\tunsafe\t/archive: the entry \"x/y\": there is a file and a folder of that name"},
		{[]member{{name: "x", text: "1"}, {name: "x", text: "2"}}, "x"},
	} {
		dir := t.TempDir()
		put(t, dir, "archive", makeZip(t, test.members...))
		if got := run(t, dir, `result(archive.extract("archive", "out"))`, 0); got != test.want {
			t.Errorf("%q, not %q", got, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "archive", makeZip(t, member{name: "gr\x81n\x84.txt", text: "x", raw: true}, member{name: "größe.txt", text: "x"}, member{name: `win\dows.txt`, text: "x"}))
	if got := run(t, dir, `show(archive.list("archive"))`, 0); got != "zip\ngrünä.txt\tfile\t1\ngröße.txt\tfile\t1\nwin\\dows.txt\tfile\t1" {
		t.Errorf("%q", got)
	}
	if got := run(t, dir, `result(archive.extract("archive", "out"))`, 0); got != "grünä.txt größe.txt win/dows.txt" {
		t.Errorf("%q", got)
	}
}

func TestOptions(t *testing.T) {
	members := []member{
		{name: "Top/docs/readme.txt", text: "read"}, {name: "Top/data/a.dat", text: "a"}, {name: "Top/data/B.DAT", text: "b"}, {name: "Top/data/more/c.SC4Lot", text: "c"}, {name: "Top/x.jar", text: "j"},
	}
	for _, test := range []struct{ options, want, tree string }{
		{``, "Top/docs/readme.txt Top/data/a.dat Top/data/B.DAT Top/data/more/c.SC4Lot Top/x.jar", ""},
		{`strip = 1`, "docs/readme.txt data/a.dat data/B.DAT data/more/c.SC4Lot x.jar", ""},
		{`strip = 2`, "readme.txt a.dat B.DAT more/c.SC4Lot", ""},
		{`strip = "common"`, "docs/readme.txt data/a.dat data/B.DAT data/more/c.SC4Lot x.jar", ""},
		{`strip = "common", include = {"\\.dat$", "\\.sc4lot$"}`, "a.dat B.DAT more/c.SC4Lot", ""},
		{`strip = "common", include = {"\\.jar$"}`, "x.jar", ""},
		{`include = {"^/top/data/[^/]*$"}`, "Top/data/a.dat Top/data/B.DAT", ""},
		{`exclude = {"\\.dat$"}, flat = true`, "readme.txt c.SC4Lot x.jar", ""},
		{`include = {"(?<!\\.jar)$"}, exclude = {"/docs/"}, flat = true`, "a.dat B.DAT c.SC4Lot", ""},
		{`include = {}`, "", ""},
		{`filter = function(e) return e.size == 1 and e.name:find("data") end, flat = true`, "a.dat B.DAT c.SC4Lot", ""},
		{`filter = function(e) if e.name:find("jar") then return "renamed/to.jar" end end`, "renamed/to.jar", ""},
		{`filter = function(e) return "../out" end`, "nil\tunsafe\t/archive: the entry \"Top/docs/readme.txt\": its path leads out by \"..\"", ""},
		{`filter = function(e) error("mine", 0) end`, "mine", ""},
		{`maxEntries = 4`, "nil\tlimit\t/archive: it has more than 4 entries", ""},
		{`maxFiles = 6`, "nil\tlimit\t/archive: the entry \"Top/data/more/c.SC4Lot\": there are more than 6 files and folders", ""},
		{`maxBytes = 5`, "nil\tlimit\t/archive: the entry \"Top/data/B.DAT\": it unpacks to more than 5 bytes", ""},
		{`maxDepth = 3`, "nil\tunsafe\t/archive: the entry \"Top/data/more/c.SC4Lot\": it is in too many folders", ""},
		{`maxPath = 15`, "nil\tunsafe\t/archive: the entry \"Top/docs/readme.txt\": its path is too long", ""},
	} {
		for _, format := range []string{"zip", "tar"} {
			dir := t.TempDir()
			text := makeZip(t, members...)
			if format == "tar" {
				text = makeTar(t, members...)
			}
			put(t, dir, "archive", text)
			if got := run(t, dir, `result(archive.extract("archive", "out", {`+test.options+`}))`, 0); got != test.want {
				t.Errorf("%s: %s\ngives %q\nnot   %q", format, test.options, got, test.want)
			}
		}
	}
	dir := t.TempDir()
	put(t, dir, "archive", makeZip(t, members...))
	got := run(t, dir, `
		result(archive.extract("archive", "out", {include = {"jar$"}}))
		result(archive.extract("archive", "out", {include = {"jar$"}, existing = "keep"}))
		result(archive.extract("archive", "out", {include = {"jar$"}}))`, 0)
	if got != "Top/x.jar\n\tTop/x.jar: it is there already\nTop/x.jar" {
		t.Errorf("%q", got)
	}
	if got := run(t, dir, `result(archive.extract("archive", "full"))`, 3000); got != "nil\tspace\t/archive: the entry \"Top/data/a.dat\": /full/Top/data: Out of space" && !strings.HasPrefix(got, "nil\tspace\t") {
		t.Errorf("%q", got)
	}
}

// What little becomes much of is stopped, and leaves no file.
func TestBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 18<<20)
	for name, text := range map[string]string{"zip": makeZip(t, member{name: "zeros", text: zeros}), "gz": gzipped(t, zeros, "zeros"), "tar.gz": gzipped(t, makeTar(t, member{name: "zeros", text: zeros}), "")} {
		for options, want := range map[string]string{"": "it unpacks to more than 500 times its size", "maxRatio = 1e9, maxBytes = 17000000": "it unpacks to more than 17000000 bytes"} {
			dir := t.TempDir()
			put(t, dir, "archive", text)
			got := run(t, dir, `result(archive.extract("archive", "out", {`+options+`}))`, 0)
			if !strings.HasPrefix(got, "nil\tlimit\t") || !strings.HasSuffix(got, want) {
				t.Errorf("%s, %s: %q", name, options, got)
			}
			if names, _ := os.ReadDir(filepath.Join(dir, "out")); len(names) != 0 {
				t.Errorf("%s has left %v", name, names)
			}
		}
	}
}

// Lists of entries that are longer than their archives are refused before room is made for them.
func TestSevenZipHeaders(t *testing.T) {
	archive := func(header string) string {
		start := make([]byte, 20)
		binary.LittleEndian.PutUint64(start[8:], uint64(len(header)))
		binary.LittleEndian.PutUint32(start[16:], crc32.ChecksumIEEE([]byte(header)))
		sum := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(start))
		return sevenSignature + "\x00\x04" + string(sum) + string(start) + header
	}
	const billions = "\xf0\xff\xff\xff\xff"
	for name, header := range map[string]string{
		"files": "\x01\x05" + billions + "\x00\x00", "streams": "\x01\x04\x06\x00" + billions + "\x0a\x01\x00", "folders": "\x01\x04\x07\x0b" + billions + "\x00",
		"coders": "\x01\x04\x07\x0b\x01\x00" + billions, "ins": "\x01\x04\x07\x0b\x01\x00\x01\x11\x00" + billions + "\x01", "properties": "\x01\x04\x07\x0b\x01\x00\x01\x21\x00" + billions,
		"substreams": "\x01\x04\x07\x0b\x01\x00\x01\x01\x00\x0c\x01\x00\x08\x0d" + billions + "\x00\x00\x00", "nonsense": "\x05", "nothing": "\x01",
		"many files": "\x01\x05\xc1\x00\x00\x00\x00", "encoded": "\x17\x06\x00\x01\x09" + billions + "\x00\x07\x0b\x01\x00\x01\x01\x00\x0c" + billions + "\x00\x00",
	} {
		dir := t.TempDir()
		put(t, dir, "archive", archive(header))
		got := run(t, dir, `show(archive.list("archive"))`, 0)
		if !strings.HasPrefix(got, "nil\tcorrupt\t") && !strings.HasPrefix(got, "nil\tlimit\t") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestCreate(t *testing.T) {
	for _, name := range []string{"x.zip", "x.jar", "x.tar", "x.tar.gz", "x.tgz"} {
		dir := t.TempDir()
		put(t, dir, "source", strings.Repeat("from a file ", 10_000))
		got := run(t, dir, `
			local entries = {{name = "a/", }, {name = "a/ä.txt", data = "text"}, {name = "b", path = "source"}}
			local size = assert(archive.create("`+name+`", entries))
			local same = assert(archive.create("again/`+name+`", entries, {sync = true, progress = function() end}))
			assert(size == same)
			show(archive.list("`+name+`"))
			result(archive.extract("`+name+`", "out"))`, 0)
		if want := "\na/\tfolder\t0\na/ä.txt\tfile\t4\nb\tfile\t120000\na/ä.txt b"; !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q", name, got)
		}
		one, err := os.ReadFile(filepath.Join(dir, name))
		two, err2 := os.ReadFile(filepath.Join(dir, "again", name))
		if err != nil || err2 != nil || string(one) != string(two) {
			t.Errorf("%s: equal parts make other bytes: %v %v", name, err, err2)
		}
	}
}

func TestProgressAndCancel(t *testing.T) {
	dir := t.TempDir()
	var members []member
	for i := range 200 {
		members = append(members, member{name: fmt.Sprintf("f%d", i), text: "x"})
	}
	put(t, dir, "archive", makeZip(t, members...))
	for code, want := range map[string]string{
		`local seen = 0 result = archive.extract("archive", "a", {progress = function(entry, files, bytes) seen = seen + 1 assert(entry:find("^f") and files >= 0 and bytes >= 0) end}) print(#result.files, seen > 0)`: "200\ttrue",
		`local j = archive.start("archive", "b") j.cancel() local r, m, i = j.wait() print(r, i.class, j.isDone())`:                                                                                                     "nil\tcancelled\ttrue",
		`local j = archive.start("archive", "c") local e, id repeat e, id = coroutine.yield() until e == "archive_done" print(id == j.id, #j.wait().files)`:                                                             "true\t200",
		`print(archive.start("none", "c") == nil)`:                                                                    "true",
		`print(pcall(archive.extract, "archive", "d", {progress = function() error("mine", 0) end}))`:                 "false\tmine",
		`local r, m, i = archive.extract("archive", "e", {progress = function() return false end}) print(r, i.class)`: "nil\tcancelled",
	} {
		if got := run(t, dir, code, 0); got != want {
			// The work may be over before the first report is taken.
			if !strings.HasPrefix(got, "table") && !strings.HasPrefix(got, "true\ttable") {
				t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
			}
		}
	}
}

func FuzzList(f *testing.F) {
	members := []member{{name: "a/b", text: "text"}, {name: "c", text: "more"}}
	for _, text := range []string{makeZip(f, members...), makeTar(f, members...), makeRar4(members...), makeRar5(members...), gzipped(f, makeTar(f, members...), "")} {
		f.Add([]byte(text))
	}
	for _, name := range []string{"lzma2.7z", "lzma.7z", "ppmd.7z", "bzip2.7z", "encrypted.7z", "link.7z", "plain.tar.xz", "plain.tar.bz2", "bzip2.zip"} {
		f.Add([]byte(fixture(f, name)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<20 {
			return
		}
		memory := vfs.Memory()
		file, err := memory.Create("archive")
		if err != nil {
			t.Fatal(err)
		}
		file.Write(text)
		file.Close()
		files, err := vfs.New(vfs.Options{Mounts: []vfs.Mount{{FS: memory, Capacity: 64 << 20}}})
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		src, err := files.Source("archive")
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		l := limits{bytes: 8 << 20, files: 100, entries: 1000, ratio: 1e6, path: 1024, depth: 64}
		o, err := open(t.Context(), src, l)
		if err != nil {
			return
		}
		if all, err := o.list(); err == nil && len(all) > l.entries {
			t.Fatal(len(all))
		}
		branch, err := files.Branch("out", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer branch.Close()
		if o, err = open(t.Context(), src, l); err != nil {
			t.Fatal(err)
		}
		if _, err := o.extract(&plan{limits: l, skip: true}, branch, func(string, int, int64) {}); err == nil && o.total > l.bytes {
			t.Fatal(o.total)
		}
		names, err := files.List("", nil)
		if err != nil || len(names) > 2 {
			t.Fatal(names, err)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, name := range []string{"a/b", "../a", "/a", `a\..\b`, "C:a", "a//b/./c", "nul", "\xff", strings.Repeat("a/", 300), "a\x00", "ａ", "a?b"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		path, reason := safePath(name, 1024, 64)
		if (path == "") == (reason == "") {
			t.Fatalf("%q: %q, %q", name, path, reason)
		}
		if path != "" && (vfs.Clean(path) != path || strings.Contains("/"+path+"/", "/../") || strings.ContainsAny(path, `\:`) || filepath.IsAbs(path) || !filepath.IsLocal(path)) {
			t.Fatalf("%q becomes %q", name, path)
		}
	})
}
