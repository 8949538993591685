package control_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
)

// With -crashes=200 the tests of this file take minutes.
var crashes = flag.Int("crashes", 20, "how many updates TestUpdateKilled kills; from 200 on, other tests try all steps instead of some")

// sampled are the numbers of steps that a test tries, out of more than there are: some of them, others each time, unless all are asked for.
func sampled(stride int) iter.Seq[int] {
	first := rand.IntN(stride)
	if *crashes >= 200 {
		first, stride = 0, 1
	}
	return func(yield func(int) bool) {
		for i := first; yield(i); i += stride {
		}
	}
}

// crashBed is a profile before an update that installs, upgrades, replaces and removes.
type crashBed struct {
	*workbench
	before, after string // what is in Plugins
}

const listing = `
local function listing()
    local lines = {}
    local function look(path, name)
        for _, each in ipairs(fs.list(path)) do
            local full, local_ = path .. "/" .. each, name == "" and each or name .. "/" .. each
            if fs.isDir(full) then
                if #fs.list(full) == 0 then lines[#lines + 1] = local_ .. "/" end
                look(full, local_)
            else
                local f = fs.open(full, "rb")
                lines[#lines + 1] = local_ .. ": " .. f.readAll()
                f.close()
            end
        end
    end
    look("/data/profiles/1/plugins", "")
    table.sort(lines)
    return table.concat(lines, "\n")
end
local function versions()
    local lines = {}
    for _, each in ipairs(profile:lock().packages) do lines[#lines + 1] = each.id .. " " .. each.version end
    table.sort(lines)
    return table.concat(lines, ", ")
end
`

const versionsBefore, versionsAfter = "g:again 1, g:dll 1, g:gone 1, g:up 1", "g:again 1, g:dll 2, g:new 1, g:up 2"

// newCrashBed installs what is there before the update, and publishes what comes with it.
func newCrashBed(w *workbench) *crashBed {
	b := &crashBed{workbench: w}
	b.publishVersions("1", "2024-01-01T00:00:00Z")
	b.channel.pkg("g:gone", "1", object{"assets": []object{uses("a1")}, "subfolder": "300-gone"})
	b.channel.pkg("g:new", "1", object{"assets": []object{uses("a1")}, "subfolder": "400-new/deep"})
	b.explicit("g:up", "g:again", "g:gone", "g:dll")
	b.run(`assert(brieflyGo())`)
	// The user has deleted a folder that the update is to replace.
	if err := os.RemoveAll(filepath.Join(b.folder(), "150-mods", "g.again.1.sc4pac")); err != nil {
		b.t.Fatal(err)
	}
	b.before = tree(b.t, b.folder())
	b.publishVersions("2", "2024-02-01T00:00:00Z")
	b.explicit("g:up", "g:again", "g:new", "g:dll")
	return b
}

func (b *crashBed) folder() string { return filepath.Join(b.data, "profiles", "1", "plugins") }

func (b *crashBed) publishVersions(v, date string) {
	var files []string
	for i := range 5 {
		files = append(files, fmt.Sprintf("f%d.dat", i), dbpf(v+strings.Repeat("x", 50)))
	}
	dll := "dll " + v
	b.channel.asset("a1", "1", "a1.zip", zipped(b.t, "x.dat", dbpf("x")))
	b.channel.asset("a2", v, "a2-"+v+".zip", zipped(b.t, files...))
	b.channel.asset("a3", "1", "a3.zip", zipped(b.t, "v.dat", dbpf(v)), object{"lastModified": date})
	b.channel.asset("dll", v, "dll-"+v+".zip", zipped(b.t, "p.dll", dll))
	b.channel.pkg("g:up", v, object{"assets": []object{uses("a2")}})
	b.channel.pkg("g:again", "1", object{"assets": []object{uses("a3")}}) // the asset changes, so it is installed again in the same folder
	b.channel.pkg("g:dll", v, object{"assets": []object{uses("dll", object{"withChecksum": []object{{"include": "dll$", "sha256": sum([]byte(dll))}}})}})
}

