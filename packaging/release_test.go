// Package packaging_test checks what is released: it makes a release for this machine and looks at what is in it. The tests
// that need one are left out by -short.
package packaging_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// What is released here. The tilde sorts before the release itself in Debian's order.
const (
	version    = "v1.2.3-rc.1"
	debVersion = "1.2.3~rc.1"
	epoch      = 1700000000
)

// maxBinary is how large a program may be before somebody should ask why, in bytes.
const maxBinary = 40 << 20

// scratch is a folder for what several tests share.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if scratch, err = os.MkdirTemp("", "luart"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// tool skips a test where a program is missing.
func tool(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
}

// run runs a program and returns what it printed; it must succeed.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// repositoryFiles are the files that are in the repository, or are about to be.
func repositoryFiles() (list []string, err error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = ".."
	out, err := cmd.Output()
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if _, err := os.Lstat(filepath.Join("..", name)); err == nil {
			list = append(list, name)
		}
	}
	return list, err
}

// copyTree copies the repository, without its history.
func copyTree(to string) error {
	files, err := repositoryFiles()
	if err != nil {
		return err
	}
	for _, name := range files {
		from, to := filepath.Join("..", name), filepath.Join(to, name)
		info, err := os.Stat(from)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(from)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, text, info.Mode().Perm())); err != nil {
			return err
		}
	}
	return nil
}

// release makes a release of a tree for this machine.
func release(tree, out string, args ...string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(tree, "packaging", "release"), append([]string{
		"--version", version, "--out", out, "--target", runtime.GOOS + "/" + runtime.GOARCH, "--allow-changes"}, args...)...)
	cmd.Env = append(os.Environ(), fmt.Sprint("SOURCE_DATE_EPOCH=", epoch), "DEBFULLNAME=A Maintainer", "DEBEMAIL=maintainer@example.org")
	return cmd.CombinedOutput()
}

// released makes the release that most tests look at, once. It is one of a copy, so that nothing changes meanwhile.
var released = sync.OnceValues(func() (string, error) {
	out, tree := filepath.Join(scratch, "first"), filepath.Join(scratch, "tree")
	if err := copyTree(tree); err != nil {
		return "", err
	}
	if text, err := release(tree, out); err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	return out, nil
})

// dist is the folder of that release.
func dist(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes a build")
	}
	if runtime.GOOS != "linux" {
		t.Skip("releases are made on Linux")
	}
	tool(t, "bash", "tar", "gzip", "git")
	if _, err := repositoryFiles(); err != nil {
		t.Skip("this is no checkout:", err)
	}
	out, err := released()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unpacked is the archive of the release: its entries by their names below the folder, with the files written to a folder.
