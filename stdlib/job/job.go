// Package job runs long work of host APIs on goroutines of its own: a download, the unpacking of an archive.
//
// An API makes a Pool for its computer and starts jobs in it, on the computer's goroutine; what the work gets is a context, which is done
// when the job is cancelled or the computer closes, and its Job, for progress. What leaves are a table for the program, by which it waits and cancels, and
// events: NAME_progress, NAME_done and NAME_failed, each with the job's number first. A coroutine that waits gets the outcome even if
// somebody else has taken the event.
package job

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// ProgressPeriod is the shortest time between two events of a job's progress; and no event is posted while the last one waits.
const ProgressPeriod = 100 * time.Millisecond

// closeTime is how long a computer that closes waits for work that doesn't end.
const closeTime = 2 * time.Second

// Failure is why work failed. Programs get the message, the class and the fields; other errors that work returns are of the class "io",
// or "cancelled" after that.
type Failure struct {
	// Class tells programs what kind of failure it is; each API lists its own.
	Class string
	// Message says who, what and where.
	Message string
	// Fields are what else programs can read in the third result or argument, a table; values are what stdlib.ValueOf takes.
	Fields map[string]any
}

func (f *Failure) Error() string { return f.Message }

// Failf makes a failure.
func Failf(class, format string, args ...any) *Failure {
	return &Failure{Class: class, Message: fmt.Sprintf(format, args...)}
}

// Cancelled is the class of the failure of a job that was cancelled.
const Cancelled = "cancelled"

// Values makes the values that programs get, on the computer's goroutine.
type Values func() []lua.Value

// Result is what work gives.
type Result struct {
	Values Values // what waiting for the job returns; nil is true
	Event  Values // what the event has behind the job's number; nil is nothing
	Cost   int    // what the values take of the program's memory, about, in bytes
}

// Work is what a job does, on a goroutine of its own. It returns when ctx is done, with any error.
type Work func(ctx context.Context, j *Job) (Result, error)

// Pool are the jobs of one API in one computer. Its methods belong to the computer's goroutine.
type Pool struct {
	computer stdlib.Computer
	name     string
	slots    chan struct{}
	most     int
	ctx      context.Context
	cancel   context.CancelFunc
	count    atomic.Int64 // that have not ended
	last     int

	mu     sync.Mutex
	closed bool
	tasks  sync.WaitGroup
}

// NewPool makes a pool, which closes with the computer. name is what its events begin with; limit is how many jobs work at a time, waiting how many
// more wait for their turn.
func NewPool(c stdlib.Computer, name string, limit, waiting int) *Pool {
	p := &Pool{computer: c, name: name, slots: make(chan struct{}, limit), most: limit + waiting}
	p.ctx, p.cancel = context.WithCancel(c.Context())
	c.OnClose(p.close)
	return p
}

func (p *Pool) close(ctx context.Context) {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	ended := make(chan struct{})
	go func() {
		p.tasks.Wait()
		close(ended)
	}()
	patience := time.NewTimer(closeTime)
	defer patience.Stop()
	select {
	case <-ended:
	case <-ctx.Done():
	case <-patience.C: // a disk or a name server that doesn't answer is not ours to wait for
	}
}

// Job is a piece of work.
type Job struct {
	pool   *Pool
	id     int
	cancel context.CancelFunc

	mu       sync.Mutex
	over     bool
	result   Result
	failure  *Failure
	latest   Values // of the progress
	waiting  bool   // an event of progress is in the queue
	reported time.Time
}

// Start starts a job. end, if it isn't nil, is called once the work is over, or was never begun, before programs hear of it, on any goroutine. The error is
// that there are too many jobs already.
func (p *Pool) Start(work Work, end func()) (*Job, error) {
	if end == nil {
		end = func() {}
	}
	if int(p.count.Add(1)) > p.most {
		p.count.Add(-1)
		end()
		return nil, fmt.Errorf("too many jobs: %d are under way", p.most)
	}
	p.last++
	j := &Job{pool: p, id: p.last}
	var ctx context.Context
	ctx, j.cancel = context.WithCancel(p.ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		j.cancel()
		p.count.Add(-1)
		end()
		return nil, context.Canceled
	}
	p.tasks.Go(func() {
		defer j.cancel()
		var result Result
		err := context.Canceled
		select {
		case p.slots <- struct{}{}:
			result, err = j.run(ctx, work)
			<-p.slots
		case <-ctx.Done():
		}
		end()
		p.count.Add(-1)
		j.finish(ctx, result, err)
	})
	return j, nil
}

// run turns a panic, which libraries may have for a file that is made for it, into an error.
func (j *Job) run(ctx context.Context, work Work) (result Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			j.pool.computer.Log().Error("a job has panicked", "job", j.pool.name, "panic", r, "stack", string(debug.Stack()))
			err = Failf("internal", "%s: internal fault: %v", j.pool.name, r)
		}
	}()
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	return work(ctx, j)
}

