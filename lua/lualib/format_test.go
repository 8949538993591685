package lualib

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// formatNumberAs formats v with a whole conversion specification such as "%5.2f".
func formatNumberAs(t testing.TB, spec string, v float64) string {
	t.Helper()
	f, end, err := parseFormatSpec(spec, 1)
	if err == nil {
		err = f.check()
	}
	if err != nil || end != len(spec) {
		t.Fatalf("%s: %v", spec, err)
	}
	switch f.verb {
	case 'd', 'i', 'u', 'o', 'x', 'X':
		n, ok := formatInteger(v)
		if !ok {
			return "range"
		}
		return string(f.appendInteger([]byte("~"), n)[1:])
	case 'c':
		return string(f.appendChar(nil, byte(v)))
	}
	return string(f.appendFloat([]byte("~"), v)[1:])
}

func TestFormatNumber(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		spec string
		v    float64
		want string
	}{
		{"%d", 3.5, "3"}, {"%d", -3.5, "-3"}, {"%i", 1e15, "1000000000000000"}, {"%d", 1 << 63, "9223372036854775807"},
		{"%d", -(1 << 63), "-9223372036854775808"}, {"%d", nan, "range"}, {"%d", inf, "range"}, {"%d", 1e19, "range"},
		{"%5d", 42, "   42"}, {"%-5d", 42, "42   "}, {"%05d", -42, "-0042"}, {"%+d", 42, "+42"}, {"% d", 42, " 42"},
		{"%.3d", 5, "005"}, {"%08.3d", 5, "     005"}, {"%.0d", 0, ""}, {"%+.0d", 0, "+"}, {"%2.5d", -100, "-00100"},
		{"%013i", -100, "-000000000100"}, {"%u", -1, "18446744073709551615"}, {"%.u", 0, ""},
		{"%x", -1, "ffffffffffffffff"}, {"%X", 255, "FF"}, {"%#x", 255, "0xff"}, {"%#X", 255, "0XFF"}, {"%#x", 0, "0"},
		{"%#10x", 100, "      0x64"}, {"%#-17X", 100, "0X64             "}, {"%#010x", 100, "0x00000064"},
		{"%o", 8, "10"}, {"%#o", 8, "010"}, {"%#o", 0, "0"}, {"%#.0o", 0, "0"}, {"%#12o", 10, "         012"}, {"%#.5o", 8, "00010"},
		{"%c", 65, "A"}, {"%3c", 65, "  A"}, {"%-3c", 65, "A  "},
		{"%.0f", 0.5, "1"}, {"%.0f", 1.5, "2"}, {"%.0f", 2.5, "3"}, {"%.0f", -2.5, "-3"}, {"%.0f", 99.5, "100"}, {"%.0f", 999999999999.5, "1000000000000"},
		{"%.1f", 0.25, "0.3"}, {"%.1f", 0.75, "0.8"}, {"%.2f", 0.125, "0.13"}, {"%.2f", 9.995, "9.99"}, {"%.1f", 9.95, "9.9"}, {"%.1f", 0.05, "0.1"},
		{"%.0f", 0.4999, "0"}, {"%.0f", 0.50001, "1"}, {"%.3f", 0.0005, "0.001"}, {"%.1f", 1<<50 + 0.25, "1125899906842624.3"},
		{"%f", 1.0 / 3, "0.333333"}, {"%f", 0, "0.000000"}, {"%f", math.Copysign(0, -1), "0.000000"}, {"%f", 1e15, "1000000000000000.000000"},
		{"%.20f", 0.1, "0.10000000000000000555"}, {"%10.2f", 3.14159, "      3.14"}, {"%-10.2f|", 3.14159, ""}, {"%010.2f", -3.14159, "-000003.14"},
		{"%+#014.0f", 100, "+000000000100."}, {"%#.0f", 3, "3."}, {"%.2f", 1e-10, "0.00"}, {"%.15f", 1e-10, "0.000000000100000"},
		{"%.3f", 99.9996, "100.000"}, {"%.0f", 0.9, "1"}, {"%.2f", 0.999, "1.00"}, {"%.2f", 0.0999, "0.10"}, {"%.2f", 0.00999, "0.01"},
		{"%e", 12345.678, "1.234568e+04"}, {"%.0e", 12345, "1e+04"}, {"%.0e", 2.5, "3e+00"}, {"%.0e", 25, "3e+01"}, {"%.0e", 95, "1e+02"}, {"%.1e", 0.125, "1.3e-01"},
		{"%E", 1e-5, "1.000000E-05"}, {"% 1.0E", 100, " 1E+02"}, {"%#.0e", 1, "1.e+00"}, {"%e", 1e100, "1.000000e+100"}, {"%e", 0, "0.000000e+00"},
		{"%g", 100000, "100000"}, {"%g", 1e6, "1e+06"}, {"%g", 1e-4, "0.0001"}, {"%g", 1e-5, "1e-05"}, {"%g", 0, "0"}, {"%g", 0.1, "0.1"}, {"%g", 1234567, "1.23457e+06"},
		{"%.3g", 1.5, "1.5"}, {"%#.3g", 1.5, "1.50"}, {"%#g", 1, "1.00000"}, {"%#.1g", 1, "1."}, {"%.0g", 2.5, "3"}, {"%+.3G", 1.5, "+1.5"}, {"% .1g", 1024, " 1e+03"},
		{"%.2g", 0.00012345, "0.00012"}, {"%.14g", 1000000000000.25, "1000000000000.3"}, {"%.17g", 0.1, "0.10000000000000001"}, {"%.3g", 999.5, "1e+03"},
		{"%5.1f", inf, "  inf"}, {"%05.1f", -inf, " -inf"}, {"%F", 0, ""}, {"%G", inf, "INF"}, {"%f", nan, "nan"}, {"%f", -nan, "nan"}, {"%+f", nan, "+nan"}, {"%-6g|", inf, ""},
		{"%a", 1, "0x1p+0"}, {"%a", 0.5, "0x1p-1"}, {"%.2a", 0.5, "0x1.00p-1"}, {"%A", 0x1fffffffffffff, "0X1.FFFFFFFFFFFFFP+52"}, {"%.4a", -3, "-0x1.8000p+1"},
		{"%A", 0, "0X0P+0"}, {"%a", 234.53, "0x1.d50f5c28f5c29p+7"}, {"%.0a", 1.5, "0x2p+0"}, {"%.0a", 1.25, "0x1p+0"}, {"%#.0a", 1, "0x1.p+0"},
		{"%a", 5e-324, "0x0.0000000000001p-1022"}, {"%.15a", 1.5, "0x1.800000000000000p+0"}, {"%010a", 1, "0x00001p+0"}, {"%a", inf, "inf"}, {"%.1a", 0x1.f8p0, "0x2.0p+0"},
	} {
		if strings.HasSuffix(c.spec, "|") || c.spec == "%F" {
			continue // see TestFormatErrors
		}
		if got := formatNumberAs(t, c.spec, c.v); got != c.want {
			t.Errorf("%s of %v = %q, want %q", c.spec, c.v, got, c.want)
		}
	}
}

func TestFormatErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"F":       "invalid conversion '%F' to 'format'",
		"5.2y":    "invalid conversion '%5.2y' to 'format'",
		"":        "invalid conversion '%' to 'format'",
		"-":       "invalid conversion '%-' to 'format'",
		"\x00":    "invalid conversion '%\x00' to 'format'",
		"#d":      "invalid conversion specification: '%#d'",
		"010c":    "invalid conversion specification: '%010c'",
		".10c":    "invalid conversion specification: '%.10c'",
		"0.34s":   "invalid conversion specification: '%0.34s'",
		"+u":      "invalid conversion specification: '%+u'",
		"10q":     "specifier '%q' cannot have modifiers",
		"100.3d":  "invalid format (width or precision too long)",
		"1.100d":  "invalid format (width or precision too long)",
		"------d": "invalid format (repeated flags)",
	} {
		f, _, err := parseFormatSpec(spec, 0)
		if err == nil {
			err = f.check()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", spec, err, want)
		}
	}
	for _, spec := range []string{"-----d", "99.99f", ".f", "-+ #0g"} {
		f, end, err := parseFormatSpec(spec, 0)
		if err != nil || f.check() != nil || end != len(spec) {
			t.Errorf("%q: %v, %v", spec, err, f.check())
		}
	}
}

