package stdlib

import (
	"strings"

	"github.com/luart/luart/lua"
)

// Side is one of the six sides of a computer, where redstone signals go in and out and peripherals are attached.
type Side int

// The sides, in CraftOS's order.
const (
	Bottom Side = iota
	Top
	Back
	Front
	Right
	Left

	// Sides is how many there are.
	Sides = 6
)

var sideNames = [Sides]string{"bottom", "top", "back", "front", "right", "left"}

// String returns the name that programs use.
func (s Side) String() string {
	if s < 0 || s >= Sides {
		return "unknown"
	}
	return sideNames[s]
}

// ParseSide returns the side of a name; upper and lower case are the same.
func ParseSide(name string) (Side, bool) {
	for s, known := range sideNames {
		// The length keeps those letters out that are not ASCII but fold to it.
		if len(name) == len(known) && strings.EqualFold(name, known) {
			return Side(s), true
		}
	}
	return 0, false
}

// CheckSide returns argument i, the name of a side. (CraftOS: "bad argument #1 (unknown option blah)")
func CheckSide(c lua.Call, i int) (Side, error) {
	name, err := CheckString(c, i)
	if err != nil {
		return 0, err
	}
	s, ok := ParseSide(name)
	if !ok {
		return 0, lua.ArgError(i, "unknown option "+name)
	}
	return s, nil
}
