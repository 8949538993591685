package runtime

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// outputSize is how much text is gathered before it is written, in bytes.
	outputSize = 32 << 10
	// outputDelay is how long text waits at most, so that a program that computes shows its progress.
	outputDelay = 50 * time.Millisecond
	// slowWrite is how long a write may take before it counts as having held the program up.
	slowWrite = 5 * time.Millisecond
)

// output gathers the text that programs print, so that a loop of prints isn't one of system calls. Its methods may be
// called from any goroutine.
type output struct {
	mu             sync.Mutex
	stdout, stderr io.Writer
	buf            []byte
	err            error // of the first write that failed: text would be missing, so there are no more
	timer          *time.Timer
	armed          bool
	held           atomic.Int64 // how long slow writes took since blocked was called, as a time.Duration
}

// outputBuffers are those of outputs that have text to write: a computer that waits has none.
var outputBuffers = sync.Pool{New: func() any { b := make([]byte, 0, outputSize); return &b }}

func newOutput(stdout, stderr io.Writer) *output { return &output{stdout: stdout, stderr: stderr} }

func (o *output) writeString(s string) error {
	if !o.mu.TryLock() { // the timer's goroutine is writing, which may take long
		start := time.Now()
		o.mu.Lock()
		o.heldSince(start)
	}
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	if len(o.buf)+len(s) > outputSize {
		if err := o.flushLocked(); err != nil {
			return err
		}
		if len(s) >= outputSize {
			return o.emit(o.stdout, []byte(s))
		}
	}
	if o.buf == nil {
		o.buf = *outputBuffers.Get().(*[]byte)
	}
	o.buf = append(o.buf, s...)
	if !o.armed && len(o.buf) > 0 {
		o.armed = true
		if o.timer == nil {
			o.timer = time.AfterFunc(outputDelay, o.due)
		} else {
			o.timer.Reset(outputDelay)
		}
	}
	return nil
}

// failed returns the error of the first write that has failed.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// writeError writes to the standard error, after what was printed before.
func (o *output) writeError(s string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.flushLocked(); err != nil {
		return err
	}
	return o.emit(o.stderr, []byte(s))
}

// due is what the timer calls.
func (o *output) due() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.armed = false
	o.flushLocked() // the error stays in o.err
}

// flush writes what there is. The program is about to wait, so the buffer is given back.
func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.flushLocked()
	if o.buf != nil && err == nil {
		buf := o.buf
		o.buf = nil
		outputBuffers.Put(&buf)
	}
	return err
}

func (o *output) flushLocked() error {
	if o.err != nil || len(o.buf) == 0 {
		return o.err
	}
	b := o.buf
	o.buf = o.buf[:0]
	return o.emit(o.stdout, b)
}

// emit writes. o.mu is held.
func (o *output) emit(w io.Writer, b []byte) error {
	start := time.Now()
	if _, err := w.Write(b); err != nil {
		o.err = fmt.Errorf("cannot write output: %w", err)
	}
	o.heldSince(start)
	return o.err
}

func (o *output) heldSince(start time.Time) {
	if d := time.Since(start); d > slowWrite {
		o.held.Add(int64(d))
	}
}

// blocked returns for how long programs were held up since the last call.
func (o *output) blocked() time.Duration {
	if o.held.Load() == 0 {
		return 0
	}
	return time.Duration(o.held.Swap(0))
}

// close writes what is left.
func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.timer != nil {
		o.timer.Stop()
	}
	return o.flushLocked()
}
