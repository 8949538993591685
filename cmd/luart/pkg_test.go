package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shop is a folder in which a test uses luart pkg, and a server with a channel of packages that luart pkg channel build makes.
type shop struct {
	t      *testing.T
	dir    string
	server *httptest.Server
}

func newShop(t *testing.T) *shop {
	s := &shop{t: t, dir: t.TempDir()}
	files := http.FileServer(http.Dir(filepath.Join(s.dir, "www")))
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-Modified-Since") // a test changes files within the second that this counts in
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	return s
}

func (s *shop) write(name string, content []byte) {
	s.t.Helper()
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// asset puts a file on the server, and returns the YAML of its asset.
func (s *shop) asset(id, version, file string, content []byte) string {
	s.t.Helper()
	s.write("www/files/"+file, content)
	return fmt.Sprintf("---\n{ assetId: %s, version: %q, lastModified: \"2024-01-01T00:00:00Z\", url: \"%s/files/%s\", checksum: { sha256: %x } }\n",
		id, version, s.server.URL, file, sha256.Sum256(content))
}

// zipOf makes an archive of files with their contents.
func (s *shop) zipOf(files ...string) []byte {
	s.t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		s.t.Fatal(err)
	}
	return b.Bytes()
}

// build makes the channel anew, of one source.
func (s *shop) build(source string) {
	s.t.Helper()
	s.write("sources/all.yaml", []byte(source))
	s.want("", 0, `assets? are in www/channel \(\d+ files? changed\)`, `^$`, "channel", "build", "sources", "--output", "www/channel", "--label", "Test")
}

// init makes a profile that has the channel.
func (s *shop) init(args ...string) {
	s.t.Helper()
	s.want("", 0, `^The profile \d+ \(`, `^$`, append([]string{"init", "--yes", "--channel", s.server.URL + "/channel"}, args...)...)
}

func (s *shop) pkg(stdin string, args ...string) (code int, out, errs string) {
	s.t.Helper()
	return command(s.t, s.dir, stdin, append([]string{"pkg", "--allow-private"}, args...)...)
}

// want runs a command and compares the exit code, and what comes on both streams with patterns.
func (s *shop) want(stdin string, code int, out, errs string, args ...string) {
	s.t.Helper()
	gotCode, gotOut, gotErrs := s.pkg(stdin, args...)
	if gotCode != code || !regexp.MustCompile(out).MatchString(gotOut) || !regexp.MustCompile(errs).MatchString(gotErrs) {
		s.t.Errorf("luart pkg %s: exit code %d, want %d\n%s\n%s\nwant %s\n%s", strings.Join(args, " "), gotCode, code, gotOut, gotErrs, out, errs)
	}
}

// wantJSON runs a command with --json and compares the result.
func (s *shop) wantJSON(code int, want string, args ...string) {
	s.t.Helper()
	got, out, errs := s.pkg("", append(args, "--json")...)
	var value any
	if err := json.Unmarshal([]byte(out), &value); err != nil {
		s.t.Errorf("luart pkg %s: %v\n%s\n%s", strings.Join(args, " "), err, out, errs)
	}
	text, err := json.Marshal(value)
	if err != nil || got != code || !regexp.MustCompile("^"+want+"$").Match(text) {
		s.t.Errorf("luart pkg %s: exit code %d, want %d\n%s\n%s\nwant %s", strings.Join(args, " "), got, code, text, errs, want)
	}
}

// installed compares the files in a folder of Plugins, with what is in them.
func (s *shop) installed(folder string, want ...string) {
	s.t.Helper()
	got := []string{}
	root := filepath.Join(s.dir, filepath.FromSlash(folder))
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		got = append(got, filepath.ToSlash(rel)+": "+string(content))
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		s.t.Errorf("%s has %q, want %q (%v)", folder, got, want, err)
	}
}

const inProfile = "data/profiles/1/plugins"

