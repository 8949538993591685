package runtime_test

import (
	"testing"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/stdlib/redstone"
	"github.com/luart/luart/stdlib/term"
)

func TestDevices(t *testing.T) {
	screen := term.NewScreen(5, 1, true)
	var signals redstone.Signals
	signals.SetInput(stdlib.Left, 4)
	r := run(t, `
		term.write("hello there")
		print((term.getSize()), rs.getAnalogInput("left"), peripheral.isPresent("top"))`,
		runtime.WithScreen(screen), runtime.WithRedstone(&signals))
	if r.err != nil || r.out != "5\t4\tfalse\n" {
		t.Errorf("%+v", r)
	}
	shot := screen.Snapshot()
	if shot.Cells[0].Char != 'h' || shot.Cells[4].Char != 'o' || shot.CursorX != 11 {
		t.Errorf("%+v", shot)
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
