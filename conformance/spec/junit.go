package spec

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// JUnit's format, as continuous integration servers read it: https://github.com/testmoapp/junitxml has what they agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
		Output    string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		File      string        `xml:"file,attr,omitempty"`
		Line      string        `xml:"line,attr,omitempty"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
		Skipped   *junitSkipped `xml:"skipped"`
		Output    string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// CheckJUnit reports why a file could not be written, as far as that can be told without writing it.
func CheckJUnit(name string) error {
	info, err := os.Stat(filepath.Dir(name))
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", filepath.Dir(name))
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", name)
	}
	return nil
}

// WriteJUnit writes reports to a file in JUnit's XML format, with a test suite for every spec file. start is when the first
// test began. The file is there as a whole or not at all; one that is there already is replaced.
func WriteJUnit(name string, reports []Report, start time.Time) error {
	text, err := junit(reports, start)
	if err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, text, 0o666) // a pipe or a device: nothing to replace
	}
	mode := fs.FileMode(0o644)
	if err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".junit-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(f.Name(), mode)
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func junit(reports []Report, start time.Time) ([]byte, error) {
	all := junitSuites{Name: "luart", Time: seconds(time.Since(start))}
	for _, r := range reports {
		s := junitSuite{
			Name: printable(r.File.Name), Tests: len(r.Results), Failures: r.Count(Fail), Errors: r.Count(Error), Skipped: r.Count(Pending) + r.Count(Listed),
			Time: seconds(r.Time), Timestamp: start.UTC().Format("2006-01-02T15:04:05"), Output: r.Output,
		}
		for _, result := range r.Results {
			s.Cases = append(s.Cases, junitCaseOf(r.File, result))
		}
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		all.Suites = append(all.Suites, s)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func junitCaseOf(f File, r Result) junitCase {
	// Servers make a tree of the class names, with dots between.
	class := strings.ReplaceAll(strings.TrimSuffix(printable(f.Name), specSuffix), "/", ".")
	c := junitCase{Name: r.Name, ClassName: strings.Trim(class, "."), Time: seconds(r.Time), Output: r.Output}
	c.File = r.Source
	if i := strings.LastIndexByte(r.Source, ':'); i > 0 {
		if _, err := strconv.Atoi(r.Source[i+1:]); err == nil {
			c.File, c.Line = r.Source[:i], r.Source[i+1:]
		}
	}
	first, _, _ := strings.Cut(r.Message, "\n")
	problem := &junitProblem{Message: first, Type: string(r.Status), Text: strings.TrimSpace(r.Message + "\n" + r.Trace)}
	switch r.Status {
	case Fail:
		c.Failure = problem
	case Error:
		c.Error = problem
	case Pending, Listed:
		c.Skipped = &junitSkipped{Message: string(r.Status)}
	}
	return c
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }
