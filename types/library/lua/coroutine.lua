---@meta

---Coroutines. One may yield anywhere, also inside of pcall, of metamethods and of the functions that table.sort and
---string.gsub call.
---@class coroutinelib
coroutine = {}

---Makes a coroutine of a function.
---@param f fun(...): ...
---@return thread
---@nodiscard
function coroutine.create(f) end

---Tells whether the code that runs may yield; it always may.
---@return boolean
---@nodiscard
function coroutine.isyieldable() end

---Goes on with a coroutine: what it gets is what its yield returns, or its arguments the first time.
---@param co thread
---@param ... any
---@return boolean ok false if it has failed
---@return any ... what it yields or returns, or the error
function coroutine.resume(co, ...) end

---The coroutine that runs.
---@return thread running
---@return boolean ismain false for all that programs see
---@nodiscard
function coroutine.running() end

---What a coroutine is doing.
---@param co thread
---@return "running"|"suspended"|"normal"|"dead"
---@nodiscard
function coroutine.status(co) end

---Makes a coroutine, as a function that goes on with it. Its errors are thrown on.
---@param f fun(...): ...
---@return fun(...): ...
---@nodiscard
function coroutine.wrap(f) end

---Gives way to who has resumed the coroutine. At the outermost level, this waits for an event; see os.pullEvent.
---@async
---@param ... any
---@return any ... what it is resumed with
function coroutine.yield(...) end
