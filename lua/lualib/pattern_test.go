package lualib

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// find is string.find without the plain flag: start and end are 1-based, captures as string.match gives them.
func find(t testing.TB, subject, pat string, init int) (string, error) {
	t.Helper()
	m := new(matcher)
	m.reset(subject, compilePattern(pat, true))
	start, end, err := m.search(init)
	if err != nil || start < 0 {
		return "nil", err
	}
	return describeMatch(m, start, end)
}

func describeMatch(m *matcher, start, end int) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d", start+1, end)
	for i := range m.pattern.captures {
		switch c := m.captures[i]; c.len {
		case captureOpen:
			return "", patternError("unfinished capture")
		case capturePosition:
			fmt.Fprintf(&b, " %d", c.start+1)
		default:
			fmt.Fprintf(&b, " %q", m.subject[c.start:c.start+c.len])
		}
	}
	return b.String(), nil
}

func TestPatternFind(t *testing.T) {
	for _, c := range []struct{ subject, pattern, want string }{
		{"", "", "1 0"},
		{"alo", "", "1 0"},
		{"a\x00o a\x00o a\x00o", "a", "1 1"},
		{"alo123alo", "12", "4 5"},
		{"alo123alo", "^12", "nil"},
		{"alo", "l", "2 2"},
		{"aaab", ".*b", "1 4"},
		{"aaa", ".*a", "1 3"},
		{"aaa", "^.-$", "1 3"},
		{"aaa", "b*", "1 0"},
		{"aaab", ".-b", "1 4"},
		{"alo xo", ".o$", "5 6"},
		{" \n isto é assim", "%S%S*", "4 7"},
		{" \n isto é assim", "%S*$", "12 16"},
		{"um caracter ? extra", "[^%sa-z]", "13 13"},
		{"", "a?", "1 0"},
		{"á", "á?", "1 2"},
		{"ábl", "á?b?l?$", "1 4"},
		{"  ábl", "á?b?l?$", "3 6"},
		{"aa", "^aa?a?a", "1 2"},
		{"]]]áb", "[^]]", "4 4"},
		{"0alo alo", "%x*", "1 2"},
		{"alo alo", "%C+", "1 7"},
		{"a-z", "[a-]+", "1 2"},
		{"a-z", "[-z]+", "2 3"},
		{"a%z", "[%%]", "2 2"},
		{"x]y", "[]]", "2 2"},
		{"x^y", "[%^x]+", "1 2"},
		{"\x00\x01", "%z", "1 1"},
		{"a\x00", "%Z+", "1 1"},
		{"a!b", "%g+", "1 3"},
		{"a b", "%G", "2 2"},
		{"key = value", "(%w+)%s*=%s*(%w+)", `1 11 "key" "value"`},
		{"alo xyzK", "(%w+)K", `5 8 "xyz"`},
		{"254 K", "(%d*)K", `5 5 ""`},
		{"alo ", "(%w*)$", `5 4 ""`},
		{"alo wo", "()(%w+)()", `1 3 1 "alo" 4`},
		{"âlo alo", "^(((.).).* (%w*))$", `1 8 "âlo alo" "â" "\xc3" "alo"`},
		{"0123456789", "(.+(.?)())", `1 10 "0123456789" "" 11`},
		{"xuxx uu ppar r", "(.)%1", `3 4 "x"`},
		{"aaab", "(a*)%1", `1 2 "a"`},
		{"abab", "(.-)%1$", `1 4 "ab"`},
		{"foo", "()(%1)", "nil"},
		{"foo", "()%1", "nil"},
		{"(a(b)c)d", "%b()", "1 7"},
		{"((a)", "%b()", "2 4"},
		{"xyyx", "%bxx", "1 4"},
		{"THE (quick) fox", "%f[%a]%a+%f[%A]", "1 3"},
		{"THE (quick) fox", "%f[%l]%l+", "6 10"},
		{"aba", "%f[%z]", "4 3"},
		{"aba", "%f[a%z]", "3 2"}, // at 1 the byte before counts as '\0'
		{"aba", "%f[%l%z]", "nil"},
		{"aba", "%f[^%l%z]", "4 3"}, // PUC Lua: nil
		{"a", "%f[^%z]", "1 0"},
		{"a$a", "$a", "2 3"},
		{"a^a", "a^", "1 2"},
		{"*a", "*a", "1 2"},
		{"a-", "a%-", "1 2"},
		{"abc", "(())", `1 0 "" 1`},
		{"hello", "l+()", "3 4 5"},
		{"[[x]]", "%[%[(.-)%]%]", `1 5 "x"`},
		{"a.b", "a%.b", "1 3"},
		{"a\nb", "a.b", "1 3"},
		{"aXb", "a%ub", "1 3"},
		{"key=1;k2=2", "([^=;]+)=([^;]*);?", `1 6 "key" "1"`},
		{"aaaa", "a-$", "1 4"},
		{"aaaab", "a-b", "1 5"},
		{"/* c */ x */", "/%*.-%*/", "1 7"},
		{"xaab", "(a?)(a?)(a?)b", `2 4 "a" "a" ""`},
		{"ab", "b[", "error: malformed pattern (missing ']')"},
		{"ac", "b[", "nil"},
		{"a", "[", "error: malformed pattern (missing ']')"},
		{"a", "[]", "error: malformed pattern (missing ']')"},
		{"a", "[^]", "error: malformed pattern (missing ']')"},
		{"a", "[a%]", "error: malformed pattern (missing ']')"},
		{"a", "[a%", "error: malformed pattern (missing ']')"},
		{"a", "%", "error: malformed pattern (ends with '%')"},
		{"a", "(a", "error: unfinished capture"},
		{"a", "a)", "error: invalid pattern capture"},
		{"a", "%1", "error: invalid capture index"},
		{"a", "(%1)", "error: invalid capture index"},
		{"a", "%0", "error: invalid capture index"},
		{"a", "%b", "error: unbalanced pattern"},
		{"a", "%bx", "error: unbalanced pattern"},
		{"a", "%f", "error: missing '[' after '%f' in pattern"},
		{"a", "%fa", "error: missing '[' after '%f' in pattern"},
		{"a", "%f[a", "error: malformed pattern (missing ']')"},
		{"a", strings.Repeat("()", 33), "error: too many captures"},
	} {
		got, err := find(t, c.subject, c.pattern, 0)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("find(%q, %q) = %s, want %s", c.subject, c.pattern, got, c.want)
		}
	}
}

