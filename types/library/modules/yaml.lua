---@meta luart.yaml

---Reads YAML, such as configurations that people write by hand. Dates are texts, keys too, numbers are doubles.
---@class luart.yaml
local yaml = {}

---A value that is null.
---@type userdata
yaml.null = nil

---@class luart.yaml.Options
---@field max_depth? integer How deep lists and maps may stand in each other, 1 to 1000; 128 unless given.
---@field max_values? integer How many values there may be, those counted again that aliases repeat, up to 10000000; 1000000 unless given.
---@field null? any What stands for null; false: members that are null are left out, and elements are nil.
---@field empty_array? table A table that stands for the empty list, such as luart.json's array(); a new table unless given.

---The value of a text with one document. Throws for options that are wrong, and when the memory is not enough.
---@param text string up to 4 MiB of UTF-8
---@param options? luart.yaml.Options
---@return any value nil if the text is malformed, and for null if the option null is false
---@return string? message "malformed YAML: …, in line N"
---@nodiscard
function yaml.decode(text, options) end

---The values of all documents of a text, which lines "---" part.
---@param text string up to 4 MiB of UTF-8
---@param options? luart.yaml.Options
---@return any[]? values nil if the text is malformed
---@return integer|string count of the documents; or the message
---@nodiscard
function yaml.decodeAll(text, options) end

return yaml