// A package with a dependency is found, added, installed, upgraded and removed.
func TestPkg(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	side := "---\n{ group: g, name: side, version: \"2\", subfolder: 100-props, info: { summary: Roads }, assets: [ { assetId: side } ] }\n" +
		s.asset("side", "1", "side.dat", []byte("DBPFside"))
	s.build(`{ group: g, name: main, version: "1.0", subfolder: 150-mods, info: { summary: "A \e[31mred thing", warning: Careful! }, dependencies: [ "g:side" ], assets: [ { assetId: main } ] }
` + s.asset("main", "1", "main.zip", s.zipOf("top/a.dat", "DBPFa", "top/b.dat", "DBPFb", "top/readme.txt", "x")) + side)
	s.want("", 1, `^$`, `(?s)^luart pkg: There is no profile in .*data.profiles\.\nluart pkg init makes one`, "list")
	if _, err := os.Stat(filepath.Join(s.dir, "data")); err == nil {
		t.Error("a folder was made for a command that only looks")
	}
	s.init()
	s.want("", 1, `^$`, `^luart pkg: The profile 1 \(Default\) is initialized already\.\n.*\nluart pkg init NAME makes another profile\.\n$`, "init", "--yes")
	s.want("", 0, `^g:main\n    A \?\[31mred thing\n$`, `^$`, "search", "red", "thing")
	s.want("", 0, `^$`, `^No package fits\.`, "search", "xylophone")
	s.want("", 0, `(?m)\Apackage      g:main\nversion      1\.0\nsummary .*\nhere         not added\n(.*\n)*needs        g:side\n`, `^$`, "info", "g:main")
	s.want("", 1, `^$`, `^luart pkg: No channel has g:maim, so nothing was added\.\nDid you mean g:main`, "add", "g:side", "g:maim")
	s.want("", 1, `^$`, `^luart pkg: Malformed package name: main\n`, "add", "main")
	s.want("", 0, `^g:main is added\.\n`, `^$`, "add", "g:main")
	s.want("", 0, `^g:main  \(not installed\)\n$`, `^$`, "list")
	s.want("", 0, `^Install:\n  g:side 2\n  g:main 1\.0\n(downloaded \S+/files/(side\.dat|main\.zip) \(\d+ B\)\n){2}\[1/2\] g:side\n\[2/2\] g:main\nDone: 2 installed, 0 updated, 0 removed\.\n$`,
		`^warning: g:main: Careful!\n$`, "update", "--yes")
	s.installed(inProfile, "100-props/g.side.2.sc4pac/side.dat: DBPFside", "150-mods/g.main.1.0.sc4pac/a.dat: DBPFa", "150-mods/g.main.1.0.sc4pac/b.dat: DBPFb")
	s.want("", 0, `^g:main 1\.0\ng:side 2  \(not added\)\n$`, `^$`, "list")
	s.want("", 0, `^g:main 1\.0\n$`, `^$`, "list", "--added")
	s.want("", 0, `(?m)^here         installed 2, needed by others$`, `^$`, "info", "g:side")
	s.want("", 0, `^Everything is up to date\.\n$`, `^$`, "update", "--yes")
	s.want("", 0, `^Everything is up to date\.\n$`, `^$`, "update") // there is nothing to ask

	s.build(`{ group: g, name: main, version: "1.1", subfolder: 150-mods, dependencies: [ "g:side" ], assets: [ { assetId: other } ] }
` + s.asset("other", "1", "other.zip", s.zipOf("c.dat", "DBPFc")) + side)
	s.want("", 0, `(?m)\AUpdate:\n  g:main 1\.0 -> 1\.1\n(.*\n)*Done: 0 installed, 1 updated, 0 removed\.\n$`, `^$`, "update", "--yes", "--refresh")
	s.installed(inProfile, "100-props/g.side.2.sc4pac/side.dat: DBPFside", "150-mods/g.main.1.1.sc4pac/c.dat: DBPFc")

	s.want("", 1, `^$`, `(?m)^Others need g:side: it goes when these are removed\.$`, "remove", "g:main", "g:side")
	s.want("", 0, `^g:main is no longer wanted\.`, `^$`, "remove", "g:main")
	s.want("n\n", 4, `^$`, `^Remove:\n  g:side 2\n  g:main 1\.1\nGo ahead\? \[Y/n\] \nNothing was changed\.\n$`, "update")
	s.want("perhaps\ny\n", 0, `^Done: 0 installed, 0 updated, 2 removed\.\n$`, `Please answer yes or no\.\n`, "update")
	s.installed(inProfile)
}

