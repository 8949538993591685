package runtime_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/stdlib/redstone"
	"github.com/luart/luart/stdlib/term"
)

func TestDevices(t *testing.T) {
	screen := term.NewScreen(12, 3, true)
	var signals redstone.Signals
	signals.SetInput(stdlib.Left, 4)
	r := run(t, `
		term.write("hello there!")
		print()
		print((term.getSize()), rs.getAnalogInput("left"), peripheral.isPresent("top"))`,
		runtime.WithScreen(screen), runtime.WithRedstone(&signals))
	if r.err != nil || r.out != "" {
		t.Errorf("%+v", r)
	}
	shot := screen.Snapshot()
	for y, want := range []string{"hello there!", "12\t4\tfalse  ", "            "} {
		if got := rowOf(shot, y); got != want {
			t.Errorf("row %d: %q, want %q", y, got, want)
		}
	}
}

func rowOf(s *term.Snapshot, y int) string {
	var b strings.Builder
	for _, c := range s.Row(y) {
		b.WriteByte(c.Char)
	}
	return b.String()
}

// Without a screen, what is drawn becomes lines of the output, in the order in which it can be seen.
func TestTextMode(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{"term.write('a') term.write('b') sleep(0) term.write('c') print('d')", "abcd\n"},
		{"term.setCursorPos(1, 3) term.write('third') term.setCursorPos(3, 1) term.write('first')", "  first\nthird"},
		{"write('50%') term.setCursorPos(1, 1) write('60%')", "50%\n60%"},
		{"write('x') term.setCursorPos(5, 1) print('y')", "x\ny\n"},
		{"print('a') term.blit('bc', '00', 'ff') sleep(0) print()", "a\nbc\n"},
		{"term.write('gone') term.clear() term.setCursorPos(1, 1) print('next')", "gone\nnext\n"},
		{"for i = 1, 21 do term.setCursorPos(1, 19) term.write(i) term.scroll(1) end", table(1, 21)},
		{"for i = 1, 30 do print(i) end print(term.getCursorPos())", table(1, 30) + "\n1\t19\n"},
		{"print(write(('x'):rep(60)), print('a\\nb'))", strings.Repeat("x", 60) + "a\nb\n1\t2\n"},
		{"local w = window.create(term.current(), 3, 2, 10, 2) term.redirect(w) print('in a') write('window') sleep(0)", "  in a\n  window"},
		{"term.write('bell\\7\\27[2J')", "bell  [2J"},
		{"term.setCursorPos(-5, 2) term.write('0123456789') term.setCursorPos(50, 3) term.write('abc') term.setCursorPos(1, 99) term.write('no')", "6789\n" + strings.Repeat(" ", 49) + "ab"},
	} {
		if r := run(t, test.code); r.err != nil || r.out != test.want {
			t.Errorf("%s\n got %q, %v\nwant %q", test.code, r.out, r.err, test.want)
		}
	}
}

// table is the numbers of a range, one a line.
func table(from, to int) string {
	var lines []string
	for i := from; i <= to; i++ {
		lines = append(lines, strconv.Itoa(i))
	}
	return strings.Join(lines, "\n")
}

// Printing to the screen and to a window in its place give the same, whatever the text.
func TestPrintsWrapTheSame(t *testing.T) {
	r := run(t, `
		local function printed(texts, target)
			term.redirect(target)
			term.clear() term.setCursorPos(1, 1)
			local lines = 0
			for _, text in ipairs(texts) do lines = lines + write(text) end
			local x, y = term.getCursorPos()
			return lines .. " " .. x .. " " .. y
		end
		local native, width, height = term.current(), term.getSize()
		local other = window.create(native, 1, 1, width, height, false)
		local seed = 7
		local function random(n) seed = (seed * 16807) % 2147483647 return seed % n end
		for round = 1, 300 do
			local texts = {}
			for i = 1, 1 + random(4) do
				local parts = {}
				for j = 1, random(30) do
					local kind = random(10)
					parts[j] = kind == 0 and "\n" or kind < 3 and (" "):rep(1 + random(60)) or kind == 3 and "\t" or ("w"):rep(1 + random(kind == 4 and 120 or 9))
				end
				texts[i] = table.concat(parts)
			end
			local a = printed(texts, native)
			local b = printed(texts, other)
			term.redirect(native)
			if a ~= b then error(("round %d: %s and %s for %q"):format(round, a, b, table.concat(texts, "|"))) end
		end`, runtime.WithScreen(term.NewScreen(51, 19, true)))
	if r.err != nil {
		t.Error(r.err)
	}
}

// Two computers talk by modem. Who is there first asks until the other one is.
func TestComputersTalkByModem(t *testing.T) {
	n := peripheral.NewLocalNetwork()
	modem := func() runtime.Option {
		bus := &peripheral.Bus{}
		if err := bus.Attach(stdlib.Back, peripheral.NewModem(n, peripheral.ModemOptions{Wireless: true})); err != nil {
			t.Fatal(err)
		}
		return runtime.WithPeripherals(bus)
	}
	var h runtime.Host
	var asks, answers text
	for _, c := range []struct {
		out  *text
		code string
	}{
		{&asks, `
			peripheral.call("back", "open", 2)
			while true do
				peripheral.call("back", "transmit", 1, 2, { question = { 6, 7 } })
				local timer = os.startTimer(0.1)
				repeat
					local event, side, channel, reply, message, distance = os.pullEvent()
					if event == "modem_message" then return print(side, channel, reply, message.answer, distance) end
				until side == timer
			end`},
		{&answers, `
			local modem = function(...) return peripheral.call("back", ...) end
			modem("open", 1)
			local _, _, channel, reply, message = os.pullEvent("modem_message")
			print(channel, reply, #message.question)
			modem("transmit", reply, channel, { answer = message.question[1] * message.question[2] })`},
	} {
		if _, err := h.Add(modem(), runtime.WithCode("=test", c.code), runtime.WithStdout(c.out)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if asks.String() != "back\t2\t1\t42\t0\n" || answers.String() != "1\t2\t2\n" {
		t.Errorf("%q, %q", asks.String(), answers.String())
	}
}

// Two computers exchange messages by rednet, the second after it has looked the first one up by its protocol.
func TestComputersTalkByRednet(t *testing.T) {
	t.Parallel() // a look-up waits for two seconds
	n := peripheral.NewLocalNetwork()
	var h runtime.Host
	var out [2]text
	for i, code := range []string{
		`rednet.open("top")
		rednet.host("sums", "calculator")
		while true do
			local id, message = rednet.receive("sums")
			if message == "bye" then return print("served", id) end
			rednet.send(id, { sum = message[1] + message[2] }, "sums")
		end`,
		`rednet.open("top")
		local id repeat id = rednet.lookup("sums", "calculator") until id
		rednet.send(id, { 20, 22 }, "sums")
		local from, answer = rednet.receive("sums")
		print(id == from, answer.sum)
		rednet.send(id, "bye", "sums")`,
	} {
		bus := &peripheral.Bus{}
		if err := bus.Attach(stdlib.Top, peripheral.NewModem(n, peripheral.ModemOptions{Wireless: true})); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Add(runtime.WithPeripherals(bus), runtime.WithCode("=test", code), runtime.WithStdout(&out[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out[0].String() != "served\t1\n" || out[1].String() != "true\t42\n" {
		t.Errorf("%q, %q", out[0].String(), out[1].String())
	}
}
