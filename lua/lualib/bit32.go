package lualib

import (
	"errors"
	"math/bits"

	"github.com/luart/luart/lua"
)

// The library bit32. Numbers are cut to whole ones and wrapped to 32 bits (CraftOS; PUC Lua rounds instead of cutting);
// results are from 0 to 2^32-1.

func openBit32(vm *lua.VM) {
	register(vm, "bit32", []function{
		{"arshift", bitArshift},
		{"band", bitBand},
		{"bnot", bitBnot},
		{"bor", bitBor},
		{"btest", bitBtest},
		{"bxor", bitBxor},
		{"extract", bitExtract},
		{"lrotate", bitLrotate},
		{"lshift", bitLshift},
		{"replace", bitReplace},
		{"rrotate", bitRrotate},
		{"rshift", bitRshift},
	})
}

// checkBits returns argument i as 32 bits.
func checkBits(c lua.Call, i int) (uint32, error) {
	if f, ok := c.Arg(i).AsNumber(); ok && f >= -(1<<52) && f <= 1<<52 {
		return uint32(int64(f)), nil
	}
	n, err := c.CheckInt(i)
	return uint32(n), err
}

func returnBits(c lua.Call, n uint32) (lua.Results, error) {
	return c.Return1(lua.Number(float64(n)))
}

func bitBand(c lua.Call) (lua.Results, error) {
	n, err := andAll(c)
	if err != nil {
		return 0, err
	}
	return returnBits(c, n)
}

func bitBtest(c lua.Call) (lua.Results, error) {
	n, err := andAll(c)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(n != 0))
}

func andAll(c lua.Call) (uint32, error) {
	n := ^uint32(0)
	for i := 1; i <= c.N(); i++ {
		b, err := checkBits(c, i)
		if err != nil {
			return 0, err
		}
		n &= b
	}
	return n, nil
}

func bitBor(c lua.Call) (lua.Results, error) {
	var n uint32
	for i := 1; i <= c.N(); i++ {
		b, err := checkBits(c, i)
		if err != nil {
			return 0, err
		}
		n |= b
	}
	return returnBits(c, n)
}

func bitBxor(c lua.Call) (lua.Results, error) {
	var n uint32
	for i := 1; i <= c.N(); i++ {
		b, err := checkBits(c, i)
		if err != nil {
			return 0, err
		}
		n ^= b
	}
	return returnBits(c, n)
}

func bitBnot(c lua.Call) (lua.Results, error) {
	n, err := checkBits(c, 1)
	if err != nil {
		return 0, err
	}
	return returnBits(c, ^n)
}

// checkShift returns the first argument as bits and the second one, the distance.
func checkShift(c lua.Call) (n uint32, by int, err error) {
	if n, err = checkBits(c, 1); err != nil {
		return 0, 0, err
	}
	d, err := checkBits(c, 2)
	return n, int(int32(d)), err
}

func bitLshift(c lua.Call) (lua.Results, error) {
	n, by, err := checkShift(c)
	if err != nil {
		return 0, err
	}
	return returnBits(c, shiftLeft(n, by))
}

func bitRshift(c lua.Call) (lua.Results, error) {
	n, by, err := checkShift(c)
	if err != nil {
		return 0, err
	}
	return returnBits(c, shiftLeft(n, -by))
}

// shiftLeft shifts left, or right by a negative distance, filling with zeros.
func shiftLeft(n uint32, by int) uint32 {
	if by < 0 {
		return n >> uint(-by)
	}
	return n << uint(by)
}

func bitArshift(c lua.Call) (lua.Results, error) {
	n, by, err := checkShift(c)
	if err != nil {
		return 0, err
	}
	if by < 0 {
		return returnBits(c, n<<uint(-by))
	}
	return returnBits(c, uint32(int32(n)>>uint(by)))
}

func bitLrotate(c lua.Call) (lua.Results, error) {
	n, by, err := checkShift(c)
	if err != nil {
		return 0, err
	}
	return returnBits(c, bits.RotateLeft32(n, by&31))
}

func bitRrotate(c lua.Call) (lua.Results, error) {
	n, by, err := checkShift(c)
	if err != nil {
		return 0, err
	}
	return returnBits(c, bits.RotateLeft32(n, -by&31))
}

var errNoSuchBits = errors.New("trying to access non-existent bits")

// checkField returns the field and width of extract and replace, arguments i and i+1, and the mask of the width.
func checkField(c lua.Call, i int) (field uint, mask uint32, err error) {
	f, err := c.CheckInt(i)
	if err != nil {
		return 0, 0, err
	}
	width, err := c.OptInt(i+1, 1)
	switch {
	case err != nil:
		return 0, 0, err
	case f < 0:
		return 0, 0, lua.ArgError(i, "field cannot be negative")
	case width <= 0:
		return 0, 0, lua.ArgError(i+1, "width must be positive")
	case f+width > 32:
		return 0, 0, errNoSuchBits
	}
	return uint(f), ^uint32(0) >> uint(32-width), nil
}

func bitExtract(c lua.Call) (lua.Results, error) {
	n, err := checkBits(c, 1)
	if err != nil {
		return 0, err
	}
	field, mask, err := checkField(c, 2)
	if err != nil {
		return 0, err
	}
	return returnBits(c, n>>field&mask)
}

func bitReplace(c lua.Call) (lua.Results, error) {
	n, err := checkBits(c, 1)
	if err != nil {
		return 0, err
	}
	v, err := checkBits(c, 2)
	if err != nil {
		return 0, err
	}
	field, mask, err := checkField(c, 3)
	if err != nil {
		return 0, err
	}
	return returnBits(c, n&^(mask<<field)|v&mask<<field)
}
