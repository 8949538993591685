// Package lang checks an implementation of the CraftOS dialect of Lua against
// Lua files that state, beside each line, what that line prints or how it
// fails.
//
// What enters: test files (testdata/*.lua, embedded as [Files]) and an
// [Engine] that can run Lua source. What leaves: a list of [Mismatch]es, empty
// when the engine behaves as the files say. Tests call it; so may a program
// that compares another Lua with this one. The package reads no other files
// and keeps no state, so files may be checked at the same time.
//
// # The format of a test file
//
// A line of three dashes splits a file in chunks. Each chunk is compiled and
// run by itself, with fresh globals, and with the line numbers of the file.
//
//		print(1 + 1, "a")          --> 2 a
//		print("two\nlines")
//		--> two
//		--> lines
//		print({})                  --~ table: [0-9a-f]+
//		local t = nil; t.x = 1     --! attempt to index local 't' (a nil value)
//		---
//		-- craftos only: PUC Lua 5.2 prints 1e+15
//		print(1e15)                --> 1000000000000000
//
//	  - "--> text" states the next line that the chunk prints. print puts one
//	    space between values, and writes a byte outside printable ASCII as \xNN.
//	  - "--~ pattern" does so with a Go regular expression for the whole line.
//	  - "--! text" states that the chunk ends with the error "file:line: text",
//	    with this very line; for syntax errors as well as errors at run time.
//	  - "--!! text" states the whole error message.
//	  - A comment that stands on a line of its own belongs to the nearest line
//	    above it that is not such a comment.
//	  - In all but patterns, @LINE stands for "file:line" of the line the comment
//	    belongs to, @LINE-2 and @LINE+1 for its neighbours.
//	  - A chunk whose first line begins with "-- craftos only" is one where PUC
//	    Lua 5.2 behaves otherwise: it isn't used to confirm the expectations.
//	  - A chunk is run in a coroutine. A value it yields is dropped and the chunk
//	    resumed without values, as a computer does with an event nobody sent.
package lang

import (
	"embed"
	"io/fs"
)

//go:embed testdata/*.lua
var testdata embed.FS

// Files holds the test files of this package, by name, at its root.
var Files = func() fs.FS {
	sub, err := fs.Sub(testdata, "testdata")
	if err != nil {
		panic(err) // the folder is part of the build
	}
	return sub
}()

// A Program is Lua source to run. Name is the chunk name without its "=".
type Program struct {
	Name   string
	Source string
}

// An Outcome is what running a Program did.
type Outcome struct {
	// Output holds the lines printed, formatted as the package comment says.
	Output []string
	// Failed tells that the program didn't compile, or ended with an error.
	Failed bool
	// Error is the message then. For an error value that is not a string it is
	// "(a T value)" with the value's type.
	Error string
}

// An Engine runs programs, each with globals of its own (print included) and
// in a coroutine. The error is for an engine that can't run at all: how a
// program fails is part of its Outcome.
type Engine interface {
	Run(programs []Program) ([]Outcome, error)
}
