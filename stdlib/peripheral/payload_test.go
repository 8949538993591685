package peripheral_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/peripheral"
)

// newVM makes a VM whose function copy sends its argument through a payload to another VM and runs the function look there.
func newVM(t testing.TB, memory int64) *lua.VM {
	vm := lua.NewVM(lua.Options{Memory: memory})
	lualib.Open(vm)
	vm.Globals().SetString("encode", lua.NewFunction("encode", func(c lua.Call) (lua.Results, error) {
		p, err := peripheral.Encode(c, c.Arg(1))
		if err != nil {
			return 0, err
		}
		return c.Return1(lua.Bytes(p))
	}))
	return vm
}

func run(vm *lua.VM, code string, args ...lua.Value) string {
	f, err := vm.Load(code, "=test", nil)
	if err != nil {
		return err.Error()
	}
	values, err := vm.Call(f, args...)
	if err != nil {
		return err.Error()
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.String()
	}
	return strings.Join(texts, " ")
}

func encode(t testing.TB, code string) (p peripheral.Payload, err error) {
	vm := newVM(t, 0)
	f, loadErr := vm.Load("return encode((function() "+code+" end)())", "=test", nil)
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	values, err := vm.Call(f)
	if err != nil {
		return nil, err
	}
	s, _ := values[0].AsString()
	return peripheral.Payload(strings.Clone(s)), nil
}

func TestPayload(t *testing.T) {
	for _, test := range []struct{ code, look, want string }{
		{"return nil", "return v", "nil"},
		{"return next", "return v", "nil"},
		{"return coroutine.create(next)", "return v", "nil"},
		{"return true", "return v", "true"},
		{"return false", "return v", "false"},
		{"return -0.1", "return v", "-0.1"},
		{"return 1/0", "return v", "inf"},
		{"return -0", "return 1 / v", "-inf"},
		{"return 0/0", "return v ~= v", "true"},
		{"return '\\0\\255é'", "return v == '\\0\\255é'", "true"},
		{"return {}", "return next(v)", "nil"},
		{"return {1, 2, 3, x = 'y', [1.5] = false, [-1] = 1}", "return #v, v[1], v[2], v[3], v.x, v[1.5], v[-1], v[4]", "3 1 2 3 y false 1 nil"},
		{"return {1, next, 3, f = next, [next] = 1}", "local n = 0 for _ in pairs(v) do n = n + 1 end return n, v[1], v[2], v[3], v.f", "2 1 nil 3 nil"},
		{"return {{{{5}}}}", "return v[1][1][1][1]", "5"},
		{"local t = {} return {t, t, {}}", "return v[1] == v[2], v[1] == v[3]", "true false"},
		{"local t = {} t[1], t.me, t[t] = t, t, t return t", "return v[1] == v, v.me == v, v[v] == v", "true true true"},
		{"return setmetatable({1}, {__index = {x = 1}, __len = next, __pairs = next})", "return v[1], v.x, getmetatable(v)", "1 nil nil"},
		{"local t = {} for i = 1, 1e5 do t = {t} end return t", "local n = 0 while v[1] do v, n = v[1], n + 1 end return n", "100000"},
		{"local t = {} for i = 1, 1e4 do t[i] = i * 2 end return t", "local s = 0 for i, x in ipairs(v) do s = s + x end return s", "100010000"},
	} {
		p, err := encode(t, test.code)
		if err != nil {
			t.Errorf("%s: %v", test.code, err)
			continue
		}
		vm := newVM(t, 0)
		v, err := p.Decode(vm)
		if err != nil {
			t.Errorf("%s: %v", test.code, err)
			continue
		}
		if got := run(vm, "local v = ... "+test.look, v); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.code, got, test.want)
		}
	}
}

