package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/luart/luart/types"
)

type typesCommand struct {
	Dir string `arg:"" optional:"" default:"." placeholder:"DIR" complete:"folders" help:"Folder of your programs, which the editor opens (default: the current folder)."`
}

// Help is what luart types --help says besides.
func (*typesCommand) Help() string {
	return `Writes definitions of all globals, modules and events of programs to DIR/.luart/types, and settings to
DIR/.luarc.json, so that an editor with lua-language-server completes, explains and checks programs. If the
settings file is there, what is missing is added to it, and all else stays. Run it again with a newer luart.`
}

// Run writes the files and tells about it.
func (t *typesCommand) Run(s streamer) error {
	out := s.standard().out
	report, err := types.Write(t.Dir)
	var unreadable *types.SettingsError
	if err != nil && !errors.As(err, &unreadable) {
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("the definitions can't be written: %w; change the permissions, or name a folder of yours: luart types DIR", err)
		}
		return err
	}
	fmt.Fprintf(out, "wrote %d definition files to %s\n", report.Files, report.Folder)
	for _, name := range report.Removed {
		fmt.Fprintf(out, "removed %s, which is no longer needed\n", name)
	}
	switch {
	case err != nil:
		return err
	case report.Created:
		fmt.Fprintf(out, "wrote %s\n", report.Settings)
	case report.Changed:
		fmt.Fprintf(out, "added what was missing to %s\n", report.Settings)
	default:
		fmt.Fprintf(out, "%s has all that is needed\n", report.Settings)
	}
	for _, note := range report.Notes {
		fmt.Fprintf(out, "note: in %s, %s\n", report.Settings, note)
	}
	return nil
}
