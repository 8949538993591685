package main

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/luart/luart/settings"
)

// This file completes command lines. A shell gets a few lines that ask luart at each press of Tab:
//
//	luart __complete WORDS...
//
// The last word is the one that is being typed; what may be in its place is found in the definition of the command line, so
// that there is one list of commands and flags, and one place that knows how they follow each other. The answer is a
// line that says which paths fit as well, a pathKind, and a line for each word: the word, a tab, what it is.

// completeCommand is what shells call. It is no command of the parser, since all flags behind it are somebody else's.
const completeCommand = "__complete"

//go:embed completions
var completionScripts embed.FS

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is what luart completion --help says besides.
func (*completionCommand) Help() string {
	return `Prints what makes a shell complete commands, flags and files of luart. To have it in each new shell:

  bash    echo 'source <(luart completion bash)' >> ~/.bashrc
  zsh     echo 'source <(luart completion zsh)' >> ~/.zshrc     (below compinit)
  fish    luart completion fish > ~/.config/fish/completions/luart.fish

The Debian package has them where the shells look.`
}

// Run prints the shell's part.
func (c *completionCommand) Run(s streamer) error {
	script, err := completionScripts.ReadFile("completions/luart." + c.Shell)
	if err != nil {
		return err
	}
	_, err = s.standard().out.Write(script)
	return err
}

// pathKind says which paths fit in the place of a word.
type pathKind string

// The kinds of paths.
const (
	noPaths     pathKind = "none"
	anyFiles    pathKind = "files"
	luaFiles    pathKind = "lua" // files *.lua, and folders on the way to them
	onlyFolders pathKind = "folders"
)

// completion is a word that fits, and what it is. After one that ends with = comes more.
type completion struct{ word, about string }