func (j *Job) finish(ctx context.Context, result Result, err error) {
	var failure *Failure
	if err != nil {
		var ok bool
		switch failure, ok = err.(*Failure); {
		case ctx.Err() != nil:
			failure = Failf(Cancelled, "%s: cancelled", j.pool.name)
		case !ok:
			failure = Failf("io", "%s: %v", j.pool.name, err)
		}
	}
	j.mu.Lock()
	j.over, j.result, j.failure = true, result, failure
	j.mu.Unlock()
	event := stdlib.Event{Name: j.pool.name + "_done"}
	if failure != nil {
		event.Name = j.pool.name + "_failed"
	}
	event.Args = func() []lua.Value {
		values := []lua.Value{lua.Int(j.id)}
		switch {
		case failure != nil:
			values = append(values, j.results()[1:]...)
		case result.Event != nil:
			values = append(values, result.Event()...)
		}
		return values
	}
	j.pool.post(event)
}

func (p *Pool) post(e stdlib.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		_ = p.computer.Queue().PostInternal(e) // it only fails when the computer ends
	}
}

// results are what waiting for the job gives, when it is over.
func (j *Job) results() []lua.Value {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f := j.failure; f != nil {
		info := lua.NewTable(0, 1+len(f.Fields))
		info.SetString("class", lua.String(f.Class))
		for name, v := range f.Fields {
			info.SetString(name, stdlib.ValueOf(v))
		}
		return []lua.Value{lua.Nil, lua.String(f.Message), info.Value()}
	}
	if j.result.Values == nil {
		return []lua.Value{lua.True}
	}
	return j.result.Values()
}

// Progress tells the program how far the work is. The last call before the end may come to nothing; so may others that come fast.
func (j *Job) Progress(values Values) {
	j.mu.Lock()
	j.latest = values
	now := time.Now()
	due := !j.waiting && !j.over && now.Sub(j.reported) >= ProgressPeriod
	if due {
		j.waiting, j.reported = true, now
	}
	j.mu.Unlock()
	if !due {
		return
	}
	taken := func() Values {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.waiting = false
		return j.latest
	}
	j.pool.post(stdlib.Event{
		Name: j.pool.name + "_progress",
		Args: func() []lua.Value { return append([]lua.Value{lua.Int(j.id)}, taken()()...) },
		Drop: func() { taken() },
	})
}

// Cancel ends the job soon, with a failure of the class Cancelled, unless it is over. Any goroutine may call it.
func (j *Job) Cancel() { j.cancel() }

// Over reports whether the job has ended.
func (j *Job) Over() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.over
}

// Wait yields until the job is over, and returns what it gives: its values, or nil, the message and a table with the class. progress is called with the
// values of each event of progress, unless it is nil; if it returns false, the job is cancelled. A terminate event cancels the job and throws "Terminated".
func (j *Job) Wait(c lua.Call, progress lua.Value) (lua.Results, error) {
	if j.Over() {
		if err := c.Reserve(j.result.Cost); err != nil {
			return 0, err
		}
		return c.Return(j.results()...)
	}
	return c.Yield(func(c lua.Call) (lua.Results, error) { return j.resumed(c, progress) })
}

func (j *Job) resumed(c lua.Call, progress lua.Value) (lua.Results, error) {
	if stdlib.IsTerminate(c) {
		j.Cancel()
		return 0, stdlib.ErrTerminated
	}
	name, _ := c.Arg(1).AsString()
	id, _ := c.Arg(2).AsNumber()
	if progress.IsNil() || name != j.pool.name+"_progress" || int(id) != j.id {
		return j.Wait(c, progress)
	}
	args := make([]lua.Value, 0, 4)
	for i := 3; i <= c.N(); i++ {
		args = append(args, c.Arg(i))
	}
	return c.PCallThen(progress, func(c lua.Call, err *lua.Error) (lua.Results, error) {
		if err != nil {
			j.Cancel()
			return 0, err
		}
		if more, ok := c.Arg(1).AsBool(); ok && !more {
			j.Cancel()
		}
		return j.Wait(c, progress)
	}, args...)
}

// Handle is the job in the hands of a program: id, wait([progress]), cancel() and isDone().
func (j *Job) Handle() lua.Value {
	t := lua.NewTable(0, 4)
	t.SetString("id", lua.Int(j.id))
	t.SetString("wait", lua.NewFunction("wait", func(c lua.Call) (lua.Results, error) {
		progress := c.Arg(1)
		if !progress.IsNil() {
			var err error
			if progress, err = stdlib.CheckFunction(c, 1); err != nil {
				return 0, err
			}
		}
		return j.Wait(c, progress)
	}))
	t.SetString("cancel", lua.NewFunction("cancel", func(c lua.Call) (lua.Results, error) {
		j.Cancel()
		return c.Return0()
	}))
	t.SetString("isDone", lua.NewFunction("isDone", func(c lua.Call) (lua.Results, error) {
		return c.Return1(lua.Bool(j.Over()))
	}))
	return t.Value()
}
