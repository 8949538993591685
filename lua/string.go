package lua

import (
	"hash/maphash"
	"strings"
)

// hashSeed makes string hashes unpredictable from outside, so that keys that arrive over a network cannot be chosen
// to collide. It differs from run to run, and with it the order of pairs.
var hashSeed = maphash.MakeSeed()

// byteStrings are the strings of length one, and emptyString the one of length zero: shared by all VMs, hashed at
// start and never written again.
var (
	byteStrings [256]*luaString
	emptyString *luaString
)

func init() {
	emptyString = staticString("")
	for i := range byteStrings {
		byteStrings[i] = staticString(string([]byte{byte(i)}))
	}
}

func staticString(s string) *luaString {
	str, b := allocString(len(s))
	copy(b, s)
	str.hashed()
	str.flags |= stringStatic
	return str
}

// countedString is String for texts that a program can make as long as it likes, such as messages that quote what it has given.
func (vm *VM) countedString(s string) Value {
	vm.charge(len(s) + stringHeader)
	return String(s)
}

func newString(s string) *luaString {
	switch len(s) {
	case 0:
		return emptyString
	case 1:
		return byteStrings[s[0]]
	}
	str, b := allocString(len(s))
	copy(b, s)
	return str
}

// hashed returns the string's hash, which it computes once. It differs from process to process, so that nobody can make keys
// that collide, except for single characters, of which there are too few to matter: tables of them are dense and always in the same order.
func (s *luaString) hashed() uint32 {
	if s.flags&stringHashed == 0 {
		if s.n == 1 {
			s.hash = uint32(s.text()[0]) - 1
		} else {
			s.hash = uint32(maphash.String(hashSeed, s.text()))
		}
		s.flags |= stringHashed
	}
	return s.hash
}

func (s *luaString) equal(o *luaString) bool {
	if s == o {
		return true
	}
	if s.n != o.n || s.flags&o.flags&stringHashed != 0 && s.hash != o.hash {
		return false
	}
	return s.text() == o.text()
}

func (s *luaString) less(o *luaString) bool { return strings.Compare(s.text(), o.text()) < 0 }