// What programs get.
func TestPkgJSON(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.build(`{ group: g, name: a, version: "1", subfolder: 150-mods, info: { summary: Sum }, assets: [ { assetId: a } ] }
` + s.asset("a", "1", "a.dat", []byte("DBPFa")))
	s.wantJSON(0, `\{"assets":1,"packages":1,"warnings":\[\],"written":0\}`, "channel", "build", "sources", "-o", "www/channel", "--label", "Test")
	s.wantJSON(1, `\{"\$type":"/error/bad-request","detail":"luart pkg init .*","title":"There is no profile in .*"\}`, "list")
	s.wantJSON(0, `\{"cacheRoot":"cache","channels":\["`+s.server.URL+`/channel/"\],"folder":".*/data/profiles/1","id":"1","name":"Mine","pluginsRoot":"into","tempRoot":"temp"\}`,
		"init", "Mine", "--plugins", "into", "--channel", s.server.URL+"/channel")
	s.wantJSON(0, `\["`+s.server.URL+`/channel/"\]`, "channel", "list")
	s.wantJSON(0, `\[\{"package":"g:a","relevance":100,"summary":"Sum"\}\]`, "search", "g:a")
	s.wantJSON(0, `\{"local":\{\},"remote":\{.*"name":"a".*\}\}`, "info", "g:a")
	s.wantJSON(1, `\{"\$type":"/error/package-not-found",.*\}`, "info", "g:b")
	s.wantJSON(0, `\{"added":\["g:a"\],"explicit":\["g:a"\]\}`, "add", "g:a", "--profile", "Mine")
	s.wantJSON(0, `\{"changed":true,"iniFiles":\[\],"installed":\[\{"package":"g:a","variant":\{\},"version":"1"\}\],"recovered":false,"removed":\[\]\}`, "update", "--yes")
	s.wantJSON(0, `\[\{"explicit":true,"installedAt":"[^"]+","package":"g:a","updatedAt":"[^"]+","version":"1"\}\]`, "list")
	s.wantJSON(0, `\{"changed":false,.*\}`, "update", "-y")
	s.wantJSON(0, `\{"explicit":\[\],"removed":\["g:a"\]\}`, "remove", "g:a")
	s.wantJSON(1, `\{"\$type":"/error/bad-request","detail":"Add --yes to agree beforehand\.",.*\}`, "update")
	s.wantJSON(1, `\{"\$type":"/error/bad-request",.*"title":"There is no profile 2\."\}`, "list", "--profile", "2")
	s.wantJSON(2, `\{"\$type":"/error/bad-request","detail":"","title":"--threshold is a number .*"\}`, "search", "a", "--threshold", "101")
	s.wantJSON(1, `\{"\$type":"/error/file-access-denied","detail":"","title":".*nowhere.*"\}`, "channel", "build", "nowhere", "-o", "www/channel")
	s.wantJSON(2, `\{"\$type":"/error/bad-request","detail":"","title":".*nowhere\.ini.*"\}`, "list", "--config", "nowhere.ini")
	s.wantJSON(2, `\{"\$type":"/error/bad-request","detail":"","title":".*no\.such.*"\}`, "list", "--set", "no.such=1")
	s.wantJSON(1, `\{"\$type":"/error/bad-request",.*"title":"Malformed channel URL: url"\}`, "channel", "set", "url")
	s.installed("data/profiles/1/into", "150-mods/g.a.1.sc4pac/a.dat: DBPFa")
}

