package lualib

import (
	"math"
	"testing"
)

func FuzzPackUnpack(f *testing.F) {
	for _, format := range []string{"<i4>I2", "!8 b Xd d", "s1z", "c10x", "i16I16", "!4i3", "j n T", "Xi", "c", "i99999999999", "f=d"} {
		f.Add(format, 1.0, "text")
		f.Add(format, -1e18, "a\x00b")
	}
	f.Fuzz(func(t *testing.T, format string, v float64, text string) {
		if len(format) > 50 || len(text) > 300 {
			return
		}
		// Pack by the pure parts.
		var out []byte
		pack := newPackFormat(format)
		for pack.more() {
			kind, size, padding, err := pack.next(len(out))
			if err != nil {
				return
			}
			if padding < 0 || padding >= maxIntegral || size < 0 {
				t.Fatalf("%q: size %d, padding %d", format, size, padding)
			}
			if size > 1000 {
				return
			}
			out = pad(out, 0, padding)
			switch kind {
			case packInt, packUint:
				if n := packInteger(v); kind.fits(n, size) {
					out = pack.appendPacked(out, n, size, kind == packInt)
				} else {
					return
				}
			case packFloat:
				out = pack.appendPacked(out, int64(math.Float32bits(float32(v))), size, false)
			case packDouble:
				out = pack.appendPacked(out, int64(math.Float64bits(v)), size, false)
			case packChars:
				out = pad(append(out, text[:min(len(text), size)]...), 0, size-len(text))
			case packString:
				if !packUint.fits(int64(len(text)), size) {
					return
				}
				out = append(pack.appendPacked(out, int64(len(text)), size, false), text...)
			case packZero:
				out = append(append(out, zeroTerminated(text)...), 0)
			case packPadding:
				out = append(out, 0)
			}
		}
		// And back.
		data, pos := string(out), 0
		unpack := newPackFormat(format)
		for unpack.more() {
			kind, size, padding, err := unpack.next(pos)
			if err != nil || pos+padding+size > len(data) {
				t.Fatalf("%q: %v at %d of %d", format, err, pos, len(data))
			}
			pos += padding
			field := data[pos : pos+size]
			pos += size
			switch kind {
			case packInt, packUint:
				n, err := unpack.unpackInteger(field, kind == packInt)
				if want := packInteger(v); n != want || err != nil {
					if size > 8 && kind == packUint && want < 0 {
						continue // packed without its sign
					}
					t.Errorf("%q of %v gave %d, %v", format, want, n, err)
				}
			case packFloat:
				n, _ := unpack.unpackInteger(field, false)
				if got := math.Float32frombits(uint32(n)); got != float32(v) && v == v {
					t.Errorf("%q of %v gave %v", format, v, got)
				}
			case packDouble:
				n, _ := unpack.unpackInteger(field, false)
				if got := math.Float64frombits(uint64(n)); got != v && v == v {
					t.Errorf("%q of %v gave %v", format, v, got)
				}
			case packString:
				n, err := unpack.unpackInteger(field, false)
				if err != nil || n != int64(len(text)) || data[pos:pos+int(n)] != text {
					t.Fatalf("%q: length %d, %v", format, n, err)
				}
				pos += int(n)
			case packZero:
				s := zeroTerminated(data[pos:])
				if s != zeroTerminated(text) {
					t.Errorf("%q of %q gave %q", format, text, s)
				}
				pos += len(s) + 1
			}
		}
		if pos != len(data) {
			t.Errorf("%q: %d bytes, read to %d", format, len(data), pos)
		}
	})
}
