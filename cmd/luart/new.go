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
var reserved = []string{"plugins", "reload", "load", "unload", "all", "metrics"}

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
		return fmt.Errorf("%s is there already; take another name", folder)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return notWritten(err)
	}
	if other := n.namesake(name); other != "" {
		return fmt.Errorf("there is a plugin of that name already, %s; names have to differ, whatever folder they are in", other)
	}
	if err := writeTemplate(folder, "templates/plugin", name); err != nil {
		_ = os.RemoveAll(folder) // half a plugin would be in the way of the next attempt
		return notWritten(err)
	}
	serve := "luart serve"
	if n.Plugins != "plugins" {
		serve += " --plugins " + n.Plugins
	}
	fmt.Fprintf(std.out, `%s is ready: see %s.

  %s --watch %s
  curl http://127.0.0.1:9192/%s

The first line serves it, and reloads it when you change it; the second one, in another terminal, asks it.
`, name, filepath.Join(folder, "main.lua"), serve, name, name)
	if _, err := os.Stat(filepath.Join(n.Plugins, "plugins.txt")); err == nil {
		fmt.Fprintf(std.out, "%s names the plugins that are loaded at the start: add the line %s.\n", filepath.Join(n.Plugins, "plugins.txt"), n.Name)
	}
	return nil
}

func notWritten(err error) error {
	return fmt.Errorf("the plugin can't be written: %w; give another folder with --plugins DIR, or mend this one", err)
}

// namesake finds another plugin of a name, below the folder of the plugins. Case doesn't count.
func (n *newPluginCommand) namesake(name string) (found string) {
	// What can't be read holds no plugin that could be loaded.
	_ = filepath.WalkDir(n.Plugins, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case filepath.Dir(p) == filepath.Clean(n.Plugins) && d.Name() != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(p, "main.lua")); err != nil || p == n.Plugins {
			return nil
		}
		if strings.EqualFold(d.Name(), name) {
			found = p
			return fs.SkipAll
		}
		return fs.SkipDir
	})
	if file := filepath.Join(n.Plugins, name+".lua"); found == "" {
		if _, err := os.Stat(file); err == nil {
			found = file
		}
	}
	return found
}

// nameInTemplate is what stands for the plugin's name; PLUGIN_NAME is none.
var nameInTemplate = regexp.MustCompile(`\bNAME\b`)

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
		_, err = io.WriteString(f, nameInTemplate.ReplaceAllLiteralString(string(text), name))
		return errors.Join(err, f.Close())
	})
}