func TestPayloadLimits(t *testing.T) {
	for _, code := range []string{
		"return ('x'):rep(2^22)", "local t = {} for i = 1, 5e5 do t[i] = i end return t",
		"local t = {} for i = 1, 8e5 do t[i] = {} end return t", "local s, t = ('x'):rep(1e5), {} for i = 1, 50 do t['k' .. i] = s end return t",
	} {
		if _, err := encode(t, code); err == nil || err.Error() != "test:1: Message is too large" {
			t.Errorf("%s: %v", code, err)
		}
	}
	if p, err := encode(t, "return ('x'):rep(2^22 - 16)"); err != nil || len(p) > peripheral.MaxPayload {
		t.Error(err)
	}
	// The receiver's memory is its own affair.
	for _, code := range []string{"return ('x'):rep(4e6)", "local t = {} for i = 1, 1e5 do t[i] = {} end return t", "local t = {} for i = 1, 1e5 do t[i / 2] = true end return t"} {
		p, err := encode(t, code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decode(newVM(t, 1<<20)); err == nil || err.Error() != "not enough memory" {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// A copy that takes long can be stopped.
func TestPayloadIsStopped(t *testing.T) {
	p, err := encode(t, "local t = {} for i = 1, 1e4 do t[i] = i end return t")
	if err != nil {
		t.Fatal(err)
	}
	vm := newVM(t, 0)
	v, err := p.Decode(vm)
	if err != nil {
		t.Fatal(err)
	}
	vm.Call(lua.NewFunction("stop", func(c lua.Call) (lua.Results, error) {
		vm.Cancel("enough")
		if _, err := peripheral.Encode(c, v); err == nil || !strings.Contains(err.Error(), "enough") {
			t.Error(err)
		}
		return c.Return0()
	}))
	if _, err := p.Decode(vm); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Error(err)
	}
}

func TestMalformedPayloads(t *testing.T) {
	vm := newVM(t, 64<<20)
	for _, p := range []string{
		"", "\x06", "\xff", "\x00\x00", "\x03", "\x03\x00\x00\x00\x00\x00\x00\x00", "\x04", "\x04\x05abcd", "\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"\x05", "\x05\x01\x00\x00", "\x05\x00", "\x05\x00\x00", "\x05\x00\x02\x00\x00", "\x05\x00\xff\xff\xff\xff\x0f\x00", "\x05\x00\x00\x02", "\x05\x00\x00\x02\x01",
		"\x05\x00\x00\x03\x01\x00\x00\x00\x00\x00\xf8\x7f\x01\x00", "\x05\x00\x00\x00\x00",
	} {
		if v, err := peripheral.Payload(p).Decode(vm); err == nil || !strings.HasSuffix(err.Error(), peripheral.ErrPayload.Error()) {
			t.Errorf("%q: %v, %v", p, v, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, code := range []string{"return {1, 'x', {true}, a = {}}", "local t = {} t[1], t.me, t[t] = t, t, t return t", "return 1.5"} {
		p, err := encode(f, code)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(p))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		vm := newVM(t, 1<<24)
		v, err := peripheral.Payload(p).Decode(vm)
		if err != nil {
			return
		}
		encoded, err := vm.Call(vm.Globals().GetString("encode"), v)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := encoded[0].AsString()
		if _, err := peripheral.Payload(s).Decode(newVM(t, 1<<24)); err != nil {
			t.Errorf("%q came from %q: %v", s, p, err)
		}
	})
}

// Payloads that were damaged on the way are read or refused.
func TestDamagedPayloads(t *testing.T) {
	p, err := encode(t, "local t = {1, 2, {x = 'text', [5.5] = true}, {}} t.t = t t.u = t[3] return t")
	if err != nil {
		t.Fatal(err)
	}
	vm := newVM(t, 16<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		damaged := append(peripheral.Payload(nil), p...)
		for range 1 + r.IntN(3) {
			damaged[r.IntN(len(damaged))] = byte(r.IntN(256))
		}
		damaged[:r.IntN(len(damaged)+1)].Decode(vm)
		damaged.Decode(vm)
	}
}

func BenchmarkPayload(b *testing.B) {
	p, err := encode(b, "return { sender = 1, text = 'hello', list = { 1, 2, 3 } }")
	if err != nil {
		b.Fatal(err)
	}
	vm := newVM(b, 0)
	b.ReportAllocs()
	for b.Loop() {
		p.Decode(vm)
	}
}
