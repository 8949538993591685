package lualib

import (
	"strings"

	"github.com/luart/luart/lua"
)

func openDebug(vm *lua.VM) {
	register(vm, "debug", []function{
		{"debug", debugDebug}, {"getfenv", debugGetfenv}, {"gethook", debugGethook}, {"getinfo", debugGetinfo}, {"getlocal", debugGetlocal},
		{"getmetatable", debugGetmetatable}, {"getregistry", debugGetregistry}, {"getupvalue", debugGetupvalue}, {"setfenv", debugSetfenv},
		{"sethook", debugSethook}, {"setlocal", debugSetlocal}, {"setmetatable", debugSetmetatable}, {"setupvalue", debugSetupvalue},
		{"traceback", debugTraceback}, {"upvalueid", debugUpvalueid}, {"upvaluejoin", debugUpvaluejoin},
	})
}

func debugDebug(c lua.Call) (lua.Results, error) { return c.Return0() }

// threadArg returns the coroutine that an optional first argument names, nil for the running one, and how many
// arguments it takes.
func threadArg(c lua.Call) (th *lua.Thread, skip int) {
	if th, ok := c.Arg(1).AsThread(); ok {
		if th == c.Thread() {
			return nil, 1
		}
		return th, 1
	}
	return nil, 0
}

// activationAt finds the call at a level: 0 is, in the running coroutine, the debug function itself.
func activationAt(c lua.Call, th *lua.Thread, level int) (lua.Activation, bool) {
	if th != nil {
		return th.Activation(level)
	}
	return c.Activation(level)
}

func debugGetfenv(c lua.Call) (lua.Results, error) {
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	if env, ok := lua.Environment(c.Arg(1)); ok {
		return c.Return1(env)
	}
	if c.Arg(1).Kind() == lua.KindFunction {
		return c.Return1(c.VM().Globals().Value())
	}
	return c.Return1(lua.Nil)
}

func debugSetfenv(c lua.Call) (lua.Results, error) {
	env, err := c.CheckTable(2)
	if err != nil {
		return 0, err
	}
	f := c.Arg(1)
	if f.Kind() != lua.KindFunction || f.IsGoFunction() {
		return 0, errSetfenv
	}
	lua.SetEnvironment(f, env.Value())
	return c.Return1(f)
}

func debugGethook(c lua.Call) (lua.Results, error) {
	th, _ := threadArg(c)
	if th == nil {
		th = c.Thread()
	}
	fn, mask, count := th.Hook()
	s := ""
	for _, m := range hookMasks {
		if mask&m.mask != 0 {
			s += m.name
		}
	}
	return c.Return(fn, lua.String(s), lua.Int(count))
}

var hookMasks = []struct {
	name string
	mask lua.HookMask
}{{"c", lua.HookCall}, {"r", lua.HookReturn}, {"l", lua.HookLine}}

func debugSethook(c lua.Call) (lua.Results, error) {
	th, skip := threadArg(c)
	if th == nil {
		th = c.Thread()
	}
	fn := c.Arg(skip + 1)
	if fn.IsNil() {
		th.SetHook(fn, 0, 0)
		return c.Reload()
	}
	if fn.Kind() != lua.KindFunction {
		return 0, c.TypeError(skip+1, "function")
	}
	s, err := c.OptString(skip+2, "")
	if err != nil {
		return 0, err
	}
	count, err := c.OptInt(skip+3, 0)
	if err != nil {
		return 0, err
	}
	var mask lua.HookMask
	for _, m := range hookMasks {
		if strings.Contains(s, m.name) {
			mask |= m.mask
		}
	}
	th.SetHook(fn, mask, count)
	return c.Reload()
}

func debugGetinfo(c lua.Call) (lua.Results, error) {
	th, skip := threadArg(c)
	options, err := c.OptString(skip+2, "nSlutf")
	if err != nil {
		return 0, err
	}
	if strings.Trim(options, infoOptions) != "" {
		return 0, lua.ArgError(skip+2, "invalid option")
	}
	var a lua.Activation
	f := c.Arg(skip + 1)
	active := f.Kind() != lua.KindFunction
	if active {
		if _, ok := f.ToNumber(); !ok {
			return 0, c.TypeError(skip+1, "function")
		}
		level, err := c.CheckInt(skip + 1)
		if err != nil {
			return 0, err
		}
		var ok bool
		if a, ok = activationAt(c, th, level); !ok {
			return c.Return1(lua.Nil)
		}
		f = a.Function()
	}
	t, err := describe(c, a, active, f, options)
	if err != nil {
		return 0, err
	}
	return c.Return1(t.Value())
}