func TestPatternMaxCaptures(t *testing.T) {
	got, err := find(t, "a", strings.Repeat("()", maxCaptures), 0)
	if want := "1 0" + strings.Repeat(" 1", maxCaptures); got != want || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

// A pattern that takes ages ends with the error of interrupt, soon.
func TestPatternInterrupt(t *testing.T) {
	stop := errors.New("stop")
	long := strings.Repeat("a", 10000)
	for _, pat := range []string{
		strings.Repeat(".-", 10000) + "b",
		strings.Repeat("a?", 5000) + strings.Repeat("a", 10001),
		strings.Repeat("a*", 100) + "c",
		"(a*)*" + strings.Repeat("(a*)", 20) + "%1b",
		strings.Repeat(".*", 20) + "(.)%1b",
	} {
		m := new(matcher)
		polls := 0
		m.interrupt = func() error {
			if polls++; polls > 200 {
				return stop
			}
			return nil
		}
		m.reset(long, compilePattern(pat, true))
		begin := time.Now()
		if _, _, err := m.search(0); err != stop {
			t.Errorf("%.20q: err = %v", pat, err)
		}
		if d := time.Since(begin); d > 5*time.Second {
			t.Errorf("%.20q: took %v", pat, d)
		}
	}
}

// Neither long subjects nor long patterns may use much of Go's stack.
func TestPatternLong(t *testing.T) {
	subject := strings.Repeat("a", 5<<20)
	for _, pat := range []string{"(.-)b", "(.-)*", ".-.-$", "(a*)b?$", "[ab]-$", "%w*$"} {
		if _, err := find(t, subject, pat, 0); err != nil {
			t.Errorf("%q: %v", pat, err)
		}
	}
	got, err := find(t, subject[:1000], strings.Repeat("a?", 100000), 0)
	if got != "1 1000" || err != nil {
		t.Errorf("a?...: %s, %v", got, err)
	}
}

// slowMatch is the meaning of patterns written as plainly as possible, without compiling; -1 is no match.
type slowMatch struct {
	s, p     string
	captures []capture
	budget   int
}

var errBudget = errors.New("out of budget")

func (m *slowMatch) classEnd(p int) (int, error) {
	p++
	switch m.p[p-1] {
	case '%':
		if p == len(m.p) {
			return 0, patternError("malformed pattern (ends with '%')")
		}
		return p + 1, nil
	case '[':
		rest := m.p[p:]
		i := 0
		if strings.HasPrefix(rest, "^") {
			i = 1
		}
		for n := 0; ; n++ {
			if i >= len(rest) {
				return 0, patternError("malformed pattern (missing ']')")
			}
			if rest[i] == ']' && n > 0 {
				return p + i + 1, nil
			}
			if rest[i] == '%' {
				i++
			}
			i++
		}
	}
	return p, nil
}

func inClass(c, class byte) bool {
	letters := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var in bool
	switch class | 0x20 {
	case 'a':
		in = strings.IndexByte(letters, c) >= 0
	case 'd':
		in = strings.IndexByte("0123456789", c) >= 0
	case 'l':
		in = strings.IndexByte(letters[:26], c) >= 0
	case 'u':
		in = strings.IndexByte(letters[26:], c) >= 0
	case 's':
		in = strings.IndexByte(" \t\n\v\f\r", c) >= 0
	case 'c':
		in = c < 32 || c == 127
	case 'p':
		in = strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) >= 0
	case 'w':
		in = strings.IndexByte(letters+"0123456789", c) >= 0
	case 'x':
		in = strings.IndexByte("0123456789abcdefABCDEF", c) >= 0
	case 'g':
		in = c > 32 && c < 127
	case 'z':
		in = c == 0
	default:
		return c == class
	}
	if strings.IndexByte(letters, class) < 0 {
		return c == class
	}
	return in == (class >= 'a')
}

