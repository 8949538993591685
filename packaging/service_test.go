package packaging_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var boot = flag.Bool("boot", false, "try the services in a systemd of their own; only root can do it, on Linux")

// unitRoot is a system that has the units of the Debian package, and as much of others as they refer to.
func unitRoot(t *testing.T) string {
	t.Helper()
	_, root, _ := deb(t)
	tool(t, "systemd-analyze")
	units := filepath.Join(root, "usr/lib/systemd/system")
	for _, name := range []string{"sysinit.target", "basic.target", "shutdown.target", "network-online.target", "multi-user.target", "tmp.mount"} {
		text := "[Unit]\nDescription=x\n"
		if strings.HasSuffix(name, ".mount") {
			text += "[Mount]\nWhat=tmpfs\nWhere=/tmp\n"
		}
		if err := os.WriteFile(filepath.Join(units, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "bin/kill"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

// verify is what systemd finds wrong with a unit.
func verify(t *testing.T, root, unit string) string {
	t.Helper()
	// An exit code that is not 0 comes with a text.
	out, _ := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--root="+root, "--man=no", "--recursive-errors=no", unit).CombinedOutput()
	return string(out)
}

func TestUnits(t *testing.T) {
	root := unitRoot(t)
	for _, unit := range []string{"luart.service", "luart@notes.service"} {
		if out := verify(t, root, unit); out != "" {
			t.Errorf("%s: %s", unit, out)
		}
		// Of ten, where 10 is no protection at all.
		run(t, ".", "systemd-analyze", "security", "--root="+root, "--offline=true", "--no-pager", "--threshold=20", unit)
	}
	// The check finds something if there is something.
	broken := filepath.Join(root, "usr/lib/systemd/system/luart.service.d/10-sandbox.conf")
	if err := os.WriteFile(broken, []byte("[Service]\nProtectEverything=yes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := verify(t, root, "luart.service"); !strings.Contains(out, "ProtectEverything") {
		t.Errorf("a misspelt directive is not found: %s", out)
	}
}

// dropIn is the block of docs/serving.md that gives luart@notes a certificate.
func dropIn(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```ini\n# systemctl edit luart@notes\n")
	block, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatal("docs/serving.md has no block \"# systemctl edit luart@notes\"")
	}
	return block
}

func TestDropIn(t *testing.T) {
	root := unitRoot(t)
	dir := filepath.Join(root, "etc/systemd/system/luart@notes.service.d")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "override.conf"), []byte(dropIn(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := verify(t, root, "luart@notes.service"); out != "" {
		t.Error(out)
	}
}

// The services run as the units say, in a real system.
func TestServices(t *testing.T) {
	if !*boot {
		t.Skip("-boot tries the services in a systemd of their own")
	}
	file, _, _ := deb(t)
	tool(t, "unshare", "/lib/systemd/systemd", "dpkg", "curl", "openssl", "ip")
	results := t.TempDir()
	if err := os.WriteFile(filepath.Join(results, "override.conf"), []byte(dropIn(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	// The end of a system kills its first process, so that the exit code says nothing.
	out, _ := exec.CommandContext(t.Context(), "unshare", "-m", "-p", "-n", "-f", "-u", "-C", "testdata/boot", file, results).CombinedOutput()
	text, err := os.ReadFile(filepath.Join(results, "output"))
	if err != nil {
		t.Skipf("systemd can't be started here: %s", out)
	}
	if strings.Contains(string(text), "FAILED") || !strings.HasSuffix(string(text), "\nfinished\n") {
		t.Errorf("%s", text)
	}
	t.Logf("%s", text)
}
