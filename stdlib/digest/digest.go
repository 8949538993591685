// Package digest is the module luart.digest: hashes and message authentication codes of strings and files, random bytes, and
// bytes written as digits.
//
// Calls of Lua functions enter, strings leave. All runs on the computer's goroutine but for digests of files, which are
// read on others while the calling coroutine yields. Programs get the module by require; the runtime calls Open.
package digest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

const (
	// MaxRandom is how many random bytes one call gives.
	MaxRandom = 1 << 20
	// MaxFiles is how many files of one computer are read for digests at a time.
	MaxFiles = 16
)

// step is how much is digested, in bytes, between two looks at the VM's limits; a multiple of 12, which is a multiple of what
// four digits stand for.
const step = 12 << 16

// stateSize is about what a digest object takes outside the VM, in bytes.
const stateSize = 512

// algorithms are the digests by name.
var algorithms = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New,
	"crc32": func() hash.Hash { return crc32.NewIEEE() },
}

// Options are what the module needs.
type Options struct {
	// Files is the computer's file system.
	Files *vfs.FS
}

type api struct {
	files   *vfs.FS
	reading *stdlib.Background
}

// Open returns the module for a computer. It is for the computer's goroutine.
func Open(c stdlib.Computer, o Options) lua.Value {
	a := &api{files: o.Files, reading: stdlib.NewBackground(c, MaxFiles)}
	t := lua.NewTable(0, 16)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"md5", sum("md5")}, {"sha1", sum("sha1")}, {"sha256", sum("sha256")}, {"sha512", sum("sha512")}, {"crc32", sum("crc32")},
		{"hmac", hmacOf}, {"new", newDigest}, {"newHmac", newHmac}, {"file", a.file}, {"equal", equal}, {"random", random},
		{"toHex", toHex}, {"fromHex", fromHex}, {"toBase64", toBase64}, {"fromBase64", fromBase64},
	} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	return t.Value()
}

// algorithm returns the digest that argument i names.
func algorithm(c lua.Call, i int) (func() hash.Hash, error) {
	name, err := stdlib.CheckString(c, i)
	if err != nil {
		return nil, err
	}
	if f := algorithms[name]; f != nil {
		return f, nil
	}
	return nil, lua.ArgError(i, fmt.Sprintf("there is no algorithm %.20q; there are md5, sha1, sha256, sha512 and crc32", name))
}

// macAlgorithm is algorithm without those that make no safe HMAC.
func macAlgorithm(c lua.Call, i int) (func() hash.Hash, error) {
	f, err := algorithm(c, i)
	if name, _ := c.Arg(i).AsString(); err == nil && name == "crc32" {
		return nil, lua.ArgError(i, "crc32 makes no HMAC, as anybody can forge it")
	}
	return f, err
}

// write digests a string.
func write(c lua.Call, h hash.Hash, text string) error {
	for len(text) > step {
		h.Write([]byte(text[:step]))
		text = text[step:]
		if err := c.Interrupted(); err != nil {
			return err
		}
	}
	h.Write([]byte(text))
	return nil
}

// give returns a digest in hexadecimal digits or, if argument i is true, as bytes.
func give(c lua.Call, i int, digest []byte) (lua.Results, error) {
	raw, err := stdlib.OptBool(c, i, false)
	switch {
	case err != nil:
		return 0, err
	case raw:
		return c.Return1(lua.Bytes(digest))
	}
	return c.Return1(lua.String(hex.EncodeToString(digest)))
}

// sum is sha256(text[, raw]) and the like.
func sum(name string) lua.GoFunc {
	return func(c lua.Call) (lua.Results, error) {
		text, err := stdlib.CheckString(c, 1)
		if err != nil {
			return 0, err
		}
		h := algorithms[name]()
		if err := write(c, h, text); err != nil {
			return 0, err
		}
		return give(c, 2, h.Sum(nil))
	}
}

// hmacOf is hmac(algorithm, key, text[, raw]).
func hmacOf(c lua.Call) (lua.Results, error) {
	f, err := macAlgorithm(c, 1)
	if err != nil {
		return 0, err
	}
	key, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	text, err := stdlib.CheckString(c, 3)
	if err != nil {
		return 0, err
	}
	h := hmac.New(f, []byte(key))
	if err := write(c, h, text); err != nil {
		return 0, err
	}
	return give(c, 4, h.Sum(nil))
}

// newDigest is new(algorithm).
func newDigest(c lua.Call) (lua.Results, error) {
	f, err := algorithm(c, 1)
	if err != nil {
		return 0, err
	}
	return giveObject(c, f)
}

// newHmac is newHmac(algorithm, key).
func newHmac(c lua.Call) (lua.Results, error) {
	f, err := macAlgorithm(c, 1)
	if err != nil {
		return 0, err
	}
	key, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	return giveObject(c, func() hash.Hash { return hmac.New(f, []byte(key)) })
}

// errFinal is thrown by digests that have given their result.
var errFinal = errors.New("the digest is final; make another one")

