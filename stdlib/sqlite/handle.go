package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// handle is a database in the hands of programs. Its methods are the functions of the Lua table, for the computer's goroutine.
type handle struct {
	*database
	api        *api
	statements map[*lua.Table]stmt
}

var (
	errInside     = errors.New("a transaction of this coroutine is open: use the functions of the value that its function got")
	errStatement  = errors.New("the statement is closed")
	errStatements = fmt.Errorf("the database has %d prepared statements; close some", MaxStatements)
)

// ask submits a call and yields until it is done.
func (h *handle) ask(c lua.Call, ask *call, k lua.Cont) (lua.Results, error) {
	if ask.tx == nil && h.inside(c.Thread()) {
		return 0, errInside
	}
	ask.wait = stdlib.NewWait(h.api.computer, func() { h.drop(ask) })
	if err := h.submit(ask); err != nil {
		return 0, err
	}
	return ask.wait.Then(c, func(c lua.Call) (lua.Results, error) {
		if ask.err != nil {
			return 0, ask.err
		}
		return k(c)
	})
}

// runOne makes the call for a command: the arguments are a text or a statement, and parameters.
func (h *handle) runOne(c lua.Call, s stmt, first int, tx *transaction, out *rows, o *outcome) (*call, error) {
	var text string
	if s == 0 {
		if t, ok := c.Arg(1).AsTable(); ok {
			if s, ok = h.statements[t]; !ok {
				return nil, lua.ArgError(1, "this is no prepared statement of the database, or a closed one")
			}
		} else {
			var err error
			if text, err = stdlib.CheckString(c, 1); err != nil {
				return nil, err
			}
		}
	}
	p, err := h.api.params(c, first)
	if err != nil {
		return nil, err
	}
	return &call{tx: tx, do: func(conn *conn) (err error) {
		switch {
		case s == 0:
			*o, err = conn.run(text, p, out)
		default:
			if _, ok := conn.kept[s]; !ok {
				return errStatement
			}
			*o, err = conn.runPrepared(s, p, out)
		}
		return err
	}}, nil
}

// runExec is exec of the database, a transaction or a statement.
func (h *handle) runExec(c lua.Call, s stmt, first int, tx *transaction) (lua.Results, error) {
	var o outcome
	ask, err := h.runOne(c, s, first, tx, nil, &o)
	if err != nil {
		return 0, err
	}
	return h.ask(c, ask, func(c lua.Call) (lua.Results, error) {
		return c.Return(lua.Number(float64(o.changes)), back(o.lastID))
	})
}

// runQuery is query of the database, a transaction or a statement.
func (h *handle) runQuery(c lua.Call, s stmt, first int, tx *transaction) (lua.Results, error) {
	var o outcome
	var r rows
	ask, err := h.runOne(c, s, first, tx, &r, &o)
	if err != nil {
		return 0, err
	}
	return h.ask(c, ask, r.give)
}

// exec is exec(sql, ...): how many rows have changed, and the id of the row that was inserted last.
func (h *handle) exec(c lua.Call) (lua.Results, error) { return h.runExec(c, 0, 2, nil) }

// query is query(sql, ...): the rows, and the names of the columns.
func (h *handle) query(c lua.Call) (lua.Results, error) { return h.runQuery(c, 0, 2, nil) }

// rows is rows(sql, ...): query for a loop, which gets a row and its number each time.
func (h *handle) rows(c lua.Call) (lua.Results, error) {
	var o outcome
	var r rows
	ask, err := h.runOne(c, 0, 2, nil, &r, &o)
	if err != nil {
		return 0, err
	}
	return h.ask(c, ask, func(c lua.Call) (lua.Results, error) {
		list, _, err := r.tables(c)
		if err != nil {
			return 0, err
		}
		i := 0
		return c.Return1(lua.NewFunctionHolding("row", func(c lua.Call) (lua.Results, error) {
			i++
			row := list.GetInt(i)
			if row.IsNil() {
				return c.Return1(lua.Nil)
			}
			list.SetInt(i, lua.False) // the loop is done with it
			return c.Return(row, lua.Int(i))
		}, list.Value()))
	})
}

