// The growth check: each case of the folder growth runs at four sizes, each twice the one before. From the times comes the exponent of
// the cost (1: twice the work takes twice the time), from the memory left at the end whether it is given back.

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
)

// A growthCase says at which size a program of the folder growth starts, and what it may cost.
type growthCase struct {
	size     int
	exponent float64 // highest exponent allowed for the time; 0: it is the memory that is measured
}

// The allowed exponents leave room above the true ones (1; 2 for growing_string) for data that outgrows the processor's caches.
var growthCases = map[string]growthCase{
	"append":            {400_000, 1.5},
	"characters":        {200_000, 1.5},
	"concat":            {200_000, 1.5},
	"coroutines":        {10_000, 1.5},
	"gmatch":            {600_000, 1.5},
	"growing_string":    {1_500, 2.6},
	"gsub":              {600_000, 1.5},
	"insert_remove":     {200_000, 1.5},
	"keys":              {15_000, 1.5},
	"length":            {400_000, 1.5},
	"lines":             {40_000, 1.5},
	"sort":              {20_000, 1.5},
	"memory_coroutines": {2_000, 0},
	"memory_keys":       {100, 0},
	"memory_queue":      {200, 0},
}

// growthSteps is the number of sizes: n, 2n, 4n, 8n.
const growthSteps = 4

// heapSlack is how far, in bytes, the memory in use may rise from the smallest size to the largest on top of a quarter:
// what the collector and the allocator keep for themselves.
const heapSlack = 1 << 20

// exponent fits time = a·size^k through the points, by least squares on the logarithms, and returns k.
func exponent(sizes, times []float64) float64 {
	var sx, sy, sxx, sxy float64
	for i := range sizes {
		x, y := math.Log(sizes[i]), math.Log(times[i])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	n := float64(len(sizes))
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// keepsMemory reports whether memory in use, measured at rising amounts of work, stays the same but for noise.
func keepsMemory(heaps []int64) bool {
	return slices.Max(heaps) <= heaps[0]+heaps[0]/4+heapSlack
}

// checkGrowth runs the cases and prints a line for each case and engine. The code is exitWrong if luart (or, where it isn't among
// the columns, any engine) costs more than it may, or if a program failed.
func checkGrowth(ctx context.Context, o options, programs []program, cols []column, progress *progress, w io.Writer) (int, error) {
	rows := [][]string{{"case", "engine", "n", "at n", "at 2n", "at 4n", "at 8n", "grows", "allowed"}, nil}
	var trouble []string
	wrong := false
	judged := func(name string) bool {
		return name == ours || !slices.ContainsFunc(cols, func(c column) bool { return c.name == ours })
	}
	for i, p := range programs {
		g := growthCases[p.name]
		cells := make([][growthSteps]cell, len(cols))
		done := make([]bool, len(cols))
		for round := range o.runs {
			for step := range growthSteps {
				for j, col := range cols {
					if done[j] || ctx.Err() != nil {
						continue
					}
					progress.show("%d/%d %s, round %d of %d: %s at %dn", i+1, len(programs), p.name, round+1, o.runs, col.name, 1<<step)
					out, err := col.run(ctx, p.path, g.size<<step, o.limit)
					if ctx.Err() != nil {
						break
					}
					c := &cells[j][step]
					c.add(out, err, o.limit)
					done[j] = c.bound > 0 || c.err != ""
				}
			}
		}
		if ctx.Err() != nil {
			break
		}
		for j, col := range cols {
			row, bad, messages := growthRow(p.name, col.name, g, &cells[j])
			rows = append(rows, row)
			trouble = append(trouble, messages...)
			wrong = wrong || len(messages) > 0 || bad && judged(col.name)
		}
		for step := range growthSteps {
			for j := range cols[1:] {
				a, b := &cells[0][step], &cells[j+1][step]
				if a.output != "" && b.output != "" && a.output != b.output {
					trouble = append(trouble, fmt.Sprintf("%s at %d: %s printed %q, %s %q", p.name, g.size<<step, cols[0].name, a.output, cols[j+1].name, b.output))
					wrong = true
				}
			}
		}
	}
	progress.clear()
	writeAligned(w, rows)
	for _, t := range trouble {
		fmt.Fprintln(w, t)
	}
	if err := ctx.Err(); err != nil {
		return exitWrong, fmt.Errorf("interrupted; the table holds what was measured until then")
	}
	if wrong {
		return exitWrong, nil
	}
	return exitOK, nil
}

// growthRow is the line of one case and engine; bad means that it costs more than it may.
func growthRow(name, engine string, g growthCase, cells *[growthSteps]cell) (row []string, bad bool, trouble []string) {
	row = []string{name, engine, fmt.Sprint(g.size)}
	var sizes, times []float64
	var heaps []int64
	bounded := false
	for step := range cells {
		c := &cells[step]
		seconds, exact := c.best()
		switch {
		case c.err != "":
			row = append(row, "error")
			trouble = append(trouble, fmt.Sprintf("%s on %s: error: %s", name, engine, c.err))
			continue
		case seconds == 0:
			row = append(row, "-")
			continue
		case exact && g.exponent == 0:
			row = append(row, fmt.Sprintf("%.2f MB", float64(c.heap)/1e6))
		default:
			row = append(row, c.String())
		}
		bounded = bounded || !exact
		sizes, times, heaps = append(sizes, float64(g.size<<step)), append(times, seconds), append(heaps, c.heap)
	}
	if len(trouble) > 0 || len(times) < 2 {
		return append(row, "?", ""), bounded, trouble
	}
	if g.exponent == 0 {
		if bounded {
			return append(row, "?", "memory stays"), true, nil
		}
		bad = !keepsMemory(heaps)
		verdict := "stays"
		if bad {
			verdict = "grows!"
		}
		return append(row, verdict, "memory stays"), bad, nil
	}
	k := exponent(sizes, times)
	// A run that reached the limit says no more than that the time grows at least so fast.
	bad = k > g.exponent || bounded
	text := fmt.Sprintf("n^%.2f", k)
	if bounded {
		text = ">" + text
	}
	if bad {
		text += "!"
	}
	return append(row, text, fmt.Sprintf("n^%.1f", g.exponent)), bad, nil
}
