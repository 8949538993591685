package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/luart/luart/runtime"
)

// writerFolder is the variable that makes the test's own binary a process which writes until it is killed.
const writerFolder = "LUART_TEST_SQLITE_FOLDER"

func TestMain(m *testing.M) {
	dir := os.Getenv(writerFolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	c, err := runtime.New(runtime.WithRoot(dir), runtime.WithStdout(os.Stdout), runtime.WithCode("=writer", `
		local db = assert(require "luart.sqlite".open "a.db")
		db.exec "CREATE TABLE IF NOT EXISTS t(a)"
		for i = 1, 1e6 do
			if i % 2 == 0 then
				db.exec("INSERT INTO t VALUES(?)", i)
			else
				db.transaction(function(tx) tx.exec("INSERT INTO t VALUES(?)", i) tx.exec("INSERT INTO t VALUES(?)", -i) end)
			end
			print(i)
		end`))
	if err == nil {
		_, err = c.Run(context.Background())
	}
	fmt.Println(err)
	os.Exit(1)
}

// What was committed is there after the process was killed, and of a transaction there is all or nothing.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), writerFolder+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, last := bufio.NewScanner(out), 0
		for last < 20+round && lines.Scan() {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Error(lines.Text())
				break
			}
		}
		_ = cmd.Process.Kill()
		for lines.Scan() { // what it has told before its end
			_, _ = fmt.Sscan(lines.Text(), &last)
		}
		_ = cmd.Wait() // says that it was killed
		got := run(t, dir, `
			local db = open "a.db"
			local last = tonumber((...))
			for i = 1, last do
				if #db.query("SELECT a FROM t WHERE a = ?", i) == 0 then print("lost", i) end
			end
			print(db.query "PRAGMA integrity_check"[1].integrity_check)
			print(#db.query "SELECT a FROM t WHERE a % 2 = 1 AND a > 0 AND -a NOT IN (SELECT a FROM t)")
			db.exec "DELETE FROM t"`, runtime.WithArgs(fmt.Sprint(last)))
		if last < 20 || got != "ok\n0" {
			t.Fatalf("after %d: %s", last, got)
		}
	}
}

// A computer that ends stops what runs, rolls back, and leaves one file.
func TestClose(t *testing.T) {
	for name, code := range map[string]string{
		"a query":       `parallel.waitForAny(function() db.query(` + endless + `) end, function() end)`,
		"a transaction": `parallel.waitForAny(function() db.transaction(function(tx) tx.exec "INSERT INTO t VALUES(2)" os.pullEvent "never" end) end, function() sleep(0) end)`,
		"a query in a transaction": `parallel.waitForAny(function() db.transaction(function(tx) tx.exec "INSERT INTO t VALUES(2)" tx.query(` + endless + `) end) end,
			function() sleep(0) sleep(0) end)`,
		"closing": `parallel.waitForAll(function() print(pcall(db.query, ` + endless + `)) end, function() db.close() print(pcall(db.query, "SELECT 1")) end)`,
		"opening": `db.transaction(function() parallel.waitForAny(function() sqlite.open("a.db", { busy = 60 }) end, function() end) end)`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			got := run(t, dir, `db = open "a.db" db.exec "CREATE TABLE t(a); INSERT INTO t VALUES(1)" `+code)
			want := ""
			if name == "closing" {
				want = "false\ttest:1: the database is closed\nfalse\ttest:1: the database is closed"
			}
			if got != want {
				t.Error(got)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("%v, %v", entries, err)
			}
			if got := run(t, dir, `print(#open "a.db".query "SELECT * FROM t")`); got != "1" {
				t.Errorf("there are %s rows", got)
			}
		})
	}
}

// FuzzSQL: whatever the program asks for, it gets an answer, nothing comes out of the folder, and the database stays whole.
func FuzzSQL(f *testing.F) {
	for _, s := range []string{
		"SELECT 1", "CREATE TABLE t(a); INSERT INTO t VALUES(1)", "ATTACH 'x' AS y", "PRAGMA journal_mode = OFF", "SELECT ?, :a", "VACUUM INTO 'x'",
		"CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT raise(ROLLBACK, 'x'); END", "SAVEPOINT a", "SELECT json_each.value FROM json_each('[1,2]')",
		"CREATE VIRTUAL TABLE f USING fts5(x)", "EXPLAIN SELECT 1", "SELECT * FROM sqlite_schema", "ANALYZE", "REINDEX", "/*", "\x00", "SELECT '\xff'",
	} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, sql string) {
		got := run(t, dir, `
			local db = open("a.db", { timeout = 1 })
			local sql = ... pcall(db.query, sql, 1)
			pcall(db.transaction, function(tx) tx.exec(sql) end)
			local ok, r = pcall(db.query, "PRAGMA quick_check")
			print(ok and r[1].quick_check or r)
			local list = fs.list("/")
			for _, name in ipairs(list) do if not name:find("^a%.db") and name ~= "rom" and name ~= "tmp" then print(name) end end`, runtime.WithArgs(sql))
		if got != "ok" {
			t.Errorf("%q: %s", sql, got)
		}
	})
}
