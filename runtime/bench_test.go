package runtime_test

import (
	"io"
	"strconv"
	"testing"

	"github.com/luart/luart/runtime"
)

// benchmark runs a program of b.N rounds.
func benchmark(b *testing.B, code string) {
	b.ReportAllocs()
	c, err := runtime.New(runtime.WithCode("=bench", code), runtime.WithArgs(strconv.Itoa(b.N)), runtime.WithStdout(io.Discard))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := c.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEvent is the way of an event from the program into the queue and back: transfer, loop, watchdog, resume.
func BenchmarkEvent(b *testing.B) {
	benchmark(b, `for i = 1, tonumber((...)) do os.queueEvent("x", i) os.pullEvent("x") end`)
}

// BenchmarkPrint guards print, which programs call in loops.
func BenchmarkPrint(b *testing.B) {
	benchmark(b, `for i = 1, tonumber((...)) do print(i) if i % 100000 == 0 then sleep(0) end end`)
}

// BenchmarkBoot is the start and end of a computer.
func BenchmarkBoot(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		c, err := runtime.New(runtime.WithCode("=bench", "return 1"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
