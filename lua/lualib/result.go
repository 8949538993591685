package lualib

import (
	"math"
	"strconv"

	"github.com/luart/luart/lua"
)

// This file is how library functions build and return strings within the VM's memory limit.

// stringBytes is what a string takes beyond its bytes, for the memory limit.
const stringBytes = 16

// maxString is the length of the longest string.
const maxString = math.MaxInt32

// keepBuffer is the size of the greatest scratch buffer that is kept for reuse. Smaller ones need not be counted.
const keepBuffer = 1 << 16

// pollEvery is how many steps of a loop go by between two calls of Interrupted; a power of two.
const pollEvery = 1024

// returnString returns s, counting its memory.
func returnString(c lua.Call, s string) (lua.Results, error) {
	if err := c.Reserve(len(s) + stringBytes); err != nil {
		return 0, err
	}
	return c.Return1(lua.String(s))
}

// returnFailure returns nil and a message, counting its memory.
func returnFailure(c lua.Call, message string) (lua.Results, error) {
	if err := c.Reserve(len(message) + stringBytes); err != nil {
		return 0, err
	}
	return c.Return(lua.Nil, lua.String(message))
}

// returnBytes returns a string of the bytes b, counting its memory.
func returnBytes(c lua.Call, b []byte) (lua.Results, error) {
	if err := c.Reserve(len(b) + stringBytes); err != nil {
		return 0, err
	}
	return c.Return1(lua.Bytes(b))
}

// grow makes room in b for n more bytes, checking first that a large buffer is within the memory limit and that a
// string may be so long.
func grow(c lua.Call, b []byte, n int) ([]byte, error) {
	if cap(b)-len(b) >= n {
		return b, nil
	}
	need := len(b) + n
	if need > maxString {
		return nil, errTooLarge
	}
	size := max(need, min(2*cap(b), maxString), 64)
	if size > keepBuffer {
		if err := c.Reserve(size); err != nil {
			return nil, err
		}
	}
	bigger := make([]byte, len(b), size)
	copy(bigger, b)
	return bigger, nil
}

// numberBytes is room enough for a number as tostring shows it.
const numberBytes = 32

// appendNumber appends a number as tostring shows it.
func appendNumber(b []byte, f float64) []byte {
	if f >= -(1<<53) && f <= 1<<53 {
		if n := int64(f); float64(n) == f {
			return strconv.AppendInt(b, n, 10)
		}
	}
	return append(b, lua.FormatNumber(f)...)
}
