package gopherlua_test

import (
	"errors"
	"fmt"
	"testing"

	glua "github.com/yuin/gopher-lua"
	luar "layeh.com/gopher-luar"

	"github.com/luart/luart/runtime"
)

// person is a struct of the host's.
type person struct {
	Name    string
	Age     int    `luar:"years"`
	Secret  string `luar:"-"`
	Friends []string
	Scores  map[string]int
	Home    address
	Boss    *person
	Greet   func(string) string
}

type address struct{ City string }

func (p person) Hello() string  { return "I am " + p.Name }
func (p *person) Birthday() int { p.Age++; return p.Age }
func (p person) String() string { return "person " + p.Name }
func (p person) Divide(n int) (int, error) {
	if n == 0 {
		return 0, errors.New("division by zero")
	}
	return p.Age / n, nil
}
func (p person) Join(words ...string) string { return fmt.Sprint(len(words), words) }
func (p person) Map(f func(string) string) []string {
	var list []string
	for _, name := range p.Friends {
		list = append(list, f(name))
	}
	return list
}
func (p person) Panics() { panic("no such luck") }

// What gopher-luar's documentation has: structs, methods, slices, maps and functions.
func TestLuar(t *testing.T) {
	boss := &person{Name: "Ann", Age: 50}
	out := run(t, `
		local p = require("people").bob
		print(type(p), tostring(p), p.Name, p.name, p.years, p.Secret, p.nothing)
		p.Name, p.years = "Robert", 41
		print(p.Name, p:Hello(), p:hello(), p:Birthday(), p.years)
		print(p:Divide(2), select("#", p:Divide(2)), (select(2, p:Divide(0)):Error()))
		print(p:Join(), p:Join("a", "b"))
		print(p.Home.City, p.Boss.Name, p.Boss == require("people").boss, p.Boss.Boss)
		p.Home.City = "Rome"
		print(p.Home.City)

		local f = p.Friends
		print(#f, f[1], f[2])
		f[2] = "Dora"
		for i, name in f() do io.write(i, "=", name, " ") end
		print(#(f + "Eve"))
		print(pcall(function() return f[9] end))

		local s = p.Scores
		print(#s, s.chess, s.go, s.none)
		s.go, s.chess = 7, nil
		for k, v in s() do print(k, v) end

		print(p.Greet("you"))
		p.Greet = function(name) return "bye " .. name end
		print(p.Greet("me"))
		for i, name in p:Map(string.upper)() do io.write(i, "=", name, " ") end
		print()
		p.Friends = { "x", "y", "z" }
		print(#p.Friends, p.Friends[3])

		print(pcall(function() p.years = "old" end))
		print(pcall(function() p.Nothing = 1 end))
		print(pcall(function() p:Panics() end))
		print(pcall(function() p:Divide("x") end))
		print((pcall(function() p:Map(function() error({ code = 5 }) end) end)))
		print(select(2, pcall(function() p:Map(function() error({ code = 5 }) end) end)).code)

		local people = require "people"
		local q = people.Person()
		q.Name = "New"
		print(q.Name, q.years, people.sum(1, 2, 3), people.pair("k"))
		local pointer = people.pointer
		print(-pointer, -(pointer ^ 9), -pointer)
	`, runtime.WithGopherModule("people", func(l *glua.LState) int {
		number := 4
		mod := l.NewTable()
		for name, v := range map[string]any{
			"boss": boss,
			"bob": &person{
				Name: "Bob", Age: 40, Secret: "s", Friends: []string{"Ann", "Cid"}, Scores: map[string]int{"chess": 3, "go": 4},
				Home: address{"Oslo"}, Boss: boss, Greet: func(s string) string { return "hello " + s },
			},
			"sum": func(list ...int) (sum int) {
				for _, n := range list {
					sum += n
				}
				return sum
			},
			"pair":    func(k string) (string, bool) { return k, true },
			"pointer": &number,
		} {
			mod.RawSetString(name, luar.New(l, v))
		}
		mod.RawSetString("Person", luar.NewType(l, person{}))
		l.Push(mod)
		return 1
	}))
	expect(t, out, `userdata	person Bob	Bob	Bob	40	nil	nil
Robert	I am Robert	I am Robert	42	42
21	2	division by zero
0 []	2 [a b]
Oslo	Ann	true	nil
Rome
2	Ann	Cid
1=Ann 2=Dora 3
false	test:17: bad argument #2 to __index (index out of range)
2	3	4	nil
go	7
hello you
bye me
1=ANN 2=DORA 
3	z
false	test:32: bad argument #2 to __newindex (cannot use old (type lua.LString) as type int)
false	test:33: unknown field Nothing
false	test:34: Panics: panic in the module: no such luck
false	test:35: bad argument #2 to Divide (cannot use x (type lua.LString) as type int)
false
5
New	0	6	k	true
4	9	9
`)
}

// The module host tells of the process, and lets nobody change it.
func TestHost(t *testing.T) {
	out := run(t, `
		local host = require "host"
		print(host.version, math.type and math.type(host.pid) or host.pid % 1 == 0, host.pid > 0)
		print(host:uptime() >= 0, host:memory() > 1e6, host:goroutines() > 1)
		print(#host:listeners())
		http.listen(0, function() end, { on_listen = function(port)
			local list = host:listeners()
			print(#list, list[1].port == port)
			for i, l in list() do print(i, l.port == port) end
			os.queueEvent("server_stop")
		end })
		print(#host:listeners())
		print(pcall(function() host.version = "9" end))
		print((pcall(function() host.source = nil end)), host.source)
		print(host.version, tostring(host):match("hostSource"))
	`, runtime.WithVersion("1.2.3"), runtime.WithAllowPrivate())
	expect(t, out, "1.2.3\ttrue\ttrue\ntrue\ttrue\ttrue\n0\n1\ttrue\n1\ttrue\n0\n"+
		"false\ttest:13: attempt to index a userdata value\nfalse\tnil\n1.2.3\tnil\n")
}