// writeCompletions answers a shell.
func writeCompletions(w io.Writer, app *kong.Application, words []string) error {
	kind, list := complete(app, words)
	var b strings.Builder
	fmt.Fprintln(&b, kind)
	for _, c := range list {
		fmt.Fprintf(&b, "%s\t%s\n", c.word, firstSentence(c.about))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// firstSentence is as much of a help text as a list has room for.
func firstSentence(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if end := strings.Index(text, ". "); end >= 0 {
		text = text[:end]
	}
	return strings.TrimSuffix(text, ".")
}

// complete returns what may be in the place of the last word.
func complete(app *kong.Application, words []string) (pathKind, []completion) {
	if len(words) == 0 {
		words = []string{""}
	}
	last := len(words) - 1
	at := position{node: app.Node}
	for i, word := range words[:last] {
		if i == 0 && word == "help" {
			at.onlyCommands = true
			continue
		}
		at.pass(word)
	}
	kind, list := at.fitting(words[last])
	list = slices.DeleteFunc(list, func(c completion) bool { return !strings.HasPrefix(c.word, words[last]) })
	return kind, list
}

// position is where in a command line a word stands: what the words before it have said.
type position struct {
	node         *kong.Node
	arguments    int        // that the command has already
	value        *kong.Flag // whose value comes now; nil if none does
	noFlags      bool       // after --
	program      bool       // what comes is a program's
	onlyCommands bool       // after help
}

// pass goes over a word.
func (p *position) pass(word string) {
	switch {
	case p.program:
	case p.value != nil:
		p.program = p.value.Name == "code"
		p.value = nil
	case word == "--" && !p.noFlags:
		p.noFlags = true
	case strings.HasPrefix(word, "-") && word != "-" && !p.noFlags:
		p.passFlag(word)
	default:
		p.passArgument(word)
	}
}

func (p *position) passFlag(word string) {
	name, _, hasValue := strings.Cut(word, "=")
	for _, node := range p.commands() {
		for _, flag := range node.Flags {
			long := "--"+flag.Name == name
			short := flag.Short != 0 && !strings.HasPrefix(word, "--") && strings.HasPrefix(word, "-"+string(flag.Short))
			if !long && !short {
				continue
			}
			if p.node.DefaultCmd == node {
				p.node = node
			}
			takes := !flag.IsBool() && !flag.IsCounter()
			p.program = flag.Name == "code" && hasValue
			if takes && !hasValue && (long || len(word) == len("-"+string(flag.Short))) {
				p.value = flag
			}
			return
		}
	}
}

func (p *position) passArgument(word string) {
	if p.arguments == 0 && !p.noFlags {
		for _, child := range p.node.Children {
			if child.Name == word || slices.Contains(child.Aliases, word) {
				p.node = child
				return
			}
		}
	}
	if p.node.DefaultCmd != nil {
		p.node = p.node.DefaultCmd
	}
	if argument := p.argument(); argument != nil && argument.PassthroughMode != kong.PassThroughModeNone {
		p.program = argument.PassthroughMode == kong.PassThroughModeAll
		p.noFlags = true
	}
	p.arguments++
}

// commands are those whose flags may come: the command with those that it is in, and the one that stands for none.
func (p *position) commands() (list []*kong.Node) {
	for node := p.node; node != nil; node = node.Parent {
		list = append(list, node)
	}
	if p.node.DefaultCmd != nil {
		list = append(list, p.node.DefaultCmd)
	}
	return list
}

// argument is the next argument of the command, nil if it takes no more.
func (p *position) argument() *kong.Positional {
	node := p.node
	if node.DefaultCmd != nil {
		node = node.DefaultCmd
	}
	if p.arguments < len(node.Positional) {
		return node.Positional[p.arguments]
	}
	if n := len(node.Positional); n > 0 && node.Positional[n-1].IsCumulative() {
		return node.Positional[n-1]
	}
	return nil
}

// fitting returns what may stand here, where the beginning of a word is given. Words need not begin with it.
func (p *position) fitting(word string) (pathKind, []completion) {
	switch {
	case p.program:
		return anyFiles, nil
	case p.value != nil:
		return valuesOf(p.value, "")
	case strings.HasPrefix(word, "-") && !p.noFlags && !p.onlyCommands:
		name, _, hasValue := strings.Cut(word, "=")
		for _, node := range p.commands() {
			for _, flag := range node.Flags {
				if hasValue && "--"+flag.Name == name {
					return valuesOf(flag, name+"=")
				}
			}
		}
		return noPaths, p.flags()
	}
	var list []completion
	if p.arguments == 0 && !p.noFlags {
		for _, child := range p.node.Children {
			if !child.Hidden {
				list = append(list, completion{child.Name, child.Help})
			}
		}
		if p.node.Type == kong.ApplicationNode && !p.onlyCommands {
			list = append(list, completion{"help", "Explain a command."})
		}
	}
	argument := p.argument()
	if argument == nil || p.onlyCommands {
		return noPaths, list
	}
	for _, word := range enumOf(argument) {
		list = append(list, completion{word: word})
	}
	if kind := argument.Tag.Get("complete"); kind != "" {
		return pathKind(kind), list
	}
	return noPaths, list
}

// flags are those that may come, long ones where there are two forms.
func (p *position) flags() (list []completion) {
	for _, node := range p.commands() {
		for _, flag := range node.Flags {
			if !flag.Hidden {
				list = append(list, completion{"--" + flag.Name, flag.Help})
			}
		}
	}
	slices.SortFunc(list, func(a, b completion) int { return strings.Compare(a.word, b.word) })
	return slices.Compact(list)
}

// enumOf are the only values of a flag or an argument; none if it has others.
func enumOf(value *kong.Value) []string {
	if value.Enum == "" {
		return nil
	}
	return value.EnumSlice()
}

// valuesOf returns what a flag's value may be; its placeholder tells. before is what stands in front of it in the same word.
func valuesOf(flag *kong.Flag, before string) (pathKind, []completion) {
	var list []completion
	for _, word := range enumOf(flag.Value) {
		list = append(list, completion{word: before + word})
	}
	switch holder := flag.PlaceHolder; {
	case holder == "FILE":
		return anyFiles, list
	case strings.HasPrefix(holder, "DIR"), strings.HasPrefix(holder, "SRC:"), holder == "CHECKOUT":
		return onlyFolders, list
	case strings.HasSuffix(holder, "|off"):
		list = append(list, completion{before + "off", "Leave it out"})
	case strings.HasPrefix(holder, "SECTION.KEY"):
		for _, key := range settings.Keys {
			if !key.Unused {
				list = append(list, completion{before + key.ID() + "=", key.Doc})
			}
		}
	}
	return noPaths, list
}
