package plugins_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	reloads = flag.Int("reloads", 100, "how many `times` TestReloadUnderLoad replaces the plugin")
	wrk     = flag.Bool("wrk", false, "TestReloadUnderLoad: let wrk make the load, too")
)

// busy is a plugin that has one of everything that a plugin can have. %d is its version.
const busy = `
local version = %d
route("GET", "/", function() return 200, { version = version } end)
route("GET", "/slow", function() sleep(0.05) return 200, { version = version } end)
on("tick", function() end)
on("ask", function() emit("here", version) end)
setTimer(function() emit("beat", version) end, 50, 0)
defer(function() end)
Hook.Add("hook", function() return version end)
export("version", function() return version end)
schedule("* * * * * *", function() emit("beat", version) end)
local data = {}
for i = 1, 2000 do data[i] = { i, ("x"):rep(20) .. i } end
local worker = coroutine.wrap(function() while true do coroutine.yield() end end)
worker()
local file = fs.open("/data/file", "w")
file.write("x")
local db = dbConnect("sqlite", "/data/a.db")
db.exec("CREATE TABLE IF NOT EXISTS t (x)")
onUnload(function() Storage.Set("busy", "last", "version", version) end)
parallel.waitForAll(
    function() http.listen(%d, function(request, response) response.write("own " .. version) response.close() end) end,
    function() while true do os.pullEvent("never") end end,
    function() while true do sleep(0.05) end end)
`

// witness counts what it hears of the other plugin.
const witness = `
local beats = {}
on("beat", function(version) beats[version] = (beats[version] or 0) + 1 end)
route("GET", "/", function()
    local versions = {}
    for version in pairs(beats) do versions[#versions + 1] = tostring(version) end
    table.sort(versions)
    return 200, { beating = table.concat(versions, " "), asked = exports.busy.version(), hook = Hook.Run("hook") }
end)
route("GET", "/forget", function() beats = {} return 200, "ok" end)
`

// footprint is what a process holds.
type footprint struct {
	goroutines, files int
	heap              int64
}

// leaks reports whether there is more than there was. Some connections, files and databases come and go meanwhile.
func (f footprint) leaks(before footprint) bool {
	return f.goroutines > before.goroutines+10 || f.files > before.files+20 || f.heap > before.heap+8<<20
}

func measure(p *plane) footprint {
	p.client.CloseIdleConnections()
	for range 3 {
		goruntime.GC()
	}
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	f := footprint{goroutines: goruntime.NumGoroutine(), heap: int64(m.HeapAlloc)}
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.files = len(entries)
	}
	return f
}

// A plugin that has one of everything is replaced again and again while it is asked: no request fails, answers never go back to an older
// version, and in the end nothing of the old ones is left. Versions that are broken change nothing.
func TestReloadUnderLoad(t *testing.T) {
	port := freePort(t)
	version := 1
	p := startPlane(t, map[string]string{"busy/main.lua": fmt.Sprintf(busy, version, port), "witness/main.lua": witness}, nil)
	p.addresses["own"] = fmt.Sprintf("http://127.0.0.1:%d", port)
	var stop atomic.Bool
	var asking sync.WaitGroup
	var requests [3]atomic.Int64
	ask := func(i int, server, path string) {
		asking.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: 60 * time.Second}
			defer client.CloseIdleConnections()
			mine := plane{addresses: p.addresses, client: client}
			last := 0
			for !stop.Load() {
				status, body, err := mine.get(server, path)
				now := 0
				if _, scanErr := fmt.Sscanf(regexp.MustCompile(`\d+`).FindString(body), "%d", &now); err != nil || status != 200 || scanErr != nil {
					t.Errorf("%s%s: %d %q %v", server, path, status, body, err)
					return
				}
				if path != "/busy/slow" && now < last {
					t.Errorf("%s%s: version %d after %d", server, path, now, last)
				}
				last = now
				requests[i].Add(1)
			}
		})
	}
	begin := func() {
		stop.Store(false)
		for range 3 {
			ask(0, "plugin_server", "/busy")
		}
		ask(1, "plugin_server", "/busy/slow")
		ask(2, "own", "/")
	}
	end := func() {
		stop.Store(true)
		asking.Wait()
	}
	replace := func(n int) {
		for i := range n {
			version++
			if i%10 == 3 {
				good := version - 1
				wrong, message := "error('version is broken')", "version is broken"
				if i%20 == 3 {
					wrong, message = "route('GET', '/', function( end", "near"
				}
				// All but the own port, where the code stays, was made when it fails.
				p.write("busy/main.lua", strings.Replace(fmt.Sprintf(busy, version, port), "parallel.waitForAll(", wrong+" parallel.waitForAll(", 1))
				p.want("ratchet", "/reload?plugin=busy", 500, message)
				p.want("plugin_server", "/busy", 200, fmt.Sprintf(`{"version":%d}`, good))
			}
			p.write("busy/main.lua", fmt.Sprintf(busy, version, port))
			p.want("ratchet", "/reload?plugin=busy", 200, "OK")
			p.want("plugin_server", "/busy", 200, fmt.Sprintf(`{"version":%d}`, version))
			if t.Failed() {
				break
			}
		}
	}
	begin()
	replace(10)
	end()
	p.settle(t, version)
	before := measure(p)

	begin()
	stopWrk := p.startWrk(t)
	replace(*reloads)
	stopWrk()
	end()
	p.settle(t, version)
	// What one version holds is about 300 KiB: of a hundred that were left, it would be 30 MiB. The last ones are about to end: they answer, and their
	// unload hooks wait for the disk.
	after := measure(p)
	for deadline := time.Now().Add(30 * time.Second); after.leaks(before) && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		after = measure(p)
	}
	if after.leaks(before) {
		t.Error("something is left of old versions")
	}
	t.Logf("%d reloads; %d, %d and %d requests; %+v before, %+v after", *reloads, requests[0].Load(), requests[1].Load(), requests[2].Load(), before, after)
	p.want("plugin_server", "/witness", 200, fmt.Sprintf(`"asked":%d`, version))
	p.want("plugin_server", "/witness", 200, fmt.Sprintf(`"hook":%d`, version))
	p.want("own", "/", 200, fmt.Sprintf("own %d", version))
}

// settle waits until only one version is heard of, and the port's and the timers' owner is that one.
func (p *plane) settle(t *testing.T, version int) {
	t.Helper()
	alone := fmt.Sprintf(`"beating":"%d"`, version)
	for deadline := time.Now().Add(60 * time.Second); ; {
		p.want("plugin_server", "/witness/forget", 200, "ok")
		var body string
		for { // until something beats
			_, body, _ = p.get("plugin_server", "/witness")
			if !strings.Contains(body, `"beating":""`) || time.Now().After(deadline) {
				break
			}
		}
		if strings.Contains(body, alone) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("an old version is still at work: %s; the last one is %d", body, version)
		}
	}
}

// startWrk has wrk make requests until stop is called, if that was asked for.
func (p *plane) startWrk(t *testing.T) (stop func()) {
	if !*wrk {
		return func() {}
	}
	cmd := exec.Command("wrk", "-t1", "-c16", "-d1h", "--latency", p.addresses["plugin_server"]+"/busy")
	var out text
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt) // it prints what it has found then
		_ = cmd.Wait()
		t.Log(out.String())
		if s := out.String(); strings.Contains(s, "Non-2xx") || strings.Contains(s, "Socket errors") || !strings.Contains(s, "requests in") {
			t.Error("wrk has seen errors")
		}
	}
}
