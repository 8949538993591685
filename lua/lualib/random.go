package lualib

import "math/bits"

// xoshiro is the generator xoshiro256** (Blackman and Vigna), seeded and projected to ranges as Lua 5.4's.
type xoshiro struct{ s [4]uint64 }

// seed starts the sequence that belongs to the two numbers.
func (x *xoshiro) seed(a, b uint64) {
	x.s = [4]uint64{a, 0xff, b, 0}
	for range 16 {
		x.next()
	}
}

// next returns the next 64 random bits.
func (x *xoshiro) next() uint64 {
	s0, s1, s2, s3 := x.s[0], x.s[1], x.s[2], x.s[3]
	s2 ^= s0
	s3 ^= s1
	result := bits.RotateLeft64(s1*5, 7) * 9
	x.s = [4]uint64{s0 ^ s3, s1 ^ s2, s2 ^ s1<<17, bits.RotateLeft64(s3, 45)}
	return result
}

// float returns a number in [0, 1).
func (x *xoshiro) float() float64 { return float64(x.next()>>11) * (1.0 / (1 << 53)) }

// upTo returns an integer in [0, n]. Numbers that do not fit are thrown away, in the mean less than one per call.
func (x *xoshiro) upTo(n uint64) uint64 {
	r := x.next()
	if n&(n+1) == 0 {
		return r & n
	}
	mask := uint64(1)<<bits.Len64(n) - 1
	for r &= mask; r > n; r = x.next() & mask {
	}
	return r
}
