---@meta luart.json

---JSON for programs that exchange it with others and need all of it: null, empty arrays, numbers as they were written, and bounds for what
---comes from strangers. textutils.unserialiseJSON and serialiseJSON do for everything else.
---@class luart.json
local json = {}

---A value of an array or object that is null.
---@type userdata
json.null = nil

---What a program may say about both directions.
---@class luart.json.Options
---@field max_depth? integer How deep arrays and objects may stand in each other, 1 to 1000; 128 unless given.
---@field null? any What stands for null besides json.null, such as textutils.json_null; false: members that are null are left out, and elements are nil.
---@field empty_array? table A table that stands for the empty array, such as textutils.empty_json_array; a new one of json.array unless given.
---@field raw? string decode: the name of members, of the outermost object or of the objects in the outermost array, whose values become json.raw values.
---@field duplicates? boolean decode: the last of several members of a name counts; otherwise they are an error.
---@field sorted? boolean encode: the names of objects come in order.
---@field order? string[] encode: up to 256 names that come first in objects, in this order; the others follow sorted.
---@field indent? string encode: up to 16 spaces or tabs to indent with; without it, the text is one line.

---The value of a text, which has to be UTF-8. Objects and arrays become tables, numbers doubles. An empty array is one of json.array, so that
---encode writes it as one. Throws for options that are wrong, and when the memory is not enough.
---@param text string
---@param options? luart.json.Options
---@return any value nil if the text is malformed, and for null if the option null is false
---@return string? message "malformed JSON: …, at byte N"
---@nodiscard
function json.decode(text, options) end

---The text of a value. A table is an array if it is one of json.array or has an element 1, otherwise an object; numbers as keys become texts.
---Throws "can't write JSON: …", with the place in the value, for what JSON doesn't have: functions, NaN and infinite numbers, strings
---that are not UTF-8, tables in themselves, lists with other keys.
---@param value any
---@param options? luart.json.Options
---@return string
---@nodiscard
function json.encode(value, options) end

---Marks a table as an array, so that it is one also when it is empty. It sets the table's metatable.
---@generic T
---@param t? T a new one unless given
---@return T t
function json.array(t) end

---A value that is written as it is, with the text in its field `text`. Throws if the text is no JSON.
---@param text string
---@return { text: string }
---@nodiscard
function json.raw(text) end

---What a value is in JSON.
---@param value any
---@return "null"|"boolean"|"number"|"string"|"array"|"object"|"raw"|nil kind nil for what JSON doesn't have
---@nodiscard
function json.kind(value) end

return json