// A variant is chosen: by an answer, by a flag, or by its default.
func TestPkgChoice(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.build(`
group: g
name: v
version: "1"
subfolder: 150-mods
variants:
- { variant: { side: right }, assets: [ { assetId: right } ] }
- { variant: { side: left }, assets: [ { assetId: left } ] }
variantInfo: [ { variantId: side, description: "Which one?", values: [ { value: right }, { value: left, description: like in the UK } ] } ]
---
group: g
name: d
version: "1"
subfolder: 150-mods
variants: [ { variant: { "g:d:roof": red } }, { variant: { "g:d:roof": blue } } ]
variantInfo: [ { variantId: "g:d:roof", values: [ { value: red }, { value: blue, default: true } ] } ]
` + s.asset("right", "1", "right.dat", []byte("DBPFright")) + s.asset("left", "1", "left.dat", []byte("DBPFleft")))
	s.init()
	s.want("", 0, ``, `^$`, "add", "g:v", "g:d")
	const advice = `\nChoose with luart pkg update --variant side=VALUE, where VALUE is right or left\.\n$`
	s.want("", 1, `^$`, `^luart pkg: The package g:v needs a choice of side, and has no default\.`+advice, "update", "--yes")
	s.want("", 1, `^$`, `The variant side of g:v has no value up\.`+advice, "update", "--yes", "--variant", "side=up")
	s.want("", 1, `^$`, `There is a question, and the standard input has no answer\.`+advice, "update")
	s.want("3\n2\n\ny\n", 0, `Done: 2 installed`,
		`^g:v has a choice: side\nWhich one\?\n  1  right\n  2  left  like in the UK\nNumber or value \nPlease give one of the numbers from 1 to 2\.\nNumber or value \n`+
			`g:d has a choice: g:d:roof\n  1  red\n  2  blue  \(default\)\nNumber or value \[blue\] \nInstall:\n(.*\n)*Go ahead\? \[Y/n\] \n$`, "update")
	s.installed(inProfile, "150-mods/g.v.left.1.sc4pac/left.dat: DBPFleft")
	s.want("", 0, `^g:d 1  \(g:d:roof=blue\)\ng:v 1  \(side=left\)\n$`, `^$`, "list")
	// A flag is stronger than what was chosen.
	s.want("", 0, `^Update:\n  g:v 1  \(side=left\) -> 1  \(side=right\)\n`, `^$`, "update", "--yes", "--variant", "side=right")
	s.installed(inProfile, "150-mods/g.v.right.1.sc4pac/right.dat: DBPFright")
}

