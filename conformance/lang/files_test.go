package lang

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// parsedFiles reads all test files.
func parsedFiles(t *testing.T) []*File {
	t.Helper()
	names, err := fs.Glob(Files, "*.lua")
	if err != nil || len(names) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	var files []*File
	for _, name := range names {
		source, err := fs.ReadFile(Files, name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(name, string(source))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// checkFiles runs the chunks that wanted accepts on e, a subtest for a file.
func checkFiles(t *testing.T, e Engine, wanted func(*Chunk) bool) {
	for _, f := range parsedFiles(t) {
		t.Run(strings.TrimSuffix(f.Name, ".lua"), func(t *testing.T) {
			mismatches, err := Check(e, f, wanted)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range mismatches {
				t.Errorf("testdata/%s", m)
			}
		})
	}
}

// lua52 finds PUC Lua 5.2 or skips the test.
func lua52(t *testing.T) Command {
	t.Helper()
	path, err := exec.LookPath("lua5.2")
	if err != nil {
		t.Skip("lua5.2 is not installed: nothing to compare with")
	}
	return Command{Args: []string{path, "-"}}
}

// TestFilesOnPUC keeps the expectations honest: what CraftOS shares with PUC
// Lua 5.2 must be what PUC Lua 5.2 does.
func TestFilesOnPUC(t *testing.T) {
	checkFiles(t, lua52(t), func(c *Chunk) bool { return !c.CraftOSOnly })
}

// TestFilesOnReference asks another implementation of the CraftOS dialect, by
// the command in LUART_REFERENCE (split at spaces), all the files.
func TestFilesOnReference(t *testing.T) {
	command := strings.Fields(os.Getenv("LUART_REFERENCE"))
	if len(command) == 0 {
		t.Skip("LUART_REFERENCE names no command that runs a Lua program from its standard input")
	}
	checkFiles(t, Command{Args: command}, nil)
}

// TestFiles runs all files on the machine of this project.
func TestFiles(t *testing.T) {
	checkFiles(t, VM{}, nil)
}
