package lang

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// driver.lua runs the programs of a batch and writes what they did.
//
//go:embed driver.lua
var driver string

// A Command is an Engine that is another program: one that reads a Lua program
// from its standard input, gives it the standard library and io.write, and runs
// it. `lua5.2 -` is one.
type Command struct {
	Args    []string
	Timeout time.Duration // for a batch; 0 means a minute
}

// Run starts the command once for all programs. A program that takes the
// process down fails, and so do those after it.
func (c Command) Run(programs []Program) ([]Outcome, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Stdin = strings.NewReader(batch(programs))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	outcomes, complete, err := readOutcomes(&stdout)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Args[0], err)
	}
	if complete == len(programs) {
		return outcomes, nil
	}
	if complete == 0 && len(outcomes) == 0 {
		return nil, fmt.Errorf("%s: no program was run: %v: %s", c.Args[0], runErr, stderr.Bytes())
	}
	reason := fmt.Sprintf("the process ended: %v %s", runErr, bytes.TrimSpace(stderr.Bytes()))
	for len(outcomes) < len(programs) {
		outcomes = append(outcomes, Outcome{})
	}
	for i := complete; i < len(programs); i++ {
		outcomes[i].Failed, outcomes[i].Error = true, reason
	}
	return outcomes, nil
}

// batch writes the driver with its programs as string literals that any Lua
// reads, whatever bytes are in them.
func batch(programs []Program) string {
	var b strings.Builder
	b.WriteString("local programs = {\n")
	for _, p := range programs {
		b.WriteString("{name=")
		quote(&b, p.Name)
		b.WriteString(",source=")
		quote(&b, p.Source)
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	b.WriteString(driver)
	return b.String()
}

func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\n':
			b.WriteString("\\n")
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(b, "\\%03d", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}

// readOutcomes reads the records that the driver writes: "TAG LENGTH\n", then
// LENGTH bytes and a newline. The tags: s begins a program, p is a printed line,
// e an error, d the end of the program.
func readOutcomes(r io.Reader) (outcomes []Outcome, complete int, err error) {
	in := bufio.NewReader(r)
	for {
		var tag byte
		var n int
		if _, err := fmt.Fscanf(in, "%c %d\n", &tag, &n); err != nil {
			return outcomes, complete, nil // the end, or a process cut short
		}
		text := make([]byte, n+1)
		if _, err := io.ReadFull(in, text); err != nil {
			return outcomes, complete, nil
		}
		text = text[:n]
		if tag == 's' {
			outcomes = append(outcomes, Outcome{})
			continue
		}
		if len(outcomes) == 0 {
			return nil, 0, fmt.Errorf("record %q before the first program", tag)
		}
		o := &outcomes[len(outcomes)-1]
		switch tag {
		case 'p':
			o.Output = append(o.Output, string(text))
		case 'e':
			o.Failed, o.Error = true, string(text)
		case 'd':
			complete++
		default:
			return nil, 0, fmt.Errorf("unknown record %q", tag)
		}
	}
}
