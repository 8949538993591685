package lualib

import (
	"errors"
	"math"
	"math/rand/v2"

	"github.com/luart/luart/lua"
)

// The library math.

func openMath(vm *lua.VM) {
	r := new(mathRandom)
	r.generator.seed(rand.Uint64(), rand.Uint64())
	t := register(vm, "math", []function{
		{"abs", mathAbs},
		{"acos", unary(math.Acos)},
		{"asin", unary(math.Asin)},
		{"atan", mathAtan},
		{"atan2", binary(math.Atan2)},
		{"ceil", mathCeil},
		{"cos", unary(math.Cos)},
		{"cosh", unary(math.Cosh)},
		{"deg", unary(func(x float64) float64 { return x * (180 / math.Pi) })},
		{"exp", unary(math.Exp)},
		{"floor", mathFloor},
		{"fmod", binary(remainder)},
		{"frexp", mathFrexp},
		{"ldexp", mathLdexp},
		{"log", mathLog},
		{"log10", unary(math.Log10)},
		{"max", mathMax},
		{"min", mathMin},
		{"modf", mathModf},
		{"pow", binary(math.Pow)},
		{"rad", unary(func(x float64) float64 { return x * (math.Pi / 180) })},
		{"random", r.random},
		{"randomseed", r.randomSeed},
		{"sin", unary(math.Sin)},
		{"sinh", unary(math.Sinh)},
		{"sqrt", mathSqrt},
		{"tan", unary(math.Tan)},
		{"tanh", unary(math.Tanh)},
	})
	t.SetString("mod", t.GetString("fmod"))
	t.SetString("pi", lua.Number(math.Pi))
	t.SetString("huge", lua.Number(math.Inf(1)))
}

// unary makes a library function of a function of one number.
func unary(f func(float64) float64) lua.GoFunc {
	return func(c lua.Call) (lua.Results, error) {
		x, err := c.CheckNumber(1)
		if err != nil {
			return 0, err
		}
		return c.Return1(lua.Number(f(x)))
	}
}

// binary makes a library function of a function of two numbers.
func binary(f func(x, y float64) float64) lua.GoFunc {
	return func(c lua.Call) (lua.Results, error) {
		x, err := c.CheckNumber(1)
		if err != nil {
			return 0, err
		}
		y, err := c.CheckNumber(2)
		if err != nil {
			return 0, err
		}
		return c.Return1(lua.Number(f(x, y)))
	}
}

// The four functions that take next to no time are written out: a call of the function in unary would cost as much as they do.

func mathAbs(c lua.Call) (lua.Results, error) {
	x, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(math.Abs(x)))
}

func mathFloor(c lua.Call) (lua.Results, error) {
	x, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(math.Floor(x)))
}

func mathCeil(c lua.Call) (lua.Results, error) {
	x, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(math.Ceil(x)))
}

func mathSqrt(c lua.Call) (lua.Results, error) {
	x, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(math.Sqrt(x)))
}

// mathMax is NaN when an argument is (CraftOS; in PUC Lua it depends on the order).
func mathMax(c lua.Call) (lua.Results, error) {
	m, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	for i := 2; i <= c.N(); i++ {
		x, err := c.CheckNumber(i)
		if err != nil {
			return 0, err
		}
		m = max(m, x)
	}
	return c.Return1(lua.Number(m))
}

// mathMin is to mathMax what it seems.
func mathMin(c lua.Call) (lua.Results, error) {
	m, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	for i := 2; i <= c.N(); i++ {
		x, err := c.CheckNumber(i)
		if err != nil {
			return 0, err
		}
		m = min(m, x)
	}
	return c.Return1(lua.Number(m))
}

// remainder is C's fmod: x - n·y with n the quotient cut to a whole number; it has the sign of x.
func remainder(x, y float64) float64 {
	if math.Abs(x) < 1<<53 && math.Abs(y) < 1<<53 {
		if i, j := int64(x), int64(y); float64(i) == x && float64(j) == y && j != 0 {
			return float64(i % j)
		}
	}
	return math.Mod(x, y)
}

func mathAtan(c lua.Call) (lua.Results, error) {
	y, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	if c.Arg(2).IsNil() {
		return c.Return1(lua.Number(math.Atan(y)))
	}
	x, err := c.CheckNumber(2)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(math.Atan2(y, x)))
}

func mathLog(c lua.Call) (lua.Results, error) {
	x, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	if c.Arg(2).IsNil() {
		return c.Return1(lua.Number(math.Log(x)))
	}
	base, err := c.CheckNumber(2)
	if err != nil {
		return 0, err
	}
	// The two bases that have a function of their own are exact for their powers.
	switch base {
	case 2:
		x = math.Log2(x)
	case 10:
		x = math.Log10(x)
	default:
		x = math.Log(x) / math.Log(base)
	}
	return c.Return1(lua.Number(x))
}

func mathModf(c lua.Call) (lua.Results, error) {
	x, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	whole := math.Trunc(x)
	fraction := x - whole
	if math.IsInf(x, 0) {
		fraction = 0
	}
	return c.Return(lua.Number(whole), lua.Number(fraction))
}

func mathFrexp(c lua.Call) (lua.Results, error) {
	x, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	fraction, exp := math.Frexp(x)
	return c.Return(lua.Number(fraction), lua.Int(exp))
}

func mathLdexp(c lua.Call) (lua.Results, error) {
	fraction, err := c.CheckNumber(1)
	if err != nil {
		return 0, err
	}
	exp, err := c.CheckInt(2)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(math.Ldexp(fraction, exp)))
}

// mathRandom is the generator of one VM. It begins at a place that differs from VM to VM.
type mathRandom struct{ generator xoshiro }

var errRandomCount = errors.New("wrong number of arguments")

func (r *mathRandom) random(c lua.Call) (lua.Results, error) {
	switch c.N() {
	case 0:
		return c.Return1(lua.Number(r.generator.float()))
	case 1:
		high, err := c.CheckInt(1)
		if err != nil {
			return 0, err
		}
		if high < 1 {
			return 0, lua.ArgError(1, "interval is empty")
		}
		return c.Return1(lua.Number(float64(1 + r.generator.upTo(uint64(high)-1))))
	case 2:
		low, err := c.CheckNumber(1)
		if err != nil {
			return 0, err
		}
		high, err := c.CheckNumber(2)
		if err != nil {
			return 0, err
		}
		lo, hi := packInteger(low), packInteger(high)
		if hi < lo {
			return 0, lua.ArgError(2, "interval is empty")
		}
		return c.Return1(lua.Number(float64(lo + int64(r.generator.upTo(uint64(hi)-uint64(lo))))))
	}
	return 0, errRandomCount
}

// randomSeed starts anew from one or two numbers, or from a place that nobody can know, and returns the two numbers.
func (r *mathRandom) randomSeed(c lua.Call) (lua.Results, error) {
	a, b := int64(rand.Uint64()), int64(rand.Uint64())
	if c.N() > 0 {
		x, err := c.CheckNumber(1)
		if err != nil {
			return 0, err
		}
		y, err := c.OptNumber(2, 0)
		if err != nil {
			return 0, err
		}
		a, b = packInteger(x), packInteger(y)
	}
	r.generator.seed(uint64(a), uint64(b))
	return c.Return(lua.Number(float64(a)), lua.Number(float64(b)))
}