// lineBytes is what a line takes in the table of the active lines at most.
const lineBytes = 80

// infoOptions are the letters of getinfo's options, and infoBytes is what the table takes that it returns, without texts and lines.
const (
	infoOptions = "nSlutfL"
	infoBytes   = 1200
)

// describe makes the table of getinfo, for a call or, when it isn't active, for a function.
func describe(c lua.Call, a lua.Activation, active bool, f lua.Value, options string) (*lua.Table, error) {
	if err := c.Reserve(infoBytes); err != nil {
		return nil, err
	}
	t := lua.NewTable(0, 16)
	info := lua.DescribeFunction(f)
	for _, o := range []byte(infoOptions) { // once each, however often they are asked for
		if strings.IndexByte(options, o) < 0 {
			continue
		}
		switch o {
		case 'S':
			if err := c.Reserve(len(info.Source)); err != nil {
				return nil, err
			}
			t.SetString("source", lua.String(info.Source))
			t.SetString("short_src", lua.String(info.ShortSource))
			t.SetString("what", lua.String(info.What))
			t.SetString("linedefined", lua.Int(info.LineDefined))
			t.SetString("lastlinedefined", lua.Int(info.LastLine))
		case 'l':
			line, column := -1, -1
			if active {
				line, column = a.Line(), a.Column()
			}
			t.SetString("currentline", lua.Int(line))
			t.SetString("currentcolumn", lua.Int(column))
		case 'u':
			t.SetString("nups", lua.Int(info.Upvalues))
			t.SetString("nparams", lua.Int(info.Params))
			t.SetString("isvararg", lua.Bool(info.Vararg))
		case 'n':
			if active {
				if name, kind := a.Name(); kind != "" {
					if err := c.Reserve(len(name)); err != nil {
						return nil, err
					}
					t.SetString("name", lua.String(name))
					t.SetString("namewhat", lua.String(kind))
					break
				}
			}
			t.SetString("namewhat", lua.String(""))
		case 't':
			t.SetString("istailcall", lua.Bool(active && a.TailCalled()))
		case 'f':
			t.SetString("func", f)
		case 'L':
			if lines := lua.ActiveLines(f); lines != nil {
				if err := c.Reserve(lineBytes * len(lines)); err != nil {
					return nil, err
				}
				l := lua.NewTable(0, len(lines))
				for _, n := range lines {
					l.SetInt(n, lua.True)
				}
				t.SetString("activelines", l.Value())
			}
		}
	}
	return t, nil
}

func debugGetlocal(c lua.Call) (lua.Results, error) {
	th, skip := threadArg(c)
	n, err := c.CheckInt(skip + 2)
	if err != nil {
		return 0, err
	}
	if f := c.Arg(skip + 1); f.Kind() == lua.KindFunction {
		if name := lua.ParamName(f, n); name != "" {
			return returnString(c, name)
		}
		return c.Return1(lua.Nil)
	}
	a, err := levelArg(c, th, skip+1)
	if err != nil {
		return 0, err
	}
	name, v, ok := a.Local(n)
	if !ok {
		return c.Return1(lua.Nil)
	}
	return returnNamed(c, name, v)
}

// returnNamed returns a variable's name, counting its memory, and value.
func returnNamed(c lua.Call, name string, v lua.Value) (lua.Results, error) {
	if err := c.Reserve(len(name) + stringBytes); err != nil {
		return 0, err
	}
	return c.Return(lua.String(name), v)
}

func levelArg(c lua.Call, th *lua.Thread, i int) (lua.Activation, error) {
	level, err := c.CheckInt(i)
	if err != nil {
		return lua.Activation{}, err
	}
	a, ok := activationAt(c, th, level)
	if !ok {
		return a, lua.ArgError(i, "level out of range")
	}
	return a, nil
}

func debugSetlocal(c lua.Call) (lua.Results, error) {
	th, skip := threadArg(c)
	a, err := levelArg(c, th, skip+1)
	if err != nil {
		return 0, err
	}
	n, err := c.CheckInt(skip + 2)
	if err == nil {
		err = c.CheckAny(skip + 3)
	}
	if err != nil {
		return 0, err
	}
	if name, ok := a.SetLocal(n, c.Arg(skip+3)); ok {
		return returnString(c, name)
	}
	return c.Return1(lua.Nil)
}

