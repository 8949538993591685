---@meta

---The settings of the computer, under the names that CraftOS-PC has for them. The command line decides whether programs may see
---them: `if config then … end`.
---@class config
config = {}

---The value of a setting.
---@param name string such as "abortTimeout"
---@return boolean|string|number|string[]|nil value nil if there is no such setting
---@nodiscard
function config.get(name) end

---Changes a setting, if it may be changed while the computer runs.
---@param name string
---@param value boolean|string|number|string[] of the type that it has
function config.set(name, value) end

---The names of all settings, in order.
---@return string[]
---@nodiscard
function config.list() end

---The type of a setting.
---@param name string
---@return 0|1|2|3|nil type 0 boolean, 1 string, 2 number, 3 table; nil if there is no such setting
---@nodiscard
function config.getType(name) end

---Adds a text to a setting that is a list.
---@param name string
---@param value string
function config.add(name, value) end

---Takes a text out of a setting that is a list.
---@param name string
---@param value string
function config.remove(name, value) end
