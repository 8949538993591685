package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/luart/luart/settings"
)

// usageError is a fault in the arguments.
type usageError struct{ error }

// configurationError is a fault in luart.ini, in a variable of the environment, or in a flag that sets a key of them. It says where.
type configurationError struct{ error }

// exitCode ends the process without a message of its own.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// orNil is nil for success.
func (e exitCode) orNil() error {
	if e == 0 {
		return nil
	}
	return e
}

// report tells about an error of a command, nil if the arguments name none, and returns the exit code for it.
func report(err error, command *kong.Node, stderr io.Writer) int {
	var code exitCode
	var usage usageError
	var configuration configurationError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "luart: %s\n", strings.TrimSpace(usage.Error()))
		if command == nil || command.Name == "run" {
			fmt.Fprintln(stderr, "luart --help lists what there is. What follows FILE or CODE goes to the program.")
		} else {
			fmt.Fprintf(stderr, "%s --help lists what there is.\n", command.FullPath())
		}
		return exitUsage
	}
	fmt.Fprintln(stderr, "luart:", err)
	if errors.As(err, &configuration) {
		return exitUsage
	}
	return exitError
}

// selected is the command that the arguments name; nil if they name none.
func selected(ctx *kong.Context) *kong.Node {
	if ctx == nil {
		return nil
	}
	return ctx.Selected()
}

// explained says what the parser found wrong in the words of the command line.
func explained(err error) (usageError, *kong.Node) {
	var parse *kong.ParseError
	if !errors.As(err, &parse) {
		return usageError{err}, nil
	}
	node := selected(parse.Context)
	text := err.Error()
	if node == nil {
		return usageError{err}, nil
	}
	var names []string
	for _, child := range node.Children {
		names = append(names, child.Name)
	}
	missing, expects := strings.CutPrefix(text, "expected ")
	switch {
	case len(names) > 0 && strings.HasPrefix(text, "unexpected argument ") && !strings.Contains(text, "did you mean"):
		err = fmt.Errorf("%w; the commands of %s are: %s", err, node.FullPath(), strings.Join(names, ", "))
	case len(names) > 0 && expects:
		err = fmt.Errorf("a command is missing: %s %s", node.FullPath(), strings.Join(names, "|"))
	case expects:
		err = fmt.Errorf("%s is missing: luart %s", strings.Trim(missing, `"`), node.Summary())
	}
	return usageError{err}, node
}

// meantCommand returns a hint at a command for what was taken for the name of a file, "" if there is none.
func meantCommand(file string) string {
	if filepath.Base(file) != file || filepath.Ext(file) != "" {
		return ""
	}
	model, err := kong.New(&commands{}, kong.Exit(func(int) {}))
	if err != nil {
		return ""
	}
	var names []string
	for _, node := range model.Model.Children {
		names = append(names, node.Name)
	}
	if name := settings.Nearest(file, names); name != "" {
		return "; did you mean luart " + name + "?"
	}
	return ""
}
