package gopherlua

import (
	"runtime"
	"sync"
	"weak"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/lua"
)

// proxies remembers which object of one machine stands for which of the other, so that one that crosses twice is the same both times, and one
// that comes back is itself again. It keeps none of them alive.
type proxies struct {
	mu sync.Mutex
	// functions and handles are what gopher-lua's objects are in our VM.
	functions map[weak.Pointer[glua.LFunction]]weak.Pointer[function]
	handles   map[weak.Pointer[glua.LUserData]]weak.Pointer[lua.Userdata]
	// byIdentity are the functions once more, by lua.Value.Pointer.
	byIdentity map[uintptr]weak.Pointer[function]
	// callbacks and foreign are what our objects are in gopher-lua, by lua.Value.Pointer. An address cannot be another object's
	// before the proxy is gone, which holds the object.
	callbacks map[uintptr]weak.Pointer[glua.LFunction]
	foreign   map[uintptr]weak.Pointer[glua.LUserData]
}

func (p *proxies) init() {
	p.functions = map[weak.Pointer[glua.LFunction]]weak.Pointer[function]{}
	p.handles = map[weak.Pointer[glua.LUserData]]weak.Pointer[lua.Userdata]{}
	p.byIdentity = map[uintptr]weak.Pointer[function]{}
	p.callbacks = map[uintptr]weak.Pointer[glua.LFunction]{}
	p.foreign = map[uintptr]weak.Pointer[glua.LUserData]{}
}

// size is how many entries there are, for tests.
func (p *proxies) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.functions) + len(p.handles) + len(p.byIdentity) + len(p.callbacks) + len(p.foreign)
}

// forget deletes an entry whose proxy is gone, unless another has taken its place.
func forget[K comparable, T any](mu *sync.Mutex, m map[K]weak.Pointer[T], key K) {
	mu.Lock()
	defer mu.Unlock()
	if m[key].Value() == nil {
		delete(m, key)
	}
}

// function is a function of gopher-lua in our VM. The Go function that scripts see holds it, and it holds that one.
type function struct {
	fn   *glua.LFunction
	self lua.Value
}

// unnamed is what messages call functions whose names are not known.
const unnamed = "function of a gopher-lua module"

// exportFunction returns what a function of gopher-lua is in our VM. The name is for messages.
func (b *bridge) exportFunction(fn *glua.LFunction, name string) lua.Value {
	if v, ok := b.own(fn); ok {
		return v
	}
	p := &b.proxies
	p.mu.Lock()
	defer p.mu.Unlock()
	key := weak.Make(fn)
	if f := p.functions[key].Value(); f != nil {
		return f.self
	}
	if name == "" {
		name = unnamed
	}
	f := &function{fn: fn}
	f.self = lua.NewFunction(name, func(c lua.Call) (lua.Results, error) { return b.invoke(c, name, f.fn) })
	p.functions[key] = weak.Make(f)
	id := f.self.Pointer()
	p.byIdentity[id] = weak.Make(f)
	runtime.AddCleanup(f, func(id uintptr) {
		forget(&p.mu, p.functions, key)
		forget(&p.mu, p.byIdentity, id)
	}, id)
	return f.self
}

// own returns the function of ours that a function of gopher-lua stands for.
func (b *bridge) own(fn *glua.LFunction) (lua.Value, bool) {
	if !fn.IsG || len(fn.Upvalues) != 1 {
		return lua.Nil, false
	}
	mark, ok := fn.Upvalues[0].Value().(*glua.LUserData)
	if !ok {
		return lua.Nil, false
	}
	o, ok := mark.Value.(*original)
	if !ok || o.bridge != b {
		return lua.Nil, false
	}
	return o.value, true
}

// original is an object of ours that gopher-lua holds.
type original struct {
	bridge *bridge
	value  lua.Value
}

// importFunction returns what a function of ours is in gopher-lua.
func (b *bridge) importFunction(v lua.Value) *glua.LFunction {
	p := &b.proxies
	id := v.Pointer()
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.byIdentity[id].Value(); f != nil {
		return f.fn
	}
	if fn := p.callbacks[id].Value(); fn != nil {
		return fn
	}
	mark := &glua.Upvalue{}
	mark.Close()
	mark.SetValue(&glua.LUserData{Value: &original{b, v}, Metatable: glua.LNil, Env: b.env})
	fn := &glua.LFunction{IsG: true, Env: b.env, Upvalues: []*glua.Upvalue{mark}, GFunction: func(l *glua.LState) int {
		cl := callOf(l.Context())
		if cl == nil || cl.bridge != b || !cl.holds {
			l.RaiseError("a function of the script can only be called during a call of the script's")
		}
		return cl.ask(l, v)
	}}
	p.callbacks[id] = weak.Make(fn)
	runtime.AddCleanup(fn, func(id uintptr) { forget(&p.mu, p.callbacks, id) }, id)
	return fn
}

// handle is what a userdata of gopher-lua is in our VM: the Data of a lua.Userdata.
type handle struct {
	bridge *bridge
	object *glua.LUserData
}

func (b *bridge) exportUserdata(u *glua.LUserData) lua.Value {
	if o, ok := u.Value.(*original); ok && o.bridge == b {
		return o.value
	}
	p := &b.proxies
	p.mu.Lock()
	defer p.mu.Unlock()
	key := weak.Make(u)
	if h := p.handles[key].Value(); h != nil {
		return h.Value()
	}
	h := lua.NewUserdata(&handle{b, u}, b.metatableOf(u))
	p.handles[key] = weak.Make(h)
	runtime.AddCleanup(h, func(key weak.Pointer[glua.LUserData]) { forget(&p.mu, p.handles, key) }, key)
	return h.Value()
}

func (b *bridge) importUserdata(v lua.Value) *glua.LUserData {
	u, _ := v.AsUserdata()
	if h, ok := u.Data.(*handle); ok && h.bridge == b {
		return h.object
	}
	p := &b.proxies
	id := v.Pointer()
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.foreign[id].Value(); o != nil {
		return o
	}
	o := &glua.LUserData{Value: &original{b, v}, Metatable: glua.LNil, Env: b.env}
	p.foreign[id] = weak.Make(o)
	runtime.AddCleanup(o, func(id uintptr) { forget(&p.mu, p.foreign, id) }, id)
	return o
}