// What can't be installed leaves all as it was, and says why.
func TestPkgFailures(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.build(`{ group: g, name: good, version: "1", subfolder: 150-mods, assets: [ { assetId: good } ] }
---
{ group: g, name: broken, version: "1", subfolder: 150-mods, assets: [ { assetId: broken } ] }
---
{ group: g, name: gone, version: "1", subfolder: 150-mods, assets: [ { assetId: gone } ] }
---
{ group: g, name: enemy, version: "1", subfolder: 150-mods, conflicting: [ "g:good" ] }
` + s.asset("good", "1", "good.dat", []byte("DBPFgood")) + s.asset("broken", "1", "broken.zip", []byte("no archive")) + s.asset("gone", "1", "gone.dat", nil))
	if err := os.Remove(filepath.Join(s.dir, "www", "files", "gone.dat")); err != nil {
		t.Fatal(err)
	}
	s.init()
	s.want("", 0, ``, `^$`, "add", "g:good", "g:broken")
	s.want("", 1, ``, `(?s)luart pkg: Failed to extract broken.*g:broken.*`+regexp.QuoteMeta(filepath.ToSlash(s.dir))+`/data/profiles/1/cache/\S*broken\.zip`, "update", "--yes")
	s.want("", 0, `^g:broken  \(not installed\)\ng:good  \(not installed\)\n$`, `^$`, "list")
	s.installed(inProfile)
	s.want("", 0, ``, `^$`, "remove", "g:broken")
	s.want("", 0, ``, `^$`, "add", "g:gone")
	s.want("", 3, ``, `(?s)luart pkg: Failed to download \S+/files/gone\.dat.*404`, "update", "--yes")
	s.want("y\n1\n2\n", 3, ``, `(?s)1  retry  \(default\)\n  2  cancel\n.*1  retry.*luart pkg: Failed to download`, "update")
	s.installed(inProfile)
	s.want("", 0, ``, `^$`, "remove", "g:gone")
	s.want("", 0, ``, `^$`, "add", "g:enemy")
	s.want("", 1, ``, `(?s)^luart pkg: .*conflict.*luart pkg remove PACKAGE leaves one of them out\.\n$`, "update", "--yes")
	s.want("x\n1\ny\n", 0, `Done: 1 installed`, `Leave out one side:\n  1  1  g:enemy\n`, "update")
	s.installed(inProfile, "150-mods/g.good.1.sc4pac/good.dat: DBPFgood")

	if err := os.RemoveAll(filepath.Join(s.dir, "data", "profiles", "1", "cache")); err != nil {
		t.Fatal(err)
	}
	code, _, errs := command(t, s.dir, "", "pkg", "update", "--yes")
	if code != 3 || !strings.Contains(errs, "with --allow-private.") {
		t.Errorf("without --allow-private: exit code %d, %s", code, errs)
	}
	s.server.Close()
	s.want("", 0, `^g:enemy is added`, `^warning: whether there are such packages can't be looked up`, "add", "g:enemy")
	s.want("", 3, `^$`, `luart pkg channel list shows the channels`, "search", "good")
	s.want("", 1, `^$`, `(?s)^luart pkg: The folder can't be reached: .*--set packages\.folders=DIR`, "init", "--plugins", t.TempDir(), "New")
	s.wantJSON(1, `.*`, "list", "--profile", "New") // it did not stay
}

