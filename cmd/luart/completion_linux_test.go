package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// completing is a folder with files to complete, and a folder for PATH with a luart that completes as the real one, and
// shows how it was called when it is called otherwise.
func completing(t *testing.T, shell string) (dir, path, script string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("%s is not installed", shell)
	}
	dir = folder(t, map[string]string{"unique.lua": "", "notes.txt": "", "my.ini": "", "two words/x.lua": "", "sub/deep.lua": "", "sub/other.txt": ""})
	path = folder(t, map[string]string{"luart": `#!/bin/sh
case "$1" in __complete) exec "$LUART" "$@" ;; esac
printf '<%s>' "$@"
echo
`})
	if err := os.Chmod(filepath.Join(path, "luart"), 0o755); err != nil {
		t.Fatal(err)
	}
	code, text, errs := command(t, dir, "", "completion", shell)
	if code != 0 {
		t.Fatal(errs)
	}
	script = filepath.Join(path, "completion."+shell)
	if err := os.WriteFile(script, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir, path, script
}

// lines are what is typed, where | is the Tab key, and what luart is called with then.
var lines = []struct{ typed, called string }{
	{"luart ser|", "<serve>"},
	{"luart serve --plu|-s|80", "<serve><--plugin-server><80>"},
	{"luart uni| not|", "<unique.lua><notes.txt>"},
	{"luart sub/d|", "<sub/deep.lua>"},
	{"luart tw|x|", "<two words/x.lua>"},
	{"luart --roo|su|", "<--root><sub/>"},
	{"luart --root=su|", "<--root=sub/>"},
	{"luart serve --config my|", "<serve><--config><my.ini>"},
	{"luart serve --config=my|", "<serve><--config=my.ini>"},
	{"luart serve --set ratchet.to|x", "<serve><--set><ratchet.token=x>"},
	{"luart serve --set=ratchet.to|x", "<serve><--set=ratchet.token=x>"},
	{"luart serve my|", "<serve><my>"}, // it takes no files
	{"luart help pk|cha|", "<help><pkg><channel>"},
	{"luart completion z|", "<completion><zsh>"},
}

func completesInTerminal(t *testing.T, shell string, args []string, setup string) {
	dir, path, script := completing(t, shell)
	p := openTerminal(t)
	p.resize(120, 30)
	cmd := exec.CommandContext(t.Context(), shell, args...)
	cmd.Env = append(os.Environ(), "PATH="+path+":"+os.Getenv("PATH"), "LUART="+luart, "PS1=ready> ", "INPUTRC=/dev/null", "HOME="+dir)
	p.startCommand(cmd, dir, p.tty)
	p.sees("ready> ")
	p.types(strings.ReplaceAll(setup, "SCRIPT", script) + "; echo be''gun\r")
	p.sees("begun")
	for _, line := range lines {
		p.sees("ready> ")
		p.types(strings.ReplaceAll(line.typed, "|", "\t") + "\r")
		p.sees(line.called + "\r\n")
	}
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	completesInTerminal(t, "bash", []string{"--norc", "--noprofile", "-i"}, "bind 'set enable-bracketed-paste off'; source SCRIPT")
}

func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	completesInTerminal(t, "zsh", []string{"-f", "-i"}, "unset zle_bracketed_paste; setopt no_auto_remove_slash; autoload -U compinit; compinit -u -D; source SCRIPT")
}

func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	dir, path, script := completing(t, "fish")
	for _, test := range []struct{ typed, first string }{
		{"luart ser", "serve\tServe plugins"},
		{"luart uni", "unique.lua"},
		{"luart sub/", "sub/deep.lua\n"}, // and not other.txt
		{"luart --root su", "sub/"},
		{"luart --root=su", "--root=sub/"},
		{"luart serve --config=my", "--config=my.ini"},
		{"luart unique.lua not", "notes.txt"},
		{"luart serve --set ratchet.to", "ratchet.token="},
		{"luart serve --plugin-s", "--plugin-server\tWhere the Plugin Server"},
		{"luart serve my", ""},
	} {
		cmd := exec.CommandContext(t.Context(), "fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, test.typed)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+path+":"+os.Getenv("PATH"), "LUART="+luart, "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), test.first) || strings.HasSuffix(test.first, "\n") && string(out) != test.first || test.first == "" && len(out) > 0 {
			t.Errorf("%q: %v\n%s", test.typed, err, out)
		}
	}
}
