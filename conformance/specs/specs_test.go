// Package specs has the specs of the Lua that comes with the binary: for the
// API /rom/apis/NAME.lua there is apis/NAME_spec.lua, and for the module
// cc.NAME there is modules/cc/NAME_spec.lua. They run in whole computers, by
// the runner of package spec, with stand-ins for peripherals
// (testdata/devices.lua).
package specs

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/conformance/spec"
	"github.com/luart/luart/runtime"
)

// TestSpecs runs our own specs. All of their tests must pass.
func TestSpecs(t *testing.T) {
	var files []string
	for _, dir := range []string{"bios_spec.lua", "apis", "modules"} {
		filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_spec.lua") {
				files = append(files, filepath.ToSlash(name))
			}
			return nil
		})
	}
	if len(files) < 10 {
		t.Fatalf("there are specs missing: %v", files)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, "_spec.lua"), func(t *testing.T) {
			root := t.TempDir()
			copyFile(t, file, filepath.Join(root, "specs", filepath.FromSlash(file)))
			results := runSpecs(t, root, "specs", "specs/"+file)
			for _, r := range results {
				if r.Status != "pass" {
					t.Errorf("%s (%s): %s: %s\n%s", r.Name, r.Source, r.Status, r.Message, r.Trace)
				}
			}
		})
	}
}

// TestReferenceSpecs runs the specs that the reference has for the same APIs
// and modules, from the checkout of CC: Tweaked that LUART_CCT names.
func TestReferenceSpecs(t *testing.T) {
	checkout := os.Getenv("LUART_CCT")
	if checkout == "" {
		t.Skip("LUART_CCT names no checkout of CC: Tweaked")
	}
	source := filepath.Join(checkout, "projects/core/src/test/resources/test-rom")
	const dir = "test-rom/spec"
	for _, name := range []string{
		"apis/colors", "apis/gps", "apis/io", "apis/keys", "apis/os", "apis/paintutils", "apis/parallel", "apis/peripheral",
		"apis/rednet", "apis/redstone", "apis/settings", "apis/term", "apis/textutils", "apis/vector", "apis/window",
		"modules/cc/audio/dfpwm", "modules/cc/completion", "modules/cc/expect", "modules/cc/image/nft", "modules/cc/pretty",
		"modules/cc/shell/require", "modules/cc/strings",
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.CopyFS(filepath.Join(root, "test-rom"), os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			counts := map[string]int{}
			for _, r := range runSpecs(t, root, dir, path.Join(dir, name+"_spec.lua")) {
				counts[r.Status]++
				if r.Status != "pass" && r.Status != "pending" {
					t.Errorf("%s (%s): %s: %s\n%s", r.Name, r.Source, r.Status, r.Message, r.Trace)
				}
			}
			t.Logf("%d pass, %d fail, %d pending", counts["pass"], counts["fail"]+counts["error"], counts["pending"])
		})
	}
}

var record = regexp.MustCompile(`\x02([^\x03]*)\x03`)

// runSpecs runs spec files in a computer whose files are those in root. folder
// is where they look for modules.
func runSpecs(t *testing.T, root, folder string, files ...string) []spec.Result {
	t.Helper()
	for _, name := range []string{"driver.lua", "devices.lua"} {
		copyFile(t, filepath.Join("testdata", name), filepath.Join(root, name))
	}
	if err := os.WriteFile(filepath.Join(root, "runner.lua"), []byte(spec.Runner), 0o666); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	c, err := runtime.New(
		runtime.WithRoot(root), runtime.WithProgram("driver.lua"), runtime.WithArgs(append([]string{folder}, files...)...),
		runtime.WithStdout(&out), runtime.WithStderr(&out), runtime.WithLocation(time.UTC),
	)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := c.Run(ctx); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var results []spec.Result
	count := ""
	for _, m := range record.FindAllStringSubmatch(out.String(), -1) {
		if f := strings.Split(m[1], "\x00"); len(f) == 5 {
			results = append(results, spec.Result{Status: f[0], Name: f[1], Source: f[2], Message: f[3], Trace: f[4]})
		} else {
			count = m[1]
		}
	}
	if len(results) == 0 || count != strconv.Itoa(len(results)) {
		t.Fatalf("%d results of %s tests\n%s", len(results), count, out.String())
	}
	return results
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o666); err != nil {
		t.Fatal(err)
	}
}