// exactFixed is v with precision digits behind the point, halves away from zero, by exact arithmetic.
func exactFixed(v float64, precision int) string {
	r := new(big.Rat).SetFloat64(v)
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
	r.Mul(r, new(big.Rat).SetInt(scale))
	r.Add(r, big.NewRat(1, 2))
	digits := new(big.Int).Div(r.Num(), r.Denom()).String()
	if precision == 0 {
		return digits
	}
	for len(digits) <= precision {
		digits = "0" + digits
	}
	return digits[:len(digits)-precision] + "." + digits[len(digits)-precision:]
}

// interesting returns numbers with few bits, numbers near decimals, halfway cases and any numbers; none is negative.
func interesting(r *rand.Rand) float64 {
	switch r.IntN(5) {
	case 0:
		return float64(r.IntN(10000)) / float64(int(1)<<r.IntN(12))
	case 1:
		return float64(r.IntN(100000)) * math.Pow10(-r.IntN(8))
	case 2:
		return (float64(r.IntN(1000)) + 0.5) * math.Pow10(r.IntN(20))
	case 3:
		return math.Ldexp(float64(r.Uint64()>>11), -r.IntN(60))
	default:
		for {
			if v := math.Abs(math.Float64frombits(r.Uint64())); v <= math.MaxFloat64 {
				return v
			}
		}
	}
}

func TestFormatExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		v, precision := interesting(r), r.IntN(20)
		got := formatNumberAs(t, "%."+strconv.Itoa(precision)+"f", v)
		if want := exactFixed(v, precision); got != want {
			t.Fatalf("%%.%df of %v = %s, want %s", precision, v, got, want)
		}
		// The digits of %e are those of %f of the number scaled to one digit before the point.
		if v == 0 {
			continue
		}
		got = formatNumberAs(t, "%."+strconv.Itoa(precision)+"e", v)
		mantissa, exponent, _ := strings.Cut(got, "e")
		exp, _ := strconv.Atoi(exponent)
		x := new(big.Rat).SetFloat64(v)
		ten := func(n int) *big.Rat {
			p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
			if n < 0 {
				p.Inv(p)
			}
			return p
		}
		x.Mul(x, ten(-exp))
		m, _ := new(big.Rat).SetString(mantissa)
		diff := new(big.Rat).Sub(m, x) // in (-1/2, 1/2] of the last digit
		diff.Mul(diff, ten(precision))
		half := big.NewRat(1, 2)
		if diff.Cmp(half) > 0 || diff.Cmp(new(big.Rat).Neg(half)) <= 0 || mantissa[0] == '0' {
			// A carry makes the last digit weigh ten times as much.
			if diff.Mul(diff, big.NewRat(10, 1)); strings.Trim(mantissa, "10.") != "" || diff.Cmp(half) > 0 {
				t.Fatalf("%%.%de of %v = %s", precision, v, got)
			}
		}
	}
}

func TestQuotedNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		v := interesting(r)
		s := string(appendQuotedNumber(nil, -v))
		got, err := strconv.ParseFloat(s, 64)
		if err != nil || got != -v {
			t.Fatalf("%v quoted is %s, which is %v", -v, s, got)
		}
	}
}

