package settings_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/luart/luart/settings"
)

// load writes a configuration file and loads it.
func load(t *testing.T, text string, o settings.Options) (*settings.Settings, error) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(settings.FileName, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return settings.Load(o)
}

func mustLoad(t *testing.T, text string, o settings.Options) *settings.Settings {
	t.Helper()
	s, err := load(t, text, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refused checks that a file is refused with an error that has the text.
func refused(t *testing.T, text, want string) {
	t.Helper()
	s, err := load(t, text, settings.Options{})
	if err == nil {
		t.Errorf("%q was taken: %v", text, s.Table())
	} else if !strings.Contains(err.Error(), want) {
		t.Errorf("%q: %q lacks %q", text, err, want)
	}
}

func TestDefaults(t *testing.T) {
	t.Chdir(t.TempDir())
	s, err := settings.Load(settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cwd, _ := os.Getwd()
	if got := s.String("paths.plugins"); got != filepath.Join(cwd, "plugins") {
		t.Errorf("paths.plugins is %q", got)
	}
	if s.File != "" || s.Number("network.port") != 9192 || s.Number("limits.body") != 16<<20 || s.Number("plugins.slice") != 0.005 || s.Bool("ssl.enabled") {
		t.Errorf("unexpected defaults: %v", s.Table())
	}
}

// The value language of the Plugin Server, and what we read differently: untyped words for false.
func TestValueLanguage(t *testing.T) {
	s := mustLoad(t, `
[values]
i = int:7
host = example.com
deep = ${host}
; a comment
[network]
PORT = ${values:i}
allowed_hosts = list:a b ${ENV:HOST}
[cors]
enabled = bool:enabled
origin_url = list:https://${values:host} http://x
[ssl]
enabled = off
[auth]
apikey = a$$b${values:deep}${ENV:NONE}
[ratchet]
log_requests = bool:yes
port = int: 1
[plugins]
call_time = 250ms
memory = 1.5MiB
slice = float:0.25
[logs]
size = int:4096
level = warning
`, settings.Options{Environ: []string{"HOST=c"}})
	for id, want := range map[string]float64{"network.port": 7, "ratchet.port": 1, "plugins.call_time": 0.25, "plugins.memory": 3 << 19, "plugins.slice": 0.25, "logs.size": 4096} {
		if got := s.Number(id); got != want {
			t.Errorf("%s is %v, want %v", id, got, want)
		}
	}
	if got := s.List("network.allowed_hosts"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("allowed_hosts is %q", got)
	}
	// In a value that names its type only variables are replaced.
	if got := s.List("cors.origin_url"); !slices.Equal(got, []string{"https://${values:host}", "http://x"}) {
		t.Errorf("origin_url is %q", got)
	}
	if got := s.String("auth.apikey"); got != "a$bexample.com" {
		t.Errorf("apikey is %q", got)
	}
	if !s.Bool("cors.enabled") || s.Bool("ssl.enabled") || s.Bool("ratchet.log_requests") {
		t.Error("words for true and false are not understood")
	}
}

func TestSourcesInOrder(t *testing.T) {
	o := settings.Options{
		Environ: []string{"LUART_RATCHET_PORT=2", "LUART_RPC_PORT=3", "PATH=/bin"},
		Flags:   map[string]string{"rpc.port": "4"}, Names: map[string]string{"rpc.port": "--rpc"},
	}
	s := mustLoad(t, "[ratchet]\nport = 1\n[rpc]\nport=1\ntoken = very secret\n[packages]\nport = 1\n", o)
	if r, j, p := s.Number("ratchet.port"), s.Number("rpc.port"), s.Number("packages.port"); r != 2 || j != 4 || p != 1 {
		t.Errorf("ports are %v, %v, %v", r, j, p)
	}
	var b bytes.Buffer
	if err := s.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# LUART_RATCHET_PORT\nport = 2\n", "# --rpc\nport = 4\n", "# luart.ini:7\nport = 1\n", "token = (hidden)", "# default\ncall_time = 5s\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the listing lacks %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "very secret") {
		t.Error("the listing shows a secret")
	}
}

// What is printed can be read again and means the same.
func TestListingIsAFile(t *testing.T) {
	s := mustLoad(t, "[auth]\n[cors]\norigin_url = https://a https://b\n[file_server]\nindexfile = a$$b\n", settings.Options{})
	var first, second bytes.Buffer
	_ = s.Print(&first)
	again := mustLoad(t, first.String(), settings.Options{})
	if got := again.String("file_server.indexfile"); got != "a$b" {
		t.Errorf("indexfile became %q", got)
	}
	again.Base = s.Base
	_ = again.Print(&second)
	if len(strings.Split(first.String(), "\n")) != len(strings.Split(second.String(), "\n")) {
		t.Errorf("listing of the listing:\n%s", second.String())
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"[network]\nprot = 1":                               "luart.ini:2: [network] prot: there is no such setting; did you mean port?",
		"\n[netwrok]\nport = 1":                             "luart.ini:2: there is no section [netwrok]; did you mean network?",
		"port = 1":                                          "port stands before the first [section]",
		"[network]\nport = 70000":                           "70000 is out of range; 0 to 65535 is allowed",
		"[network]\nport = 1.5":                             "no whole number",
		"[network]\nport = x":                               `"x" is no integer; write it like 8080`,
		"[network]\nport = bool:true":                       "is no value for a key of type integer",
		"[network]\nport = 1\nport = 2":                     "is set more than once",
		"[network]\nenabled = maybe":                        `"maybe" is neither true nor false`,
		"[plugins]\nmemory = 5XB":                           `"5XB" is no size; write it like 16MiB`,
		"[plugins]\ncall_time = nan":                        `"nan" is no time`,
		"[logs]\nlevel = loud":                              `"loud" is not known; one of these is: debug, info`,
		"[auth]\napikey = ${nothing}":                       "${nothing} refers to [auth] nothing, which is not set",
		"[values]\na = ${b}\nb = ${a}":                      "in a circle",
		"[auth]\napikey = a$b":                              "a $ stands alone",
		"[network]\nbindto = 0.0.0.0":                       "set auth.apikey, or network.open = true",
		"[rpc]\nbindto = ::":                                "set rpc.token, or rpc.open = true",
		"[rpc]\nbindto = example.com":                       "is no IP address",
		"[rpc]\nport = 5460":                                "127.0.0.1:5460 is the address of [ratchet] already",
		"[ssl]\nenabled = true":                             "ssl.certfile is needed for it",
		"[plugin_parms]\na = json=none.json":                "[plugin_parms] a: ",
		"[plugin_parms]\na = b=%zz":                         "invalid URL escape",
		"\x00":                                              "it has to be a text file",
		"\n[network\nport = 1":                              `luart.ini:2: "[network" has no ] at its end`,
		"[network]\n\nport 9192":                            `luart.ini:3: "port 9192" is neither [section] nor key = value`,
		"[paths]\nplugins = p\n[plugin_parms]\na=json=../x": "[plugin_parms] a: ",
	} {
		refused(t, text, want)
	}
	if _, err := settings.Load(settings.Options{File: "none.ini"}); !os.IsNotExist(err) {
		t.Errorf("a file that is missing: %v", err)
	}
	_, err := load(t, "", settings.Options{Environ: []string{"LUART_NETWORK_PROT=1"}, Flags: map[string]string{"rpc.prot": "1"}})
	if err == nil || !strings.Contains(err.Error(), "did you mean LUART_NETWORK_PORT?") || !strings.Contains(err.Error(), "did you mean rpc.port?") {
		t.Errorf("unknown names elsewhere: %v", err)
	}
}

func TestTokensAllowOtherAddresses(t *testing.T) {
	mustLoad(t, "[rpc]\nbindto = 0.0.0.0\ntoken = x\n[network]\nbindto = ::\nopen = on\n[packages]\nbindto = 0.0.0.0\nenabled = off", settings.Options{})
}

func TestPluginParameters(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("plugins", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plugins/more.json": `{"k": "json", "n": 5}`,
		settings.FileName:   "[plugin_parms]\nSysInfo = k=v%20w+x&k=2&empty=&auth_type=global&json=more.json\nother = json:more.json\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := settings.Load(settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	parms := s.Table()["plugin_parms"].(map[string]any)
	p := parms["sysinfo"].(map[string]any)
	if p["k"] != "v w x" || p["auth_type"] != "global" || p["n"] != 5.0 || len(p) != 3 {
		t.Errorf("parameters of sysinfo: %v", p)
	}
	if o := parms["other"].(map[string]any); o["k"] != "json" {
		t.Errorf("parameters of other: %v", o)
	}
}

func TestUnusedKeysWarn(t *testing.T) {
	s := mustLoad(t, "[file_server]\nlog_includes = true\n", settings.Options{})
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "luart.ini:2: [file_server] log_includes has no effect here") {
		t.Errorf("warnings: %q", s.Warnings)
	}
}

func TestAddresses(t *testing.T) {
	f := settings.Facades[0]
	for text, want := range map[string]string{
		"off": "false  ", "5461": "true  5461", ":5461": "true  5461", "127.0.0.1:1": "true 127.0.0.1 1", "[::1]:2": "true ::1 2",
	} {
		v, err := f.ParseAddress(text)
		if got := v["ratchet.enabled"] + " " + v["ratchet.bindto"] + " " + v["ratchet.port"]; err != nil || got != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "on", "x:y", "1:99999", "127.0.0.1"} {
		if v, err := f.ParseAddress(text); err == nil {
			t.Errorf("%q was taken: %v", text, v)
		}
	}
}

func TestReferenceHasAllKeys(t *testing.T) {
	var b bytes.Buffer
	if err := settings.Reference(&b); err != nil {
		t.Fatal(err)
	}
	for _, k := range settings.Keys {
		if !k.Unused && (!strings.Contains(b.String(), "| `"+k.Name+"` |") || k.Doc == "" || !strings.HasSuffix(k.Doc, ".")) {
			t.Errorf("%s has no proper documentation", k.ID())
		}
		if other, ok := settings.Lookup(k.ID()); !ok || other.ID() != k.ID() {
			t.Errorf("%s is there more than once", k.ID())
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("[network]\nport = ${values:i}\n[values]\ni=1")
	f.Add("[a\n]=[=]${$}")
	f.Add("[plugin_parms]\na=b=c&d=%20\n x\n\t[y]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := load(t, text, settings.Options{})
		if err == nil {
			_ = s.Print(&bytes.Buffer{})
			s.Table()
		}
	})
}
