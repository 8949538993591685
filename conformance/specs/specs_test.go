// Package specs has the specs of the Lua that comes with the binary, in the folders of the ROM: for the API
// /rom/apis/NAME.lua there is apis/NAME_spec.lua, for the module cc.NAME modules/cc/NAME_spec.lua, and for a program
// programs/NAME_spec.lua; for the control plane's control/NAME.lua, which is at
// /rom/control, control/NAME_spec.lua. They run in whole computers, by package spec, as luart test conformance/specs runs them. spec_setup.lua
// gives them stand-ins for peripherals.
package specs

import (
	"testing"
	"time"

	"github.com/luart/luart/conformance/spec"
	"github.com/luart/luart/runtime"
)

// TestSpecs runs our own specs. All of their tests must pass.
func TestSpecs(t *testing.T) {
	files, err := spec.Find("", []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("there are specs missing: %v", files)
	}
	suite := spec.Suite{
		Files: files, Deadline: 20 * time.Second,
		Options: []runtime.Option{runtime.WithScratch(64 << 20), runtime.WithLocation(time.UTC), runtime.WithAllowPrivate(),
			runtime.WithMount("../../control", "/rom/control", true)},
	}
	for _, report := range suite.Run(t.Context()) {
		t.Run(report.File.Name, func(t *testing.T) {
			for _, r := range report.Results {
				if r.Status != spec.Pass {
					t.Errorf("%s (%s): %s: %s\n%s\n%s", r.Name, r.Source, r.Status, r.Message, r.Trace, r.Output)
				}
			}
			if len(report.Results) == 0 {
				t.Error("no tests")
			}
		})
	}
}
