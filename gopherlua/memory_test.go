package gopherlua_test

import (
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
)

// Values of all kinds cross 100,000 times and are dropped: the memory stays level, nothing of them is remembered, and no goroutine is left.
func TestMemoryStaysLevel(t *testing.T) {
	out := run(t, `
		local p = require "probe"
		local function crossings(n)
			for i = 1, n, 10 do
				local t = { i, { x = ("x"):rep(100) }, i = i }
				t.t = t
				p.echo(t)
				p.echo(function() return t end)
				p.echo(tostring(i), i, t)
				local point = p.point(i)
				local _ = point + point
				point.x = 3
				p.store({ point, function() end, print })
				local f = p.load()[2]
				p.call(function(...) return ... end, t, point, f)
				pcall(p.raise, { point, f, t })
			end
			p.store(nil)
			for _ = 1, 3 do collect() sleep(0) end
		end
		crossings(10000)
		local proxiesBefore, goroutinesBefore, before = proxies(), goroutines(), heap()
		crossings(100000)
		-- What the collector has found is forgotten on a goroutine of its own.
		for _ = 1, 100 do
			if proxies() <= proxiesBefore + 20 and heap() - before < 2^21 then break end
			collect()
			p.echo()
		end
		print(proxies() <= proxiesBefore + 20 or proxies() - proxiesBefore)
		print(heap() - before < 2^21 or heap() - before)
		print(goroutines() <= goroutinesBefore + 2 or goroutines())
	`, probe(), observed())
	if !strings.HasPrefix(out, "true\ntrue\ntrue\n") {
		t.Errorf("proxies, bytes and goroutines more than before:\n%s", out)
	}
}

// A circle through both machines is garbage like any other.
func TestCirclesAreCollected(t *testing.T) {
	out := run(t, `
		local m, p = require "keeper", require "probe"
		for i = 1, 100 do
			local big = ("x"):rep(1e5) .. i
			local keep = m.new()
			keep(function() return keep, big end)
			local point = p.point(1)
			keep(function() return keep, point, big end)
		end
		for _ = 1, 100 do
			if proxies() < 60 then break end
			collect()
			p.echo()
		end
		print(proxies() < 60 or proxies())
	`, probe(), observed(), keeper())
	expect(t, out, "true\n")
}

// keeper is a module whose functions keep what they are given.
func keeper() runtime.Option {
	return runtime.WithGopherModule("keeper", luaModule(`return { new = function() local kept return function(f) kept = { f, kept } end end }`))
}
