package lang

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	randomSeed  = flag.Uint64("random.seed", 1, "first seed of the programs that TestRandomPrograms compares")
	randomCount = flag.Int("random.count", 200, "number of programs that TestRandomPrograms compares")
)

// TestRandomPrograms runs generated programs on the machine of this project and
// on PUC Lua 5.2 and compares all that they print.
func TestRandomPrograms(t *testing.T) {
	puc := lua52(t)
	programs := make([]Program, *randomCount)
	for i := range programs {
		programs[i] = randomProgram(RandomProgram(*randomSeed + uint64(i)))
	}
	want, err := puc.Run(programs)
	if err != nil {
		t.Fatal(err)
	}
	got, err := VM{}.Run(programs)
	if err != nil {
		t.Fatal(err)
	}
	failed, lines := 0, 0
	for i := range programs {
		lines += len(want[i].Output)
		if difference(got[i], want[i]) == "" {
			continue
		}
		if failed++; failed > 5 {
			continue
		}
		seed := *randomSeed + uint64(i)
		smallest := reduce(puc, RandomProgram(seed))
		t.Errorf("seed %d: %s\nthe smallest program that differs (without its prelude):\n%s", seed, difference(run(puc, smallest)), strings.Join(smallest[1:], "\n"))
	}
	if failed > 5 {
		t.Errorf("%d of %d programs differ; the first 5 are shown", failed, len(programs))
	}
	if lines < 20*len(programs) {
		t.Errorf("%d programs printed %d lines: too few to compare much", len(programs), lines)
	}
}

func randomProgram(statements []string) Program {
	return Program{Name: "random", Source: strings.Join(statements, "\n")}
}

// run runs one program on this project's machine and on the other engine.
func run(other Engine, statements []string) (got, want Outcome) {
	p := []Program{randomProgram(statements)}
	g, _ := VM{}.Run(p)
	w, err := other.Run(p)
	if err != nil {
		return g[0], g[0]
	}
	return g[0], w[0]
}

// badArgument is where the messages of library functions are known to differ.
var badArgument = regexp.MustCompile(`bad argument (#\d+ to '\w+' |#\d+ )?`)

// difference describes the first difference of two outcomes, or is empty.
func difference(got, want Outcome) string {
	for i := range max(len(got.Output), len(want.Output)) {
		g, w := "(nothing)", "(nothing)"
		if i < len(got.Output) {
			g = got.Output[i]
		}
		if i < len(want.Output) {
			w = want.Output[i]
		}
		if badArgument.ReplaceAllString(g, "bad argument ") != badArgument.ReplaceAllString(w, "bad argument ") {
			return fmt.Sprintf("line %d of the output: got %s, want %s", i+1, g, w)
		}
	}
	if got.Failed != want.Failed || badArgument.ReplaceAllString(got.Error, "") != badArgument.ReplaceAllString(want.Error, "") {
		return fmt.Sprintf("got the error %q, want %q", got.Error, want.Error)
	}
	return ""
}

// reduce takes statements out while the outcomes still differ.
func reduce(other Engine, statements []string) []string {
	for size := len(statements) / 2; size > 0; size /= 2 {
		for at := 1; at < len(statements); {
			less := slices.Concat(statements[:at], statements[min(at+size, len(statements)):])
			if difference(run(other, less)) != "" {
				statements = less
			} else {
				at += size
			}
		}
	}
	return statements
}

// TestRandomProgramsUnderHooks runs generated programs with a debug hook, which
// must not change what they do, whether or not the hook yields.
func TestRandomProgramsUnderHooks(t *testing.T) {
	for _, hook := range []string{
		`debug.sethook(function() end, "crl", 1)`,
		`local yield = coroutine.yield; debug.sethook(function() yield() end, "l")`,
	} {
		failed := 0
		for i := range min(*randomCount, 60) {
			seed := *randomSeed + uint64(i)
			plain := RandomProgram(seed)
			hooked := append([]string{hook + " " + plain[0]}, plain[1:]...)
			outcomes, err := VM{}.Run([]Program{randomProgram(hooked), randomProgram(plain)})
			if err != nil {
				t.Fatal(err)
			}
			if d := difference(outcomes[0], outcomes[1]); d != "" && failed < 3 {
				failed++
				t.Errorf("seed %d with the hook %s: %s", seed, hook, d)
			}
		}
	}
}

func TestRandomProgramsRepeat(t *testing.T) {
	a, b := RandomProgram(7), RandomProgram(7)
	if !slices.Equal(a, b) {
		t.Error("the same seed gave two programs")
	}
	if slices.Equal(a, RandomProgram(8)) {
		t.Error("two seeds gave the same program")
	}
}