// settle recovers and updates again in a new process, and checks that Plugins and the lock file are in agreement after each.
func (b *crashBed) settle(where string) {
	b.t.Helper()
	got := b.run(listing + `
		update.recover { store = store, profiles = { "1" }, manager = { logs = { write = function(_, _, level, text) if level == "error" then print("!", text) end end } } }
		print(versions() .. "\n" .. listing())
		print("--")
		QUIET = { log = true, plan = true, extraction = true, warnings = true, started = true, length = true, intermediate = true, finished = true }
		go(nil, { refresh = true })
		print(versions() .. "\n" .. listing())`)
	recovered, updated, _ := strings.Cut(got, "\n--\n")
	if recovered != versionsBefore+"\n"+b.before && recovered != versionsAfter+"\n"+b.after {
		b.t.Fatalf("%s: after recovery there is\n%s", where, recovered)
	}
	if updated != versionsAfter+"\n"+b.after {
		b.t.Fatalf("%s: after the next update there is\n%s\nnot\n%s\n%s", where, updated, versionsAfter, b.after)
	}
	b.clean()
}

// saved copies what is on the disk, so that a test can begin from it again.
func (b *crashBed) saved() (restore func()) {
	copied := b.t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(b.data)); err != nil {
		b.t.Fatal(err)
	}
	return func() {
		err := os.RemoveAll(filepath.Join(b.data, "profiles"))
		if err == nil {
			err = os.CopyFS(b.data, os.DirFS(copied))
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// finish notes how Plugins looks after an update that nothing has disturbed.
func (b *crashBed) finish() {
	b.run(`brieflyGo(nil, { refresh = true })`)
	b.after = tree(b.t, b.folder())
	if b.after == b.before || !strings.Contains(b.after, "p.dll: dll 2") {
		b.t.Fatal(b.after)
	}
	b.clean()
}

// The computer ends at each step of the disk in turn, before it or after it; with what is done then, nothing of the program goes on.
func TestUpdateStopsAtEachStep(t *testing.T) {
	b := newCrashBed(newWorkbench(t))
	restore := b.saved()
	b.finish()
	const code = `
		local files = require "luart.files"
		local n, at, after = 0, %d, %t
		local armed = false
		local function wrap(t, name, arms)
			local f = t[name]
			t[name] = function(...)
				armed = armed or arms and arms(...)
				if not armed then return f(...) end
				n = n + 1
				if n == at and not after then os.shutdown() end
				local results = table.pack(f(...))
				if n == at then os.shutdown() end
				return table.unpack(results, 1, results.n)
			end
		end
		wrap(files, "sync", function(_, all) return all end) -- the publication begins
		wrap(files, "rename")
		wrap(fs, "delete")
		wrap(fs, "move")
		QUIET = { plan = true, extraction = true, warnings = true, started = true, length = true, intermediate = true, finished = true }
		go(nil, { refresh = true })
		print("ended")`
	for step := range sampled(11) {
		restore()
		if b.run(fmt.Sprintf(code, step/2+1, step%2 == 1)) == "ended" {
			if step < 40 {
				t.Errorf("there were only %d steps", step)
			}
			break
		}
		b.settle(fmt.Sprintf("stopped at step %d", step))
	}
}

// A rename that fails in the middle, as when a file is in use, takes all back; if that fails, too, the next update does it.
func TestUpdateTakesBack(t *testing.T) {
	b := newCrashBed(newWorkbench(t))
	restore := b.saved()
	b.finish()
	const code = `
		local files = require "luart.files"
		local rename, n, from, to, armed = files.rename, 0, %d, %d, false
		local sync = files.sync
		function files.sync(path, all) armed = armed or all return sync(path, all) end
		function files.rename(a, b, ...)
			if armed and not a:find "journal" then
				n = n + 1
				if n >= from and n <= to then return nil, "/x: Access denied" end
			end
			return rename(a, b, ...)
		end
		QUIET = { plan = true, extraction = true, warnings = true, started = true, length = true, intermediate = true, finished = true, failure = true }
		local _, e = go(nil, { refresh = true })
		print(e.type or "ended")`
	for i := range sampled(6) {
		from := i + 1
		restore()
		got := b.run(fmt.Sprintf(code, from, from))
		if got == "ended" {
			if from < 8 {
				t.Errorf("there were only %d renames", from)
			}
			break
		}
		if now := tree(t, b.folder()); got != "/error/file-operations-failed" || now != b.before {
			t.Fatalf("with rename %d failing: %s, and Plugins has\n%s", from, got, now)
		}
		b.clean()
		b.settle(fmt.Sprintf("rename %d failed", from))
		restore()
		if got := b.run(fmt.Sprintf(code, from, 1000)); from > 1 && got != "/error/published-files-incomplete" && got != "/error/file-operations-failed" {
			t.Fatalf("with renames from %d failing: %s", from, got)
		}
		b.settle(fmt.Sprintf("renames from %d failed", from))
	}
}

const childVariable = "LUART_TEST_UPDATE_CHILD"

type childTask struct{ Data, Plugins, URL, Code string }

// TestUpdateChild is no test, but what the processes do that others kill.
func TestUpdateChild(t *testing.T) {
	var task childTask
	text := os.Getenv(childVariable)
	if text == "" {
		t.Skip("it is for TestUpdateKilled")
	}
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		t.Fatal(err)
	}
	b := &workbench{t: t, data: task.Data, plugins: task.Plugins, channel: &channel{url: task.URL}}
	c, err := runtime.New(append(b.options(&output{}, task.Code), runtime.WithStdout(os.Stdout))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

const childCode = `
	local files = require "luart.files"
	local sync = files.sync
	function files.sync(path, all) if all then print("\npublish") end return sync(path, all) end
	QUIET = { plan = true, extraction = true, warnings = true, started = true, length = true, intermediate = true, finished = true, log = true }
	print("\ngo")
	go(nil, { refresh = true })
	print("\ndone")`

// start runs an update in a process of its own, until it says a word.
func (b *crashBed) start(word string) (*exec.Cmd, *bufio.Scanner) {
	b.t.Helper()
	task, err := json.Marshal(childTask{b.data, b.plugins, b.channel.url, childCode})
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestUpdateChild$")
	cmd.Env = append(os.Environ(), childVariable+"="+string(task))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	b.await(lines, word)
	return cmd, lines
}

func (b *crashBed) await(lines *bufio.Scanner, word string) {
	b.t.Helper()
	for lines.Scan() {
		if lines.Text() == word {
			return
		}
	}
	b.t.Fatalf("the child has ended before it said %q", word)
}

// Processes are killed at random moments, half of them while they publish.
func TestUpdateKilled(t *testing.T) {
	b := newCrashBed(newWorkbench(t))
	restore := b.saved()
	cmd, lines := b.start("go")
	begun := time.Now()
	b.await(lines, "publish")
	published := time.Now()
	b.await(lines, "done")
	whole, last := time.Since(begun), time.Since(published)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	b.after = tree(t, b.folder())
	ended := 0
	for i := range *crashes {
		restore()
		word, longest := "go", whole
		if i%2 == 1 {
			word, longest = "publish", last
		}
		cmd, lines := b.start(word)
		time.Sleep(time.Duration(rand.Int64N(int64(longest) + 1)))
		cmd.Process.Kill()
		for lines.Scan() {
			if lines.Text() == "done" {
				ended++
			}
		}
		cmd.Wait()
		b.settle(fmt.Sprintf("kill %d", i))
	}
	t.Logf("%d of %d had ended by then", ended, *crashes)
}
