---@meta

---The table of all globals.
---@class _G
_G = {}

---"Lua 5.2": the language is that of Lua 5.2, with parts of the library of 5.1 and 5.3.
---@type string
_VERSION = "Lua 5.2"

---The environment, for example "ComputerCraft 1.113.1 (luart 1.0.0)". Programs read the first part for what they may expect.
---@type string
_HOST = ""

---The settings that a computer begins with, "name=value,name=value".
---@type string
_CC_DEFAULT_SETTINGS = ""

---Throws an error if its first argument is nil or false; returns all arguments otherwise.
---@generic T
---@param v? T
---@param message? any "assertion failed!" unless given
---@param ... any
---@return T
---@return any ...
function assert(v, message, ...) end

---Throws an error.
---@param message? any a text gets the place of the code in front, "file.lua:3: ", unless level is 0
---@param level? integer whose place it is: 1 that of the caller of error (this unless given), 2 that of its caller, …; 0 none
function error(message, level) end

---The globals of a function.
---@param f? function|integer a function, or a level of the calls in progress: 1, unless given, is the caller; 0 is _G
---@return table env
---@nodiscard
function getfenv(f) end

---The metatable of a value: what its field __metatable has, if there is one.
---@param object any
---@return table? metatable
---@nodiscard
function getmetatable(object) end

---Goes through a list, up to the first nil: `for i, value in ipairs(list) do … end`. Metamethods of the list are used.
---@generic T: table, V
---@param t T
---@return fun(table: V[], i?: integer): integer, V
---@return T
---@return integer i
function ipairs(t) end

---@alias loadmode
---| "t" # text only
---| "b" # binary only: nothing loads then
---| "bt" # both, which is the same as text

---Makes a function of a text. There are no binary chunks.
---@param chunk string|fun(): string? the text, or a function that returns the parts of it, then nil or ""
---@param chunkname? string how errors call it: "=name" as it is, "@name" a file; the text itself unless given
---@param mode? loadmode
---@param env? table its globals; _G, not the caller's, unless given
---@return function? chunk nil if there is an error in it
---@return string? message
---@nodiscard
function load(chunk, chunkname, mode, env) end

---Makes a function of a text.
---@param text string
---@param chunkname? string
---@return function? chunk
---@return string? message
---@nodiscard
function loadstring(text, chunkname) end

---The key and value that come after a key in a table; the first ones after nil. Throws "invalid key to 'next'".
---@generic K, V
---@param table table<K, V>
---@param index? K
---@return K? key nil at the end
---@return V? value
---@nodiscard
function next(table, index) end

---Goes through a table in no order: `for key, value in pairs(t) do … end`. Honours __pairs.
---@generic T: table, K, V
---@param t T
---@return fun(table: table<K, V>, index?: K): K, V
---@return T
function pairs(t) end

---Calls a function and catches its error.
---@param f fun(...): ...
---@param ... any its arguments
---@return boolean ok
---@return any result what it returns, or the error
---@return any ...
function pcall(f, ...) end

---Compares without metamethods.
---@param v1 any
---@param v2 any
---@return boolean
---@nodiscard
function rawequal(v1, v2) end

---Reads a field without metamethods.
---@param table table
---@param index any
---@return any
---@nodiscard
function rawget(table, index) end

---The length without metamethods.
---@param v table|string
---@return integer
---@nodiscard
function rawlen(v) end

---Sets a field without metamethods.
---@param table table
---@param index any
---@param value any
---@return table
function rawset(table, index, value) end

---The arguments from one on, or how many there are.
---@param index integer|"#" from the end if negative; "#" for their number
---@param ... any
---@return any ...
---@nodiscard
function select(index, ...) end

---Gives a function other globals.
---@param f function|integer a Lua function, or a level of the calls in progress
---@param table table
---@return function f
function setfenv(f, table) end

---@class metatable
---@field __mode? "v"|"k"|"kv"
---@field __metatable? any
---@field __name? string what errors and tostring call the value
---@field __tostring? fun(t: any): string
---@field __add? fun(a: any, b: any): any
---@field __sub? fun(a: any, b: any): any
---@field __mul? fun(a: any, b: any): any
---@field __div? fun(a: any, b: any): any
---@field __mod? fun(a: any, b: any): any
---@field __pow? fun(a: any, b: any): any
---@field __unm? fun(a: any): any
---@field __concat? fun(a: any, b: any): any
---@field __len? fun(t: any): any
---@field __eq? fun(a: any, b: any): any
---@field __lt? fun(a: any, b: any): any
---@field __le? fun(a: any, b: any): any
---@field __index? table|fun(t: any, k: any): any
---@field __newindex? table|fun(t: any, k: any, v: any)
---@field __call? fun(t: any, ...): ...
---@field __pairs? fun(t: any): (fun(t: any, k: any): any, any), any, any

---Sets the metatable of a table. Throws "cannot change a protected metatable". __gc, __close and __ipairs have no effect.
---@param table table
---@param metatable? metatable|table
---@return table table
function setmetatable(table, metatable) end

---Reads a number: "12", "0x1F", "1e3", " 7 ".
---@overload fun(e: string|number, base: integer): integer?
---@param e any
---@return number? number nil if it is none
---@nodiscard
function tonumber(e) end

---The text of any value; that of the metamethod __tostring, if there is one.
---@param v any
---@return string
---@nodiscard
function tostring(v) end

---@alias type
---| "nil"
---| "number"
---| "string"
---| "boolean"
---| "table"
---| "function"
---| "thread"
---| "userdata"

---The type of a value.
---@param v any
---@return type type
---@nodiscard
function type(v) end

---Calls a function and catches its error.
---@param f fun(...): ...
---@param msgh fun(err: any): any makes of the error what is returned; debug.traceback, for example
---@param ... any arguments of f
---@return boolean ok
---@return any result what it returns, or what msgh does
---@return any ...
function xpcall(f, msgh, ...) end

---The values of a list: table.unpack.
---@generic T
---@param list T[]
---@param i? integer from here, 1 unless given
---@param j? integer to here, #list unless given
---@return T ...
---@nodiscard
function unpack(list, i, j) end

---The arguments of the program; arg[0] is its name. Each program has its own.
---@type string[]
arg = {}
