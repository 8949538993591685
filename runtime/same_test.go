package runtime_test

import (
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/term"
)

// A program shows the same in text mode as on a screen, whatever APIs it uses.
func TestSameInTextModeAndOnAScreen(t *testing.T) {
	const program = `
		local pretty = require "cc.pretty"
		settings.define("same.greeting", { default = "hello", type = "string" })
		settings.set("same.greeting", "good day")
		local file = assert(io.open("/tmp/list.txt", "w"))
		file:write(textutils.serialise({ 1, { x = settings.get("same.greeting") } }, { compact = true }), "\n")
		file:close()
		for line in io.lines("/tmp/list.txt") do print(line) end
		pretty.pretty_print({ a = 1, "two", { 3 } })
		textutils.tabulate({ "id", "name" }, { 1, "one" })
		local log = {}
		parallel.waitForAll(
			function() sleep(0.1) log[#log + 1] = "slow" end,
			function() log[#log + 1] = "fast" end)
		print(table.concat(log, " "), textutils.formatTime(13.5, true))
		local x, y = term.getCursorPos()
		local box = window.create(term.current(), 3, y, 20, 2)
		box.setCursorPos(1, 1) box.write("in a window")
		box.setCursorPos(2, 2) box.write("second line")
		term.setCursorPos(1, y + 2)
		io.write("done ", 1.5, "\n")`
	text := run(t, program)
	screen := term.NewScreen(term.DefaultWidth, term.DefaultHeight, true)
	shown := run(t, program, runtime.WithScreen(screen))
	if text.err != nil || shown.err != nil {
		t.Fatal(text.err, shown.err)
	}
	var lines []string
	shot := screen.Snapshot()
	for y := range shot.Height {
		lines = append(lines, strings.TrimRight(rowOf(shot, y), " "))
	}
	if onScreen := strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"; text.out != onScreen || !strings.Contains(text.out, "in a window") {
		t.Errorf("text mode\n%s\non a screen\n%s", text.out, onScreen)
	}
}
