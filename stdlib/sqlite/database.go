package sqlite

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

var (
	errClosed = errors.New("the database is closed")
	errMany   = fmt.Errorf("%d calls wait for the database already", MaxWaiting)
	errRows   = fmt.Errorf("the result has more than %d rows; use LIMIT", MaxRows)
	errResult = fmt.Errorf("the result takes more than %d bytes; ask for less of it, or use LIMIT", MaxResult)
	errLate   = fmt.Errorf("the transaction was rolled back: it took longer than %v", TransactionTime)
	errOver   = errors.New("the transaction is over")
)

// database is a connection with the calls that wait for it. They run one after the other, on a goroutine that is there while
// there are any. During a transaction only its own calls run.
type database struct {
	conn  *conn         // of the goroutine that runs calls
	limit time.Duration // of one call

	mu      sync.Mutex
	calls   []*call
	running *call        // that is being run now
	working bool         // the goroutine is there
	tx      *transaction // that is open
	closed  bool
	idle    sync.Cond // the goroutine has gone
}

// call is what a program has asked for.
type call struct {
	tx      *transaction // that it is a part of; nil for none
	do      func(*conn) error
	wait    *stdlib.Wait // nil: nobody waits
	err     error
	dropped bool // the program was terminated; guarded by mu
	always  bool // it is done even so
}

// transaction is one of db.transaction's. Its fields are guarded by the mutex of its database.
type transaction struct {
	db     *database
	thread *lua.Thread // that runs its function
	timer  *time.Timer
	err    error // it is over; says why
}

// newDatabase makes a database whose connection is being made; ready or fail tell how that went.
func newDatabase(limit time.Duration) *database {
	d := &database{limit: limit, working: true}
	d.idle.L = &d.mu
	return d
}

// ready gives the database its connection.
func (d *database) ready(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn, d.working = c, false
	d.idle.Broadcast()
}

// fail closes a database whose connection could not be made.
func (d *database) fail() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed, d.working = true, false
	d.idle.Broadcast()
}

// submit adds a call.
func (d *database) submit(c *call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return errClosed
	case c.tx != nil && c.tx.err != nil:
		return c.tx.err
	case len(d.calls) >= MaxWaiting && !c.always:
		return errMany
	}
	d.add(c)
	return nil
}

func (d *database) add(c *call) {
	d.calls = append(d.calls, c)
	if !d.working {
		d.working = true
		go d.work()
	}
}

// drop lets go of a call whose program was terminated.
func (d *database) drop(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.dropped = true
	if d.running == c {
		d.conn.stop.Store(true)
	}
}

// isDropped reports whether a call's program was terminated.
func (d *database) isDropped(c *call) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return c.dropped
}

// next takes the first call that can run now; nil if there is none.
func (d *database) next() *call {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = nil
	for i, c := range d.calls {
		if !d.closed && c.tx != d.tx && (c.tx == nil || c.tx.err == nil) {
			continue
		}
		d.calls = slices.Delete(d.calls, i, i+1)
		switch {
		case d.closed:
			c.err = errClosed
		case c.tx != nil && c.tx.err != nil:
			c.err = c.tx.err
		case c.dropped && !c.always:
			c.err = errStopped
		default:
			d.running = c
		}
		d.conn.stop.Store(false)
		return c
	}
	d.working = false
	d.idle.Broadcast()
	return nil
}

// work runs calls until there are none.
func (d *database) work() {
	for {
		c := d.next()
		if c == nil {
			return
		}
		if c.err == nil {
			c.err = d.run(c)
		}
		if c.wait != nil {
			c.wait.Finish()
		}
	}
}

func (d *database) run(c *call) error {
	late := false // guarded by mu
	timer := time.AfterFunc(d.limit, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.running == c {
			late = true
			d.conn.stop.Store(true)
		}
	})
	err := c.do(d.conn)
	timer.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case !errors.Is(err, errStopped):
	case late:
		return fmt.Errorf("the statement took longer than %v", d.limit)
	case d.closed:
		return errClosed
	}
	return err
}

// own runs a command that programs may not use.
func own(c *conn, command string) error {
	c.own = true
	defer func() { c.own = false }()
	_, err := c.run(command, nil, nil)
	return err
}

// begin is the call that begins a transaction.
func (d *database) begin(tx *transaction) *call {
	b := &call{}
	b.do = func(c *conn) error {
		if err := own(c, "BEGIN IMMEDIATE"); err != nil {
			return err
		}
		d.mu.Lock()
		dropped := b.dropped
		if !dropped {
			d.tx = tx
			tx.timer = time.AfterFunc(TransactionTime, tx.late)
		}
		d.mu.Unlock()
		if dropped {
			c.stop.Store(false)
			return own(c, "ROLLBACK")
		}
		return nil
	}
	return b
}

// late ends a transaction that has taken too long.
func (tx *transaction) late() {
	d := tx.db
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tx != tx || d.closed {
		return
	}
	c := tx.finish(false, errLate)
	d.calls = append([]*call{c}, d.calls...)
	if !d.working {
		d.working = true
		go d.work()
	}
}

// finish is the call that commits a transaction, or rolls it back; why is what later calls of it get.
func (tx *transaction) finish(commit bool, why error) *call {
	return &call{tx: tx, always: true, do: func(c *conn) error {
		var err error
		if commit {
			if c.outside() {
				err = errors.New("the transaction was rolled back by SQLite")
			} else {
				err = own(c, "COMMIT")
			}
		}
		if !c.outside() {
			c.stop.Store(false)
			if failed := own(c, "ROLLBACK"); err == nil {
				err = failed
			}
		}
		d := tx.db
		d.mu.Lock()
		defer d.mu.Unlock()
		tx.err, d.tx = why, nil
		tx.timer.Stop()
		return err
	}}
}

// close ends what is running and waiting, and closes the connection. It may be called again.
func (d *database) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.closed = true
	if d.tx != nil {
		d.tx.timer.Stop()
	}
	if len(d.calls) > 0 && !d.working {
		d.working = true
		go d.work()
	}
	for d.working {
		if d.conn != nil {
			d.conn.stop.Store(true)
		}
		d.idle.Wait()
	}
	if d.conn != nil {
		d.conn.close()
	}
}
