package cct

import (
	"slices"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// fakeModem is a modem that has no channel open.
type fakeModem struct{}

func (fakeModem) Types() []string   { return []string{"modem"} }
func (fakeModem) Methods() []string { return []string{"isOpen"} }

func (fakeModem) Call(c lua.Call, _ string) (lua.Results, error) {
	if _, err := stdlib.CheckInt(c, 1); err != nil {
		return 0, err
	}
	return c.Return1(lua.False)
}

// fakeHub has one device, remote_1, which is a remote and an other_type and has a method func.
type fakeHub struct{}

var (
	remoteName  = "remote_1"
	remoteTypes = []string{"remote", "other_type"}
)

func (fakeHub) Types() []string { return []string{"peripheral_hub"} }

func (fakeHub) Methods() []string {
	return []string{"getNamesRemote", "isPresentRemote", "getTypeRemote", "hasTypeRemote", "getMethodsRemote"}
}

func (fakeHub) Call(c lua.Call, method string) (lua.Results, error) {
	if method == "getNamesRemote" {
		return c.Return1(list(remoteName))
	}
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	is := name == remoteName
	switch {
	case method == "isPresentRemote":
		return c.Return1(lua.Bool(is))
	case !is:
		return c.Return0()
	case method == "getTypeRemote":
		return c.Return(lua.String(remoteTypes[0]), lua.String(remoteTypes[1]))
	case method == "getMethodsRemote":
		return c.Return1(list("func"))
	}
	kind, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(slices.Contains(remoteTypes, kind)))
}

// list is a table of texts.
func list(texts ...string) lua.Value {
	t := lua.NewTable(len(texts), 0)
	for i, text := range texts {
		t.SetInt(i+1, lua.String(text))
	}
	return t.Value()
}
