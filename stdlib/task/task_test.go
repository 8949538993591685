package task

import (
	"testing"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
)

func TestLua(t *testing.T) {
	c := computertest.New(t, lualib.Open)
	c.VM().Globals().SetString("task", Open(c))
	for code, want := range map[string]string{
		`return task.resume(coroutine.create(function(...) return ... end), 5, 1, nil, 3)`:        "returned 1 nil 3",
		`return task.resume(coroutine.create(function(...) coroutine.yield(...) end), nil, 1, 2)`: "yielded 1 2",
		`return task.resume(coroutine.create(function() end))`:                                    "returned",
		`return task.resume(coroutine.create(function() error("e", 0) end), 0)`:                   "failed e stack traceback:\n\t[C]: in function 'error'\n\ttest:1: in function <test:1>",
		`return task.resume(coroutine.running(), 5)`:                                              "failed cannot resume running coroutine",
		`local co = coroutine.create(function() while true do end end) return task.resume(co, 0.01), task.preempted(co), task.resume(co, 1e-9), coroutine.status(co), (coroutine.resume(co))`:                "preempted true preempted suspended false",
		`local co = coroutine.create(function() end) task.resume(co, math.huge) return task.preempted(co), task.cputime(co) < 60`:                                                                            "false true",
		`local co = coroutine.create(function() while true do end end) task.limit(co, 0.001, 1) local s, m = task.resume(co) return s, m`:                                                                    "failed test:1: Too long without yielding",
		`local co = coroutine.create(function() while true do pcall(function() while true do end end) end end) task.limit(co, 0.001, 0) local s, m = task.resume(co) return s, m, task.cputime(co) >= 0.001`: "failed Too long without yielding true",
		`local co = coroutine.create(function() end) task.limit(co, 1) task.limit(co) task.limit(co, 0) return (task.resume(co))`:                                                                            "returned",
		`local co = coroutine.create(function() local s = ("x"):rep(1e6) end) task.resume(co) local n = task.allocated(co) return n >= 1e6, n < 4e6, task.allocated() >= n`:                                  "true true true",
		`return task.cputime(coroutine.create(print or pcall)), task.allocated(coroutine.running())`:                                                                                                         "0 0",
		`local co = coroutine.create(function() pcall(coroutine.yield) return "went on" end) task.resume(co) task.kill(co) return coroutine.status(co), task.resume(co)`:                                     "dead failed killed",
		`local co = coroutine.create(function() while true do end end) task.resume(co, 0.01) task.kill(co, "enough") task.kill(co) return coroutine.status(co), task.resume(co, 5)`:                          "dead failed enough",
		`local n = task.measure({("x"):rep(1e6)}) return n > 1e6, n < 1.1e6, task.measure(nil), task.measure(1)`:                                                                                             "true true 0 0",
		`local s = {("x"):rep(1e6)} return task.measure({s}, {[s] = true}) < 1000`:                                                                                                                           "true",
		`local used, limit = task.memory() return used > 1000, limit`:                                                                                                                                        "true 67108864",
		`return pcall(task.resume)`:                            "false test:1: bad argument #1 (thread expected, got nil)",
		`return pcall(task.resume, coroutine.running(), {})`:   "false test:1: bad argument #2 (number expected, got table)",
		`return pcall(task.resume, coroutine.running(), -1)`:   "false test:1: bad argument #2 (a time of 0 or more expected, got -1)",
		`return pcall(task.resume, coroutine.running(), 0/0)`:  "false test:1: bad argument #2 (a time of 0 or more expected, got nan)",
		`return pcall(task.limit, 1)`:                          "false test:1: bad argument #1 (thread expected, got number)",
		`return pcall(task.limit, coroutine.running(), 1, -1)`: "false test:1: bad argument #3 (a time of 0 or more expected, got -1)",
		`return pcall(task.kill, coroutine.running())`:         "false test:1: cannot end running coroutine",
		`return pcall(task.allocated, 1)`:                      "false test:1: bad argument #1 (thread expected, got number)",
		`return pcall(task.cputime)`:                           "false test:1: bad argument #1 (thread expected, got nil)",
		`return pcall(task.preempted)`:                         "false test:1: bad argument #1 (thread expected, got nil)",
		`return pcall(task.measure)`:                           "false test:1: bad argument #1 (value expected)",
		`return pcall(task.measure, {}, 1)`:                    "false test:1: bad argument #2 (table expected, got number)",
	} {
		if got := c.Run(code); got != want {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
}