// giveObject returns a digest object.
func giveObject(c lua.Call, begin func() hash.Hash) (lua.Results, error) {
	if err := c.Reserve(stateSize); err != nil {
		return 0, err
	}
	h := begin()
	final := false
	t := lua.NewTable(0, 2)
	self := t.Value()
	t.SetString("update", lua.NewFunctionHolding("update", func(c lua.Call) (lua.Results, error) {
		text, err := stdlib.CheckString(c, 1)
		switch {
		case err != nil:
			return 0, err
		case final:
			return 0, errFinal
		}
		if err := write(c, h, text); err != nil {
			return 0, err
		}
		return c.Return1(self)
	}, self))
	t.SetString("final", lua.NewFunction("final", func(c lua.Call) (lua.Results, error) {
		if final {
			return 0, errFinal
		}
		if _, err := stdlib.OptBool(c, 1, false); err != nil {
			return 0, err
		}
		final = true
		return give(c, 1, h.Sum(nil))
	}))
	return c.Return1(self)
}

// equal is equal(a, b): the time that it takes depends on the lengths only.
func equal(c lua.Call) (lua.Results, error) {
	a, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	b, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	if len(a) != len(b) {
		return c.Return1(lua.False)
	}
	if err := c.Reserve(2 * len(a)); err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1))
}

// random is random(count).
func random(c lua.Call) (lua.Results, error) {
	n, err := stdlib.CheckInt64(c, 1)
	if err != nil {
		return 0, err
	}
	if n < 0 || n > MaxRandom {
		return 0, lua.ArgError(1, fmt.Sprintf("a number of bytes from 0 to %d expected", MaxRandom))
	}
	if err := c.Reserve(int(n)); err != nil {
		return 0, err
	}
	b := make([]byte, n)
	rand.Read(b) // never fails
	return c.Return1(lua.Bytes(b))
}

// toHex is toHex(bytes).
func toHex(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if err := c.Reserve(4 * len(text)); err != nil {
		return 0, err
	}
	var b strings.Builder
	b.Grow(2 * len(text))
	if err := inSteps(c, text, func(part string) error {
		b.WriteString(hex.EncodeToString([]byte(part)))
		return nil
	}); err != nil {
		return 0, err
	}
	return c.Return1(lua.String(b.String()))
}

// inSteps hands a text on in parts, looking at the VM's limits between two.
func inSteps(c lua.Call, text string, f func(part string) error) error {
	for len(text) > step {
		if err := f(text[:step]); err != nil {
			return err
		}
		text = text[step:]
		if err := c.Interrupted(); err != nil {
			return err
		}
	}
	return f(text)
}

var (
	errHex    = errors.New("the text is not hexadecimal: two digits of 0-9, a-f for each byte")
	errBase64 = errors.New("the text is not base64")
)

// fromHex is fromHex(digits): nil and a message if there is something else in it.
func fromHex(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if err := c.Reserve(len(text)); err != nil {
		return 0, err
	}
	out := make([]byte, 0, len(text)/2)
	if err := inSteps(c, text, func(part string) error {
		var err error
		if out, err = hex.AppendDecode(out, []byte(part)); err != nil {
			return errHex
		}
		return nil
	}); errors.Is(err, errHex) {
		return c.Return(lua.Nil, lua.String(err.Error()))
	} else if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bytes(out))
}

// toBase64 is toBase64(bytes[, url]): with padding, or with the characters of URLs and without.
func toBase64(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	url, err := stdlib.OptBool(c, 2, false)
	if err != nil {
		return 0, err
	}
	coding := base64.StdEncoding
	if url {
		coding = base64.RawURLEncoding
	}
	if err := c.Reserve(3 * len(text)); err != nil {
		return 0, err
	}
	out := make([]byte, 0, coding.EncodedLen(len(text)))
	if err := inSteps(c, text, func(part string) error {
		out = coding.AppendEncode(out, []byte(part))
		return nil
	}); err != nil {
		return 0, err
	}
	return c.Return1(lua.Bytes(out))
}

// fromBase64 is fromBase64(text): of either kind, with or without padding; nil and a message for anything else. The decoder
// of Go passes over line breaks, which this one doesn't allow.
func fromBase64(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if err := c.Reserve(2 * len(text)); err != nil {
		return 0, err
	}
	digits := text
	if len(text)%4 == 0 {
		digits = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	coding := base64.RawStdEncoding.Strict()
	if strings.ContainsAny(digits, "-_") {
		coding = base64.RawURLEncoding.Strict()
	}
	bad := strings.ContainsAny(digits, "\r\n")
	out := make([]byte, 0, coding.DecodedLen(len(digits)))
	if err := inSteps(c, digits, func(part string) error {
		var err error
		if out, err = coding.AppendDecode(out, []byte(part)); bad || err != nil {
			return errBase64
		}
		return nil
	}); errors.Is(err, errBase64) {
		return c.Return(lua.Nil, lua.String(err.Error()))
	} else if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bytes(out))
}
