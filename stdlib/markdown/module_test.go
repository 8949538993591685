package markdown_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
)

func TestModule(t *testing.T) {
	var out strings.Builder
	c, err := runtime.New(runtime.WithStdout(&out), runtime.WithCode("=test", `
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
		parallel.waitForAny(function() markdown.render(("a\n=\n"):rep(2 ^ 18)) end, function() end)`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	want := "<h1 id=\"a-title\">A <em>title</em></h1>\n<p>text <!-- raw HTML omitted --></p>\n\tA title\n<b>\tnil\n" +
		"false\ttest:5: bad argument #1 (string expected, got nil)\nfalse\ttest:6: bad field 'html' (boolean expected, got number)\n" +
		"false\ttest:7: the text has quotations or lists too deep in one another\nfalse\ttest:8: bad argument #1 (a text of at most 1048576 bytes expected)\n2\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}
