package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/luart/luart/conformance/spec"
)

// specPrinter prints how tests went. Its methods are for one goroutine at a time.
type specPrinter struct {
	out      io.Writer
	err      error // of the first write to out that failed
	progress *progress
	colours  bool
	verbose  bool

	files, filesDone                int // all; those that are done
	done, failedSoFar               int // tests, as they end
	passed, failed, pending, listed int // tests, in the reports
	stopped                         bool
	shown                           time.Time // when the progress was shown last
}

func newSpecPrinter(out, err io.Writer, verbose bool, files int) *specPrinter {
	return &specPrinter{
		out: out, progress: newProgress(err), verbose: verbose, files: files,
		colours: isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	}
}

// Colours, as terminals know them.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	grey   = "90"
)

func (p *specPrinter) paint(colour, text string) string {
	if !p.colours {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (p *specPrinter) print(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.out, text)
	}
}

// progressEvery is how often the line with the progress changes at most.
const progressEvery = 50 * time.Millisecond

// result shows how far the tests are.
func (p *specPrinter) result(f spec.File, r spec.Result) {
	p.done++
	if r.Status.Failed() {
		p.failedSoFar++
	}
	if now := time.Now(); now.Sub(p.shown) >= progressEvery {
		p.shown = now
		p.progress.show(fmt.Sprintf("%d of %d files, %d tests, %d failed: %s", p.filesDone, p.files, p.done, p.failedSoFar, shorten(f.Name, 40)))
	}
}

// shorten keeps the end of a name.
func shorten(name string, n int) string {
	if len(name) <= n {
		return name
	}
	return "..." + strings.ToValidUTF8(name[len(name)-n+3:], "")
}

// report prints what there is to say of a file.
func (p *specPrinter) report(r spec.Report) {
	p.progress.clear()
	p.filesDone++
	p.stopped = p.stopped || r.Stopped
	if p.verbose {
		p.print(fmt.Sprintf("%s (%v)\n", r.File.Name, round(r.Time)))
		p.print(output(r.Output))
	}
	for _, result := range r.Results {
		p.test(result)
	}
}

func (p *specPrinter) test(r spec.Result) {
	switch r.Status {
	case spec.Pass:
		p.passed++
		if p.verbose {
			p.print(fmt.Sprintf("%s  %s %s\n", p.paint(green, "PASS"), r.Name, p.paint(grey, fmt.Sprintf("(%s, %v)", r.Source, round(r.Time)))))
			p.print(output(r.Output))
		}
	case spec.Pending:
		p.pending++
		p.print(fmt.Sprintf("%s  %s %s\n", p.paint(yellow, "PENDING"), r.Name, p.paint(grey, "("+r.Source+")")))
	case spec.Listed:
		p.listed++
		p.print(fmt.Sprintf("%s: %s\n", r.Source, r.Name))
	default:
		p.failed++
		p.print(fmt.Sprintf("%s  %s %s\n", p.paint(red, strings.ToUpper(string(r.Status))), r.Name, p.paint(grey, "("+r.Source+")")))
		p.print(indent(r.Message) + "\n")
		if r.Trace != "" {
			p.print(p.paint(grey, indent(r.Trace)) + "\n")
		}
		p.print(output(r.Output))
	}
}

// output is what a test has printed.
func output(text string) string {
	if strings.Trim(text, "\n") == "" {
		return ""
	}
	return "    printed:\n" + indent(indent(text)) + "\n"
}

// round leaves digits that somebody reads.
func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(100 * time.Microsecond)
}

// none reports whether there was no test.
func (p *specPrinter) none() bool { return p.passed+p.failed+p.pending+p.listed == 0 }

func (p *specPrinter) exitCode() int {
	if p.failed > 0 {
		return exitError
	}
	return 0
}

// summary prints the last lines. The error is of any of the writes.
func (p *specPrinter) summary(stopped string, took time.Duration) error {
	if stopped != "" {
		p.print(stopped + "\n")
	}
	colour := green
	if p.failed > 0 {
		colour = red
	}
	files := "files"
	if p.filesDone == 1 {
		files = "file"
	}
	p.print(p.paint(colour, fmt.Sprintf("%d passed, %d failed, %d pending", p.passed, p.failed, p.pending)) + "\n")
	p.print(fmt.Sprintf("%d %s in %v\n", p.filesDone, files, round(took)))
	return p.err
}
