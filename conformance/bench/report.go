// The result as people read it, an aligned table, and as programs do, JSON.

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
)

// geometricMean returns the geometric mean of numbers above 0, and NaN of none.
func geometricMean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(list)))
}

// speed returns how many times as fast as the base the other cell was. When the time of one of them is only known to be
// above the limit, bound is "<" (not faster than that) or ">". ok is false when nothing can be said.
func speed(other, base *cell) (ratio float64, bound string, ok bool) {
	t, exact := other.best()
	b, baseExact := base.best()
	if t == 0 || b == 0 || other.mismatch || base.mismatch || (!exact && !baseExact) {
		return 0, "", false
	}
	switch {
	case !exact:
		bound = "<"
	case !baseExact:
		bound = ">"
	}
	return b / t, bound, true
}

// summary is what the speeds of one column amount to, over the programs that it can be compared on.
type summary struct {
	programs  int
	mean      float64  // geometric
	bounded   bool     // some speeds are upper bounds only, and so is the mean
	slow      float64  // lowest
	slowBound string   // "<" if even the lowest is an upper bound
	fast      float64  // highest
	underHalf []string // programs below half the base's speed
}

func (m *measurement) summarize(column, base int) summary {
	var s summary
	var speeds []float64
	for i, p := range m.programs {
		ratio, bound, ok := speed(&m.cells[i][column], &m.cells[i][base])
		if !ok || bound == ">" {
			continue
		}
		speeds = append(speeds, ratio)
		s.bounded = s.bounded || bound != ""
		if s.slow == 0 || ratio < s.slow {
			s.slow, s.slowBound = ratio, bound
		}
		s.fast = max(s.fast, ratio)
		if ratio < 0.5 {
			s.underHalf = append(s.underHalf, p.name)
		}
	}
	s.programs = len(speeds)
	s.mean = geometricMean(speeds)
	return s
}

