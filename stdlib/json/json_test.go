package json

import (
	"strings"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
)

func open(t testing.TB) *computertest.Computer {
	c := computertest.New(t, lualib.Open)
	c.VM().Globals().SetString("json", Open(c))
	return c
}

func TestModule(t *testing.T) {
	for _, test := range []struct{ name, code, want string }{
		{"scalars", `return json.decode("1"), json.decode("true"), json.decode('"a"'), json.decode("-1.5e3")`, "1 true a -1500"},
		{"null", `return json.decode("null") == json.null, tostring(json.null), json.encode(json.null), json.encode(nil)`, "true null null null"},
		{"null is left out", `local t = json.decode('{"a":null,"b":1}', {null = false}) return t.a, t.b`, "nil 1"},
		{"another null", `local n = {} local t = json.decode('[null]', {null = n}) return t[1] == n, json.encode(t, {null = n})`, "true [null]"},
		{"array", `local t = json.decode("[1,[2,3]]") return #t, t[2][2], json.encode(t)`, "2 3 [1,[2,3]]"},
		{"nulls in arrays keep their place", `local t = json.decode("[null,2]") return #t, t[2], json.encode(t)`, "2 2 [null,2]"},
		{"empty array", `return json.encode(json.decode('{"a":[]}'))`, `{"a":[]}`},
		{"empty array of somebody else", `local e = {} local t = json.decode("[[]]", {empty_array = e}) return t[1] == e, json.encode(t, {empty_array = e})`, "true [[]]"},
		{"empty object", `return json.encode({}), json.encode(json.array()), json.encode(json.array({}))`, "{} [] []"},
		{"kinds", `return json.kind(1), json.kind(0/0), json.kind({}), json.kind({1}), json.kind(json.array()), json.kind(type), json.kind(nil), json.kind(json.raw("1"))`,
			"number nil object array array nil null raw"},
		{"numbers keep their value", `return json.encode({1, -0, 0.1, 1e21, 2^53, 1e300, 123456789012})`, "[1,-0,0.1,1e+21,9007199254740992,1e+300,123456789012]"},
		{"unicode", `return json.decode('"\\u00e4\\ud83d\\ude00"'), json.encode("ä\n\"\\\1")`, `ä😀 "ä\n\"\\\u0001"`},
		{"sorted", `return json.encode({b = 1, a = {d = 2, c = 3}}, {sorted = true})`, `{"a":{"c":3,"d":2},"b":1}`},
		{"order", `return json.encode({b = 1, a = {c = 3, d = 2, b = 0}, z = 2}, {order = {"z", "b", "d"}})`, `{"z":2,"b":1,"a":{"b":0,"d":2,"c":3}}`},
		{"indent", `return json.encode({a = {1, {}}}, {indent = "  "})`, "{\n  \"a\": [\n    1,\n    {}\n  ]\n}"},
		{"number keys", `return json.encode({[5] = 1, x = 2}, {sorted = true})`, `{"5":1,"x":2}`},
		{"raw", `local t = json.decode('{"id": -9007199254740993, "x": {"id": {"id": 1}}}', {raw = "id"}) return t.id.text, json.encode(t.id), t.x.id.id`,
			`-9007199254740993 -9007199254740993 1`},
		{"raw of a batch", `local t = json.decode('[{"id":"0"},{"id":1.0}]', {raw = "id"}) return t[1].id.text, t[2].id.text`, `"0" 1.0`},
		{"raw further down is none", `return json.decode('[[{"id":1}]]', {raw = "id"})[1][1].id`, "1"},
		{"raw values are put out as they are", `return json.encode({json.raw(" [1, 2] ")})`, "[ [1, 2] ]"},
		{"space around", `return json.decode(" \n[ 1 ]\t")[1]`, "1"},
		{"duplicates when asked", `return json.decode('{"a":1,"a":2}', {duplicates = true}).a`, "2"},
		{"as deep as allowed", `return json.encode(json.decode(("["):rep(128) .. ("]"):rep(128))) == ("["):rep(128) .. ("]"):rep(128)`, "true"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := open(t).Run(test.code); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	for text, want := range map[string]string{
		``:                             "malformed JSON: the text ends too early",
		`[1`:                           "malformed JSON: the text ends too early",
		`{"a"`:                         "malformed JSON: the text ends too early",
		`[1,]`:                         "at byte 3",
		`{"a":1,"a":2}`:                "malformed JSON: an object has a name twice, at byte 8",
		`1 2`:                          "malformed JSON: unexpected text after the value",
		`1e999`:                        "malformed JSON: the number 1e999 is out of range",
		`nan`:                          "at byte 2",
		"\"\xff\"":                     "invalid UTF-8",
		`"\ud800"`:                     "surrogate",
		`[[[[1]]]]`:                    "malformed JSON: nested deeper than 3 levels",
		`{"id":[1,}`:                   "malformed JSON",
		"\"\x01\"":                     "at byte 2",
		strings.Repeat("[", 1_000_000): "malformed JSON: nested deeper than 3 levels",
	} {
		c := open(t)
		c.VM().Globals().SetString("text", lua.String(text))
		if got := c.Run(`local v, m = json.decode(text, {max_depth = 3, raw = "id"}) return tostring(v) .. ": " .. tostring(m)`); !strings.HasPrefix(got, "nil: ") || !strings.Contains(got, want) {
			t.Errorf("%.40q: %q lacks %q", text, got, want)
		}
	}
}

func TestUnwritable(t *testing.T) {
	for code, want := range map[string]string{
		`json.encode(0/0)`:                                    "can't write JSON: a number that is not finite",
		`json.encode({a = {b = {1, type}}})`:                  "can't write JSON: a function at a.b[2]",
		`json.encode({["\255"] = 1})`:                         "can't write JSON: a string that is not UTF-8",
		`json.encode({a = "\255"})`:                           "as base64, at a",
		`json.encode({[{}] = 1})`:                             "can't write JSON: a table with a key that is a table",
		`json.encode({1, 2, x = 3})`:                          `can't write JSON: a table that is a list, but has the key "x" as well`,
		`local t = {} t.t = t json.encode(t)`:                 "can't write JSON: nested deeper than 128 levels, perhaps a table that has itself in it, at t.t.t.t.t.t.t.t",
		`json.raw("[")`:                                       "bad argument #1 (the text ends too early)",
		`json.raw("1 2")`:                                     "bad argument #1 (there is text after the value",
		`local r = json.raw("1") r.text = "x" json.encode(r)`: "can't write JSON: a raw value that is none",
		`json.decode(1)`:                                      "bad argument #1 (string expected, got number)",
		`json.decode("1", {deep = 1})`:                        "there is no such option",
		`json.decode("1", {max_depth = 0})`:                   "whole number from 1 to 1000",
		`json.encode(1, {indent = "x"})`:                      "up to 16 spaces or tabs",
		`json.encode(1, {sorted = 1})`:                        "boolean",
	} {
		if got := open(t).Run(code); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", code, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"id":1,"a":[{}, [], null, "x\u00e4"]}`, `[{"id":{"id":[1]}}]`, `"\ud800"`, `1e400`, `{"a":1,"a":2}`} {
		f.Add(s)
	}
	c := open(f)
	f.Fuzz(func(t *testing.T, s string) {
		c.VM().Globals().SetString("text", lua.String(s))
		// What can be read can be written, and read again to the same.
		if got := c.Run(`local v = json.decode(text, {raw = "id", duplicates = true}) if v == nil then return "ok" end
			local once = json.encode(v, {sorted = true}) return json.encode(json.decode(once, {raw = "id"}), {sorted = true}) == once and "ok" or once`); got != "ok" {
			t.Errorf("%q: %s", s, got)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	c := open(b)
	c.Run(`text = json.encode({jsonrpc = "2.0", id = 1, method = "ECHO__ECHO", params = {"hello", 1, {a = true}}})`)
	b.ReportAllocs()
	for b.Loop() {
		c.Run(`for i = 1, 100 do json.decode(text) end`)
	}
}
