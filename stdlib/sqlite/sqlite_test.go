package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
)

// prelude is before the code of all tests, on its first line.
const prelude = `local sqlite = require "luart.sqlite" local function open(...) return assert(sqlite.open(...)) end `

// endless is a query that doesn't end by itself.
const endless = `"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"`

// run runs a program in a folder and returns what it prints.
func run(t testing.TB, dir, code string, options ...runtime.Option) string {
	t.Helper()
	return runtimetest.Run(t, dir, prelude+code, options...)
}

// like compares with a text in which "…" is anything.
func like(got, want string) bool {
	before, after, any := strings.Cut(want, "…")
	return got == want || any && strings.HasPrefix(got, before) && strings.HasSuffix(got, after)
}

func write(t testing.TB, text string, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestValues(t *testing.T) {
	for code, want := range map[string]string{
		`db.query("SELECT ? AS v, typeof(?1) AS t", "a\0b")[1]`:                                 "3\ttext",
		`db.query("SELECT ? AS v, typeof(?1) AS t", sqlite.blob "a\0b")[1]`:                     "3\tblob",
		`db.query("SELECT ? AS v, typeof(?1) AS t", sqlite.blob "")[1]`:                         "0\tblob",
		`db.query("SELECT ? AS v, typeof(?1) AS t", "")[1]`:                                     "0\ttext",
		`db.query("SELECT ? AS v, typeof(?1) AS t", nil)[1]`:                                    "nil\tnull",
		`db.query("SELECT ? AS v, typeof(?1) AS t", sqlite.null)[1]`:                            "nil\tnull",
		`db.query("SELECT ? AS v, typeof(?1) AS t", 0/0)[1]`:                                    "nil\tnull",
		`db.query("SELECT ? AS v, typeof(?1) AS t", true)[1]`:                                   "1\tinteger",
		`db.query("SELECT ? AS v, typeof(?1) AS t", 2^53)[1]`:                                   "9007199254740992\tinteger",
		`db.query("SELECT ? AS v, typeof(?1) AS t", 2^54)[1]`:                                   "1.8014398509481984e+16\treal",
		`db.query("SELECT ? AS v, typeof(?1) AS t", -1.5)[1]`:                                   "-1.5\treal",
		`db.query("SELECT ? AS v, typeof(?1) AS t", 1/0)[1]`:                                    "inf\treal",
		`db.query("SELECT -9223372036854775807 - 1 AS v, 'min' AS t")[1]`:                       "20\tmin", // a string of digits
		`db.query("SELECT 9007199254740993 AS v, 'large' AS t")[1]`:                             "16\tlarge",
		`db.query("SELECT :v AS v, @t AS t", { v = 1, t = "x" })[1]`:                            "1\tx",
		`db.query("SELECT ? AS v, ? AS t", { 1, "x" })[1]`:                                      "1\tx",
		`db.query("SELECT ?2 AS v, ?1 AS t", { 1, 2 })[1]`:                                      "2\t1",
		`db.query("SELECT ? AS v, ? AS t", { [2] = "x" })[1]`:                                   "nil\tx",
		`db.query("SELECT 1 AS v, 2 AS t; SELECT 3 AS v, 4 AS t -- the last")[1]`:               "3\t4",
		`db.query("SELECT 1 AS v, 'Robert''); DROP TABLE x' AS t")[1]`:                          "1\tRobert'); DROP TABLE x",
		`{ v = #db.query("SELECT 1 WHERE 0"), t = select(2, db.query("SELECT 1 AS a"))[1] }`:    "0\ta",
		`{ v = #db.query(""), t = #db.query(";;-- nothing") }`:                                  "0\t0",
		`{ v = (db.exec "CREATE TABLE t(a); INSERT INTO t VALUES(1),(2),(3); DELETE FROM t") }`: "6\tnil",
	} {
		got := run(t, t.TempDir(), `local db = open ":memory:" local r = `+code+`
			if type(r.v) == "string" then r.v = #r.v elseif r.v == 2^53 then r.v = ("%d"):format(r.v) end print(r.v, r.t)`)
		if got != want && !(strings.Contains(code, "2^54") && strings.HasSuffix(got, "real")) {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
}

func TestPrograms(t *testing.T) {
	for name, test := range map[string]struct{ code, want string }{
		"changes": {`
			local db = open "a.db"
			print(db.exec "CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
			print(db.exec("INSERT INTO t(a) VALUES(?)", 1))
			print(db.exec("INSERT INTO t(a) VALUES(1), (2); UPDATE t SET a = 5"))
			for row, i in db.rows "SELECT id, a FROM t ORDER BY id" do io.write(i, ":", row.id, "=", row.a, " ") end
			for row in db.rows "SELECT 1 WHERE 0" do print(row) end
			db.close() db.close()
			print(#open("a.db").query "SELECT * FROM t")`,
			"0\t0\n1\t1\n5\t3\n1:1=5 2:2=5 3:3=5 3"},
		"prepared": {`
			local db = open ":memory:"
			db.exec "CREATE TABLE t(a, b)"
			local insert, get = db.prepare "INSERT INTO t VALUES(?, ?)", db.prepare "SELECT b FROM t WHERE a = :a"
			insert.exec(1, "one") insert.exec { 2, "two" }
			print(get.query { a = 1 }[1].b, get.query { a = 2 }[1].b, get.query(3)[1])
			db.transaction(function(tx) tx.exec(insert, 3, "three") print(tx.query(get, 3)[1].b) end)
			print(pcall(insert.exec, 1))
			insert.close() insert.close()
			print(pcall(insert.exec, 1, 2))
			print(pcall(db.prepare, "SELECT 1; SELECT 2"))
			print(pcall(db.prepare, ""))
			local other = open ":memory:"
			print(pcall(other.exec, get, 1))
			db.close()
			print(pcall(get.query, 1))
			local n = 0
			while pcall(other.prepare, "SELECT 1") do n = n + 1 end
			print(n, pcall(other.prepare, "SELECT 1"))`,
			"one\ttwo\tnil\nthree\nfalse\ttest:8: the statement has 2 parameters, and got 1\nfalse\ttest:10: the statement is closed\n" +
				"false\ttest:11: only one command can be prepared at a time\nfalse\ttest:12: there is no command in the SQL text\n" +
				"false\ttest:14: bad argument #1 (this is no prepared statement of the database, or a closed one)\nfalse\ttest:16: the statement is closed\n" +
				"256\tfalse\ttest:19: the database has 256 prepared statements; close some"},
		"transactions": {`
			local db = open "a.db"
			db.exec "CREATE TABLE t(a)"
			local function count() return db.query "SELECT count(*) AS n FROM t"[1].n end
			print(db.transaction(function(tx) tx.exec "INSERT INTO t VALUES(1)" return 1, nil, 3, nil end))
			print(pcall(db.transaction, function(tx) tx.exec "INSERT INTO t VALUES(2)" error({ code = 5 }) end))
			print(pcall(db.transaction, function(tx) tx.exec "INSERT INTO t VALUES(2)" error("no", 0) end))
			print(pcall(db.transaction, function(tx) db.exec "INSERT INTO t VALUES(2)" end))
			print(pcall(db.transaction, function() db.transaction(print) end))
			local kept
			db.transaction(function(tx) kept = tx end)
			print(pcall(kept.exec, "INSERT INTO t VALUES(3)"))
			-- Savepoints are within a transaction.
			db.transaction(function(tx) tx.exec "INSERT INTO t VALUES(4); SAVEPOINT s; INSERT INTO t VALUES(5); ROLLBACK TO s; RELEASE s" end)
			print(count(), pcall(db.exec, "SAVEPOINT s"))
			-- Others wait for their turn.
			local order = {}
			parallel.waitForAll(function()
				db.transaction(function(tx)
					tx.exec "INSERT INTO t VALUES(6)" sleep(0) order[#order + 1] = tx.query "SELECT count(*) AS n FROM t"[1].n
				end)
			end, function() sleep(0) db.exec "INSERT INTO t VALUES(7)" order[#order + 1] = count() end)
			print(table.concat(order, " "))
			print(db.transaction(function(tx) return pcall(tx.exec, "ROLLBACK") end))
			print(pcall(db.transaction, function(tx) tx.exec "CREATE TABLE u(a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO u VALUES(1)" pcall(tx.exec, "INSERT INTO u VALUES(1)") end))
			print(count())`,
			"1\tnil\t3\tnil\nfalse\ttable…\nfalse\tno\n" +
				"false\ttest:8: a transaction of this coroutine is open: use the functions of the value that its function got\n" +
				"false\ttest:9: a transaction of this coroutine is open: use the functions of the value that its function got\n" +
				"false\ttest:12: the transaction is over\n2\tfalse\ttest:15: not authorized\n3 4\nfalse\ttest:24: not authorized\n" +
				"false\ttest:25: the transaction was rolled back by SQLite\n4"},
		"what may not be": {`
			local db = open "a.db"
			for _, sql in ipairs {
				"ATTACH 'b.db' AS b", "ATTACH ':memory:' AS b", "DETACH main", "VACUUM INTO 'c.db'", "VACUUM", "BEGIN", "COMMIT", "ROLLBACK",
				"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA temp_store_directory = '/'", "PRAGMA writable_schema = 1",
				"PRAGMA mmap_size = 1000000", "PRAGMA hard_heap_limit = 0", "PRAGMA trusted_schema = 1", "PRAGMA max_page_count = 1000000000",
				"PRAGMA wal_autocheckpoint = 0", "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA cache_size = -1000000", "PRAGMA threads = 8",
				"SELECT load_extension('x')", "CREATE VIRTUAL TABLE v USING dbstat", "CREATE VIRTUAL TABLE v USING csv(filename='/etc/passwd')",
				"SELECT writefile('x', 'y')", "SELECT readfile('/etc/passwd')", "SELECT edit('x')", "SELECT * FROM pragma_database_list",
				"SELECT zeroblob(20000000)", "SELECT printf('%.*c', 20000000, 'x')", "SELECT " .. ("- "):rep(300) .. 1,
				"SELECT 1" .. (" UNION SELECT 1"):rep(200), ("-"):rep(2^20 + 1), "SELECT 1\0", "nonsense", "SELECT ?1001", "SELECT 1 AS 'a', \"b\"",
			} do
				local ok, message = pcall(db.query, sql)
				if ok then print("may be", sql:sub(1, 60)) end
			end
			print(db.query "PRAGMA journal_mode"[1].journal_mode, db.query "PRAGMA synchronous"[1].synchronous)
			print(#fs.list("/"), fs.exists("b.db"), fs.exists("c.db"))
			db.exec "PRAGMA user_version = 7; CREATE VIRTUAL TABLE f USING fts5(x); CREATE VIRTUAL TABLE r USING rtree(a, b, c)"
			db.exec("INSERT INTO f VALUES(?)", "a red fox")
			print(#db.query "SELECT * FROM f WHERE f MATCH 'fox'", db.query "SELECT json('[1]') AS j"[1].j)
			db.vacuum()`,
			"wal\t2\n5\tfalse\tfalse\n1\t[1]"},
		"arguments": {`
			local db = open ":memory:"
			print(pcall(sqlite.open))
			print(pcall(sqlite.open, "a.db", { busy = "x" }))
			print(pcall(sqlite.open, "a.db", { timeout = -1 }))
			print(pcall(sqlite.open, "a.db", { readOnly = 1 }))
			print(pcall(db.exec))
			print(pcall(db.exec, "SELECT ?", {}, 1))
			print(pcall(db.exec, "SELECT ?", print))
			print(pcall(db.exec, "SELECT ?", { print }))
			print(pcall(db.exec, "SELECT :x", { y = 1 }))
			print(pcall(db.exec, "SELECT ?", { y = 1 }))
			print(pcall(db.exec, "SELECT ?"))
			print(pcall(db.transaction, 1))
			print(pcall(sqlite.blob, 1))`,
			"false\ttest:3: bad argument #1 (string expected, got nil)\nfalse\ttest:4: bad field 'busy' (number expected, got string)\n" +
				"false\ttest:5: bad field 'timeout' (a number of seconds from 0 to 3600 expected)\nfalse\ttest:6: bad field 'readOnly' (boolean expected, got number)\n" +
				"false\ttest:7: bad argument #1 (string expected, got nil)\nfalse\ttest:8: bad argument #2 (nil, boolean, number, string or sqlite.blob expected, got table)\n" +
				"false\ttest:9: bad argument #2 (nil, boolean, number, string or sqlite.blob expected, got function)\n" +
				"false\ttest:10: bad field '1' (nil, boolean, number, string or sqlite.blob expected, got function)\n" +
				"false\ttest:11: there is no value for the parameter \"x\"; pass sqlite.null for none\nfalse\ttest:12: a table with names was given, and the statement has ? parameters\n" +
				"false\ttest:13: the statement has 1 parameters, and got 0\nfalse\ttest:14: bad argument #1 (function expected, got number)\n" +
				"false\ttest:15: bad argument #1 (string expected, got number)"},
		"limits": {`
			local db = open(":memory:", { timeout = 0.05 })
			print(pcall(db.query, ` + endless + `))
			print(pcall(db.query, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"))
			local slow = open ":memory:"
			print(pcall(slow.query, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"))
			print(pcall(slow.query, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT zeroblob(10000000) FROM c"))
			slow.exec "CREATE TABLE t(a)"
			print(pcall(slow.exec, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) INSERT INTO t SELECT zeroblob(1000000) FROM c"))
			local small = open("small.db", { maxSize = 65536 })
			small.exec "CREATE TABLE t(a)"
			print(pcall(small.exec, "INSERT INTO t VALUES(zeroblob(70000))"))
			small.exec "INSERT INTO t VALUES(zeroblob(30000))"
			small.close()
			print(pcall(sqlite.open, "small.db", { maxSize = 5 }))
			local list = {}
			for i = 1, 20 do local d, message = sqlite.open(":memory:") if not d then print(i, message) break end list[i] = d end
			list[1].close()
			print(sqlite.open ":memory:" ~= nil)`,
			"false\ttest:3: the statement took longer than 50ms\nfalse\t…\nfalse\ttest:6: the result has more than 100000 rows; use LIMIT\n" +
				"false\ttest:7: the result takes more than 33554432 bytes; ask for less of it, or use LIMIT\nfalse\ttest:9: database or disk is full\n" +
				"false\ttest:12: database or disk is full\nfalse\ttest:15: bad field 'maxSize' (a number of bytes of at least 65536 expected, for a file)\n" +
				"15\t16 databases are open already; close some\ntrue"},
		"one waits while another works": {`
			local db, other = open ":memory:", open ":memory:"
			parallel.waitForAny(function() db.query(` + endless + `) end, function() print(other.query "SELECT 1 AS a"[1].a) end)
			-- It still runs: the next one waits for its turn, until the program is terminated.
			os.queueEvent("terminate")
			print(pcall(db.query, "SELECT 1"))
			local ok = {}
			for i = 1, 300 do
				local co = coroutine.create(db.query)
				local fine, message = coroutine.resume(co, "SELECT 1")
				if not fine then print(i, message) break end
			end
			parallel.waitForAny(function() print(pcall(db.query, "SELECT 2")) end, function() db.close() end)`,
			"1\nfalse\tTerminated\n…\t256 calls wait for the database already\nfalse\ttest:13: 256 calls wait for the database already"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Split(run(t, t.TempDir(), test.code), "\n")
			want := strings.Split(test.want, "\n")
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) {
					t.Fatalf("%d lines, not %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
				}
				if !like(got[i], want[i]) {
					t.Errorf("line %d is\n%s\nnot\n%s", i+1, got[i], want[i])
				}
			}
		})
	}
}

// Where there is nothing to write, nobody may write to, or the host's files are not the computer's.
func TestPlaces(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	write(t, "This is no database, though it is long enough to be one. "+strings.Repeat("x", 4096), dir, "text.db")
	write(t, "", dir, "empty.db")
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	links := os.Symlink(filepath.Join(other, "x.db"), filepath.Join(dir, "link.db")) == nil && os.Symlink(other, filepath.Join(dir, "out")) == nil
	if got := run(t, other, `open("ro.db").exec "CREATE TABLE t(a); INSERT INTO t VALUES(1)"`); got != "" {
		t.Fatal(got)
	}
	for path, want := range map[string]string{
		"text.db":        "text.db: file is not a database",
		"folder":         "folder: ",
		"missing/x.db":   "/missing/x.db: No such file",
		"../x.db":        "/../x.db: Invalid Path",
		"rom/x.db":       "/rom/x.db: Access denied: a database must be in a folder of the machine",
		"tmp/x.db":       "/tmp/x.db: Access denied: a database must be in a folder of the machine",
		"link.db":        "/link.db: Access denied",
		"out/x.db":       "/out/x.db: Access denied",
		"mounted/new":    "mounted/new: unable to open database file",
		"mounted/ro.db":  "",
		"empty.db":       "",
		"file:x?mode=rw": "",
	} {
		if !links && (path == "link.db" || path == "out/x.db") {
			continue
		}
		got := run(t, dir, `local db, message = sqlite.open(...) print(message or "")`, runtime.WithArgs(path), runtime.WithMount(other, "mounted", true))
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, not %q", path, got, want)
		}
	}
	got := run(t, dir, `
		local db = open "mounted/ro.db"
		print(db.query "SELECT a FROM t"[1].a, pcall(db.exec, "INSERT INTO t VALUES(2)"))
		local db = open("empty.db", { readOnly = true })
		print(pcall(db.exec, "CREATE TABLE t(a)"))`, runtime.WithMount(other, "mounted", true))
	if want := "1\tfalse\ttest:3: attempt to write a readonly database\nfalse\ttest:5: attempt to write a readonly database"; got != want {
		t.Errorf("got %s", got)
	}
	got = run(t, t.TempDir(), `print(sqlite.open "x.db")`, runtime.WithQuota(1<<20))
	if want := "nil\t/x.db: a database can't be in a folder with a quota"; got != want {
		t.Errorf("got %s", got)
	}
	if entries, err := os.ReadDir(other); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err) // no -wal or -shm beside what is read-only
	}
}

// Two connections to one file wait for one another, but not for ever.
func TestLocks(t *testing.T) {
	got := run(t, t.TempDir(), `
		local a, b, hasty = open "a.db", open "a.db", open("a.db", { busy = 0 })
		a.exec "CREATE TABLE t(a)"
		a.transaction(function(tx)
			tx.exec "INSERT INTO t VALUES(1)"
			print(pcall(hasty.exec, "INSERT INTO t VALUES(2)"))
			print(#hasty.query "SELECT * FROM t")
		end)
		parallel.waitForAll(
			function() a.transaction(function(tx) tx.exec "INSERT INTO t VALUES(3)" sleep(0) end) end,
			function() b.exec "INSERT INTO t VALUES(4)" end)
		print(#hasty.query "SELECT * FROM t")`)
	if want := "false\ttest:6: database is locked\n0\n3"; got != want {
		t.Errorf("got %s", got)
	}
}
