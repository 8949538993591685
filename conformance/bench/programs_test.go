package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write expected.tsv anew with the outputs of lua5.2")

// TestMain lets the test binary be started as bench -child, the way bench starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-child" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestExpected checks that every program has outputs on record for its own size and for a small one.
func TestExpected(t *testing.T) {
	if *update {
		updateExpected(t)
	}
	list, err := parseExpected(expectedText)
	if err != nil {
		t.Fatal(err)
	}
	full, small := map[string]int{}, map[string]int{}
	for _, e := range list {
		if e.output == "" || e.output == "?" {
			t.Errorf("%s at %d: no output on record", e.key, e.size)
		}
		if e.size == 0 {
			full[e.key]++
		} else {
			small[e.key]++
		}
	}
	for _, suite := range []string{"programs", "growth"} {
		programs, err := loadPrograms(suite, t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range programs {
			if small[p.key] != 1 || (suite == "programs" && full[p.key] != 1) {
				t.Errorf("%s has %d outputs for its own size and %d for a small one, want 1 of each", p.key, full[p.key], small[p.key])
			}
			if p.about == "" {
				t.Errorf("%s does not begin with a comment that says what it measures", p.key)
			}
			if _, ok := growthCases[p.name]; suite == "growth" && !ok {
				t.Errorf("%s has no line in growthCases", p.key)
			}
			delete(small, p.key)
			delete(full, p.key)
		}
	}
	for key := range small {
		t.Errorf("expected.tsv names %s, which does not exist", key)
	}
}

func updateExpected(t *testing.T) {
	dir := t.TempDir()
	all, err := columns(dir)
	if err != nil {
		t.Fatal(err)
	}
	lua52, err := choose(all, []string{"lua5.2"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := parseExpected(expectedText)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	comment, _, _ := strings.Cut(string(expectedText), "\n")
	fmt.Fprintln(&text, comment)
	for _, e := range list {
		source, err := sources.ReadFile(e.key + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "program.lua")
		if err := os.WriteFile(file, source, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := lua52[0].run(t.Context(), file, e.size, time.Minute)
		if err != nil {
			t.Fatalf("%s: %v", e.key, err)
		}
		size := "-"
		if e.size > 0 {
			size = fmt.Sprint(e.size)
		}
		fmt.Fprintf(&text, "%s\t%s\t%s\n", e.key, size, out.output)
	}
	if err := os.WriteFile("expected.tsv", []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	expectedText = []byte(text.String())
}

// TestPrograms runs every program at its small size on every linked engine.
func TestPrograms(t *testing.T) {
	list, err := parseExpected(expectedText)
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range linked {
		for _, want := range list {
			if want.size == 0 {
				continue
			}
			t.Run(name+"/"+want.key, func(t *testing.T) {
				t.Parallel()
				source, err := sources.ReadFile(want.key + ".lua")
				if err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				vm := e.make()
				if err := vm.load(source, want.key, &out); err != nil {
					t.Fatal(err)
				}
				if err := vm.run(want.size); err != nil {
					t.Fatal(err)
				}
				if got := strings.TrimSuffix(out.String(), "\n"); got != want.output {
					t.Errorf("printed %q, want %q", got, want.output)
				}
			})
		}
	}
}

// TestLinkedErrors checks that a linked engine gives back errors of compilation and of the run, and prints as Lua does.
func TestLinkedErrors(t *testing.T) {
	for name, e := range linked {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := e.make().load([]byte("x ="), "broken", &out); err == nil {
				t.Error("a broken chunk loads")
			}
			vm := e.make()
			if err := vm.load([]byte(`print(1, "a", nil, true, (...)) error("stop")`), "chunk", &out); err != nil {
				t.Fatal(err)
			}
			if err := vm.run(7); err == nil || !strings.Contains(err.Error(), "stop") {
				t.Errorf("run gives error %v, want one that says stop", err)
			}
			if got, want := out.String(), "1\ta\tnil\ttrue\t7\n"; got != want {
				t.Errorf("printed %q, want %q", got, want)
			}
		})
	}
}

func TestParseExpectedRefusesNonsense(t *testing.T) {
	for _, text := range []string{"a\tb", "programs/fib\tten\t55", "programs/fib\t0\t55", "programs/fib\t-1\t55", "a\t1\t2\t3"} {
		if _, err := parseExpected([]byte(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
