// Package gopherlua lets programs use modules that were written in Go for gopher-lua (github.com/yuin/gopher-lua), unchanged.
//
// A loader with gopher-lua's signature enters Open; the module as a value of our VM leaves. Package runtime calls Open when a
// program requires the module (runtime.WithGopherModule); modules that wait for something may call Wait.
//
// # Two machines
//
// A computer has at most one gopher-lua state, made when its first module is opened. The module's functions run there, not in
// our VM: values cross by conversion. A call of a module function runs on a goroutine and a gopher-lua thread of its own, and
// the calling coroutine yields until the answer comes as an event, so that the computer goes on meanwhile.
//
//	computer's goroutine                            goroutine of the call
//
//	script calls json.decode(text)
//	  arguments are converted, coroutine yields ──► takes the baton, runs the module's function
//	  other coroutines run                            │ it calls a function of the script
//	  the function runs in the same coroutine ◄───────┤ arguments are converted, the baton is laid down
//	  its results are converted ──────────────────►   takes the baton, goes on
//	  the coroutine goes on with the results ◄────  results are converted, the baton is laid down
//
// Who has the baton may touch the state: so gopher-lua, which is not made for several goroutines, sees one at a time. A
// function of ours that gopher-lua calls, and Wait, lay it down, so that calls overlap.
//
// # What belongs to which goroutine
//
// Our VM is touched on the computer's goroutine only. Values of ours that are made from gopher-lua's are fresh: nobody knows
// them until they are handed over. The memory that they take is counted then. Functions and userdata cross as proxies; both
// machines have their objects on Go's heap, and what remembers the proxies does so by weak pointers, so that Go's collector takes
// them, and circles through both machines, when nobody needs them.
package gopherlua
