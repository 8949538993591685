package runtime_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
)

func TestLabelFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "labels", "x.json")
	for _, test := range []struct {
		code, given string
		want        string
		file        string // its text; "" for none
	}{
		{code: "print(os.getComputerLabel())", want: "\n"},
		{code: "os.setComputerLabel('gr\\252n\\n') print(os.getComputerLabel())", want: "gr\xfcn?\n", file: "{\"label\":\"grün?\"}\n"},
		{code: "print(os.getComputerLabel())", want: "gr\xfcn?\n", file: "{\"label\":\"grün?\"}\n"},
		{code: "print(os.getComputerLabel())", given: "other", want: "other\n", file: "{\"label\":\"grün?\"}\n"},
		{code: "os.setComputerLabel('third') print(os.getComputerLabel())", given: "other", want: "third\n", file: "{\"label\":\"third\"}\n"},
		{code: "print(os.getComputerLabel()) os.setComputerLabel(os.getComputerLabel())", want: "third\n", file: "{\"label\":\"third\"}\n"},
		{code: "os.setComputerLabel() print(os.getComputerLabel())", want: "\n"},
		{code: "print(os.getComputerLabel())", want: "\n"},
	} {
		options := []runtime.Option{runtime.WithLabelFile(path)}
		if test.given != "" {
			options = append(options, runtime.WithLabel(test.given))
		}
		if r := run(t, test.code, options...); r.err != nil || r.out != test.want {
			t.Errorf("%s: %q, %v; want %q", test.code, r.out, r.err, test.want)
		}
		text, err := os.ReadFile(path)
		if string(text) != test.file || (err == nil) != (test.file != "") {
			t.Errorf("%s leaves %q, %v; want %q", test.code, text, err, test.file)
		}
		if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) > 1 {
			t.Errorf("%s leaves %v", test.code, entries)
		}
	}
}

// A file that can't be read or written is no fault of the program's.
func TestLabelFileIsBroken(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"torn": `{"label":"x`, "other": `[1]`, "number": `{"label":5}`, "empty": ""} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		r := run(t, "print(os.getComputerLabel()) os.setComputerLabel('mended')", runtime.WithLabelFile(path), runtime.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		if r.err != nil || r.out != "\n" || !strings.Contains(log.String(), "can't be read") {
			t.Errorf("%s: %+v, %s", name, r, log.String())
		}
		if text, _ := os.ReadFile(path); string(text) != "{\"label\":\"mended\"}\n" {
			t.Errorf("%s: %q", name, text)
		}
	}
	var log bytes.Buffer
	r := run(t, "os.setComputerLabel('x') print(os.getComputerLabel())", runtime.WithLabelFile(filepath.Join(dir, "torn", "x")), runtime.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if r.err != nil || r.out != "x\n" || !strings.Contains(log.String(), "can't be kept") {
		t.Errorf("%+v, %s", r, log.String())
	}
	if err := os.WriteFile(filepath.Join(dir, "long"), []byte(`{"label":"`+strings.Repeat("é€", 40)+`"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	if r := run(t, "print(#os.getComputerLabel())", runtime.WithLabelFile(filepath.Join(dir, "long"))); r.err != nil || r.out != "32\n" {
		t.Errorf("%+v", r)
	}
}
