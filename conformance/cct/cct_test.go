package cct_test

import (
	"errors"
	"os"
	"testing"

	"github.com/luart/luart/conformance/cct"
)

func checkout(t *testing.T) string {
	dir := os.Getenv("LUART_CCT")
	if dir == "" {
		t.Skip("LUART_CCT names no checkout of CC: Tweaked")
	}
	return dir
}

// TestReferenceSuite runs the suite with the reference's ROM and with ours.
func TestReferenceSuite(t *testing.T) {
	for _, test := range []struct {
		name   string
		ownROM bool
		passed int // at least
	}{
		{"reference ROM", false, 1337},
		{"own ROM", true, 993},
	} {
		t.Run(test.name, func(t *testing.T) {
			results, err := cct.Run(t.Context(), cct.Options{Checkout: checkout(t), OwnROM: test.ownROM, Filter: os.Getenv("LUART_CCT_FILTER")})
			if err != nil {
				t.Error(err)
			}
			counts := map[string]int{}
			for _, r := range results {
				counts[r.Status]++
				if r.Failed() {
					t.Logf("%s: %s (%s): %s\n%s", r.Status, r.Name, r.Source, r.Message, r.Trace)
				}
			}
			if counts["pass"] < test.passed && os.Getenv("LUART_CCT_FILTER") == "" {
				t.Errorf("%d tests pass, want %d at least", counts["pass"], test.passed)
			}
			t.Log(counts)
		})
	}
}

func TestNoCheckout(t *testing.T) {
	if _, err := cct.Run(t.Context(), cct.Options{Checkout: t.TempDir()}); !errors.Is(err, cct.ErrNoCheckout) {
		t.Error(err)
	}
}