// prepare is prepare(sql): a statement.
func (h *handle) prepare(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if len(h.statements) >= MaxStatements {
		return 0, errStatements
	}
	if err := c.Reserve(4096 + len(text)); err != nil {
		return 0, err
	}
	var s stmt
	ask := &call{}
	ask.do = func(conn *conn) (err error) {
		if s, err = conn.keep(text); err == nil && h.isDropped(ask) {
			conn.release(s)
		}
		return err
	}
	return h.ask(c, ask, func(c lua.Call) (lua.Results, error) { return c.Return1(h.statement(s)) })
}

// statement makes the table of a prepared statement.
func (h *handle) statement(s stmt) lua.Value {
	t := lua.NewTable(0, 3)
	h.statements[t] = s
	use := func(f func(lua.Call, stmt, int, *transaction) (lua.Results, error)) lua.GoFunc {
		return func(c lua.Call) (lua.Results, error) {
			if _, ok := h.statements[t]; !ok {
				return 0, errStatement
			}
			return f(c, s, 1, nil)
		}
	}
	t.SetString("exec", lua.NewFunction("exec", use(h.runExec)))
	t.SetString("query", lua.NewFunction("query", use(h.runQuery)))
	t.SetString("close", lua.NewFunction("close", func(c lua.Call) (lua.Results, error) {
		if _, ok := h.statements[t]; ok {
			delete(h.statements, t)
			// Nobody waits for it; a database that is closed has freed it already.
			_ = h.submit(&call{always: true, do: func(conn *conn) error { conn.release(s); return nil }})
		}
		return c.Return0()
	}))
	return t.Value()
}

// inside reports whether the coroutine is in a transaction's function.
func (h *handle) inside(thread *lua.Thread) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tx != nil && h.tx.thread == thread
}

// transaction is transaction(f): begins a transaction, calls f(tx), and commits or, if f throws, rolls back. It returns what f returns.
func (h *handle) transaction(c lua.Call) (lua.Results, error) {
	f, err := stdlib.CheckFunction(c, 1)
	if err != nil {
		return 0, err
	}
	tx := &transaction{db: h.database, thread: c.Thread()}
	begin := h.begin(tx)
	return h.ask(c, begin, func(c lua.Call) (lua.Results, error) {
		return c.PCallThen(f, func(c lua.Call, failed *lua.Error) (lua.Results, error) { return h.end(c, tx, failed) }, h.functions(tx))
	})
}

// functions makes the table that the function of a transaction gets.
func (h *handle) functions(tx *transaction) lua.Value {
	t := lua.NewTable(0, 2)
	t.SetString("exec", lua.NewFunction("exec", func(c lua.Call) (lua.Results, error) { return h.runExec(c, 0, 2, tx) }))
	t.SetString("query", lua.NewFunction("query", func(c lua.Call) (lua.Results, error) { return h.runQuery(c, 0, 2, tx) }))
	return t.Value()
}

// end commits a transaction or rolls it back; the arguments are what its function has returned.
func (h *handle) end(c lua.Call, tx *transaction, failed *lua.Error) (lua.Results, error) {
	results := lua.NewTable(c.N(), 0)
	n := c.N()
	for i := range n {
		results.SetInt(i+1, c.Arg(i+1))
	}
	finish := tx.finish(failed == nil, errOver)
	finish.wait = stdlib.NewWait(h.api.computer, nil)
	done := func(c lua.Call, err error) (lua.Results, error) {
		switch {
		case failed != nil:
			return 0, failed
		case err != nil:
			return 0, err
		}
		slots, r, err := c.ReturnSlots(n)
		for i := range slots {
			slots[i] = results.GetInt(i + 1)
		}
		return r, err
	}
	if err := h.submit(finish); err != nil {
		return done(c, err)
	}
	return finish.wait.Then(c, func(c lua.Call) (lua.Results, error) { return done(c, finish.err) })
}

// vacuum is vacuum().
func (h *handle) vacuum(c lua.Call) (lua.Results, error) {
	return h.ask(c, &call{do: (*conn).vacuum}, func(c lua.Call) (lua.Results, error) { return c.Return0() })
}

// close is close(): what runs is stopped, what waits fails.
func (h *handle) close(c lua.Call) (lua.Results, error) {
	if _, ok := h.api.open[h.database]; !ok {
		return c.Return0()
	}
	// There is room for as many as there can be databases, and as many again that are being opened.
	return h.api.opening.Run(c, func(context.Context) { h.database.close() }, func(c lua.Call) (lua.Results, error) {
		delete(h.api.open, h.database)
		clear(h.statements)
		return c.Return0()
	})
}
