package runtime_test

import (
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
	hosthttp "github.com/luart/luart/stdlib/http"
)

// prints runs code on a computer with the options, and returns what it prints.
func prints(t *testing.T, code string, options ...runtime.Option) string {
	t.Helper()
	var out strings.Builder
	c, err := runtime.New(append(options, runtime.WithCode("=code", code), runtime.WithStdout(&out))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

func TestHTTPOptions(t *testing.T) {
	const local, public = `print((http.checkURL("http://127.0.0.1")))`, `print((http.checkURL("http://1.1.1.1")))`
	deny := runtime.WithHTTPRules(hosthttp.Rule{Host: "*", Action: hosthttp.Deny})
	for _, test := range []struct {
		name, code, want string
		options          []runtime.Option
	}{
		{"private addresses are denied", local, "false", nil},
		{"and public ones are not", public, "true", nil},
		{"private ones may be allowed", local, "true", []runtime.Option{runtime.WithAllowPrivate()}},
		{"besides public ones", public, "true", []runtime.Option{runtime.WithAllowPrivate()}},
		{"rules", public, "false", []runtime.Option{deny}},
		{"no rule allows nothing", public, "false", []runtime.Option{runtime.WithHTTPRules()}},
		{"leave for private ones comes first", local, "true", []runtime.Option{runtime.WithAllowPrivate(), deny}},
		{"no WebSockets", `print(pcall(http.websocket, "ws://1.1.1.1"))`, "false\tWebsocket connections are disabled", []runtime.Option{runtime.WithoutWebSockets()}},
		{"no HTTP", `print(http)`, "nil", []runtime.Option{runtime.WithoutHTTP()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("NO_PROXY", "*")
			if got := prints(t, test.code, test.options...); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if _, err := runtime.New(runtime.WithHTTPRules(hosthttp.Rule{Host: "10.0.0.0/99"})); err == nil {
		t.Error("a rule that is none is accepted")
	}
}

// A computer that starts anew has no events of requests that were under way.
func TestRequestsEndWithBoot(t *testing.T) {
	t.Parallel() // a computer waits a while before it starts anew
	got := prints(t, `
		local boots = fs.exists("tmp/boots")
		if boots then
			os.startTimer(0.1)
			print(os.pullEvent())
			return
		end
		http.listen(0, function(_, response)
			response.close()
			os.reboot()
		end, {on_listen = function(port)
			local file = fs.open("tmp/boots", "w")
			file.close()
			for i = 1, 20 do http.request("http://127.0.0.1:" .. port .. "/" .. i) end
		end})`, runtime.WithAllowPrivate(), runtime.WithRoot(t.TempDir()), runtime.WithMount(t.TempDir(), "/tmp", false))
	if !strings.HasPrefix(got, "timer") {
		t.Error(got)
	}
}
