package main

import (
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// This file writes the manual page, luart(1), from the definition of the command line.

type manCommand struct{}

// Help is what luart man --help says besides.
func (manCommand) Help() string {
	return `Prints luart(1) for man:

  luart man | man -l -
  luart man > ~/.local/share/man/man1/luart.1`
}

// Run prints the page.
func (manCommand) Run(ctx *kong.Context, s streamer) error {
	return writeManPage(s.standard().out, ctx.Model)
}

// What the definition of the command line doesn't know.
const (
	manDescription = `luart runs CraftOS (ComputerCraft) Lua programs outside of the game: with a virtual machine and an event queue of its own, HTTP and WebSocket servers that programs can use, and a control plane that hosts plugins.

A program sees only the folder that it is given, and is bounded in time and memory. What follows FILE or CODE on the command line goes to the program.`

	manExit = `0    the program has returned, or SIGTERM has ended it in good order
1    the program has failed, could not be read, or has an error
2    the arguments or the configuration are wrong
124  the program came up against --timeout or --memory
130  Ctrl-C has ended the program

A second Ctrl-C, or SIGTERM, ends luart at once; the exit code is 128 and the signal's number then. Programs give codes of their own with os.shutdown(N). What other codes a command has stands there.`

	manFiles = `luart.ini       configuration of luart serve and luart pkg, in the current folder unless --config names another file
/etc/luart/luart.ini  that of the system's service, luart.service
$XDG_STATE_HOME/luart  names that computers have been given; ~/.local/state without the variable`

	manSettings = "Each key of the configuration can be set by a variable LUART_SECTION_KEY, such as LUART_NETWORK_PORT for port in the section [network]."

	manExamples = `  luart -e 'print("hello")'
  luart --root ./files server.lua
  luart new plugin hello
  luart serve --watch hello`

	manSeeAlso = "The documentation: /usr/share/doc/luart, and https://github.com/luart/luart"
)

// roff writes requests and text of the man macros. Errors come at the end, from the writer.
type roff struct{ strings.Builder }

// roffText keeps roff from reading anything in a text as its own.
var roffText = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "~", `\(ti`, "^", `\(ha`)

// line writes a line of text.
func (r *roff) line(text string) {
	text = roffText.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	r.WriteString(text + "\n")
}

// request writes a request with its arguments.
func (r *roff) request(name string, args ...string) {
	r.WriteString("." + name)
	for _, arg := range args {
		r.WriteString(` "` + strings.ReplaceAll(roffText.Replace(arg), `"`, `\(dq`) + `"`)
	}
	r.WriteString("\n")
}

// text writes paragraphs, which stand apart by empty lines. Lines that begin with two spaces stay as they are; runs of lines
// "TERM  meaning" are a list.
func (r *roff) text(text string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(strings.Trim(text, "\n")), "\n\n") {
		if i == 0 && strings.HasPrefix(text, "  ") {
			paragraph = "  " + paragraph
		}
		if i > 0 {
			r.request("PP")
		}
		verbatim := false
		for line := range strings.SplitSeq(paragraph, "\n") {
			if now := strings.HasPrefix(line, "  "); now != verbatim {
				verbatim = now
				r.request(map[bool]string{true: "nf", false: "fi"}[now])
			}
			r.line(line)
		}
		if verbatim {
			r.request("fi")
		}
	}
}

// list writes lines "TERM  meaning", and what follows after an empty line as text.
func (r *roff) list(text string) {
	items, rest, more := strings.Cut(text, "\n\n")
	for item := range strings.SplitSeq(items, "\n") {
		term, meaning, _ := strings.Cut(item, "  ")
		r.request("TP")
		r.request("B", term)
		r.line(strings.TrimSpace(meaning))
	}
	if more {
		r.request("PP")
		r.text(rest)
	}
}

// flag writes a flag and its help.
func (r *roff) flag(flag *kong.Flag) {
	r.request("TP")
	name := `\fB\-\-` + roffText.Replace(flag.Name) + `\fR`
	if flag.Short != 0 {
		name = `\fB\-` + roffText.Replace(string(flag.Short)) + `\fR, ` + name
	}
	if !flag.IsBool() && !flag.IsCounter() {
		name += `=\fI` + roffText.Replace(flag.FormatPlaceHolder()) + `\fR`
	}
	r.WriteString(name + "\n")
	r.line(flag.Help)
}

// command writes a command and those in it.
func (r *roff) command(node *kong.Node) {
	r.request("SS", "luart "+node.Summary())
	r.line(node.Help)
	if node.Detail != "" {
		r.request("PP")
		r.text(node.Detail)
	}
	for _, argument := range node.Positional {
		r.request("TP")
		r.request("I", argument.Name)
		r.line(argument.Help)
	}
	for _, flag := range node.Flags {
		if !flag.Hidden && flag.Name != "help" {
			r.flag(flag)
		}
	}
	for _, child := range node.Children {
		if !child.Hidden {
			r.command(child)
		}
	}
}

// writeManPage writes luart(1). The same build writes the same page each time.
func writeManPage(w io.Writer, app *kong.Application) error {
	var r roff
	b := thisBuild()
	day, _, _ := strings.Cut(b.date, "T")
	r.WriteString(`.TH LUART 1 "` + day + `" "` + roffText.Replace("luart "+b.version) + `" "User Commands"` + "\n")
	r.request("nh") // words that are typed are not to be taken apart
	r.request("SH", "NAME")
	r.WriteString(`luart \- run CraftOS Lua programs, and serve plugins` + "\n")
	r.request("SH", "SYNOPSIS")
	for form := range strings.SplitSeq(description, "\n") {
		form, ok := strings.CutPrefix(form, "  luart ")
		if !ok {
			continue
		}
		r.request("TP")
		form, about, _ := strings.Cut(form, "  ")
		r.WriteString(`\fBluart\fR ` + roffText.Replace(form) + "\n")
		r.line(strings.TrimSpace(about))
	}
	r.request("SH", "DESCRIPTION")
	r.text(manDescription)
	r.request("SH", "COMMANDS")
	r.line("Each command has --help.")
	for _, node := range app.Children {
		if !node.Hidden {
			r.command(node)
		}
	}
	r.request("SH", "EXIT STATUS")
	r.list(manExit)
	r.request("SH", "ENVIRONMENT")
	r.text(manSettings)
	r.request("SH", "FILES")
	r.list(manFiles)
	r.request("SH", "EXAMPLES")
	r.text(manExamples)
	r.request("SH", "SEE ALSO")
	r.text(manSeeAlso)
	_, err := io.WriteString(w, r.String())
	return err
}