func TestPkgChannelBuild(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"good/a.yaml": "{ group: g, name: a, version: \"1\", subfolder: 150-mods }", "bad.yaml": "group: [", "half.yaml": "{ group: g, name: b }",
		"asset.yml": "{ assetId: x, version: \"1\", url: \"https://example.com/x\" }",
	})
	for _, test := range []struct {
		args     []string
		code     int
		out, err string
	}{
		{[]string{"good", "asset.yml", "-o", "out/channel"}, 0, `^1 package and 1 asset are in out/channel \(3 files changed`, `^warning: No package needs the asset x\.\n$`},
		{[]string{"good", "asset.yml", "-o", "out/channel"}, 0, `\(0 files changed`, `.`},
		{[]string{"good", "bad.yaml", "-o", "none"}, 1, `^$`, `^luart pkg: The source bad\.yaml is malformed\.\nbad\.yaml: `},
		{[]string{"half.yaml", "-o", "none"}, 1, `^$`, `^luart pkg: The package g:b in half\.yaml.* is malformed\.\n`},
		{[]string{"missing", "-o", "none"}, 1, `^$`, `missing: .*; name files \*\.yaml, or folders with such files\n$`},
		{[]string{"good"}, 2, `^$`, `--output`},
		{[]string{"good", "-o", "bad.yaml"}, 1, `^$`, `another one with --output DIR`},
	} {
		code, out, errs := command(t, dir, "", append([]string{"pkg", "channel", "build"}, test.args...)...)
		if code != test.code || !regexp.MustCompile(test.out).MatchString(out) || !regexp.MustCompile(test.err).MatchString(errs) {
			t.Errorf("%q: exit code %d, want %d\n%s\n%s", test.args, code, test.code, out, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a channel that can't be built has left a folder")
	}
}

// A plugin comes as a package, and luart serve serves it; the folders and the configuration are those of luart serve.
func TestPkgPlugin(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.write("luart.ini", []byte("[paths]\nplugins = mine\ndata = kept\n[packages]\nchannels = "+s.server.URL+"/channel/\n"))
	s.write("mine/.keep", nil)
	s.build("{ group: g, name: greeter, version: \"1\", subfolder: luart-plugins, assets: [ { assetId: greeter } ] }\n" +
		s.asset("greeter", "1", "greeter.zip", s.zipOf("greeter/main.lua", "function onRequest(req, res) res:text(\"hello from a package\") end\nreturn { main = function() return \"hello\" end }\n")))
	s.want("", 0, `packages are installed in .*mine\.\n`, `^$`, "init", "--plugins", filepath.Join(s.dir, "mine"))
	s.want("", 0, ``, `^$`, "add", "g:greeter")
	s.want("", 0, `Done: 1 installed`, `(?m)^warning: g:greeter: It brings a plugin for this server.*\nPlugins have changed: a luart serve that runs loads them`, "update", "--yes")
	if _, err := os.Stat(filepath.Join(s.dir, "mine", "luart-plugins", "greeter", "main.lua")); err != nil {
		t.Fatal(err)
	}
	served := serve(t, s.dir)
	served.want(t, "GET", "ratchet", "/plugins", "", 200, `"name":"greeter"`)
}

// The variables of luart rpc are no faulty settings.
func TestVariablesOfOthers(t *testing.T) {
	t.Setenv("LUART_RPC_URL", "ws://127.0.0.1:1")
	code, _, errs := command(t, t.TempDir(), "", "pkg", "list")
	if code != 1 || !strings.HasPrefix(errs, "luart pkg: There is no profile") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// DLLs are asked about, INI files are named, and packages that there are no more are left out if the user says so.
func TestPkgQuestions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dll, ini := "a program", "[x]"
	s.build(fmt.Sprintf(`{ group: g, name: dll, version: "1", subfolder: 150-mods, assets: [ { assetId: dll, withChecksum: [
  { include: '\.dll$', sha256: %x }, { include: '\.ini$', sha256: %x, isIni: true } ] } ] }
---
{ group: g, name: old, version: "1", subfolder: 150-mods }
`, sha256.Sum256([]byte(dll)), sha256.Sum256([]byte(ini))) + s.asset("dll", "1", "dll.zip", s.zipOf("m.dll", dll, "m.ini", ini)))
	s.init()
	s.want("", 0, ``, `^$`, "add", "g:dll", "g:old")
	s.want("y\nn\n", 4, ``, `(?s)DLL plugins are programs.*\n  m\.dll of g:dll  SHA-256 [0-9a-f]{64}\nInstall them\? \[Y/n\] \nNothing was changed\.\n$`, "update")
	s.installed(inProfile)
	s.want("y\ny\n", 0, `Done: 2 installed`, `(?m)^Look at m_sc4pacnew\.ini, and rename it to m\.ini: it has settings of g:dll\.$`, "update")
	s.installed(inProfile, "m.dll: "+dll, "m_sc4pacnew.ini: "+ini)

	s.build("{ group: g, name: new, version: \"1\", subfolder: 150-mods }\n")
	s.want("", 1, ``, `(?s)These packages can't be had any more.*g:dll, g:old.*luart pkg remove PACKAGE leaves out`, "update", "--yes", "--refresh")
	s.installed(inProfile, "m.dll: "+dll, "m_sc4pacnew.ini: "+ini)
	s.want("y\ny\n", 0, `Done: 0 installed, 0 updated, 2 removed\.`, `Leave them out from now on\? \[y/N\]`, "update")
	s.want("", 0, `^$`, `^There are no packages yet`, "list")
}