// printTable writes the table, and below it what was wrong. The speeds are relative to the column called base; without it there are none.
func printTable(w io.Writer, m *measurement, base string) {
	b, our := m.column(base), m.column(ours)
	header := []string{"program"}
	for _, c := range m.columns {
		header = append(header, c.name)
	}
	ratios := b >= 0 && our >= 0 && b != our
	if ratios {
		header = append(header, ours+"/"+base)
	}
	rows := [][]string{header, nil}
	for i, p := range m.programs {
		row := []string{p.name}
		for j := range m.columns {
			row = append(row, m.cells[i][j].String())
		}
		if ratios {
			text := "-"
			if ratio, bound, ok := speed(&m.cells[i][our], &m.cells[i][b]); ok {
				text = fmt.Sprintf("%s%.2f", bound, ratio)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	if b >= 0 {
		mean, slow, fast, count := []string{"geometric mean"}, []string{"slowest"}, []string{"fastest"}, []string{"programs"}
		for j := range m.columns {
			s := m.summarize(j, b)
			if s.programs == 0 {
				mean, slow, fast, count = append(mean, "-"), append(slow, "-"), append(fast, "-"), append(count, "0")
				continue
			}
			bound := ""
			if s.bounded {
				bound = "<"
			}
			mean = append(mean, fmt.Sprintf("%s%.2f", bound, s.mean))
			slow = append(slow, fmt.Sprintf("%s%.2f", s.slowBound, s.slow))
			fast = append(fast, fmt.Sprintf("%.2f", s.fast))
			count = append(count, fmt.Sprint(s.programs))
		}
		rows = append(rows, nil, []string{"speed, " + base + " = 1:"}, mean, slow, fast, count)
	}
	writeAligned(w, rows)
	if ratios {
		s := m.summarize(our, b)
		if len(s.underHalf) > 0 {
			fmt.Fprintf(w, "\n%s runs at less than half the speed of %s in: %s\n", ours, base, strings.Join(s.underHalf, ", "))
		}
	}
	m.printTrouble(w)
}

// String is the cell as the table shows it: seconds, "!" after them if the output was wrong, ">" before a lower bound.
func (c *cell) String() string {
	seconds, exact := c.best()
	switch {
	case c.err != "":
		return "error"
	case seconds == 0:
		return "-"
	case !exact:
		return fmt.Sprintf(">%.4g", seconds)
	case c.mismatch:
		return fmt.Sprintf("%.3f!", seconds)
	}
	return fmt.Sprintf("%.3f", seconds)
}

// printTrouble lists failures and unexpected outputs.
func (m *measurement) printTrouble(w io.Writer) {
	for i, p := range m.programs {
		for j, col := range m.columns {
			c := &m.cells[i][j]
			if c.err != "" {
				fmt.Fprintf(w, "\n%s on %s: error: %s", p.name, col.name, c.err)
			} else if c.mismatch {
				fmt.Fprintf(w, "\n%s on %s: printed %q, should be %q", p.name, col.name, c.output, m.want[i])
			}
		}
	}
	if m.wrong() {
		fmt.Fprintln(w)
	}
}

// writeAligned writes rows of cells in columns, the first to the left and the others to the right. An empty row is a rule; a row of one cell is a heading.
func writeAligned(w io.Writer, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, text := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if len(row) > 1 {
				widths[i] = max(widths[i], len(text))
			}
		}
	}
	for _, row := range rows {
		switch len(row) {
		case 0:
			total := 2 * (len(widths) - 1)
			for _, n := range widths {
				total += n
			}
			fmt.Fprintln(w, strings.Repeat("-", total))
		case 1:
			fmt.Fprintln(w, row[0])
		default:
			var line strings.Builder
			fmt.Fprintf(&line, "%-*s", widths[0], row[0])
			for i, text := range row[1:] {
				fmt.Fprintf(&line, "  %*s", widths[i+1], text)
			}
			fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
		}
	}
}

// The JSON file. Times are in seconds, sizes in bytes, speeds relative to the base engine (higher is faster).
type jsonReport struct {
	Go      string       `json:"go"`
	System  string       `json:"system"`
	CPUs    int          `json:"cpus"`
	Runs    int          `json:"runs"`
	Limit   float64      `json:"limit_seconds"`
	Base    string       `json:"base"`
	Engines []jsonEngine `json:"engines"`
	Results []jsonResult `json:"results"`
}

type jsonEngine struct {
	Name      string   `json:"name"`
	Version   string   `json:"version"`
	Speed     *float64 `json:"geometric_mean_speed,omitempty"`
	AtMost    bool     `json:"speed_is_upper_bound,omitempty"`
	Programs  int      `json:"programs_compared"`
	UnderHalf []string `json:"under_half,omitempty"`
}

type jsonResult struct {
	Program  string    `json:"program"`
	Engine   string    `json:"engine"`
	Best     *float64  `json:"seconds,omitempty"`
	MoreThan *float64  `json:"more_than_seconds,omitempty"`
	All      []float64 `json:"all_seconds,omitempty"`
	CPU      float64   `json:"process_cpu_seconds,omitempty"`
	Heap     int64     `json:"heap_bytes,omitempty"`
	Output   string    `json:"output,omitempty"`
	Mismatch bool      `json:"mismatch,omitempty"`
	Error    string    `json:"error,omitempty"`
}

func writeJSON(path string, o options, m *measurement) error {
	r := jsonReport{
		Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(),
		Runs: o.runs, Limit: o.limit.Seconds(), Base: o.base,
	}
	base := m.column(o.base)
	for j, c := range m.columns {
		e := jsonEngine{Name: c.name, Version: c.version}
		if base >= 0 {
			if s := m.summarize(j, base); s.programs > 0 {
				e.Speed, e.AtMost, e.Programs, e.UnderHalf = &s.mean, s.bounded, s.programs, s.underHalf
			}
		}
		r.Engines = append(r.Engines, e)
	}
	for i, p := range m.programs {
		for j, col := range m.columns {
			c := &m.cells[i][j]
			res := jsonResult{Program: p.name, Engine: col.name, All: c.times, CPU: c.cpu, Heap: c.heap, Output: c.output, Mismatch: c.mismatch, Error: c.err}
			if seconds, exact := c.best(); exact {
				res.Best = &seconds
			} else if seconds > 0 {
				res.MoreThan = &seconds
			}
			r.Results = append(r.Results, res)
		}
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
