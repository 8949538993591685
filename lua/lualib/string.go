package lualib

import (
	"errors"
	"math"
	"strings"

	"github.com/luart/luart/lua"
)

// The library string: the functions on bytes. Those on patterns are in find.go and gsub.go, string.format in
// formatcall.go, string.pack and its like in packcall.go.

// stringLibrary is what the string functions of one VM share: none of them keeps it while Lua code runs.
type stringLibrary struct {
	buffer   []byte // scratch for results
	matcher  *matcher
	call     lua.Call // of the function that runs, for matchers
	patterns [patternSlots]*pattern
	idle     *gsub
}

func openString(vm *lua.VM) {
	l := new(stringLibrary)
	l.matcher = l.newMatcher()
	t := register(vm, "string", []function{
		{"byte", stringByte},
		{"char", stringChar},
		{"dump", stringDump},
		{"find", l.find},
		{"format", l.format},
		{"gmatch", l.gmatch},
		{"gsub", l.gsub},
		{"len", stringLen},
		{"lower", stringLower},
		{"match", l.match},
		{"pack", l.pack},
		{"packsize", stringPackSize},
		{"rep", stringRep},
		{"reverse", stringReverse},
		{"sub", stringSub},
		{"unpack", stringUnpack},
		{"upper", stringUpper},
	})
	t.SetString("gfind", t.GetString("gmatch"))
	meta := lua.NewTable(0, 1)
	meta.SetString("__index", t.Value())
	vm.SetTypeMetatable(lua.KindString, meta)
}

// newMatcher returns a matcher that looks to l.call for its interrupts.
func (l *stringLibrary) newMatcher() *matcher {
	return &matcher{interrupt: func() error {
		if err := l.call.Interrupted(); err != nil {
			return err
		}
		if l.call.Overdue() {
			return errPaused
		}
		return nil
	}}
}

// pause is what a function returns whose search with m was paused, and that keeps so many bytes of its own. k takes it further, and
// begins with another search.
func (l *stringLibrary) pause(c lua.Call, m *matcher, held int, k lua.Cont) (lua.Results, error) {
	if l.matcher == m {
		l.matcher = l.newMatcher() // for others, meanwhile
	}
	return c.Holding(held + len(m.subject) + cap(m.stack)*choiceBytes).Pause(func(c lua.Call) (lua.Results, error) {
		l.call = c
		return k(c)
	})
}

// returnBuffer returns a string of what was built in the scratch buffer, which it takes back.
func (l *stringLibrary) returnBuffer(c lua.Call, b []byte) (lua.Results, error) {
	l.keep(b)
	return returnBytes(c, b)
}

// keep takes a buffer back for reuse.
func (l *stringLibrary) keep(b []byte) {
	if cap(b) <= keepBuffer {
		l.buffer = b[:0]
	} else {
		l.buffer = nil
	}
}

func stringLen(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Int(len(s)))
}

// position turns an index that may count from the end into one from 0 (before the first byte) up.
func position(i, length int) int {
	if i >= 0 {
		return i
	}
	return max(length+i+1, 0)
}

func stringSub(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	i, err := c.CheckInt(2)
	if err != nil {
		return 0, err
	}
	j, err := c.OptInt(3, -1)
	if err != nil {
		return 0, err
	}
	i = max(position(i, len(s)), 1)
	j = min(position(j, len(s)), len(s))
	if i > j {
		return c.Return1(lua.String(""))
	}
	if i == 1 && j == len(s) {
		if arg := c.Arg(1); arg.Kind() == lua.KindString {
			return c.Return1(arg)
		}
	}
	return returnString(c, s[i-1:j])
}

func stringByte(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	i, err := c.OptInt(2, 1)
	if err != nil {
		return 0, err
	}
	i = position(i, len(s))
	j, err := c.OptInt(3, i)
	if err != nil {
		return 0, err
	}
	i = max(i, 1)
	j = min(position(j, len(s)), len(s))
	switch {
	case i > j:
		return c.Return0()
	case i == j:
		return c.Return1(lua.Number(float64(s[i-1])))
	}
	out, results, err := c.ReturnSlots(j - i + 1)
	if err != nil {
		return 0, err
	}
	for k := range out {
		out[k] = lua.Number(float64(s[i-1+k]))
	}
	return results, nil
}

