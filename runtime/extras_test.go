package runtime_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/periphemu"
	"github.com/luart/luart/stdlib/peripheral"
)

func TestExtrasAreOff(t *testing.T) {
	r := run(t, "print(config, mounter, periphemu)")
	if r.err != nil || r.out != "nil\tnil\tnil\n" {
		t.Errorf("%+v", r)
	}
}

func TestMounterOption(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	code := `print(mounter.mount("data", ...)) print(fs.open("data/f", "r").readAll(), fs.isReadOnly("data"), config, periphemu)`
	r := run(t, code, runtime.WithMounter(dir, false), runtime.WithArgs(dir))
	if r.err != nil || r.out != "true\ncontent\ttrue\tnil\tnil\n" {
		t.Errorf("%+v", r)
	}
	if _, err := runtime.New(runtime.WithMounter(filepath.Join(dir, "f"), false)); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Error(err)
	}
}

func TestPeriphemuOption(t *testing.T) {
	root := t.TempDir()
	code := `
		if not fs.exists("again") then
			print(periphemu.create("left", "drive", 1), periphemu.create("monitor_0", "monitor"))
			local h = fs.open("disk/f", "w") h.write("kept") h.close()
			fs.makeDir("again")
			os.reboot()
		end
		print(table.concat(peripheral.getNames(), " "), fs.open("disk/f", "r").readAll(), disk.getMountPath("left"))
		local old = term.redirect(peripheral.wrap("monitor_0"))
		print("on the monitor")
		term.redirect(old)
		print(peripheral.call("monitor_0", "getCursorPos"))
		print(periphemu.create("top", "drive", "/"))
		print(os.shutdown == nil, config)`
	var bus peripheral.Bus
	r := run(t, code, runtime.WithRoot(root), runtime.WithPeripherals(&bus), runtime.WithPeriphemu(nil))
	if want := "true\ttrue\nleft monitor_0\tkept\tdisk\n1\t2\nfalse\tMounting is disabled\nfalse\tnil\n"; r.err != nil || r.out != want {
		t.Errorf("%+v, not %q", r, want)
	}
	if names := strings.Join(bus.Names(), " "); names != "left monitor_0" {
		t.Error(names)
	}
	r = run(t, "", runtime.WithPeriphemu(nil), runtime.WithPeripherals(nil))
	if r.err == nil {
		t.Error("there is no bus, and no error")
	}
}

// Programs of two computers that attach modems themselves reach each other.
func TestAttachedModemsMeet(t *testing.T) {
	var networks periphemu.Networks
	air := peripheral.NewModem(networks.At(0), peripheral.ModemOptions{Wireless: true})
	var bus peripheral.Bus
	if err := bus.Attach(stdlib.Top, air); err != nil {
		t.Fatal(err)
	}
	var h runtime.Host
	var asks, answers text
	for _, c := range []struct {
		options []runtime.Option
		out     *text
		code    string
	}{
		{[]runtime.Option{runtime.WithPeripherals(&bus)}, &asks, `
			peripheral.call("top", "open", 2)
			while true do
				peripheral.call("top", "transmit", 1, 2, "question")
				local timer = os.startTimer(0.1)
				repeat
					local event, a, _, _, message = os.pullEvent()
					if event == "modem_message" then return print(message) end
				until a == timer
			end`},
		{[]runtime.Option{runtime.WithPeriphemu(&networks)}, &answers, `
			print(periphemu.create("back", "modem"))
			peripheral.call("back", "open", 1)
			local _, side, _, reply, message = os.pullEvent("modem_message")
			print(side, message)
			peripheral.call("back", "transmit", reply, 1, "answer")`},
	} {
		if _, err := h.Add(append(c.options, runtime.WithCode("=test", c.code), runtime.WithStdout(c.out))...); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if asks.String() != "answer\n" || answers.String() != "true\nback\tquestion\n" {
		t.Errorf("%q, %q", asks.String(), answers.String())
	}
}

func TestConfigOption(t *testing.T) {
	code := `
		print(config.get("abortTimeout"), config.get("computerSpaceLimit"), config.get("maximumFilesOpen"), config.get("mount_mode"))
		print(config.get("http_enable"), config.get("defaultWidth"), config.get("defaultHeight"), config.get("http_max_requests"), config.get("http_timeout"))
		for _, name in ipairs(config.list()) do assert(config.get(name) ~= nil and config.getType(name), name) end
		print(pcall(config.set, "computerSpaceLimit", 5e6))
		print(pcall(config.set, "abortTimeout", 5001))
		print(pcall(config.set, "abortTimeout", 0/0))
		config.set("abortTimeout", 50)
		sleep(0)
		print(config.get("abortTimeout"), pcall(function() while true do end end))`
	r := run(t, code, runtime.WithConfig(), runtime.WithTimeout(5*time.Second), runtime.WithRoot(t.TempDir()), runtime.WithQuota(1e6), runtime.WithMounter(t.TempDir(), true))
	want := "5000\t1000000\t128\trw\ntrue\t51\t19\t16\t30000\n" +
		"false\ttest:5: computerSpaceLimit can't be changed while the computer runs: it is set where the computer is started\n" +
		"false\ttest:6: abortTimeout: Expected number in range 1-5000\nfalse\ttest:7: abortTimeout: Expected number in range 1-5000\n" +
		"50\tfalse\ttest:10: Too long without yielding\n"
	if r.err != nil || r.out != want {
		t.Errorf("%v\n got %q\nwant %q", r.err, r.out, want)
	}
	r = run(t, `print(config.get("http_enable"), config.get("http_websocket_enabled"))`, runtime.WithConfig(), runtime.WithoutHTTP())
	if r.err != nil || r.out != "false\tfalse\n" {
		t.Errorf("%+v", r)
	}
	r = run(t, `print(config.get("abortTimeout"), config.get("computerSpaceLimit"), config.get("mount_mode")) config.set("abortTimeout", 1e300) config.set("abortTimeout", 60000) print(config.get("abortTimeout"))`,
		runtime.WithConfig(), runtime.WithTimeout(0))
	if r.err != nil || r.out != "inf\tinf\tnone\n60000\n" {
		t.Errorf("%+v", r)
	}
}
