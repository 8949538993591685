package watch_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	luart "github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
)

// prelude has expect(watch, change, ...), which waits until all of the changes have come, whatever else does.
const prelude = `local watch = require "luart.watch" local function open(...) return assert(watch.open(...)) end
local function put(path, text) local f = assert(fs.open(path, "w")) f.write(text or "x") f.close() end
local function expect(w, ...)
    local wanted = {}
    for _, text in ipairs { ... } do wanted[text] = true end
    while next(wanted) do
        for _, c in ipairs((w.next())) do wanted[c.kind .. " " .. c.path .. (c.folder and "/" or "")] = nil end
    end
end
`

// run runs a program in a folder and returns what it prints.
func run(t testing.TB, dir, code string, options ...luart.Option) string {
	t.Helper()
	return runtimetest.Run(t, dir, prelude+code, options...)
}

func TestChanges(t *testing.T) {
	for name, code := range map[string]string{
		"files": `
			fs.makeDir("p") put("p/a.lua")
			local w = open("p", { debounce = 0.01 })
			put("p/a.lua", "y") expect(w, "save p/a.lua")
			put("p/b.lua") expect(w, "save p/b.lua")
			local f = fs.open("p/b.lua", "a") f.write("more") f.close() expect(w, "save p/b.lua")
			fs.move("p/b.lua", "p/c.lua") expect(w, "rename p/b.lua", "save p/c.lua")
			fs.delete("p/c.lua") expect(w, "delete p/c.lua")
			w.close()`,
		"new folders": `
			local w = open("", { debounce = 0.01 })
			fs.makeDir("a/b/c") put("a/b/c/x.lua") expect(w, "save a/b/c/x.lua")
			put("a/b/y.lua") expect(w, "save a/b/y.lua")
			fs.copy("a", "d") expect(w, "save d/b/y.lua", "save d/b/c/x.lua")`,
		"folders that go": `
			fs.makeDir("p/a/b") put("p/a/b/x.lua") fs.makeDir("away")
			local w = open("p", { debounce = 0.01 })
			fs.move("p/a", "p/new") expect(w, "rename p/a/", "save p/new/b/x.lua")
			put("p/new/b/y.lua") expect(w, "save p/new/b/y.lua")
			fs.move("p/new", "away/new") expect(w, "rename p/new/")
			put("away/new/b/unseen.lua")
			fs.makeDir("p/new/b") put("p/new/b/z.lua") expect(w, "save p/new/b/z.lua")
			fs.delete("p/new") expect(w, "delete p/new/b/z.lua", "delete p/new/")
			fs.delete("p") expect(w, "delete p/")
			w.close()`,
		"one folder": `
			fs.makeDir("p/sub")
			local w = open("p", { debounce = 0.01, recursive = false })
			put("p/sub/unseen.lua") put("p/a.lua")
			for _, c in ipairs(w.next()) do assert(c.path == "p/a.lua", c.path) end
			fs.makeDir("p/new") put("p/new/unseen.lua") put("p/b.lua") expect(w, "save p/b.lua")`,
		"many at once": `
			local w = open("", { debounce = 0.01 })
			local wanted = {}
			for i = 1, 300 do put(i .. ".lua") wanted[i] = "save " .. i .. ".lua" end
			expect(w, table.unpack(wanted))`,
		"the event": `
			local w, other = open("", { debounce = 0.01 }), open("rom/../", { debounce = 0.01 })
			assert(w.id ~= other.id)
			put("a.lua")
			local seen = {}
			while not (seen[w.id] and seen[other.id]) do local _, id = os.pullEvent("watch") seen[id] = true end
			assert(w.changes()[1].path == "a.lua")
			local list, overflow = w.changes()
			assert(#list == 0 and overflow == false)
			-- It is not needed: whoever doesn't look at events loses nothing.
			put("b.lua") sleep(0.2) os.queueEvent("x") os.pullEvent("x") expect(w, "save b.lua") expect(other, "save b.lua")`,
		"several wait": `
			local w, n = open("", { debounce = 0.01 }), 0
			local function one() assert(#w.next() > 0) n = n + 1 put(n .. ".lua") end
			parallel.waitForAll(one, one, one, function() put("first.lua") end)
			assert(n == 3)
			parallel.waitForAny(function() w.next() w.next() w.next() w.next() end, function() w.close() end)
			local ok, message = pcall(w.next) assert(not ok and message:find("the watch is closed"), message)
			w.close()
			local other = open("")
			local first = coroutine.create(other.next)
			local _, event = coroutine.resume(first)
			for i = 1, 16 do assert(coroutine.resume(coroutine.create(other.next))) end
			os.pullEvent(event)
			local ok, message = coroutine.resume(first, event)
			assert(not ok and message:find("16 other coroutines wait"), message)`,
		"arguments": `
			for message, call in pairs {
				["string expected"] = { watch.open }, ["bad field 'debounce' %(number"] = { watch.open, "", { debounce = "" } },
				["from 0 to 10"] = { watch.open, "", { debounce = 11 } }, ["bad field 'recursive'"] = { watch.open, "", { recursive = 1 } },
				["map expected"] = { watch.open, "", 1 },
			} do
				local ok, err = pcall(table.unpack(call)) assert(not ok and err:find(message), err)
			end
			put("file")
			for path, message in pairs {
				missing = "/missing: No such file", file = "/file: Not a directory", rom = "only a folder of the machine", tmp = "only a folder of the machine",
				[".."] = "Invalid Path", ["missing/x"] = "No such file",
			} do
				local w, err = watch.open(path) assert(w == nil and err:find(message), err)
			end
			local list = {}
			for i = 1, 16 do list[i] = open("") end
			local w, err = watch.open("") assert(w == nil and err:find("16 watches are open"))
			list[1].close() list[2].close() open("")`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := run(t, t.TempDir(), code); got != "" {
				t.Error(got)
			}
		})
	}
}

// Changes by other processes are seen, on a mount that may not be written to, too; links aren't followed.
func TestOthersChanges(t *testing.T) {
	mounted, outside := t.TempDir(), t.TempDir()
	links := os.Symlink(outside, filepath.Join(mounted, "out")) == nil
	module := func(dir string) luart.Option {
		return luart.WithModule("change", changer(t, func() {
			_ = os.WriteFile(filepath.Join(outside, "unseen.lua"), nil, 0o666)
			_ = os.WriteFile(filepath.Join(dir, "seen.lua"), []byte("x"), 0o666)
			_ = os.Rename(filepath.Join(dir, "seen.lua"), filepath.Join(dir, "moved.lua"))
		}))
	}
	got := run(t, t.TempDir(), `
		local w = open("m", { debounce = 0.01 })
		require "change"
		local all = {}
		repeat
			for _, c in ipairs(w.next()) do all[c.path] = c.kind assert(not c.path:find("unseen")) end
		until all["m/moved.lua"] == "save" and all["m/seen.lua"] == "rename"
		print(watch.open("m/out"))`, luart.WithMount(mounted, "m", true), module(mounted))
	if want := "nil\t/m/out: Access denied"; links && !strings.HasPrefix(got, want) {
		t.Error(got)
	}
}

// A program that ends, or lets go of a watch in the middle, leaves no goroutine.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		run(t, t.TempDir(), `
			local w = open("")
			parallel.waitForAny(function() w.next() end, function() watch.open("") end, function() end)
			for i = 1, 100 do put(i .. ".lua") end`)
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond) // the end of goroutines isn't announced
	}
	t.Errorf("%d goroutines, and %d before", runtime.NumGoroutine(), before)
}