func (m *slowMatch) inBrackets(c byte, set string) bool { // set without the brackets
	invert := strings.HasPrefix(set, "^")
	if invert {
		set = set[1:]
	}
	for i := 0; i < len(set); i++ {
		if set[i] == '%' && i+1 < len(set) {
			i++
			if inClass(c, set[i]) {
				return !invert
			}
		} else if i+2 < len(set) && set[i+1] == '-' {
			if set[i] <= c && c <= set[i+2] {
				return !invert
			}
			i += 2
		} else if set[i] == c {
			return !invert
		}
	}
	return invert
}

func (m *slowMatch) one(i, p, end int) bool {
	if i >= len(m.s) {
		return false
	}
	switch m.p[p] {
	case '.':
		return true
	case '%':
		return inClass(m.s[i], m.p[p+1])
	case '[':
		return m.inBrackets(m.s[i], m.p[p+1:end-1])
	}
	return m.s[i] == m.p[p]
}

func (m *slowMatch) match(i, p int) (int, error) {
	if m.budget--; m.budget < 0 {
		return 0, errBudget
	}
	if p == len(m.p) {
		return i, nil
	}
	next := byte(0)
	if p+1 < len(m.p) {
		next = m.p[p+1]
	}
	switch {
	case m.p[p] == '(':
		if len(m.captures) == maxCaptures {
			return 0, patternError("too many captures")
		}
		n := len(m.captures)
		if next == ')' {
			m.captures = append(m.captures, capture{i, capturePosition})
			p++
		} else {
			m.captures = append(m.captures, capture{i, captureOpen})
		}
		end, err := m.match(i, p+1)
		if end < 0 {
			m.captures = m.captures[:n]
		}
		return end, err
	case m.p[p] == ')':
		for n := len(m.captures) - 1; n >= 0; n-- {
			if m.captures[n].len == captureOpen {
				m.captures[n].len = i - m.captures[n].start
				end, err := m.match(i, p+1)
				if end < 0 {
					m.captures[n].len = captureOpen
				}
				return end, err
			}
		}
		return 0, patternError("invalid pattern capture")
	case m.p[p] == '$' && p+1 == len(m.p):
		if i == len(m.s) {
			return i, nil
		}
		return -1, nil
	case m.p[p] == '%' && next == 'b':
		if p+3 >= len(m.p) {
			return 0, patternError("unbalanced pattern")
		}
		if i >= len(m.s) || m.s[i] != m.p[p+2] {
			return -1, nil
		}
		for depth, j := 1, i+1; j < len(m.s); j++ {
			if m.s[j] == m.p[p+3] {
				depth--
			} else if m.s[j] == m.p[p+2] {
				depth++
			}
			if depth == 0 {
				return m.match(j+1, p+4)
			}
		}
		return -1, nil
	case m.p[p] == '%' && next == 'f':
		p += 2
		if p == len(m.p) || m.p[p] != '[' {
			return 0, patternError("missing '[' after '%f' in pattern")
		}
		end, err := m.classEnd(p)
		if err != nil {
			return 0, err
		}
		var before byte
		if i > 0 {
			before = m.s[i-1]
		}
		set := m.p[p+1 : end-1]
		if m.inBrackets(before, set) || i < len(m.s) && !m.inBrackets(m.s[i], set) {
			return -1, nil
		}
		return m.match(i, end)
	case m.p[p] == '%' && next >= '0' && next <= '9':
		n := int(next) - '1'
		if n < 0 || n >= len(m.captures) || m.captures[n].len == captureOpen {
			return 0, patternError("invalid capture index")
		}
		c := m.captures[n]
		if c.len < 0 || !strings.HasPrefix(m.s[i:], m.s[c.start:c.start+c.len]) {
			return -1, nil
		}
		return m.match(i+c.len, p+2)
	}
	end, err := m.classEnd(p)
	if err != nil {
		return 0, err
	}
	repeat := byte(0)
	if end < len(m.p) {
		repeat = m.p[end]
	}
	switch repeat {
	case '?':
		if m.one(i, p, end) {
			if r, err := m.match(i+1, end+1); r >= 0 || err != nil {
				return r, err
			}
		}
		return m.match(i, end+1)
	case '*', '+':
		n := 0
		for m.one(i+n, p, end) {
			n++
		}
		least := 0
		if repeat == '+' {
			least = 1
		}
		for ; n >= least; n-- {
			if r, err := m.match(i+n, end+1); r >= 0 || err != nil {
				return r, err
			}
		}
		return -1, nil
	case '-':
		for ; ; i++ {
			if r, err := m.match(i, end+1); r >= 0 || err != nil {
				return r, err
			}
			if !m.one(i, p, end) {
				return -1, nil
			}
		}
	}
	if !m.one(i, p, end) {
		return -1, nil
	}
	return m.match(i+1, end)
}

