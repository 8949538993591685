package main

import (
	"regexp"
	"runtime/debug"
	"testing"
)

func TestDescribeBuild(t *testing.T) {
	const revision = "0123456789abcdef0123456789abcdef01234567"
	settings := func(pairs ...string) (list []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return list
	}
	checkout := settings("vcs.revision", revision, "vcs.time", "2026-01-02T03:04:05Z", "vcs.modified", "false")
	changed := settings("vcs.revision", revision, "vcs.time", "2026-01-02T03:04:05Z", "vcs.modified", "true")
	release := build{"v1.2.3", revision, "2026-05-06T07:08:09Z"}
	for _, test := range []struct {
		name     string
		stamped  build
		module   string
		settings []debug.BuildSetting
		want     build
	}{
		{"a release", release, "(devel)", nil, release},
		{"a release built in another checkout", release, "v9.9.9", changed, release},
		{"only the version is stamped", build{version: "v1.2.3"}, "(devel)", checkout, build{"v1.2.3", revision, "2026-01-02T03:04:05Z"}},
		{"go install", build{}, "v1.2.3", nil, build{version: "v1.2.3"}},
		{"a checkout", build{}, "v0.0.0-20260102030405-0123456789ab", checkout, build{"v0.0.0-20260102030405-0123456789ab", revision, "2026-01-02T03:04:05Z"}},
		{"a checkout without a version", build{}, "(devel)", checkout, build{"devel-0123456789ab", revision, "2026-01-02T03:04:05Z"}},
		{"with changes", build{}, "(devel)", changed, build{"devel-0123456789ab-modified", revision + " with changes", "2026-01-02T03:04:05Z"}},
		{"nothing is known", build{}, "", nil, build{version: "devel"}},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: test.module}, Settings: test.settings}
		if got := describeBuild(test.stamped, info); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

// The first line is for programs that ask which version this is.
func TestVersionLines(t *testing.T) {
	code, out, errs := command(t, t.TempDir(), "", "version")
	if code != 0 || errs != "" || !regexp.MustCompile(`^luart v1\.2\.3\n(commit    .*\n)?(date      .*\n)?go        go1\..*\nplatform  \w+/\w+\n$`).MatchString(out) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
