---@meta luart.sqlite

---SQL databases in files of the computer, by SQLite. Calls wait for the database while other coroutines run; what is committed outlives a
---crash. A database is in a folder of the machine without a quota, not in /tmp or /rom, and there is no ATTACH.
---@class luart.sqlite
local sqlite = {}

---NULL as a parameter where nil can't be, in tables.
---@type luart.sqlite.Null
sqlite.null = nil

---@class luart.sqlite.Null: userdata

---@class luart.sqlite.Blob: userdata

---What can be bound to a parameter. A boolean is 1 or 0, a number without a fraction of at most 2^53 an INTEGER, another one REAL, NaN is
---NULL, a string TEXT.
---@alias luart.sqlite.Value nil|boolean|number|string|luart.sqlite.Null|luart.sqlite.Blob

---A row: values by the names of columns. NULL is nil, INTEGER and REAL numbers, TEXT and BLOB strings (typeof(column) tells which), and
---an INTEGER beyond 2^53, which no number of Lua holds exactly, is the string of its digits.
---@alias luart.sqlite.Row table<string, string|number>

---@class luart.sqlite.Options
---@field readOnly? boolean Nothing can be changed; so it is on read-only mounts, whose files must not change meanwhile.
---@field busy? number Seconds to wait for a database that somebody else has locked: up to 60; 5 unless given.
---@field timeout? number Seconds that one call may take: up to 3600; 30 unless given.
---@field maxSize? number How large the file may become, in bytes; 65536 at least. There is no limit unless given.
---@field wal? boolean false for a file without a write-ahead log, for disks of networks; readers and writers wait for one another then.

---Opens a database, and makes its file if it isn't there. 16 can be open at a time.
---@param path string a file, or ":memory:" for a database in memory of at most 64 MiB
---@param options? luart.sqlite.Options
---@return luart.sqlite.Database? db
---@return string? message why it can't be opened
function sqlite.open(path, options) end

---A value that is a BLOB in the database.
---@param bytes string
---@return luart.sqlite.Blob
---@nodiscard
function sqlite.blob(bytes) end

---A database. Its functions throw SQLite's message if a command fails, and "the database is closed".
---@class luart.sqlite.Database: luart.sqlite.Commands
local Database = {}

---What databases and transactions have in common. Parameters are given one by one, or in a table: by number for ?, by name for :name, @name
---and $name. Never put values into the SQL text.
---@class luart.sqlite.Commands
local Commands = {}

---Runs one or more commands, or a prepared statement.
---@param sql string|luart.sqlite.Statement
---@param ... luart.sqlite.Value|table<string|integer, luart.sqlite.Value>
---@return number changes how many rows have changed
---@return number|string id that of the row which was inserted last
function Commands.exec(sql, ...) end

---Runs one or more commands, or a prepared statement, and returns the rows of the last one: 100000 and 32 MiB at most.
---@param sql string|luart.sqlite.Statement
---@param ... luart.sqlite.Value|table<string|integer, luart.sqlite.Value>
---@return luart.sqlite.Row[] rows
---@return string[] columns their names
function Commands.query(sql, ...) end

---query for a loop: for row, number in db.rows("SELECT …") do. All rows are read before the loop begins.
---@param sql string|luart.sqlite.Statement
---@param ... luart.sqlite.Value|table<string|integer, luart.sqlite.Value>
---@return fun(): luart.sqlite.Row?, integer?
function Database.rows(sql, ...) end

---Prepares a command that is used often: 256 of a database.
---@param sql string one command
---@return luart.sqlite.Statement
---@nodiscard
function Database.prepare(sql) end

---Calls a function in a transaction: commits when it returns, rolls back when it throws, and after a minute. The function uses what it gets, not
---the database; calls by other coroutines wait until the end.
---@param f fun(tx: luart.sqlite.Commands): ...
---@return any ... what the function returns
function Database.transaction(f) end

---Gives the room of what was deleted back to the disk.
function Database.vacuum() end

---Closes the database. What runs is stopped.
function Database.close() end

---A prepared statement.
---@class luart.sqlite.Statement
local Statement = {}

---@param ... luart.sqlite.Value|table<string|integer, luart.sqlite.Value>
---@return number changes
---@return number|string id
function Statement.exec(...) end

---@param ... luart.sqlite.Value|table<string|integer, luart.sqlite.Value>
---@return luart.sqlite.Row[] rows
---@return string[] columns
function Statement.query(...) end

---Frees the statement.
function Statement.close() end

return sqlite
