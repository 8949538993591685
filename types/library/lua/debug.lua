---@meta

---Looks into the functions and calls of the program.
---@class debuglib
debug = {}

---What debug.getinfo tells.
---@class debuginfo
---@field name? string
---@field namewhat "global"|"local"|"method"|"field"|"upvalue"|""
---@field source string
---@field short_src string
---@field what "Lua"|"C"|"main"
---@field linedefined integer
---@field lastlinedefined integer
---@field currentline integer
---@field currentcolumn integer
---@field istailcall boolean
---@field nups integer
---@field nparams integer
---@field isvararg boolean
---@field func function
---@field activelines table<integer, true>

---Does nothing.
function debug.debug() end

---The globals of a function; debug.getfenv is getfenv for functions only.
---@param o any
---@return table
---@nodiscard
function debug.getfenv(o) end

---@param co? thread
---@return function? hook
---@return string? mask
---@return integer? count
---@nodiscard
function debug.gethook(co) end

---Tells about a function, or a call in progress.
---@overload fun(f: integer|function, what?: string): debuginfo?
---@param thread thread
---@param f integer|function a function, or a level of the calls: 1 is the caller
---@param what? string which fields: letters of "nSlutfL"
---@return debuginfo? nil if there are no so many calls
---@nodiscard
function debug.getinfo(thread, f, what) end

---The name and value of a local variable, or the name of a parameter.
---@overload fun(f: integer|function, index: integer): string?, any
---@param thread thread
---@param f integer|function
---@param index integer
---@return string? name nil if there is none
---@return any value
---@nodiscard
function debug.getlocal(thread, f, index) end

---The metatable of any value; __metatable doesn't hide it.
---@param object any
---@return table?
---@nodiscard
function debug.getmetatable(object) end

---@return table
---@nodiscard
function debug.getregistry() end

---@param f function
---@param up integer
---@return string? name
---@return any value
---@nodiscard
function debug.getupvalue(f, up) end

---Gives a function other globals.
---@generic T
---@param object T
---@param env table
---@return T object
function debug.setfenv(object, env) end

---Calls a function for events of the execution: calls "c", returns "r", lines "l", and after so many instructions.
---@overload fun(hook?: function, mask?: string, count?: integer)
---@param thread thread
---@param hook? function
---@param mask? string
---@param count? integer
function debug.sethook(thread, hook, mask, count) end

---@overload fun(level: integer, index: integer, value: any): string?
---@param thread thread
---@param level integer
---@param index integer
---@param value any
---@return string? name
function debug.setlocal(thread, level, index, value) end

---Sets the metatable of any value; that of a string, for example, is of all strings.
---@generic T
---@param value T
---@param meta? table
---@return T value
function debug.setmetatable(value, meta) end

---@param f function
---@param up integer
---@param value any
---@return string? name
function debug.setupvalue(f, up, value) end

---The calls in progress as text.
---@overload fun(message?: any, level?: integer): string
---@param thread thread
---@param message? any goes in front; if it is no text, it is returned as it is
---@param level? integer where to begin, 1 unless given
---@return string
---@nodiscard
function debug.traceback(thread, message, level) end

---Something that tells upvalues apart.
---@param f function
---@param n integer
---@return any id
---@nodiscard
function debug.upvalueid(f, n) end

---Makes an upvalue of one function that of another.
---@param f1 function
---@param n1 integer
---@param f2 function
---@param n2 integer
function debug.upvaluejoin(f1, n1, f2, n2) end
