package runtime

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"sync"
)

// maxLine is the longest line of the standard input, in bytes; what is beyond belongs to the next one.
const maxLine = 1 << 20

// input reads lines of the standard input for programs, one at a time and only when a program wants one.
type input struct {
	mu      sync.Mutex
	reader  *bufio.Reader // nil: there is no input
	reading bool          // a goroutine waits for a line
	ready   bool          // line or err has not been taken yet
	line    string
	err     error // the input has ended
}

func newInput(r io.Reader) *input {
	in := &input{}
	if r != nil {
		in.reader = bufio.NewReader(r)
	} else {
		in.err = io.EOF
	}
	return in
}

// take returns a line if one is ready, or the error with which the input has ended. If neither, ok is false, and notify will be
// called, on another goroutine, when trying again makes sense. A line that nobody takes stays for the next taker.
func (in *input) take(notify func()) (line string, ok bool, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.ready:
		line, in.line, in.ready = in.line, "", false
		return line, true, nil
	case in.err != nil:
		return "", false, in.err
	case !in.reading:
		in.reading = true
		go in.read(notify)
	}
	return "", false, nil
}

// read waits for a line.
func (in *input) read(notify func()) {
	line, err := readLine(in.reader)
	in.mu.Lock()
	in.reading = false
	in.line, in.ready, in.err = line, err == nil, err
	in.mu.Unlock()
	notify()
}

// readLine reads a line, without its line break. The last one need not have any.
func readLine(r *bufio.Reader) (string, error) {
	var b []byte
	for {
		part, err := r.ReadSlice('\n')
		b = append(b, part...)
		if errors.Is(err, bufio.ErrBufferFull) && len(b) < maxLine {
			continue
		}
		if err != nil && len(b) == 0 {
			return "", err
		}
		line, ok := strings.CutSuffix(string(b), "\n")
		if ok {
			line = strings.TrimSuffix(line, "\r")
		}
		return line, nil
	}
}
