package lang

import "fmt"

// A Mismatch is a difference between a test file and what an engine did.
type Mismatch struct {
	File string
	Line int
	Got  string
	Want string
}

func (m Mismatch) String() string {
	return fmt.Sprintf("%s:%d: got %s, want %s", m.File, m.Line, m.Got, m.Want)
}

// Check runs the chunks of f that wanted accepts (all of them if it is nil) on
// e and compares what they do with what f states.
func Check(e Engine, f *File, wanted func(*Chunk) bool) ([]Mismatch, error) {
	var chunks []*Chunk
	var programs []Program
	for i := range f.Chunks {
		c := &f.Chunks[i]
		if wanted == nil || wanted(c) {
			chunks = append(chunks, c)
			programs = append(programs, Program{Name: f.Name, Source: c.Source})
		}
	}
	outcomes, err := e.Run(programs)
	if err != nil {
		return nil, err
	}
	if len(outcomes) != len(programs) {
		return nil, fmt.Errorf("%s: the engine ran %d of %d chunks", f.Name, len(outcomes), len(programs))
	}
	var all []Mismatch
	for i, c := range chunks {
		all = append(all, compare(f.Name, c, outcomes[i])...)
	}
	return all, nil
}

// compare reports the differences of one chunk. After a line too many or too
// few everything below would differ as well: only the first is told.
func compare(file string, c *Chunk, o Outcome) []Mismatch {
	var all []Mismatch
	add := func(line int, got, want string) {
		all = append(all, Mismatch{File: file, Line: line, Got: got, Want: want})
	}
	for i, e := range c.Output {
		if i >= len(o.Output) {
			add(e.Line, "no more output", e.String())
			break
		}
		if got := o.Output[i]; !e.matches(got) {
			add(e.Line, fmt.Sprintf("%q", got), e.String())
		}
	}
	if n := len(c.Output); len(o.Output) > n {
		line := c.Line
		if n > 0 {
			line = c.Output[n-1].Line
		}
		add(line, fmt.Sprintf("%q as well", o.Output[n]), "no more output")
	}
	switch {
	case c.Error == nil && o.Failed:
		add(c.Line, fmt.Sprintf("the error %q", o.Error), "no error in this chunk")
	case c.Error != nil && !o.Failed:
		add(c.Error.Line, "no error", "the error "+c.Error.String())
	case c.Error != nil && !c.Error.matches(o.Error):
		add(c.Error.Line, fmt.Sprintf("the error %q", o.Error), c.Error.String())
	}
	return all
}
