package markdown

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// attempt is convert whose panics are errors.
func attempt(ctx context.Context, source string, raw bool) (p page) {
	defer func() {
		if s, ok := recover().(stopped); ok {
			p.err = s.err
		}
	}()
	return convert(ctx, []byte(source), raw)
}

func TestConvert(t *testing.T) {
	for _, test := range []struct{ source, html, title string }{
		{"", "", "-"},
		{"text", "<p>text</p>\n", "-"},
		{"## a\n\n# The *one* `and` [only](x) &amp;\n# b", "<h2 id=\"a\">a</h2>\n<h1 id=\"the-one-and-onlyx-amp\">The <em>one</em> <code>and</code> <a href=\"x\">only</a> &amp;</h1>\n<h1 id=\"b\">b</h1>\n", "The one and only &"},
		{"two\nlines\n===", "<h1 id=\"lines\">two\nlines</h1>\n", "two lines"},
		{"# \\*a\\* &#65;&lt; `&lt;` <x@y.z>", "<h1 id=\"a-65lt-lt-xyz\">*a* A&lt; <code>&amp;lt;</code> <a href=\"mailto:x@y.z\">x@y.z</a></h1>\n", "*a* A< &lt; x@y.z"},
		{"# A b\n# a b\n# a b-1", "<h1 id=\"a-b\">A b</h1>\n<h1 id=\"a-b-1\">a b</h1>\n<h1 id=\"a-b-1-1\">a b-1</h1>\n", "A b"},
		{"#", "<h1 id=\"heading\"></h1>\n", ""},
		{"|a|b|\n|-|:-:|\n|1|<2|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th style=\"text-align:center\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td style=\"text-align:center\">&lt;2</td>\n</tr>\n</tbody>\n</table>\n", "-"},
		{"~~no~~ https://a.example", "<p><del>no</del> <a href=\"https://a.example\">https://a.example</a></p>\n", "-"},
		{"- [x] done", "<ul>\n<li><input checked=\"\" disabled=\"\" type=\"checkbox\"> done</li>\n</ul>\n", "-"},
		{"a <b onclick=x>b</b>\n\n<script>alert(1)</script>", "<p>a <!-- raw HTML omitted -->b<!-- raw HTML omitted --></p>\n<!-- raw HTML omitted -->\n", "-"},
		{"[a](javascript:alert(1)) ![b](<data:text/html,x>) <javascript:x>", "<p><a href=\"\">a</a> <img src=\"\" alt=\"b\"> <a href=\"\">javascript:x</a></p>\n", "-"},
		{"```lua\nprint(\"<\")\n```", "<pre><code class=\"language-lua\">print(&quot;&lt;&quot;)\n</code></pre>\n", "-"},
		{"\xff\x00", "<p>\uFFFD\uFFFD</p>\n", "-"},
	} {
		p := attempt(t.Context(), strings.ToValidUTF8(test.source, "\uFFFD"), false)
		if !p.hasTitle {
			p.title = "-"
		}
		if p.err != nil || string(p.html) != test.html || p.title != test.title {
			t.Errorf("%q gives\n%s%q, %v\nnot\n%s%q", test.source, p.html, p.title, p.err, test.html, test.title)
		}
	}
	if p := attempt(t.Context(), "a <b>b</b>", true); string(p.html) != "<p>a <b>b</b></p>\n" {
		t.Errorf("%s", p.html)
	}
}

// Texts that are made to take long end soon, and so do others when nobody waits for them any more.
func TestLimits(t *testing.T) {
	for unit, want := range map[string]error{
		">": errDeep, "1. ": errDeep, "> - ": errDeep, "[a](": errMarks, "_a*": errMarks, "[](": errMarks, "*_": errMarks, "![": errMarks, "**a ": errMarks,
		"`": nil, "<a ": errMarks, "- ": nil, "a\n=\n": nil, "# a\n": nil, "|a": nil, "- a\n  ": nil, "<!--": nil, "https://a.b/(": nil, "a@b.c": nil,
	} {
		if p := attempt(t.Context(), strings.Repeat(unit, (32<<10)/len(unit)), false); !errors.Is(p.err, want) {
			t.Errorf("%q: %v, not %v", unit, p.err, want)
		}
	}
	if p := attempt(t.Context(), strings.Repeat("[a]: b\n", 20_000), false); !errors.Is(p.err, errReferences) {
		t.Error(p.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p := attempt(ctx, "*a*", false); !errors.Is(p.err, context.Canceled) {
		t.Error(p.err)
	}
}

func FuzzConvert(f *testing.F) {
	for _, s := range []string{"# a\n> b\n- c", "|a|\n|-|\n|b|", "[a]: b\n[a]", "<b>`c`</b>", "~~~\nx", "* * *", "a\n==="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		source = strings.ToValidUTF8(source, "\uFFFD")
		p := attempt(t.Context(), source, false)
		if p.err == nil && strings.Contains(strings.ToLower(string(p.html)), "<script") {
			t.Errorf("%q gives %s", source, p.html)
		}
	})
}
