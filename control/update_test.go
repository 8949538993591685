package control_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/computertest"
)

var zeroTime time.Time

// workbench is a folder with a profile of packages, for updates in programs that tests run.
type workbench struct {
	t       testing.TB
	data    string // the computer's /data
	plugins string // the computer's /plugins
	secrets string // a file of the host
	channel *channel
	ready   func(map[string]string)
}

func newWorkbench(t testing.TB) *workbench {
	return &workbench{t: t, data: t.TempDir(), plugins: t.TempDir(), channel: newChannel(t)}
}

type output = computertest.Output

// prelude is what the tests' programs have: `go(answers, options)` updates, prints what an update sends, and returns its result. answers has answers to
// prompts by the last word of their type; "Yes", or else the first choice, is the answer unless there is one.
var prelude = `
local control = require "luart.control"
local packages, update, failure, json = require "packages", require "packages.update", require "packages.failure", require "luart.json"
local download = require "luart.download"
local store = packages.open {
    profiles = "/data/profiles", channels = { CHANNEL },
    download = {
        get = function(url, path, o) o.retryDelay, o.timeout = 0.01, TIMEOUT or 5 return download.get(url, path, o) end,
        start = function(url, path, o) o.retryDelay, o.timeout = 0.01, TIMEOUT or 5 return download.start(url, path, o) end,
    },
}
local profile = store:profile "1"
if not profile:isInitialized() then profile:init { plugins = PLUGINS or "plugins", cache = "cache", temp = "../temp" } end
QUIET = {}
local function say(...) if not QUIET[(...)] then print(...) end end
local function brief(m)
    local copy = {}
    for k, v in pairs(m) do copy[k] = v end
    copy["$type"], copy.responses, copy.token, copy.bodies = nil, nil, nil, nil
    local text = json.encode(copy, { sorted = true }):gsub(CHANNEL:gsub("%p", "%%%0"), "/")
    return m["$type"]:match "[^/]+$", text
end
local function go(answers, options, manager)
    local ok, e = pcall(update.run, {
        profile = profile, options = options, manager = manager,
        ask = function(prompt)
            say(brief(prompt))
            local answer = answers and answers[(brief(prompt))]
            if type(answer) == "function" then return answer(prompt) end
            if answer ~= nil then return answer end
            return prompt["$type"]:find "/json/" and prompt.bodies[prompt.choices[1]] or prompt.choices[1]
        end,
        tell = function(message) say(brief(message)) end,
        log = function(level, text) say("log", level, (text:gsub(CHANNEL:gsub("%p", "%%%0"), "/"))) end,
        cancelled = CANCELLED,
    })
    if not ok then
        if not failure.is(e) then error(e, 0) end
        say("failure", e.type, (tostring(e):gsub(CHANNEL:gsub("%p", "%%%0"), "/")))
    end
    return ok and e or nil, e
end
local function brieflyGo(...) QUIET = { started = true, length = true, intermediate = true, finished = true } return go(...) end
`

func (b *workbench) options(out *output, code string) []runtime.Option {
	head := strings.ReplaceAll(fmt.Sprintf("local CHANNEL = %q %s", b.channel.url, prelude), "\n", " ")
	return []runtime.Option{
		runtime.WithControl(runtime.Control{Plugins: b.plugins, Data: b.data, Secrets: b.secrets, AllowPrivate: true, Ready: b.ready}),
		runtime.WithProgram("/rom/control/test.lua"), runtime.WithCode("=test", head+code), runtime.WithStdout(out), runtime.WithStderr(out),
		runtime.WithMemory(512 << 20), runtime.WithAllowPrivate(),
	}
}

// run runs a program and returns what it prints.
func (b *workbench) run(code string, options ...runtime.Option) string {
	b.t.Helper()
	var out output
	c, err := runtime.New(append(b.options(&out, code), options...)...)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if _, err := c.Run(ctx); err != nil {
		b.t.Errorf("%v\n%s", err, out.String())
	}
	return strings.TrimSpace(out.String())
}

// want runs a program and compares what it prints.
func (b *workbench) want(code, want string) {
	b.t.Helper()
	if got := b.run(code); got != strings.TrimSpace(want) {
		b.t.Errorf("the output is\n%s\nnot\n%s", got, strings.TrimSpace(want))
	}
}

// explicit sets the packages that are wanted.
func (b *workbench) explicit(ids ...string) {
	b.t.Helper()
	b.run(fmt.Sprintf("profile:save { explicit = { %s } }", strings.Join(quoted(ids), ", ")))
}

