package settings_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/luart/luart/settings"
)

var update = flag.Bool("update", false, "write the reference of all keys into docs/configuration.md")

// The reference of all keys in the documentation is the one that the code has.
func TestDocumentedReference(t *testing.T) {
	const page, begin, end = "../docs/configuration.md", "<!-- reference -->\n", "<!-- end of reference -->\n"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the reference", page)
	}
	var b bytes.Buffer
	if err := settings.Reference(&b); err != nil {
		t.Fatal(err)
	}
	want := before + begin + b.String() + end + after
	if *update {
		err = os.WriteFile(page, []byte(want), 0o644)
	} else if want != string(data) {
		t.Errorf("%s is not up to date; go test ./settings -run Reference -update writes it", page)
	}
	if err != nil {
		t.Fatal(err)
	}
}
