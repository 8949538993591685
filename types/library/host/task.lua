---@meta luart.task

---Runs coroutines in time slices: a coroutine that doesn't end by itself is put to sleep where it is, and goes on at its next turn.
---It is what a program needs that runs code of others and must not be held up by it. A coroutine with all those that it resumes
---itself, by coroutine.resume, coroutine.wrap or iterators, is one task: they run, sleep and are counted together.
---@class luart.task
local task = {}

---Resumes a coroutine as coroutine.resume does, for a time slice at most. What it gives first tells how the slice has ended:
---
---- "yielded", and what it yielded: resume it again with what it waits for.
---- "returned", and what it returned: it is dead.
---- "failed", the error and the traceback of the coroutine: it is dead. Without a traceback, it could not be resumed at all, since it is
---  dead already, runs, or has resumed the one that runs.
---- "preempted": its time was over. Resume it again and it goes on where it was, in the coroutine that was running; arguments of that resume
---  are ignored. Until then coroutine.status gives "suspended", but coroutine.resume refuses it, and nobody can resume those inside of it.
---
---Tasks are preempted at calls and backward jumps in Lua code. A function made in Go goes on to its end, or to the next function of Lua that
---it calls, and its time counts. The time between two events stays limited for all tasks together.
---
---Throws if co is no coroutine, or ms is negative or no number.
---@param co thread
---@param ms? number the slice in milliseconds, a fraction if you like; nil or 0: without end
---@param ... any arguments of its function, or what its yield returns
---@return "yielded"|"returned"|"failed"|"preempted" status
---@return any ... values, or the error
function task.resume(co, ms, ...) end

---Tells whether a coroutine was preempted, and so is to be resumed by task.resume.
---@param co thread
---@return boolean
---@nodiscard
function task.preempted(co) end

---Limits the time that a coroutine may run in its slices from now on, in all. When it has passed, "Too long without yielding" is thrown in it,
---which it may catch to tidy up; if it still runs after another grace seconds, it fails with that for good. A later call begins anew. Throws for
---a negative number.
---@param co thread
---@param seconds? number nil or 0: no limit
---@param grace? number seconds; 1.5 unless given
function task.limit(co, seconds, grace) end

---How long a coroutine has run in its slices, by the clock, up to now if it runs. Functions made in Go count, waiting doesn't.
---@param co thread
---@return number seconds
---@nodiscard
function task.cputime(co) end

---How many bytes were allocated while a coroutine ran in its slices, as the memory limit counts them; what has become garbage is in it.
---@param co? thread without it: all that the computer's programs have allocated since it booted
---@return number bytes
---@nodiscard
function task.allocated(co) end

---Ends a suspended or preempted coroutine for good, with those that it has resumed: it is dead, and the next task.resume gives "failed" and the message.
---Nothing of its code runs any more, not even what is behind a pcall. What it waits for on its behalf, such as a download, goes on to its end, and the
---result is dropped: resume it with "terminate" first if it is to be cancelled. Does nothing to a dead one. Throws if it is running, or has resumed the
---one that is, or is inside of a preempted one.
---@param co thread
---@param message? any "killed" unless given
function task.kill(co, message) end

---Adds up the memory of all that a value leads to: tables, metatables, strings, functions with their variables and code, coroutines. Left out
---are the objects in stops and what only they lead to, the computer's globals (_G of the bios), its registry and the metatables that all
---strings, numbers and functions share. What only weak tables refer to counts only while it can't be dropped. Something that two values lead
---to is counted for each.
---
---It visits each object once, about 20 to 100 ns each, without a pause: a table of a million strings takes about a tenth of a second.
---@param root any
---@param stops? table<any, any> its keys are left out, unless the root is one
---@return number bytes
---@nodiscard
function task.measure(root, stops) end

---How much memory the values of all the computer's programs take, as its limit counts them, garbage of the last while included.
---@return number bytes
---@return number? limit in bytes, if there is one
---@nodiscard
function task.memory() end

return task