func unpacked(t *testing.T) (dir string, entries map[string]*tar.Header) {
	t.Helper()
	name := fmt.Sprintf("luart_%s_%s_%s", strings.TrimPrefix(version, "v"), runtime.GOOS, runtime.GOARCH)
	f, err := os.Open(filepath.Join(dist(t), name+".tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir, entries = t.TempDir(), map[string]*tar.Header{}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir, entries
		} else if err != nil {
			t.Fatal(err)
		}
		below, ok := strings.CutPrefix(path.Clean(h.Name), name)
		if !ok || below != "" && below[0] != '/' {
			t.Fatalf("%s is not in the folder %s", h.Name, name)
		}
		below = strings.TrimPrefix(below, "/")
		entries[below] = h
		to := filepath.Join(dir, below)
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(to, 0o755)
		case tar.TypeSymlink:
			err = os.Symlink(h.Linkname, to)
		default:
			text, readErr := io.ReadAll(r)
			err = errors.Join(readErr, os.WriteFile(to, text, h.FileInfo().Mode().Perm()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestArchive(t *testing.T) {
	dir, entries := unpacked(t)
	for _, want := range []string{
		"luart", "LICENSE", "README.md", "THIRD-PARTY.txt", "luart.1", "completions/luart.bash", "completions/_luart", "completions/luart.fish",
		"docs/installing.md", "examples/hello-server.lua", "systemd/luart.service", "systemd/luart@.service", "systemd/luart.ini", "systemd/sysusers.conf",
		"systemd/luart.service.d/10-sandbox.conf", "systemd/luart@.service.d/10-sandbox.conf",
	} {
		if _, err := os.Stat(filepath.Join(dir, want)); err != nil { // the links lead somewhere
			t.Errorf("the archive has no %s: %v", want, err)
		}
	}
	for name, h := range entries {
		mode := int64(0o644)
		if h.Typeflag == tar.TypeDir || name == "luart" {
			mode = 0o755
		}
		if !h.ModTime.Equal(time.Unix(epoch, 0)) || h.Uid != 0 || h.Gid != 0 || h.Mode != mode && h.Typeflag != tar.TypeSymlink {
			t.Errorf("%s: %v, %d:%d, %o", name, h.ModTime, h.Uid, h.Gid, h.Mode)
		}
	}
	program := filepath.Join(dir, "luart")
	checkProgram(t, program)

	notices, err := os.ReadFile(filepath.Join(dir, "THIRD-PARTY.txt"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil || len(info.Deps) == 0 {
		t.Fatal(err, info)
	}
	for _, dep := range info.Deps {
		_, text, ok := strings.Cut(string(notices), "\n==== "+dep.Path+" "+dep.Version+"\n")
		text, _, _ = strings.Cut(text, "\n==== ")
		if !ok || len(text) < 200 {
			t.Errorf("no licence of %s %s is passed on: %q", dep.Path, dep.Version, text)
		}
	}
}

// checkProgram checks that a program is the release, is static, runs, and says what it is.
func checkProgram(t *testing.T, program string) {
	t.Helper()
	out := run(t, t.TempDir(), program, "version")
	if first, rest, _ := strings.Cut(out, "\n"); first != "luart "+version || !strings.HasPrefix(rest, "date      2023-11-14T22:13:20Z\n") {
		t.Errorf("%s version:\n%s", program, out)
	}
	if out := run(t, t.TempDir(), program, "-e", "print(1 + 1)"); out != "2\n" {
		t.Errorf("%s printed %q", program, out)
	}
	if info, err := os.Stat(program); err != nil || info.Size() > maxBinary {
		t.Errorf("%s has %d bytes: %v", program, info.Size(), err)
	}
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Errorf("%s is not static", program)
		}
	}
}

func TestSums(t *testing.T) {
	dir := dist(t)
	text, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	files, err := filepath.Glob(filepath.Join(dir, "luart_*"))
	if err != nil || len(files) == 0 || len(files) != len(sums) {
		t.Fatalf("%v %v\n%s", files, err, text)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != sums[filepath.Base(file)] {
			t.Errorf("the sum of %s is another one", file)
		}
	}
}

// Two runs give the same bytes, wherever the files are.
func TestReproducible(t *testing.T) {
	first := dist(t)
	second, elsewhere := filepath.Join(t.TempDir(), "second"), filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(elsewhere, os.DirFS(filepath.Join(scratch, "tree"))); err != nil {
		t.Fatal(err)
	}
	if text, err := release(elsewhere, second); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var sums [2]string
	for i, dir := range []string{first, second} {
		text, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = string(text)
	}
	if sums[0] != sums[1] {
		t.Errorf("first\n%ssecond\n%s", sums[0], sums[1])
	}
}

func TestReleaseRefuses(t *testing.T) {
	tool(t, "bash", "tar")
	if runtime.GOOS != "linux" {
		t.Skip("releases are made on Linux")
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "precious.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--version", "1.2.3"}, "1.2.3 is no version; they look like v1.2.3"},
		{[]string{"--version", "v1.2.3;rm"}, "is no version"},
		{[]string{"--target", "plan9/386"}, "plan9/386 is no target; there are linux/amd64"},
		{[]string{"--out", full}, "is not empty"},
		{[]string{"--out"}, "--out wants a value"},
		{[]string{"--nonsense"}, "there is no option --nonsense"},
	} {
		text, err := release("..", filepath.Join(t.TempDir(), "out"), test.args...)
		if err == nil || !strings.Contains(string(text), test.want) {
			t.Errorf("%v: %v, %s; want %s", test.args, err, text, test.want)
		}
	}
	if entries, err := os.ReadDir(full); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
	if text, err := exec.Command("./release", "--help").CombinedOutput(); err != nil || !strings.Contains(string(text), "--allow-changes") || strings.Contains(string(text), "pipefail") {
		t.Errorf("--help: %v\n%s", err, text)
	}
}

// What go install downloads is a zip file of the module; not all names of files may be in it.
func TestModuleZip(t *testing.T) {
	tool(t, "git")
	names, err := repositoryFiles()
	if err != nil {
		t.Skip("this is no checkout:", err)
	}
	var files []zip.File
	for _, name := range names {
		files = append(files, zipFile(name))
	}
	checked, err := zip.CheckFiles(files)
	if err != nil || len(checked.Invalid) > 0 || checked.SizeError != nil {
		t.Errorf("%v %v %v", err, checked.Invalid, checked.SizeError)
	}
	if !slices.Contains(checked.Valid, "cmd/luart/main.go") {
		t.Errorf("main.go is not among %d files", len(checked.Valid))
	}
	if err := module.CheckPath("github.com/luart/luart"); err != nil {
		t.Error(err)
	}
}

// zipFile is a file of the repository.
type zipFile string

func (f zipFile) Path() string                 { return string(f) }
func (f zipFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(filepath.Join("..", string(f))) }
func (f zipFile) Open() (io.ReadCloser, error) { return os.Open(filepath.Join("..", string(f))) }

func TestScripts(t *testing.T) {
	scripts := []string{"release", "notices", "debian/postinst", "debian/prerm", "debian/postrm", "../.ci/run", "testdata/boot", "testdata/services"}
	for _, script := range scripts {
		info, err := os.Stat(script)
		if err != nil || info.Mode()&0o111 == 0 && runtime.GOOS != "windows" {
			t.Errorf("%s can't be run: %v", script, err)
		}
	}
	tool(t, "shellcheck")
	run(t, ".", "shellcheck", scripts...)
	run(t, ".", "shellcheck", "--shell=bash", "../cmd/luart/completions/luart.bash")
}

func TestManPage(t *testing.T) {
	dir, _ := unpacked(t)
	page := filepath.Join(dir, "luart.1")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if want := `.TH LUART 1 "2023-11-14" "luart v1.2.3\-rc.1" `; !strings.HasPrefix(string(text), want) {
		t.Errorf("the page begins with %.100q", text)
	}
	t.Run("mandoc", func(t *testing.T) {
		tool(t, "mandoc")
		if out := run(t, ".", "mandoc", "-T", "lint", "-W", "warning", page); out != "" {
			t.Error(out)
		}
	})
	t.Run("man", func(t *testing.T) {
		tool(t, "man", "groff", "col")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `man --warnings=w -l "$1" | col -b`, "sh", page)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=100")
		var warnings strings.Builder
		cmd.Stderr = &warnings
		text, err := cmd.Output()
		if err != nil || warnings.Len() > 0 {
			t.Errorf("%v %s", err, &warnings)
		}
		out := string(text)
		for _, want := range []string{"luart - run CraftOS Lua programs", "\n   luart pkg channel build ", "--watch=PLUGIN", "luart -e 'print(\"hello\")'", "LUART_NETWORK_PORT"} {
			if !strings.Contains(out, want) {
				t.Errorf("the page does not show %q", want)
			}
		}
	})
}

// deb unpacks the Debian package.
func deb(t *testing.T) (file, root, control string) {
	t.Helper()
	dir := dist(t)
	tool(t, "dpkg-deb")
	file = filepath.Join(dir, "luart_"+debVersion+"_"+runtime.GOARCH+".deb")
	root, control = t.TempDir(), t.TempDir()
	run(t, ".", "dpkg-deb", "-x", file, root)
	run(t, ".", "dpkg-deb", "-e", file, control)
	return file, root, control
}

func TestDebianPackage(t *testing.T) {
	file, root, control := deb(t)
	for name, executable := range map[string]bool{
		"usr/bin/luart":                                           true,
		"usr/share/man/man1/luart.1.gz":                           false,
		"usr/share/bash-completion/completions/luart":             false,
		"usr/share/zsh/vendor-completions/_luart":                 false,
		"usr/share/fish/vendor_completions.d/luart.fish":          false,
		"usr/lib/systemd/system/luart.service":                    false,
		"usr/lib/systemd/system/luart@.service":                   false,
		"usr/lib/systemd/system/luart.service.d/10-sandbox.conf":  false,
		"usr/lib/systemd/system/luart@.service.d/10-sandbox.conf": false,
		"usr/lib/sysusers.d/luart.conf":                           false,
		"usr/share/doc/luart/copyright":                           false,
		"usr/share/doc/luart/changelog.gz":                        false,
		"usr/share/doc/luart/docs/installing.md":                  false,
		"usr/share/doc/luart/examples/hello-server.lua":           false,
		"etc/luart/luart.ini":                                     false,
	} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		} else if want := map[bool]fs.FileMode{true: 0o755, false: 0o644}[executable]; info.Mode() != want {
			t.Errorf("%s: %v, want %v", name, info.Mode(), want)
		}
	}
	checkProgram(t, filepath.Join(root, "usr/bin/luart"))

	for field, want := range map[string]string{"Package": "luart", "Version": debVersion, "Architecture": runtime.GOARCH, "Maintainer": "A Maintainer <maintainer@example.org>"} {
		if got := strings.TrimSpace(run(t, ".", "dpkg-deb", "-f", file, field)); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(control, "control")); err != nil || bytes.Contains(text, []byte("@")) && strings.Count(string(text), "@") != 2 {
		t.Errorf("%v\n%s", err, text) // of the maintainer's address, and of luart@NAME.service
	}
	// What is in /etc is the owner's; there is nothing else that is.
	if text, err := os.ReadFile(filepath.Join(control, "conffiles")); err != nil || string(text) != "/etc/luart/luart.ini\n" {
		t.Errorf("%q %v", text, err)
	}
	sums, err := os.Open(filepath.Join(control, "md5sums"))
	if err != nil {
		t.Fatal(err)
	}
	defer sums.Close()
	count := 0
	for lines := bufio.NewScanner(sums); lines.Scan(); count++ {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		content, err := os.ReadFile(filepath.Join(root, name))
		if got := md5.Sum(content); err != nil || hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s: %v", name, err)
		}
	}
	if count < 20 {
		t.Errorf("there are %d sums", count)
	}
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		if info, err := os.Stat(filepath.Join(control, script)); err != nil || info.Mode() != 0o755 {
			t.Errorf("%s: %v %v", script, info.Mode(), err)
		}
	}
}

func TestLintian(t *testing.T) {
	file, _, _ := deb(t)
	tool(t, "lintian")
	cmd := exec.CommandContext(t.Context(), "lintian", "--allow-root", "--fail-on", "error,warning", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The configuration of the service, and what it suggests, are understood.
func TestConfiguration(t *testing.T) {
	dir, _ := unpacked(t)
	text, err := os.ReadFile("luart.ini")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"as it is": string(text), "with all that it suggests": strings.ReplaceAll(string(text), "\n; ", "\n")} {
		file := filepath.Join(t.TempDir(), "luart.ini")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		out := run(t, t.TempDir(), filepath.Join(dir, "luart"), "serve", "--config", file, "--print-config")
		for _, want := range []string{"plugins = /var/lib/luart/plugins", "data = /var/lib/luart/data"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %s in\n%s", name, want, out)
			}
		}
	}
}

// runs runs a program that may fail.
func runs(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	return string(out), err
}
