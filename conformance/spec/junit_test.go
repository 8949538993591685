package spec

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func TestJUnit(t *testing.T) {
	inFolder(t, map[string]string{"a/x_spec.lua": `
it("passes <&\"> ]]>", function() end)
it("fails", function() print("\27[1mprinted\0 ]]>") expect("\1"):eq("<b>") end)
it("errs", function() error("\255\254 \239\191\191") end)
pending("is for later")`, "y_spec.lua": `it("y", function() end)`})
	reports := runAll(t, Suite{})
	if err := CheckJUnit("out.xml"); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile("out.xml", []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteJUnit("out.xml", reports, time.Now()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("out.xml")
	if err != nil {
		t.Fatal(err)
	}
	for dec := xml.NewDecoder(strings.NewReader(string(text))); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
	var got junitSuites
	if err := xml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 5 || got.Failures != 1 || got.Errors != 1 || got.Skipped != 1 || len(got.Suites) != 2 || got.Suites[0].Name != "a/x_spec.lua" {
		t.Errorf("%+v", got)
	}
	cases := got.Suites[0].Cases
	if c := cases[0]; c.Name != `passes <&"> ]]>` || c.ClassName != "a.x" || c.File != "a/x_spec.lua" || c.Line != "2" || c.Failure != nil || c.Error != nil || c.Skipped != nil {
		t.Errorf("%+v", c)
	}
	if c := cases[1]; c.Failure == nil || c.Failure.Message != `expected "<b>"` || !strings.Contains(c.Failure.Text, `got "\001"`) || c.Output != "\\x1b[1mprinted\\x00 ]]>\n" {
		t.Errorf("%+v %+v", c, c.Failure)
	}
	if c := cases[2]; c.Error == nil || c.Error.Message != `a/x_spec.lua:4: \xff\xfe \xef\xbf\xbf` || c.Error.Type != "error" {
		t.Errorf("%+v %+v", c, c.Error)
	}
	if c := cases[3]; c.Skipped == nil {
		t.Errorf("%+v", c)
	}
	list, err := os.ReadDir(".")
	if err != nil || len(list) != 3 {
		t.Errorf("there are other files: %v, %v", list, err)
	}
	if info, err := os.Stat("out.xml"); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the file was private, now it is %v (%v)", info.Mode(), err)
	}
}

func TestJUnitFileThatCannotBe(t *testing.T) {
	inFolder(t, map[string]string{"a/file": ""})
	for _, name := range []string{"nothere/out.xml", "a", "a/file/out.xml"} {
		if CheckJUnit(name) == nil {
			t.Error("nothing is said against", name)
		}
		if WriteJUnit(name, nil, time.Now()) == nil {
			t.Error("wrote", name)
		}
	}
	if list, err := os.ReadDir("."); err != nil || len(list) != 1 {
		t.Error("there are leftovers:", list, err)
	}
}
