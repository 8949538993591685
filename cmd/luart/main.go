// Command luart runs CraftOS Lua programs.
//
// Arguments, the standard input and signals enter; the program's output and an exit code leave:
//
//	0    the program has returned, or SIGTERM has ended it in good order
//	1    the program has failed, could not be read, or has an error; message and traceback are on the standard error
//	2    the arguments are wrong
//	124  the program came up against a limit: --timeout or --memory
//	130  Ctrl-C has ended the program (a second Ctrl-C, or SIGTERM, ends it at once: 128 and the signal's number)
//
// or the number that the program gives os.shutdown.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitError = 1
	exitUsage = 2
	exitLimit = 124
	exitCtrlC = 130
)

// commands is the command line. kong reads it.
type commands struct {
	Run   runCommand   `cmd:"" default:"withargs" help:"Run a Lua program. May be left out: luart FILE."`
	Shell shellCommand `cmd:"" help:"Use the shell of a computer, in this terminal."`
	Serve serveCommand `cmd:"" help:"Serve plugins: routes, REST, JSON-RPC and packages."`
	RPC   rpcCommand   `cmd:"" name:"rpc" help:"Call methods of a running luart serve, or follow its topics."`
	Pkg   pkgCommand   `cmd:"" help:"Search, install, update and remove packages; make channels."`
	New   newCommand   `cmd:"" help:"Begin something new: a plugin."`
	Test  testCommand  `cmd:"" help:"Run Lua specs."`
	Types typesCommand `cmd:"" help:"Write definitions of all that programs see, for editors."`

	Completion completionCommand `cmd:"" help:"Print what makes a shell complete luart's command lines."`
	Man        manCommand        `cmd:"" help:"Print the manual page, in roff."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

const description = `luart runs CraftOS Lua programs.

  luart FILE [ARGS]        run a program; luart run FILE is the same
  luart -e CODE [ARGS]     run a line of code
  luart - [ARGS]           run what comes from the standard input
  luart shell              use the shell of a computer, in this terminal
  luart serve              serve the plugins of the folder plugins
  luart rpc [CALL]         call methods of a running luart serve
  luart pkg COMMAND        search, install, update and remove packages
  luart new plugin NAME    begin a plugin
  luart test [PATH...]     run specs: files *_spec.lua
  luart types [DIR]        write definitions of all that programs see, for editors
  luart completion SHELL   make bash, zsh or fish complete all of this
  luart man                print the manual page, in roff
  luart version            print the version
  luart help [COMMAND]     print this, or what a command takes
`

func main() { os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// execute runs a command line and returns the exit code.
func execute(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 1 && (args[0] == "version" || slices.Contains(versionFlags, args[0])) {
		return report(versionCommand{}.Run(streams{stdin, stdout, stderr}), nil, stderr) // 1 to 2 ms before the parser is made
	}
	var c commands
	helped := false
	parser, err := kong.New(&c, kong.Name("luart"), kong.Writers(stdout, stderr), kong.Help(help),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
		kong.Exit(func(int) { helped = true }), kong.BindTo(streams{stdin, stdout, stderr}, (*streamer)(nil)))
	if err != nil {
		fmt.Fprintln(stderr, "luart:", err)
		return exitError
	}
	parser.Model.HelpFlag.Help = "Print this."
	if len(args) == 0 {
		return report(usageError{errors.New("nothing to run; try: luart -e 'print(\"hello\")'")}, nil, stderr)
	}
	if args[0] == completeCommand {
		return report(writeCompletions(stdout, parser.Model, args[1:]), nil, stderr)
	}
	args, err = plain(args, parser.Model)
	if err != nil {
		return report(usageError{err}, nil, stderr)
	}
	ctx, err := parser.Parse(args)
	if helped {
		return 0
	}
	if err != nil {
		wrong, command := explained(err)
		return report(wrong, command, stderr)
	}
	return report(ctx.Run(), ctx.Selected(), stderr)
}

// versionFlags are what people type who want the version.
var versionFlags = []string{"--version", "-v", "-V"}

// plain rewrites what people are used to type into what the parser knows: help and --version, and arguments behind
// -e CODE that belong to the program even if they look like flags.
func plain(args []string, model *kong.Application) ([]string, error) {
	switch {
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help"), nil
	case slices.Contains(versionFlags, args[0]):
		return []string{"version"}, nil
	}
	start := 0
	if args[0] == "run" {
		start = 1
	}
	switches := switchesOf(model, "run")
	i := start
	for i < len(args) && strings.HasPrefix(args[i], "-") && args[i] != "-" && args[i] != "--" {
		name, _, hasValue := strings.Cut(args[i], "=")
		switch {
		case switches[name] || hasValue:
			i++
		case i+1 >= len(args):
			if name == "-e" || name == "--code" {
				return nil, fmt.Errorf("%s wants the code to run, such as %s 'print(1)'", name, name)
			}
			return args, nil
		default:
			i += 2
		}
		if (name == "-e" || name == "--code") && i < len(args) && args[i] != "--" {
			return slices.Insert(slices.Clone(args[start:]), i-start, "--"), nil // without run, the parser takes -- away
		}
	}
	return args, nil
}

// switchesOf returns the flags of a command that take no value, as they are written.
func switchesOf(model *kong.Application, command string) map[string]bool {
	names := map[string]bool{"-h": true, "--help": true}
	for _, node := range model.Children {
		if node.Name != command {
			continue
		}
		for _, f := range node.Flags {
			if f.IsBool() {
				names["--"+f.Name], names["-"+string(f.Short)] = true, true
			}
		}
	}
	delete(names, "-\x00") // of those without a short form
	return names
}

// help prints the help. That of luart itself is that of run, which is what people mean by luart.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if ctx.Selected() == nil {
		fmt.Fprint(ctx.Stdout, description, "\n")
		run, err := kong.Trace(ctx.Kong, []string{"run"})
		if err != nil {
			return err
		}
		ctx = run
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

// streams are the standard streams of the process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// streamer gives commands the streams.
type streamer interface{ standard() streams }

func (s streams) standard() streams { return s }
