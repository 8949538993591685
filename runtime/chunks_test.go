package runtime_test

import (
	"strings"
	"testing"
)

// Texts that bear the name of a file of the ROM are that file only if they are it, byte for byte.
func TestChunksOfTheROMAreNotMistaken(t *testing.T) {
	const code = `
		local name = "@/rom/apis/vector.lua"
		local file = fs.open("rom/apis/vector.lua", "r")
		local source = file.readAll()
		file.close()
		local function vectors(text)
			local env = setmetatable({}, { __index = _G })
			load(text, name, "t", env)()
			return env
		end
		local one, two = vectors(source), vectors(source)
		print(one.new(1, 2, 3):length() == two.new(3, 2, 1):length(), one ~= two, one.new ~= two.new)
		print(load("return 1", name)(), load("return 2", "@bios.lua")(), load("return 3", "@/rom/../bios.lua")(), load("return 4", "@/rom/")())
		print(vectors(source .. "\nextra = 5").extra, vectors(source).extra)
		print(load(source, name, "b"))
		print(load(source .. " )", name))
		print(debug.getinfo(load(source, name), "S").short_src, debug.getinfo(load(source, "=other"), "S").short_src)
		print(pcall(load(source, name, "t", {})))`
	for range 2 { // once with the file's chunk in use already
		r := run(t, code)
		want := "true\ttrue\ttrue\n1\t2\t3\t4\n5\tnil\nnil\tattempt to load a text chunk (mode is b)\n"
		rest, ok := strings.CutPrefix(r.out, want)
		if r.err != nil || !ok {
			t.Errorf("%v\n got %q\nwant %q", r.err, r.out, want)
		}
		for _, want := range []string{": unexpected symbol near ')'\n", "\n/rom/apis/vector.lua\tother\n", "attempt to call global 'dofile' (a nil value)\n"} {
			if !strings.Contains(rest, want) {
				t.Errorf("%q lacks %q", rest, want)
			}
		}
	}
}
