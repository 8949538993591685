// The programs that are run: embedded ones with the output that is expected of them, or files of the user's.

package main

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

//go:embed programs/*.lua growth/*.lua
var sources embed.FS

//go:embed expected.tsv
var expectedText []byte

// A program is one Lua file. It takes its size as its only argument, has a size of its own, and prints a checksum.
type program struct {
	name  string // file name without ".lua"
	path  string // where other processes find it
	key   string // name in expected.tsv, "" for a file of the user's
	about string // its first line, a comment
}

// loadPrograms returns the programs of a suite ("programs" or "growth"), written to dir, or the given files instead.
func loadPrograms(suite, dir string, files []string) ([]program, error) {
	var list []program
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		list = append(list, program{name: strings.TrimSuffix(filepath.Base(file), ".lua"), path: file, about: firstComment(source)})
	}
	if len(files) > 0 {
		return list, nil
	}
	entries, err := sources.ReadDir(suite)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		source, err := sources.ReadFile(path.Join(suite, e.Name()))
		if err != nil {
			return nil, err
		}
		file := filepath.Join(dir, e.Name())
		if err := os.WriteFile(file, source, 0o600); err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(e.Name(), ".lua")
		list = append(list, program{name: name, path: file, key: suite + "/" + name, about: firstComment(source)})
	}
	return list, nil
}

// matching keeps the programs whose name the filter matches; a nil filter keeps all.
func matching(list []program, filter *regexp.Regexp) []program {
	var kept []program
	for _, p := range list {
		if filter == nil || filter.MatchString(p.name) {
			kept = append(kept, p)
		}
	}
	return kept
}

// firstComment returns the text of a source's first line if that is a comment.
func firstComment(source []byte) string {
	line, _, _ := bytes.Cut(source, []byte("\n"))
	text, ok := strings.CutPrefix(string(line), "--")
	if !ok {
		return ""
	}
	return strings.TrimSpace(text)
}

// An expectation is a line of expected.tsv: program, size ("-" for its own), output, separated by tabs.
// The outputs are those of lua5.2.
type expectation struct {
	key    string
	size   int // 0: the program's own
	output string
}

func parseExpected(text []byte) ([]expectation, error) {
	var list []expectation
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("expected.tsv:%d: want 3 fields separated by tabs, not %d", n, len(fields))
		}
		e := expectation{key: fields[0], output: fields[2]}
		if fields[1] != "-" {
			size, err := strconv.Atoi(fields[1])
			if err != nil || size < 1 {
				return nil, fmt.Errorf("expected.tsv:%d: size %q is not a whole number above 0", n, fields[1])
			}
			e.size = size
		}
		list = append(list, e)
	}
	return list, errors.Join(scanner.Err())
}

// expectedOutput returns what a program prints at a size, if that is on record.
func expectedOutput(key string, size int) (string, bool) {
	list, err := parseExpected(expectedText)
	if err != nil {
		panic(err) // embedded, and parsed by a test
	}
	for _, e := range list {
		if e.key == key && e.size == size {
			return e.output, true
		}
	}
	return "", false
}