// byteString has each byte at its place.
var byteString = func() string {
	var b [256]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}()

func stringChar(c lua.Call) (lua.Results, error) {
	if c.N() == 1 {
		b, err := checkByte(c, 1)
		if err != nil {
			return 0, err
		}
		return c.Return1(lua.String(byteString[b : b+1]))
	}
	var space [64]byte
	b := space[:0]
	for i := 1; i <= c.N(); i++ {
		v, err := checkByte(c, i)
		if err != nil {
			return 0, err
		}
		b = append(b, byte(v))
	}
	return returnBytes(c, b)
}

func checkByte(c lua.Call, i int) (int, error) {
	b, err := c.CheckInt(i)
	if err == nil && uint(b) > 255 {
		err = lua.ArgError(i, "invalid value")
	}
	return b, err
}

var errDump = errors.New("unable to dump given function")

func stringDump(c lua.Call) (lua.Results, error) {
	if _, err := c.CheckFunction(1); err != nil {
		return 0, err
	}
	return 0, errDump
}

// stringUpper and stringLower change the 26 letters of ASCII.
func stringUpper(c lua.Call) (lua.Results, error) { return mapCase(c, 'a') }

func stringLower(c lua.Call) (lua.Results, error) { return mapCase(c, 'A') }

// mapCase turns over the case of the 26 letters from first on.
func mapCase(c lua.Call, first byte) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	i := 0
	for i < len(s) && s[i]-first >= 26 {
		i++
	}
	if i == len(s) {
		if arg := c.Arg(1); arg.Kind() == lua.KindString {
			return c.Return1(arg)
		}
		return returnString(c, s)
	}
	var space [smallResult]byte
	b, err := makeBytes(c, space[:], len(s))
	if err != nil {
		return 0, err
	}
	copy(b, s)
	for ; i < len(b); i++ {
		if b[i]-first < 26 {
			b[i] ^= 0x20
		}
	}
	return returnBytes(c, b)
}

// smallResult is the length of results that are built on the stack.
const smallResult = 128

// makeBytes returns n bytes for building a result: of space when it has so many, else counted ones.
func makeBytes(c lua.Call, space []byte, n int) ([]byte, error) {
	if n <= len(space) {
		return space[:n], nil
	}
	if err := c.Reserve(n); err != nil {
		return nil, err
	}
	return make([]byte, n), nil
}

func stringReverse(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	var space [smallResult]byte
	b, err := makeBytes(c, space[:], len(s))
	if err != nil {
		return 0, err
	}
	for i := range b {
		b[i] = s[len(s)-1-i]
	}
	return returnBytes(c, b)
}

var errTooLarge = errors.New("resulting string too large")

// copyPiece is about how many bytes are copied between two polls.
const copyPiece = 16 << 20

func stringRep(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	n, err := c.CheckInt(2)
	if err != nil {
		return 0, err
	}
	sep, err := c.OptString(3, "")
	if err != nil {
		return 0, err
	}
	if n <= 0 {
		return c.Return1(lua.String(""))
	}
	// Neither product can pass 2^62.
	total := len(s)*n + len(sep)*(n-1)
	switch {
	case total > math.MaxInt32:
		return 0, errTooLarge
	case total == 0 || n == 1:
		return returnString(c, s)
	}
	var space [smallResult]byte
	b, err := makeBytes(c, space[:], total)
	if err != nil {
		return 0, err
	}
	// Each round doubles what is there, in whole units; the last separator is cut off by the length of b.
	unit := len(s) + len(sep)
	piece := max(copyPiece/unit, 1) * unit
	done := copy(b, s)
	done += copy(b[done:], sep)
	for done < total {
		done += copy(b[done:], b[:min(done, piece)])
		if done >= copyPiece {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
	}
	return returnBytes(c, b)
}

// isPlain says whether a pattern is a plain text for find.
func isPlain(pattern string) bool { return !strings.ContainsAny(pattern, plainSpecials) }