func debugGetmetatable(c lua.Call) (lua.Results, error) {
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	if mt := c.VM().Metatable(c.Arg(1)); mt != nil {
		return c.Return1(mt.Value())
	}
	return c.Return1(lua.Nil)
}

func debugSetmetatable(c lua.Call) (lua.Results, error) {
	v := c.Arg(1)
	mt, ok := c.Arg(2).AsTable()
	if !ok && !c.Arg(2).IsNil() {
		return 0, c.TypeError(2, "nil or table")
	}
	if t, ok := v.AsTable(); ok {
		t.SetMetatable(mt)
	} else if u, ok := v.AsUserdata(); ok {
		u.SetMetatable(mt)
	} else {
		c.VM().SetTypeMetatable(v.Kind(), mt)
	}
	return c.Return1(v)
}

func debugGetregistry(c lua.Call) (lua.Results, error) { return c.Return1(c.VM().Registry().Value()) }

// functionAndIndex returns the arguments f and n of the upvalue functions, from argument i on.
func functionAndIndex(c lua.Call, i int) (f lua.Value, n int, err error) {
	if f, err = c.CheckFunction(i); err == nil {
		n, err = c.CheckInt(i + 1)
	}
	return
}

func debugGetupvalue(c lua.Call) (lua.Results, error) {
	f, n, err := functionAndIndex(c, 1)
	if err != nil {
		return 0, err
	}
	name, v, ok := lua.Upvalue(f, n)
	if !ok {
		return c.Return0()
	}
	return returnNamed(c, name, v)
}

func debugSetupvalue(c lua.Call) (lua.Results, error) {
	f, n, err := functionAndIndex(c, 1)
	if err == nil {
		err = c.CheckAny(3)
	}
	if err != nil {
		return 0, err
	}
	name, ok := lua.SetUpvalue(f, n, c.Arg(3))
	if !ok {
		return c.Return0()
	}
	return returnString(c, name)
}

// upvalueID is the Go side of the light userdata of upvalueid: one object for each identity, so that they compare.
type upvalueID struct{ id any }

func debugUpvalueid(c lua.Call) (lua.Results, error) {
	f, n, err := functionAndIndex(c, 1)
	if err != nil {
		return 0, err
	}
	id, ok := lua.UpvalueID(f, n)
	if !ok {
		return 0, lua.ArgError(2, "invalid upvalue index")
	}
	ids, _ := c.VM().Local(upvalueID{}).(map[any]lua.Value)
	if ids == nil {
		ids = make(map[any]lua.Value)
		c.VM().SetLocal(upvalueID{}, ids)
	}
	v, ok := ids[id]
	if !ok {
		if len(ids) >= 4096 { // identities are compared soon after they are asked for
			clear(ids)
		}
		v = lua.NewUserdata(upvalueID{id}, nil).Value()
		ids[id] = v
	}
	return c.Return1(v)
}

func debugUpvaluejoin(c lua.Call) (lua.Results, error) {
	f1, n1, err := functionAndIndex(c, 1)
	if err != nil {
		return 0, err
	}
	f2, n2, err := functionAndIndex(c, 3)
	if err != nil {
		return 0, err
	}
	if f1.IsGoFunction() {
		return 0, lua.ArgError(1, "Lua function expected")
	}
	if f2.IsGoFunction() {
		return 0, lua.ArgError(3, "Lua function expected")
	}
	if _, _, ok := lua.Upvalue(f1, n1); !ok {
		return 0, lua.ArgError(2, "invalid upvalue index")
	}
	if _, _, ok := lua.Upvalue(f2, n2); !ok {
		return 0, lua.ArgError(4, "invalid upvalue index")
	}
	c.VM().JoinUpvalues(f1, n1, f2, n2)
	return c.Reload()
}

func debugTraceback(c lua.Call) (lua.Results, error) {
	th, skip := threadArg(c)
	msg := c.Arg(skip + 1)
	text, ok := msg.ToString()
	if !ok && !msg.IsNil() {
		return c.Return1(msg)
	}
	level := 1
	if th != nil {
		level = 0
	}
	level, err := c.OptInt(skip+2, level)
	if err != nil {
		return 0, err
	}
	if th != nil {
		text = th.Traceback(text, level)
	} else {
		text = c.Traceback(text, level)
	}
	return returnString(c, text)
}
