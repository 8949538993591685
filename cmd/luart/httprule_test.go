package main

import (
	"reflect"
	"strings"
	"testing"

	hosthttp "github.com/luart/luart/stdlib/http"
)

func TestHTTPRule(t *testing.T) {
	for text, want := range map[string]hosthttp.Rule{
		"allow:10.0.0.7,port=8080":                   {Host: "10.0.0.7", Port: 8080, Action: hosthttp.Allow},
		"deny:*.evil.example":                        {Host: "*.evil.example", Action: hosthttp.Deny},
		"allow:private,proxy=no":                     {Host: hosthttp.Private, Action: hosthttp.Allow, Proxy: hosthttp.Deny},
		"deny:$private":                              {Host: hosthttp.Private, Action: hosthttp.Deny},
		"allow:fd00::/8":                             {Host: "fd00::/8", Action: hosthttp.Allow},
		"limit:*,download=1MiB,upload=2k,message=30": {Host: "*", MaxDownload: 1 << 20, MaxUpload: 2 << 10, MaxMessage: 30},
	} {
		var r httpRule
		if err := r.UnmarshalText([]byte(text)); err != nil || !reflect.DeepEqual(hosthttp.Rule(r), want) {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
	for text, want := range map[string]string{
		"":                       "must begin with allow:, deny: or limit:",
		"10.0.0.7":               "must begin with allow:",
		"permit:x":               "must begin with allow:",
		"allow:":                 "the host is missing",
		"allow:x,port=0":         `"0" is no port`,
		"allow:x,port":           `"" is no port`,
		"allow:x,download=much":  `"much" is no limit`,
		"allow:x,upload=0":       `"0" is no limit`,
		"allow:x,proxy=yes":      "proxy=no",
		"allow:x,speed=1":        `there is no "speed"`,
		"allow:10.0.0.0/99":      "the network can't be read",
		"allow:$public":          "the only name with $ is $private",
		"allow:x\r\n,port=70000": "is no port",
	} {
		var r httpRule
		if err := r.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Rules count where they are given: for programs, and for plugins.
func TestHTTPRulesCount(t *testing.T) {
	t.Parallel()
	code, out, errs := command(t, t.TempDir(), "", "--http-rule", "allow:10.0.0.7,port=80", "--http-rule", "deny:1.1.1.1", "-e",
		`for _, host in ipairs { "10.0.0.7", "10.0.0.7:81", "10.0.0.8", "1.1.1.1", "9.9.9.9" } do print((http.checkURL("http://" .. host))) end`)
	if code != 0 || out != "true\nfalse\nfalse\nfalse\ntrue\n" {
		t.Error(code, out, errs)
	}
	s := serve(t, folder(t, map[string]string{
		"luart.ini":          "[plugins]\nhttp_rules = allow:10.0.0.7 deny:*\n",
		"plugins/p/main.lua": `route("/", function() return 200, { (http.checkURL("http://10.0.0.7")), (http.checkURL("http://9.9.9.9")) } end)`,
	}))
	s.want(t, "GET", "plugin server", "/p", "", 200, `\[true,false\]`)
	if code, _, errs := command(t, folder(t, map[string]string{"luart.ini": "[plugins]\nhttp_rules = allow 10.0.0.7\n"}), "", "serve"); code == 0 ||
		!strings.Contains(errs, `luart.ini:2: [plugins] http_rules: "allow" is no rule: `) {
		t.Error(code, errs)
	}
}
