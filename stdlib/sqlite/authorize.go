package sqlite

import (
	"strings"

	lib "modernc.org/sqlite/lib"
)

// This file says which commands programs may use: those that stay within the one database, and don't change how the module
// works.

// pragmas are the pragmas that programs may use; true for those that may get a value.
var pragmas = map[string]bool{
	"analysis_limit": true, "application_id": true, "auto_vacuum": true, "automatic_index": true, "case_sensitive_like": true,
	"collation_list": false, "compile_options": false, "data_version": false, "defer_foreign_keys": true, "encoding": true,
	"foreign_key_check": true, "foreign_key_list": true, "foreign_keys": true, "freelist_count": false, "function_list": false,
	"ignore_check_constraints": true, "incremental_vacuum": true, "index_info": true, "index_list": true, "index_xinfo": true,
	"integrity_check": true, "journal_mode": false, "legacy_alter_table": true, "max_page_count": false, "module_list": false,
	"optimize": true, "page_count": false, "page_size": true, "pragma_list": false, "query_only": false, "quick_check": true,
	"recursive_triggers": true, "reverse_unordered_selects": true, "schema_version": false, "secure_delete": true, "synchronous": false,
	"table_info": true, "table_list": true, "table_xinfo": true, "user_version": true, "wal_checkpoint": true,
}

// modules are the kinds of virtual tables that programs may create.
var modules = map[string]bool{"fts5": true, "fts5vocab": true, "rtree": true, "rtree_i32": true, "geopoly": true}

// authorize answers SQLite's question whether a command may do something. What it may not is "not authorized" for the
// program.
func (c *conn) authorize(action int32, first, second string) int32 {
	if c.own {
		return lib.SQLITE_OK
	}
	ok := true
	switch action {
	case lib.SQLITE_ATTACH, lib.SQLITE_DETACH:
		ok = false
	case lib.SQLITE_TRANSACTION:
		ok = false // db.transaction keeps coroutines apart
	case lib.SQLITE_SAVEPOINT:
		ok = !c.outside() // outside it would begin a transaction
	case lib.SQLITE_PRAGMA:
		value, known := pragmas[strings.ToLower(first)]
		ok = known && (value || second == "")
	case lib.SQLITE_FUNCTION:
		switch strings.ToLower(second) {
		case "load_extension", "fts3_tokenizer":
			ok = false
		}
	case lib.SQLITE_CREATE_VTABLE:
		ok = modules[strings.ToLower(second)]
	}
	if !ok {
		return lib.SQLITE_DENY
	}
	return lib.SQLITE_OK
}
