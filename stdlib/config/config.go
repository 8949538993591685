// Package config is CraftOS-PC's config API: what a computer's limits and settings are, under the names that CraftOS-PC has
// for them.
//
// Calls of Lua functions enter; calls of the settings' Go functions leave. The runtime calls Open while it boots a computer that may
// see its settings; everything here runs on the computer's goroutine.
package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Setting is one that programs can see.
type Setting struct {
	// Name is CraftOS-PC's, "abortTimeout" for example.
	Name string
	// Get returns the value: a boolean, a string, a number, or an array of strings that the program may keep. It is always of one type.
	Get func() lua.Value
	// Set changes the value to one of the same type. It is nil for settings that are fixed while the computer runs. Its error is
	// what the program sees, after the setting's name.
	Set func(lua.Value) error
}

// Options configure the API. The zero value is fine.
type Options struct {
	// Settings are those that there are.
	Settings []Setting
}

// api is the state of the API in one computer.
type api struct {
	settings map[string]Setting
	names    []string // sorted
}

// Open puts the table config into the VM's globals.
func Open(c stdlib.Computer, o Options) {
	a := &api{settings: make(map[string]Setting, len(o.Settings))}
	for _, s := range o.Settings {
		a.settings[s.Name] = s
		a.names = append(a.names, s.Name)
	}
	slices.Sort(a.names)
	a.names = slices.Compact(a.names)
	t := lua.NewTable(0, 8)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{{"get", a.get}, {"set", a.set}, {"list", a.list}, {"getType", a.getType}, {"add", a.add}, {"remove", a.remove}} {
		t.SetString(f.name, stdlib.Function(f.name, f.fn))
	}
	c.VM().Globals().SetString("config", t.Value())
}

// find returns the setting that argument 1 names, false if there is none.
func (a *api) find(c lua.Call) (Setting, bool, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return Setting{}, false, err
	}
	s, ok := a.settings[name]
	return s, ok, nil
}

// mustFind is find for functions that change a setting.
func (a *api) mustFind(c lua.Call) (Setting, error) {
	s, ok, err := a.find(c)
	switch {
	case err != nil:
		return s, err
	case !ok:
		name, _ := c.Arg(1).AsString()
		return s, fmt.Errorf("there is no setting %q; config.list() has the names of all", shorten(name))
	}
	return s, nil
}

// shorten makes a text of the program's fit into a message.
func shorten(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

// get is config.get(name): nil for a name that there isn't.
func (a *api) get(c lua.Call) (lua.Results, error) {
	s, ok, err := a.find(c)
	if err != nil {
		return 0, err
	}
	if !ok {
		return c.Return1(lua.Nil)
	}
	return c.Return1(s.Get())
}

// list is config.list(): the names, sorted.
func (a *api) list(c lua.Call) (lua.Results, error) {
	t := lua.NewTable(len(a.names), 0)
	for _, name := range a.names {
		t.Append(lua.String(name))
	}
	return c.Return1(t.Value())
}

// The numbers of config.getType (CraftOS-PC).
var types = map[lua.Kind]int{lua.KindBool: 0, lua.KindString: 1, lua.KindNumber: 2, lua.KindTable: 3}

// getType is config.getType(name): 0 for a boolean, 1 for a string, 2 for a number, 3 for a table, nil for a name that there isn't.
func (a *api) getType(c lua.Call) (lua.Results, error) {
	s, ok, err := a.find(c)
	if err != nil {
		return 0, err
	}
	if !ok {
		return c.Return1(lua.Nil)
	}
	return c.Return1(lua.Int(types[s.Get().Kind()]))
}

// set is config.set(name, value).
func (a *api) set(c lua.Call) (lua.Results, error) {
	s, err := a.mustFind(c)
	if err != nil {
		return 0, err
	}
	if old := s.Get(); old.Kind() != c.Arg(2).Kind() {
		return 0, stdlib.BadArgument(c, 2, old.TypeName())
	}
	return 0, s.change(c.Arg(2))
}

func (s Setting) change(v lua.Value) error {
	if s.Set == nil {
		return fmt.Errorf("%s can't be changed while the computer runs: it is set where the computer is started", s.Name)
	}
	if err := s.Set(v); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

// add is config.add(name, value): it puts a text into a setting that is a list of them, unless it is there already.
func (a *api) add(c lua.Call) (lua.Results, error) {
	return a.edit(c, func(texts []string, text string) []string {
		if slices.Contains(texts, text) {
			return texts
		}
		return append(texts, text)
	})
}

// remove is config.remove(name, value): it takes a text out of a setting that is a list of them.
func (a *api) remove(c lua.Call) (lua.Results, error) {
	return a.edit(c, func(texts []string, text string) []string {
		return slices.DeleteFunc(texts, func(other string) bool { return other == text })
	})
}

func (a *api) edit(c lua.Call, change func(texts []string, text string) []string) (lua.Results, error) {
	s, err := a.mustFind(c)
	if err != nil {
		return 0, err
	}
	text, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	t, ok := s.Get().AsTable()
	if !ok {
		return 0, fmt.Errorf("%s is no list", s.Name)
	}
	var texts []string
	for i := range t.Len() {
		if item, ok := t.GetInt(i + 1).AsString(); ok {
			texts = append(texts, item)
		}
	}
	return 0, s.change(List(change(texts, strings.Clone(text))...))
}

// List makes the value of a setting that is a list of texts.
func List(texts ...string) lua.Value {
	t := lua.NewTable(len(texts), 0)
	for _, text := range texts {
		t.Append(lua.String(text))
	}
	return t.Value()
}
