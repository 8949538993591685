package markdown_test

import (
	"testing"

	"github.com/luart/luart/runtime/runtimetest"
)

func TestModule(t *testing.T) {
	got := runtimetest.Run(t, t.TempDir(), `
		local markdown = require "luart.markdown"
		print(markdown.render "# A *title*\n\ntext <b>")
		print(markdown.render("<b>", { html = true }))
		print(pcall(markdown.render))
		print(pcall(markdown.render, "", { html = 1 }))
		print(pcall(markdown.render, (">"):rep(1000)))
		print(pcall(markdown.render, ("x"):rep(2 ^ 20 + 1)))
		local n = 0
		parallel.waitForAll(function() markdown.render "a" n = n + 1 end, function() markdown.render "b" n = n + 1 end)
		print(n)
		parallel.waitForAny(function() markdown.render(("a\n=\n"):rep(2 ^ 18)) end, function() end)`)
	want := "<h1 id=\"a-title\">A <em>title</em></h1>\n<p>text <!-- raw HTML omitted --></p>\n\tA title\n<b>\tnil\n" +
		"false\ttest:5: bad argument #1 (string expected, got nil)\nfalse\ttest:6: bad field 'html' (boolean expected, got number)\n" +
		"false\ttest:7: the text has quotations or lists too deep in one another\nfalse\ttest:8: bad argument #1 (a text of at most 1048576 bytes expected)\n2"
	if got != want {
		t.Errorf("%s", got)
	}
}
