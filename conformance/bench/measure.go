// The measurement: every program on every engine, several times over, the engines taking turns.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// A cell is what one engine did with one program.
type cell struct {
	times    []float64 // seconds of the runs that ended
	cpu      float64   // processor seconds of the process of the best run
	heap     int64     // bytes in use at the end of the best run
	output   string
	bound    float64 // seconds of the limit that a run reached; 0: none did
	err      string  // why there is no time
	mismatch bool    // the output isn't the expected one
}

// best returns the shortest time in seconds. When there is only a lower bound for it, exact is false; without either, it returns 0.
func (c *cell) best() (seconds float64, exact bool) {
	if len(c.times) > 0 {
		return slices.Min(c.times), true
	}
	return c.bound, false
}

// add takes the result of a run into the cell and says whether another run is worth its time.
func (c *cell) add(out outcome, err error, limit time.Duration) (again bool) {
	switch {
	case errors.Is(err, errLimit):
		c.bound = limit.Seconds()
		return false
	case err != nil:
		c.err = err.Error()
		return false
	}
	if c.output != "" && c.output != out.output {
		c.err = fmt.Sprintf("printed %q in one run and %q in another", c.output, out.output)
		c.times = nil
		return false
	}
	if best, _ := c.best(); len(c.times) == 0 || out.seconds < best {
		c.cpu, c.heap = out.cpu, out.heap
	}
	c.times = append(c.times, out.seconds)
	c.output = out.output
	// Noise is small against a run that takes a sixth of the limit; repeating it would cost minutes and tell nothing.
	return out.seconds < limit.Seconds()/6
}

// measurement is the whole table: cells[program][column].
type measurement struct {
	programs []program
	columns  []column
	cells    [][]cell
	want     []string // what each program should print; "" if nothing is known
}

// measure runs everything. The engines take turns within each round, so that a busy moment of the machine hits all of them.
// When ctx ends it returns what it has.
func measure(ctx context.Context, o options, programs []program, columns []column, progress *progress) *measurement {
	m := &measurement{programs: programs, columns: columns, want: make([]string, len(programs))}
	for range programs {
		m.cells = append(m.cells, make([]cell, len(columns)))
	}
	for i, p := range programs {
		done := make([]bool, len(columns))
		for round := range o.runs {
			for j, col := range columns {
				if done[j] || ctx.Err() != nil {
					continue
				}
				progress.show("%d/%d %s, round %d of %d: %s", i+1, len(programs), p.name, round+1, o.runs, col.name)
				out, err := col.run(ctx, p.path, o.size, o.limit)
				if ctx.Err() != nil {
					break
				}
				done[j] = !m.cells[i][j].add(out, err, o.limit)
			}
		}
		m.compareOutputs(i, o)
	}
	return m
}

// compareOutputs marks the cells of row i whose output isn't the expected one: the one on record, else that of the base engine, else of the first that has one.
func (m *measurement) compareOutputs(i int, o options) {
	row := m.cells[i]
	want, ok := expectedOutput(m.programs[i].key, o.size)
	if !ok {
		candidates := row
		if base := m.column(o.base); base >= 0 {
			candidates = append([]cell{row[base]}, row...)
		}
		for _, c := range candidates {
			if len(c.times) > 0 {
				want, ok = c.output, true
				break
			}
		}
	}
	if !ok {
		return
	}
	m.want[i] = want
	for j := range row {
		row[j].mismatch = len(row[j].times) > 0 && row[j].output != want
	}
}

// column returns the index of a column, -1 if there is none of that name.
func (m *measurement) column(name string) int {
	return slices.IndexFunc(m.columns, func(c column) bool { return c.name == name })
}

// wrong reports whether any program failed or printed something unexpected.
func (m *measurement) wrong() bool {
	for _, row := range m.cells {
		for _, c := range row {
			if c.err != "" || c.mismatch {
				return true
			}
		}
	}
	return false
}

// progress shows one changing line on a terminal, and nothing elsewhere.
type progress struct {
	w io.Writer // nil: not a terminal
}

func newProgress(w io.Writer) *progress {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &progress{w}
		}
	}
	return &progress{}
}

func (p *progress) show(format string, args ...any) {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r"+format+"\x1b[K", args...)
	}
}

func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