func slowFind(s, p string) (string, error) {
	m := &slowMatch{s: s, p: p, budget: 200000}
	anchored := strings.HasPrefix(p, "^")
	if anchored {
		m.p = p[1:]
	}
	for i := 0; i <= len(s); i++ {
		m.captures = m.captures[:0]
		end, err := m.match(i, 0)
		if err != nil {
			return "", err
		}
		if end >= 0 {
			r := &matcher{subject: s, pattern: &pattern{captures: len(m.captures)}}
			copy(r.captures[:], m.captures)
			return describeMatch(r, i, end)
		}
		if anchored {
			break
		}
	}
	return "nil", nil
}

func FuzzPattern(f *testing.F) {
	for _, p := range []string{
		"(.-)%s*$", "[%w_]+", "^(%d+)%.(%d*)$", "%b()", "%f[%w]%w+", "(a*(.)%w(%s*))", "a?b-c*", "[^]-]]", "(()())", "[%a-z]*$",
		"[a-%%]", ".-.-b", "(.)%1", "x(", "%", "[a", "^^a", "$$", "a*a*a*a*b", "[ab]+[bc]+c", "(a-)(b*)%1", "%b", "%f", "[%", "a-()$",
	} {
		f.Add("THE (quick) fox a=1, b2_=;aaabcc\x00x", p)
		f.Add("aabbabab", p)
	}
	f.Fuzz(func(t *testing.T, s, p string) {
		if len(s) > 200 || len(p) > 60 {
			return
		}
		want, wantErr := slowFind(s, p)
		m := new(matcher)
		polls := 0
		m.interrupt = func() error {
			if polls++; polls > 500 {
				return errBudget
			}
			return nil
		}
		m.reset(s, compilePattern(p, true))
		start, end, err := m.search(0)
		got := "nil"
		if err == nil && start >= 0 {
			got, err = describeMatch(m, start, end)
		}
		if wantErr == errBudget || err == errBudget {
			return
		}
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || err == nil && got != want {
			t.Errorf("find(%q, %q) = %s, %v; want %s, %v", s, p, got, err, want, wantErr)
		}
	})
}

