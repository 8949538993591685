package luart_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every page is in the index, and the first page leads there.
func TestDocIndex(t *testing.T) {
	index, err := os.ReadFile("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for _, m := range link.FindAllSubmatch(index, -1) {
		linked[string(m[1])] = true
	}
	for _, page := range pages(t) {
		if name := filepath.Base(page); name != "README.md" && !linked[name] {
			t.Errorf("docs/README.md has no link to %s", name)
		}
	}
	first, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(first), "](docs/README.md)") {
		t.Error("README.md has no link to docs/README.md")
	}
}

var (
	openAPIPath   = regexp.MustCompile(`(?m)^  (/[^:\n]*):$`)
	openAPIStatus = regexp.MustCompile(`(?m)^ +"?([45]\d\d)"?:`)
)

// The page of a server has every path and every status of errors of its OpenAPI file.
func TestDocEndpoints(t *testing.T) {
	for _, name := range []string{"plugin-server", "ratchet", "packages"} {
		api, err := os.ReadFile("docs/openapi/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile("docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		paths := openAPIPath.FindAllStringSubmatch(string(api), -1)
		if len(paths) < 7 {
			t.Errorf("found only %d paths in docs/openapi/%s.yaml", len(paths), name)
		}
		for _, m := range paths {
			fixed, _, _ := strings.Cut(m[1], "{")
			if !regexp.MustCompile("`([A-Z]+ )?"+regexp.QuoteMeta(fixed)+"[`?<A-Z]|`, `"+regexp.QuoteMeta(fixed)+"[`?]").Match(page) && fixed != "/" {
				t.Errorf("docs/%s.md lacks the path %s", name, m[1])
			}
		}
		statuses := openAPIStatus.FindAllStringSubmatch(string(api), -1)
		if len(statuses) < 20 {
			t.Errorf("found only %d statuses in docs/openapi/%s.yaml", len(statuses), name)
		}
		seen := map[string]bool{}
		for _, m := range statuses {
			if !seen[m[1]] && !regexp.MustCompile(`\b`+m[1]+`\b`).Match(page) {
				t.Errorf("docs/%s.md lacks the status %s", name, m[1])
			}
			seen[m[1]] = true
		}
	}
}
