package sqlite_test

import "testing"

// The ROM's luart.storage keeps values from one computer to the next, and leaves other databases alone.
func TestStorage(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ code, want string }{
		{`local s = assert(storage.open "a.db") s.set("n", "id", "k", { x = 1 }) s.set("n", "id", "l", "text")`, ""},
		{`local s = assert(storage.open "a.db") print(s.get("n", "id", "k").x, s.get("n", "id", "l"))`, "1\ttext"},
		{`local s = assert(storage.open("a.db", { readOnly = true })) print(s.get("n", "id", "l"), pcall(s.set, "n", "id", "l", 1))`,
			"text\tfalse\t…: attempt to write a readonly database"},
		{`open "b.db".exec "CREATE TABLE players(a)" print(storage.open "b.db")`, "nil\tb.db is a database of something else"},
		{`open "a.db".exec "PRAGMA user_version = 2" print(storage.open "a.db")`, "nil\ta.db was written by a later version of luart (2; this one knows 1)"},
	} {
		if got := run(t, dir, `local storage = require "luart.storage" `+test.code); !like(got, test.want) {
			t.Errorf("%s\ngives %q\nnot   %q", test.code, got, test.want)
		}
	}
}
