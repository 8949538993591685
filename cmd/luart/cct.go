package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/luart/luart/conformance/cct"
)

// runReferenceSuite runs the reference's suite and prints what became of it.
func runReferenceSuite(ctx context.Context, checkout string, ownROM bool, filter string, std streams) error {
	progress := newProgress(std.err)
	results, err := cct.Run(ctx, cct.Options{
		Checkout: checkout, OwnROM: ownROM, Filter: filter, Logger: slog.New(newLogHandler(std.err)),
		Finished: func(r cct.Result, done, total int) {
			if r.Failed() {
				progress.clear()
				fmt.Fprintf(std.out, "%s  %s (%s)\n%s\n", strings.ToUpper(r.Status), r.Name, r.Source, indent(r.Message))
			}
			progress.show(fmt.Sprintf("%d of %d tests", done, total))
		},
	})
	progress.clear()
	counts := map[string]int{}
	var failed []cct.Result
	for _, r := range results {
		counts[r.Status]++
		if r.Failed() {
			failed = append(failed, r)
		}
	}
	if len(failed) > 0 {
		fmt.Fprintln(std.out, "\nfailed:")
		for _, r := range failed {
			fmt.Fprintf(std.out, "  %s: %s\n", r.Source, r.Name)
		}
	}
	fmt.Fprintf(std.out, "%d passed, %d failed, %d pending\n", counts["pass"], len(failed), counts["pending"])
	switch {
	case errors.Is(err, cct.ErrNoCheckout):
		return usageError{err}
	case err != nil:
		return err
	case len(failed) > 0:
		return exitCode(exitError)
	}
	return nil
}

// indent moves a text right.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// progress is a line that tells how far work is, on a terminal only.
type progress struct {
	w     io.Writer
	shown bool
}

func newProgress(w io.Writer) *progress {
	if !isTerminal(w) {
		w = io.Discard
	}
	return &progress{w: w}
}

func (p *progress) show(text string) {
	fmt.Fprint(p.w, "\r\x1b[K", text)
	p.shown = true
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
