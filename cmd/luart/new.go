package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/luart/luart/control"
)

type newCommand struct {
	Plugin newPluginCommand `cmd:"" help:"Write a plugin to start from."`
}

type newPluginCommand struct {
	Name    string `arg:"" help:"Its name: letters, digits, - and _; or a path such as community/chess."`
	Plugins string `default:"plugins" placeholder:"DIR" help:"Folder of the plugins (${default})."`
}

// pluginPath is what plugins may be called: the last part is the name.
var pluginPath = regexp.MustCompile(`^([A-Za-z0-9_-]+/)*[A-Za-z][A-Za-z0-9_-]*$`)

// reserved are names that URLs of the Plugin Server mean something else by.
var reserved = []string{"plugins", "reload", "load", "unload", "metrics"}

// Run writes the plugin.
func (n *newPluginCommand) Run(st streamer) error {
	std := st.standard()
	name := path.Base(n.Name)
	if !pluginPath.MatchString(n.Name) {
		return usageError{fmt.Errorf("%q is no name for a plugin; take a letter, then letters, digits, - and _", n.Name)}
	}
	for _, r := range reserved {
		if strings.EqualFold(name, r) {
			return usageError{fmt.Errorf("a plugin can't be called %s, as /%s is a utility of the Plugin Server", name, r)}
		}
	}
	folder := filepath.Join(n.Plugins, filepath.FromSlash(n.Name))
	if _, err := os.Lstat(folder); err == nil {
		return fmt.Errorf("%s is there already", folder)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeTemplate(folder, "templates/plugin", name); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, `%s is ready: see %s.

  luart serve --watch %s       serves it, and reloads it when you change it
  curl http://127.0.0.1:9192/%s

`, name, filepath.Join(folder, "main.lua"), name, name)
	return err
}

// writeTemplate copies a folder of the control plane's files, with the plugin's name in place of NAME.
func writeTemplate(folder, template, name string) error {
	return fs.WalkDir(control.Files, template, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(folder, filepath.FromSlash(strings.TrimPrefix(p, template)))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		text, err := fs.ReadFile(control.Files, p)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, strings.ReplaceAll(string(text), "NAME", name))
		return errors.Join(err, f.Close())
	})
}
