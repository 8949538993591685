---@meta

---Functions for lists. They honour the metamethods of the list.
---@class tablelib
table = {}

---The strings and numbers of a list as one text.
---@param list (string|number)[]
---@param sep? string what is between, "" unless given
---@param i? integer from here, 1 unless given
---@param j? integer to here, #list unless given
---@return string
---@nodiscard
function table.concat(list, sep, i, j) end

---Calls a function for each key and value until it returns something, which is returned.
---@deprecated use pairs
---@generic K, V, R
---@param t table<K, V>
---@param f fun(key: K, value: V): R?
---@return R?
function table.foreach(t, f) end

---Calls a function for each element of a list until it returns something, which is returned.
---@deprecated use ipairs
---@generic V, R
---@param list V[]
---@param f fun(index: integer, value: V): R?
---@return R?
function table.foreachi(list, f) end

---The length of a list: `#list`.
---@deprecated use #
---@param list table
---@return integer
---@nodiscard
function table.getn(list) end

---Adds an element to a list, at its end or at a position.
---@overload fun(list: table, value: any)
---@param list table
---@param pos integer
---@param value any
function table.insert(list, pos, value) end

---The greatest positive number that is a key.
---@param t table
---@return number 0 if there is none
---@nodiscard
function table.maxn(t) end

---Copies elements.
---@param a1 table
---@param f integer from here in a1
---@param e integer to here
---@param t integer to this place on
---@param a2? table of this table, a1 unless given
---@return table a2
function table.move(a1, f, e, t, a2) end

---A list of its arguments, with their number in the field n.
---@generic T
---@param ... T
---@return { n: integer, [integer]: T }
---@nodiscard
function table.pack(...) end

---Takes an element out of a list: the last one, or that at a position.
---@param list table
---@param pos? integer
---@return any value
function table.remove(list, pos) end

---Sorts a list.
---@generic T
---@param list T[]
---@param comp? fun(a: T, b: T): boolean whether a comes before b; `<` unless given
function table.sort(list, comp) end

---The values of a list.
---@generic T
---@param list T[]
---@param i? integer from here, 1 unless given
---@param j? integer to here, #list unless given
---@return T ...
---@nodiscard
function table.unpack(list, i, j) end
