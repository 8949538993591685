package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// The linker sets these for releases (packaging/release): -ldflags "-X main.version=v1.2.3". Other builds are told by what
// the go command has written into them.
var (
	version string // of the release, with its v
	commit  string // all of the commit's hash
	date    string // of the commit, RFC 3339
)

type versionCommand struct{}

// Run prints the version in the first line, and what was built with what below it.
func (versionCommand) Run(s streamer) error {
	b := thisBuild()
	var text strings.Builder
	fmt.Fprintf(&text, "luart %s\n", b.version)
	for _, line := range [][2]string{{"commit", b.commit}, {"date", b.date}, {"go", runtime.Version()}, {"platform", runtime.GOOS + "/" + runtime.GOARCH}} {
		if line[1] != "" {
			fmt.Fprintf(&text, "%-9s %s\n", line[0], line[1])
		}
	}
	_, err := fmt.Fprint(s.standard().out, text.String())
	return err
}

// build says what this program was made from. What isn't known is empty, but for the version.
type build struct{ version, commit, date string }

// thisBuild is the running program.
var thisBuild = sync.OnceValue(func() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return describeBuild(build{version, commit, date}, info)
})

// describeBuild adds what the go command knows to what the linker was told. A release has the latter's version, go install
// the module's; a build in a checkout has a version made of its commit, or, where Go makes none, that commit.
func describeBuild(stamped build, info *debug.BuildInfo) build {
	b := stamped
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	if b.version == "" && info.Main.Version != "(devel)" {
		b.version = info.Main.Version
	}
	if b.commit == "" && set["vcs.revision"] != "" {
		b.commit, b.date = set["vcs.revision"], set["vcs.time"]
		if set["vcs.modified"] == "true" {
			b.commit += " with changes"
		}
	}
	switch {
	case b.version != "":
	case set["vcs.revision"] == "":
		b.version = "devel"
	default:
		b.version = "devel-" + set["vcs.revision"][:min(len(set["vcs.revision"]), 12)]
		if set["vcs.modified"] == "true" {
			b.version += "-modified"
		}
	}
	return b
}

// currentVersion is the version alone.
func currentVersion() string { return thisBuild().version }
