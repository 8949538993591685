// Package syntax turns the text of a Lua chunk into a syntax tree in which every name is resolved.
//
// What enters: the bytes of a source text and the name of its chunk. What leaves: a *Function, the main chunk, whose
// tree is described in ast.go, or an error: an *Error with the message that CraftOS prints, or the error that
// Options.Interrupt returned. The package knows nothing of values, bytecode or the machine; the compiler calls it, and so may
// anything that wants to read Lua (a formatter, an editor, a test). ParseNumber is here because the lexer and tonumber
// must agree on what a numeral is.
//
// The language is the CraftOS dialect: the grammar of Lua 5.2 in which goto is an ordinary name unless a statement begins
// with it and another name follows; \u{...} in strings; no attributes, no integer division, no bitwise operators.
//
// Hostile input: a parse takes time and memory in proportion to the length of the source, never panics, and
// recurses at most 200 syntax levels deep. What it returns is bounded as well: no path through the tree of an expression, the
// bodies of functions in it included, is longer than maxHeight nodes plus those 200 levels, so that recursive walks of
// the tree are safe.
//
// Parsing holds no state between calls: any number of goroutines may parse at once. A tree must not be changed while
// another goroutine reads it. Names and most string constants in a tree share the memory of the source.
package syntax