// The same patterns on PUC Lua 5.2, where it is installed.
func TestPatternLikePUC(t *testing.T) {
	lua, err := exec.LookPath("lua5.2")
	if err != nil {
		t.Skip("lua5.2 is not installed")
	}
	subjects := []string{"THE (quick) fox", "key = value; k2=v2", "  trim me  ", "aaabbbab", "a.b-c_d", "x[1][[2]]=3", "1.5e10,-2", ""}
	patterns := []string{
		"%a+", "(%w+)%s*=%s*(%w+)", "^%s*(.-)%s*$", "%b()", "%f[%w]%w+", "[^%s]+$", "(.)(.)%2", "a-b", "a*b?a+", "[%w_.-]*", "%d+%.?%d*",
		"()b()", "(a*)(b*)", "%[+(.-)%]+", ".-e", "[]x]", "[^]x]+", "%S-%s", "(%u)(%l*)", "%p", "[a-c]+", "%(([^)]*)%)", "^$", ".", "x*",
	}
	var script strings.Builder
	script.WriteString("local function show(s, e, ...) if not s then return print('nil') end\n local t = {s, e}\n" +
		" for _, v in ipairs{...} do t[#t + 1] = type(v) == 'string' and '\"' .. v .. '\"' or v end print(table.concat(t, ' ')) end\n")
	for _, s := range subjects {
		for _, p := range patterns {
			fmt.Fprintf(&script, "show(string.find(%q, %q))\n", s, p)
		}
	}
	cmd := exec.Command(lua, "-")
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	for i, s := range subjects {
		for j, p := range patterns {
			got, err := find(t, s, p, 0)
			if want := lines[i*len(patterns)+j]; got != want || err != nil {
				t.Errorf("find(%q, %q) = %s, %v; lua5.2 has %s", s, p, got, err, want)
			}
		}
	}
}

var benchText = strings.Repeat("The quick (brown) fox, key=value; jumps over 12345 lazy dogs.\n", 1000)

func BenchmarkPattern(b *testing.B) {
	for _, p := range []string{"%a+", "(%w+)=(%w+)", "[^\n]*\n", "%d+", "%s*(.-),", "(.-)\n", "o.-d", "."} {
		b.Run(p, func(b *testing.B) {
			m := new(matcher)
			m.reset(benchText, compilePattern(p, true))
			b.SetBytes(int64(len(benchText)))
			for b.Loop() {
				for pos := 0; pos < len(benchText); {
					start, end, err := m.search(pos)
					if err != nil {
						b.Fatal(err)
					}
					if start < 0 {
						break
					}
					pos = max(end, start+1)
				}
			}
		})
	}
}