func quoted(list []string) []string {
	q := make([]string, len(list))
	for i, each := range list {
		q[i] = fmt.Sprintf("%q", each)
	}
	return q
}

// tree lists the files in a folder, with what is in them.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		local, _ := filepath.Rel(dir, path)
		local = filepath.ToSlash(local)
		switch {
		case d.IsDir():
			if entries, err := os.ReadDir(path); err == nil && len(entries) == 0 && local != "." {
				lines = append(lines, local+"/")
			}
		case d.Type().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			lines = append(lines, local+": "+string(content))
		default:
			lines = append(lines, local+": "+d.Type().String())
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// inPlugins compares what is in the profile's Plugins.
func (b *workbench) inPlugins(want string) {
	b.t.Helper()
	if got := strings.TrimSpace(tree(b.t, filepath.Join(b.data, "profiles", "1", "plugins"))); got != strings.TrimSpace(want) {
		b.t.Errorf("Plugins has\n%s\nnot\n%s", got, strings.TrimSpace(want))
	}
}

// clean checks that updates have left nothing besides what they should.
func (b *workbench) clean() {
	b.t.Helper()
	if left := tree(b.t, filepath.Join(b.data, "profiles", "temp")); left != "" {
		b.t.Errorf("the temp folder has\n%s", left)
	}
	entries, err := os.ReadDir(filepath.Join(b.data, "profiles", "1"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "cache", "plugins", "sc4pac-plugins.json", "sc4pac-plugins-lock.json":
		default:
			b.t.Errorf("the profile's folder has %s", e.Name())
		}
	}
}

func TestUpdate(t *testing.T) {
	b := newWorkbench(t)
	b.channel.asset("one", "1", "one.zip", zipped(t, "top/a.dat", dbpf("a"), "top/sub/b.sc4lot", dbpf("b"), "top/readme.txt", "x"))
	b.channel.asset("two", "1", "two.dat", []byte(dbpf("two")))
	b.channel.pkg("g:dep", "1.0", object{"assets": []object{uses("two")}, "subfolder": "100-props"})
	b.channel.pkg("g:main", "2.0", object{"assets": []object{uses("one")}, "dependencies": needs("g:dep"), "info": object{"warning": "Careful!"}})
	b.explicit("g:main")
	b.want(`
		QUIET = { started = true, length = true, intermediate = true, finished = true }
		local r = go()
		print(r.changed, #r.installed, profile:lock():find("g:main").files[1])
		QUIET = { started = true, length = true, intermediate = true, finished = true }
		print(go().changed)
		profile:save { explicit = {} }
		print(go().changed)
		`, `
plan	{"choices":["Yes","No"],"toInstall":[{"package":"g:dep","variant":{},"version":"1.0"},{"package":"g:main","variant":{},"version":"2.0"}],"toRemove":[]}
extraction	{"package":"g:dep","progress":{"denominator":2,"numerator":1}}
extraction	{"package":"g:main","progress":{"denominator":2,"numerator":2}}
warnings	{"choices":["Yes","No"],"warnings":{"g:main":["Careful!"]}}
true	2	150-mods/g.main.2.0.sc4pac
plan	{"choices":["Yes","No"],"toInstall":[],"toRemove":[]}
false
plan	{"choices":["Yes","No"],"toInstall":[],"toRemove":[{"package":"g:dep","variant":{},"version":"1.0"},{"package":"g:main","variant":{},"version":"2.0"}]}
warnings	{"choices":["Yes","No"],"warnings":{}}
true
`)
	b.inPlugins("")
	b.clean()
}

// Variants are asked for, an upgrade replaces, and what has changed of an asset is installed again.
func TestUpdateUpgrades(t *testing.T) {
	b := newWorkbench(t)
	b.channel.asset("right", "1", "right.zip", zipped(t, "r.dat", dbpf("right")))
	b.channel.asset("left", "1", "left.zip", zipped(t, "l.dat", dbpf("left")))
	b.channel.pkg("g:v", "1.0", object{
		"variants": []object{
			{"variant": object{"driveside": "right"}, "assets": []object{uses("right")}}, {"variant": object{"driveside": "left"}, "assets": []object{uses("left")}},
		},
		"variantInfo": object{"driveside": object{"description": "Where?", "valueDescriptions": object{"left": "UK"}, "default": []string{"right"}}},
	})
	b.channel.asset("one", "1", "one.zip", zipped(t, "a.dat", dbpf("1"), "old.dat", dbpf("old")))
	b.channel.pkg("g:up", "1.0", object{"assets": []object{uses("one")}})
	b.explicit("g:v", "g:up")
	b.want(`
		brieflyGo { variant = "left" }
		print(json.encode(profile:variants()))`, `
variant	{"choices":["right","left"],"descriptions":{"left":"UK"},"importedValues":[],"info":{"default":["right"],"description":"Where?","valueDescriptions":{"left":"UK"}},"label":"driveside","package":"g:v","previouslySelectedValue":[],"variantId":"driveside"}
plan	{"choices":["Yes","No"],"toInstall":[{"package":"g:up","variant":{},"version":"1.0"},{"package":"g:v","variant":{"driveside":"left"},"version":"1.0"}],"toRemove":[]}
extraction	{"package":"g:up","progress":{"denominator":2,"numerator":1}}
extraction	{"package":"g:v","progress":{"denominator":2,"numerator":2}}
warnings	{"choices":["Yes","No"],"warnings":{}}
{"driveside":"left"}`)
	b.inPlugins("150-mods/g.up.1.0.sc4pac/a.dat: DBPF1\n150-mods/g.up.1.0.sc4pac/old.dat: DBPFold\n150-mods/g.v.left.1.0.sc4pac/l.dat: DBPFleft")
	b.channel.asset("one", "2", "one.zip", zipped(t, "a.dat", dbpf("2")), object{"lastModified": "2099-01-01T00:00:00Z"})
	b.want(`
		local before = profile:lock():find("g:up").installedAt
		brieflyGo(nil, { refresh = true })
		print(profile:lock():find("g:up").installedAt == before)`, `
plan	{"choices":["Yes","No"],"toInstall":[{"package":"g:up","variant":{},"version":"1.0"}],"toRemove":[{"package":"g:up","variant":{},"version":"1.0"}]}
extraction	{"package":"g:up","progress":{"denominator":1,"numerator":1}}
warnings	{"choices":["Yes","No"],"warnings":{}}
true`)
	b.inPlugins("150-mods/g.up.1.0.sc4pac/a.dat: DBPF2\n150-mods/g.v.left.1.0.sc4pac/l.dat: DBPFleft")
	b.channel.pkg("g:up", "1.1", object{"assets": []object{uses("one")}, "subfolder": "200-other/deep"})
	b.run(`profile:resetVariants { "driveside" }`)
	b.want(`brieflyGo(nil, { refresh = true })`, `
variant	{"choices":["right","left"],"descriptions":{"left":"UK"},"importedValues":[],"info":{"default":["right"],"description":"Where?","valueDescriptions":{"left":"UK"}},"label":"driveside","package":"g:v","previouslySelectedValue":[],"variantId":"driveside"}
plan	{"choices":["Yes","No"],"toInstall":[{"package":"g:up","variant":{},"version":"1.1"},{"package":"g:v","variant":{"driveside":"right"},"version":"1.0"}],"toRemove":[{"package":"g:v","variant":{"driveside":"left"},"version":"1.0"},{"package":"g:up","variant":{},"version":"1.0"}]}
extraction	{"package":"g:up","progress":{"denominator":2,"numerator":1}}
extraction	{"package":"g:v","progress":{"denominator":2,"numerator":2}}
warnings	{"choices":["Yes","No"],"warnings":{}}`)
	b.inPlugins("150-mods/g.v.right.1.0.sc4pac/r.dat: DBPFright\n200-other/deep/g.up.1.1.sc4pac/a.dat: DBPF2")
	b.clean()
}

// DLLs and INI files go beside the folders of the packages; what is in their place is named before it is replaced.
func TestUpdateLooseFiles(t *testing.T) {
	b := newWorkbench(t)
	dll, ini := "a program", "[x]"
	b.channel.asset("dll", "1", "dll.zip", zipped(t, "bin/magic.dll", dll, "bin/magic.ini", ini, "bin/data.dat", dbpf("d")))
	b.channel.pkg("g:dll", "1.0", object{"assets": []object{uses("dll", object{
		"withChecksum": []object{{"include": `magic\.dll$`, "sha256": sum([]byte(dll))}, {"include": `magic\.ini$`, "sha256": sum([]byte(ini)), "isIni": true}},
		"include":      []string{`\.dat$`},
	})}})
	b.explicit("g:dll")
	plugins := filepath.Join(b.data, "profiles", "1", "plugins")
	if err := os.WriteFile(filepath.Join(plugins, "magic.dll"), []byte("the user's"), 0o666); err != nil {
		t.Fatal(err)
	}
	b.want(`brieflyGo({ warnings = "No" })`, `
plan	{"choices":["Yes","No"],"toInstall":[{"package":"g:dll","variant":{},"version":"1.0"}],"toRemove":[]}
extraction	{"package":"g:dll","progress":{"denominator":1,"numerator":1}}
warnings	{"choices":["Yes","No"],"warnings":{"g:dll":["magic.dll is in the Plugins folder already, and of no package; it will be replaced.","The file magic_sc4pacnew.ini has settings: look at it after the update, and rename it to magic.ini."]}}
failure	/error/aborted	Operation aborted.`)
	b.inPlugins("magic.dll: the user's")
	b.clean()
	b.want(`
		QUIET = { warnings = true, plan = true, extraction = true, started = true, length = true, intermediate = true, finished = true }
		local r = go(nil, { api = "3.1" })
		local each = profile:lock():find "g:dll"
		print(json.encode(each.files), json.encode(each.iniFiles, { sorted = true }), #r.iniFiles)`, strings.NewReplacer("DLLSUM", sum([]byte(dll)), "INISUM", sum([]byte(ini))).Replace(`
initial-arguments	{"choices":["Default"]}
installing-dlls	{"choices":["Yes","No"],"description":"DLL plugins are programs: they may do anything that a program can do. Their checksums are those that the channel has, so they are what its maintainers have looked at. Install them?","dllsInstalled":[{"assetMetadataUrl":"/metadata/sc4pacAsset/dll/1/pkg.json","checksum":{"sha256":"DLLSUM"},"dll":"magic.dll","package":"g:dll","packageMetadataUrl":"/metadata/g/dll/1.0/pkg.json","packageVersion":"1.0","url":"/files/dll.zip"}]}
ini-manual-edit	{"choices":["Yes"],"iniFiles":[{"finalName":"magic.ini","package":"g:dll","tmpIni":"magic_sc4pacnew.ini"}]}
["150-mods/g.dll.1.0.sc4pac","magic.dll","magic_sc4pacnew.ini"]	[{"checksum":{"sha256":"INISUM"},"file":"magic_sc4pacnew.ini","finalName":"magic.ini"}]	1`))
	b.inPlugins("150-mods/g.dll.1.0.sc4pac/data.dat: DBPFd\nmagic.dll: a program\nmagic_sc4pacnew.ini: [x]")
	b.run(`profile:save { explicit = {} } brieflyGo()`)
	b.inPlugins("")
	b.clean()
}

// A profile of the original program, in which DLLs are links, can be updated.
func TestUpdateTakesLinksOut(t *testing.T) {
	b := newWorkbench(t)
	b.explicit()
	dir := filepath.Join(b.data, "profiles", "1")
	if err := os.MkdirAll(filepath.Join(dir, "plugins", "a", "g.dll.1.sc4pac"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plugins", "a", "g.dll.1.sc4pac", "x.dll"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a/g.dll.1.sc4pac/x.dll", filepath.Join(dir, "plugins", "x.dll")); err != nil {
		t.Skip(err)
	}
	lock := `{"scheme":2,"installed":[{"group":"g","name":"dll","variant":{},"version":"1","files":["a/g.dll.1.sc4pac","x.dll","not/there"]}],"assets":[]}`
	if err := os.WriteFile(filepath.Join(dir, "sc4pac-plugins-lock.json"), []byte(lock), 0o666); err != nil {
		t.Fatal(err)
	}
	b.run(`assert(brieflyGo().changed)`)
	b.inPlugins("")
	b.clean()
}

// What a driver of an early API isn't asked about is a failure; later ones are asked.
func TestUpdateDrops(t *testing.T) {
	b := newWorkbench(t)
	b.channel.pkg("g:a", "1", object{"conflictingPackages": []string{"g:b"}})
	b.channel.pkg("g:b", "1", object{})
	b.channel.pkg("g:c", "1", object{"dependencies": needs("g:none")})
	b.explicit("g:a", "g:c")
	b.want(`brieflyGo()`, `failure	/error/version-not-found	`+b.failure("g:none"))
	b.want(`
		QUIET = { extraction = true, warnings = true }
		go({ ["remove-unresolvable-packages"] = "No" }, { api = "2.4" })
		print(#profile:explicit())
		go(nil, { api = "2.4" })
		print(json.encode(profile:explicit()))`, `
remove-unresolvable-packages	{"choices":["Yes","No"],"packages":["g:c"]}
failure	/error/unresolvable-dependencies	Some packages were not found. g:none
2
remove-unresolvable-packages	{"choices":["Yes","No"],"packages":["g:c"]}
plan	{"choices":["Yes","No"],"toInstall":[{"package":"g:a","variant":{},"version":"1"}],"toRemove":[]}
["g:a"]`)
	b.explicit("g:a", "g:b")
	b.want(`
		QUIET = { extraction = true, warnings = true, ["initial-arguments"] = true, started = true, length = true, intermediate = true, finished = true }
		go()
		go({ ["remove-conflicting-packages"] = "Cancel" }, { api = "2.5" })
		go({ ["remove-conflicting-packages"] = "1" }, { api = "2.5" })
		print(json.encode(profile:explicit()))
		go(nil, { api = "zwei" })`, `
failure	/error/conflicting-packages	The packages g:a and g:b are in conflict with each other. Remove one of them: g:a; or: g:b.
remove-conflicting-packages	{"choices":["1","2","Cancel"],"conflict":["g:a","g:b"],"explicitPackages":[["g:a"],["g:b"]]}
failure	/error/conflicting-packages	The packages g:a and g:b are in conflict with each other. Remove one of them: g:a; or: g:b.
remove-conflicting-packages	{"choices":["1","2","Cancel"],"conflict":["g:a","g:b"],"explicitPackages":[["g:a"],["g:b"]]}
plan	{"choices":["Yes","No"],"toInstall":[{"package":"g:b","variant":{},"version":"1"}],"toRemove":[{"package":"g:a","variant":{},"version":"1"}]}
["g:b"]
failure	/error/bad-request	That is no version of the API: zwei Versions are such as "2.0".`)
	b.inPlugins("150-mods/g.b.1.sc4pac/")
	b.clean()
}

// failure is the text of the channels' failure for a package that there isn't.
func (b *workbench) failure(id string) string {
	return b.run(fmt.Sprintf(`
		local channels = profile:channels() channels:load()
		local _, e = pcall(channels.package, channels, %q) print((tostring(e):gsub(CHANNEL:gsub("%%p", "%%%%%%0"), "/")))`, id))
}

// Of two updates of a profile one is refused, in the same process or another one; a cancelled one leaves nothing.
func TestUpdateIsAlone(t *testing.T) {
	b := newWorkbench(t)
	b.channel.asset("one", "1", "one.dat", []byte(dbpf("one")))
	b.channel.pkg("g:a", "1", object{"assets": []object{uses("one")}})
	b.explicit("g:a")
	b.want(`
		require("packages.publish").patience = 0.1
		QUIET = { plan = true, started = true, length = true, intermediate = true, finished = true }
		local asked = false
		parallel.waitForAll(function()
			go { plan = function() asked = true sleep(0.5) return "No" end }
		end, function()
			while not asked do sleep(0) end
			go()
		end)
		local claim = assert(require "luart.files".claim("/data/profiles/1/sc4pac-update.claim"))
		print((select(2, go()).detail:gsub("%d+", "N", 1)))
		claim.release()`, `
failure	/error/server-error	Another update of this profile is running. Wait until it ends, or cancel it.
failure	/error/aborted	Operation aborted.
failure	/error/server-error	Another update of this profile is running. The process `+fmt.Sprint(os.Getpid())+` does it. Wait until it ends, or end it.
The process N does it. Wait until it ends, or end it.`)
	b.clean()
	b.inPlugins("")
	for i := 0; ; i++ {
		got := b.run(fmt.Sprintf(`
			local n = 0
			function CANCELLED() n = n + 1 return n > %d end
			print((brieflyGo()))`, i))
		if strings.Contains(got, "table") {
			if i < 5 {
				t.Errorf("it was asked only %d times whether it is cancelled", i)
			}
			break
		}
		if !strings.HasSuffix(got, "failure\t/error/aborted\tOperation aborted.\nnil") {
			t.Fatalf("cancelled at %d: %s", i, got)
		}
		b.clean()
		b.inPlugins("")
	}
}

// A program that is terminated ends as one whose update was cancelled.
func TestUpdateTerminated(t *testing.T) {
	b := newWorkbench(t)
	b.channel.asset("x", "1", "x.zip", zipped(t, "a.dat", dbpf("a")))
	b.channel.pkg("g:p", "1", object{"assets": []object{uses("x")}})
	b.explicit("g:p")
	var c *runtime.Computer
	b.channel.file("x.zip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write(make([]byte, 10))
		w.(http.Flusher).Flush()
		c.Terminate()
		<-r.Context().Done()
	})
	var out output
	c, err := runtime.New(b.options(&out, `TIMEOUT = 600 go()`)...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "Terminated") {
		t.Errorf("%v\n%s", err, out.String())
	}
	b.inPlugins("")
	b.clean()
}