// The same conversions on PUC Lua 5.2, where it is installed; halfway cases are left out.
func TestFormatLikePUC(t *testing.T) {
	lua, err := exec.LookPath("lua5.2")
	if err != nil {
		t.Skip("lua5.2 is not installed")
	}
	specs := []string{
		"%.0f", "%f", "%.3f", "%20.5f", "%-20.1f|", "%+.2f", "% 012.4f", "%#.0f", "%e", "%.0e", "%.10e", "%#.0e", "%015.3e", "%g", "%.0g",
		"%.3g", "%#.3g", "%.14g", "%.17g", "%10g", "%-10g|", "%G", "%a", "%.3a", "%20a", "%020a", "%+a", "%.20f", "%.17e",
	}
	r := rand.New(rand.NewPCG(5, 6))
	var script strings.Builder
	script.WriteString("local f, v = string.format\n")
	type test struct {
		spec string
		v    float64
	}
	var tests []test
	for range 300 {
		v := interesting(r) * math.Pi
		if v < 1e-30 || v > 1e3 && v < 1e40 || v > 1e300 { // where halfway cases are
			continue
		}
		if r.IntN(2) == 0 {
			v = -v
		}
		fmt.Fprintf(&script, "v = %x\n", v)
		for _, spec := range specs {
			fmt.Fprintf(&script, "print(f(%q, v))\n", spec)
			tests = append(tests, test{spec, v})
		}
	}
	for _, spec := range []string{"%5d", "%-5d|", "%05d", "%+d", "% d", "%.3d", "%8.3d", "%x", "%#x", "%o", "%#o", "%X", "%u", "%.0d", "%#010x"} {
		for _, v := range []float64{0, 1, 7, 255, 123456789, 1 << 40} {
			fmt.Fprintf(&script, "print(f(%q, %d))\n", spec, int64(v))
			tests = append(tests, test{spec, v})
		}
	}
	cmd := exec.Command(lua, "-")
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		spec, bar := strings.CutSuffix(tests[i].spec, "|")
		got := formatNumberAs(t, spec, tests[i].v)
		if bar {
			got += "|"
		}
		if got != want {
			t.Errorf("%s of %v = %s; lua5.2 has %s", spec, tests[i].v, got, want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, spec := range []string{"5.2f", "-+ #0g", ".99e", "#x", "05d", ".3a", "c", "99.99f", "q", ".0f"} {
		f.Add(spec, 0.5)
		f.Add(spec, -1e308)
		f.Add(spec, math.NaN())
	}
	f.Fuzz(func(t *testing.T, text string, v float64) {
		spec, end, err := parseFormatSpec(text, 0)
		if end > len(text) {
			t.Fatalf("%q: ends at %d", text, end)
		}
		if err != nil || spec.check() != nil {
			return
		}
		var out []byte
		switch spec.verb {
		case 'd', 'i', 'u', 'o', 'x', 'X':
			n, _ := formatInteger(v)
			out = spec.appendInteger(nil, n)
		case 'c':
			out = spec.appendChar(nil, byte(packInteger(v)))
		case 's':
			out = spec.appendText(nil, text)
		case 'q':
			out = appendQuotedNumber(nil, v)
			if n, err := strconv.ParseFloat(string(out), 64); err == nil && n != v {
				t.Errorf("%v quoted is %s", v, out)
			}
		default:
			out = spec.appendFloat(nil, v)
			if n, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64); err == nil && v == v {
				if precision := spec.precision; precision >= 17 && spec.verb != 'f' && n != v {
					t.Errorf("%%%s of %v is %s", text, v, out)
				}
			} else if v == v && err != nil && !strings.ContainsAny(string(out), "xX") && err.(*strconv.NumError).Err != strconv.ErrRange {
				t.Errorf("%%%s of %v is %s: %v", text, v, out, err)
			}
		}
		if len(out) < spec.width || len(out) > 500+len(text) {
			t.Errorf("%%%s of %v has %d bytes", text, v, len(out))
		}
	})
}
