package lang

import (
	"fmt"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
)

// A VM is the Engine of this project: every program runs in a machine of its
// own. Its limits are there so that a test ends, not to be reached.
type VM struct {
	Memory  int64         // bytes; 0 means 1 GiB
	Timeout time.Duration // for a program; 0 means 20 s
}

// Run runs the programs one after the other. Its error is always nil.
func (e VM) Run(programs []Program) ([]Outcome, error) {
	outcomes := make([]Outcome, len(programs))
	for i, p := range programs {
		outcomes[i] = e.run(p)
	}
	return outcomes, nil
}

// maxYields is how often a program that yields is resumed before the engine
// takes it for endless.
const maxYields = 1_000_000

func (e VM) run(p Program) (o Outcome) {
	memory, timeout := e.Memory, e.Timeout
	if memory == 0 {
		memory = 1 << 30
	}
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	vm := lua.NewVM(lua.Options{Memory: memory})
	lualib.Open(vm)
	vm.Globals().SetString("print", lua.NewFunction("print", func(c lua.Call) (lua.Results, error) {
		args := make([]lua.Value, c.N())
		for i := range args {
			args[i] = c.Arg(i + 1)
		}
		return printing{&o, args, nil}.next(c)
	}))
	fail := func(err error) Outcome {
		o.Failed, o.Error = true, visible(errorText(err))
		return o
	}
	f, err := vm.Load(p.Source, "="+p.Name, nil)
	if err != nil {
		return fail(err)
	}
	vm.SetDeadline(timeout, time.Second)
	thread := vm.NewThread(f)
	for range maxYields {
		if _, err := thread.Resume(); err != nil {
			return fail(err)
		}
		if thread.Status() == lua.Dead {
			return o
		}
	}
	return fail(fmt.Errorf("the program yielded %d times", maxYields))
}

// errorText is the message of an error, or its type when it isn't a string.
func errorText(err error) string {
	if e, ok := err.(*lua.Error); ok {
		if s, ok := e.Value.AsString(); ok {
			return s
		}
		return fmt.Sprintf("(a %s value)", e.Value.TypeName())
	}
	return err.Error()
}

// printing is a call of print: the values it has still to convert, and what
// they were converted to. Converting calls __tostring, which may yield.
type printing struct {
	to    *Outcome
	todo  []lua.Value
	parts []string
}

func (p printing) next(c lua.Call) (lua.Results, error) {
	if len(p.todo) > 0 {
		v := p.todo[0]
		p.todo = p.todo[1:]
		return c.ToStringThen(v, func(c lua.Call) (lua.Results, error) {
			s, ok := c.Arg(1).ToString()
			if !ok {
				s = c.Arg(1).String()
			}
			p.parts = append(p.parts, s)
			return p.next(c)
		})
	}
	for line := range strings.SplitSeq(strings.Join(p.parts, " "), "\n") {
		p.to.Output = append(p.to.Output, visible(line))
	}
	return c.Return0()
}

// visible writes bytes outside printable ASCII as \xNN.
func visible(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			fmt.Fprintf(&b, "\\x%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
