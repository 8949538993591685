package redstone_test

import (
	"testing"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/redstone"
)

func newComputer(t *testing.T, s *redstone.Signals) *computertest.Computer {
	c := computertest.New(t, lualib.Open)
	redstone.Open(c, redstone.Options{Signals: s})
	return c
}

func TestFunctions(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{"return redstone == rs, table.concat(rs.getSides(), ' ')", "true bottom top back front right left"},
		{"return rs.getOutput('top'), rs.getInput('top'), rs.getAnalogOutput('top'), rs.getAnalogInput('top')", "false false 0 0"},
		{"return rs.getBundledOutput('top'), rs.getBundledInput('top'), rs.testBundledInput('top', 0), rs.testBundledInput('top', 1)", "0 0 true false"},
		{"rs.setOutput('top', true) return rs.getOutput('top'), rs.getAnalogOutput('top'), rs.getOutput('back')", "true 15 false"},
		{"rs.setOutput('top', true) rs.setOutput('top', false) return rs.getOutput('TOP')", "false"},
		{"rs.setAnalogOutput('LEFT', 7.9) return rs.getAnalogueOutput('left'), rs.getOutput('Left')", "7 true"},
		{"rs.setAnalogueOutput('left', 0) return rs.getOutput('left')", "false"},
		{"rs.setBundledOutput('left', 65535) return rs.getBundledOutput('left'), rs.getOutput('left')", "65535 false"},
		{"rs.setBundledOutput('left', -1) return rs.getBundledOutput('left')", "-1"},
		{"return rs.getAnalogueInput == rs.getAnalogInput", "true"},
		{"rs.setAnalogOutput('top', 16)", "test:1: Expected number in range 0-15"},
		{"rs.setAnalogOutput('top', -1)", "test:1: Expected number in range 0-15"},
		{"rs.setAnalogOutput('top', 1/0)", "test:1: bad argument #2 (number expected, got inf)"},
		{"rs.setAnalogOutput('top')", "test:1: bad argument #2 (number expected, got nil)"},
		{"rs.setOutput('top', 1)", "test:1: bad argument #2 (boolean expected, got number)"},
		{"rs.setOutput('blah', 1)", "test:1: bad argument #1 (unknown option blah)"},
		{"rs.getInput('')", "test:1: bad argument #1 (unknown option )"},
		{"rs.getInput(1)", "test:1: bad argument #1 (string expected, got number)"},
		{"rs.getOutput()", "test:1: bad argument #1 (string expected, got nil)"},
		{"rs.getAnalogInput('tops')", "test:1: bad argument #1 (unknown option tops)"},
		{"rs.getAnalogOutput({})", "test:1: bad argument #1 (string expected, got table)"},
		{"rs.getBundledInput('bac\\226\\132\\170')", "test:1: bad argument #1 (unknown option bac\u212a)"}, // Kelvin is no k
		{"rs.getBundledOutput('x')", "test:1: bad argument #1 (unknown option x)"},
		{"rs.setBundledOutput('top', 'x')", "test:1: bad argument #2 (number expected, got string)"},
		{"rs.testBundledInput('top')", "test:1: bad argument #2 (number expected, got nil)"},
		{"rs.testBundledInput('x', 1)", "test:1: bad argument #1 (unknown option x)"},
	} {
		if got := newComputer(t, nil).Run(test.code); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.code, got, test.want)
		}
	}
}

func TestInputs(t *testing.T) {
	var s redstone.Signals
	s.SetInput(stdlib.Top, 3) // before the computer runs: no event
	c := newComputer(t, &s)
	if got := c.Run("return rs.getInput('top'), rs.getAnalogInput('top'), rs.getInput('left')"); got != "true 3 false" {
		t.Error(got)
	}
	s.SetInput(stdlib.Top, 3)
	s.SetInput(stdlib.Side(77), 3)
	s.SetInput(-1, 3)
	if got := c.Events(); got != "" {
		t.Error("nothing has changed:", got)
	}
	s.SetInput(stdlib.Top, 100)
	s.SetInput(stdlib.Left, -100)
	s.SetBundledInput(stdlib.Back, 5)
	if got := c.Events(); got != "redstone" {
		t.Error(got)
	}
	code := "return rs.getAnalogInput('top'), rs.getAnalogInput('left'), rs.getBundledInput('back'), rs.testBundledInput('back', 4), rs.testBundledInput('back', 6)"
	if got := c.Run(code); got != "15 0 5 true false" {
		t.Error(got)
	}
	s.SetInput(stdlib.Top, 0)
	if got := c.Events(); got != "redstone" {
		t.Error("again:", got)
	}
	s.SetInput(stdlib.Top, 1)
	c.Close() // drops the event
	s.SetInput(stdlib.Top, 2)
	again := newComputer(t, &s)
	s.SetInput(stdlib.Top, 3)
	if got := c.Events() + again.Events(); got != "redstone" {
		t.Error("after a new start:", got)
	}
}

func TestOutputs(t *testing.T) {
	var s redstone.Signals
	c := newComputer(t, &s)
	c.Run("rs.setAnalogOutput('front', 9) rs.setBundledOutput('front', 0x10003)")
	if s.Output(stdlib.Front) != 9 || s.BundledOutput(stdlib.Front) != 3 || s.Output(stdlib.Side(9)) != 0 || s.BundledOutput(-1) != 0 {
		t.Error(s.Output(stdlib.Front), s.BundledOutput(stdlib.Front))
	}
	c.Close()
	if s.Output(stdlib.Front) != 0 || s.BundledOutput(stdlib.Front) != 0 {
		t.Error("a computer that is off gives no signals")
	}
}
