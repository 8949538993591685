-- Settings: named values that programs read, and that outlast the computer when they are saved.

local expectModule = dofile("rom/modules/main/cc/expect.lua")
local expect, field = expectModule.expect, expectModule.field

---@alias settings.Value number|string|boolean|table

---What is known of a setting.
---@class settings.Definition
---@field description? string
---@field default? settings.Value the value while it is not set
---@field type? "number"|"string"|"boolean"|"table" the type that values must have

---@type table<string, settings.Definition>
local definitions = {}
---@type table<string, settings.Value>
local values = {}

local types = { "number", "string", "boolean", "table" }

-- A value that nobody else can change. Throws if it can't be saved.
local function copyOf(value)
    if type(value) ~= "table" then return value end
    return textutils.unserialize(textutils.serialize(value))
end

local function change(name, value)
    local old = values[name]
    values[name] = value
    os.queueEvent("setting_changed", name, value, old)
end

---Says what a setting is for.
---
---    settings.define("spiral.delay", { description = "Seconds between two steps", default = 0.5, type = "number" })
---@param name string
---@param options? settings.Definition
function define(name, options)
    expect(1, name, "string")
    expect(2, options, "table", "nil")
    local definition = {}
    if options then
        definition.description = field(options, "description", "string", "nil")
        definition.type = field(options, "type", "string", "nil")
        local wanted = definition.type
        if wanted then
            local known = false
            for i = 1, #types do known = known or types[i] == wanted end
            if not known then
                error(("Unknown type %q. Expected one of %s."):format(wanted, table.concat(types, ", ")), 2)
            end
        end
        definition.default = copyOf(field(options, "default", "number", "string", "boolean", "table", "nil"))
    end
    definitions[name] = definition
end

---Forgets what a setting is for. Its value stays.
---@param name string
function undefine(name)
    expect(1, name, "string")
    definitions[name] = nil
end

---Sets a setting, and queues the event `setting_changed, name, value, old value`. save makes it last.
---@param name string
---@param value settings.Value of the type that the setting is defined with, if any
function set(name, value)
    expect(1, name, "string")
    expect(2, value, "number", "string", "boolean", "table")
    local definition = definitions[name]
    if definition and definition.type then expect(2, value, definition.type) end
    change(name, copyOf(value))
end

---The value of a setting.
---@param name string
---@param default? any what to return if the setting has no value; its own default unless given
---@return any
function get(name, default)
    expect(1, name, "string")
    local value = values[name]
    if value ~= nil then return copyOf(value) end
    if default ~= nil then return default end
    local definition = definitions[name]
    return definition and copyOf(definition.default)
end

---All that is known of a setting.
---@param name string
---@return { description?: string, default?: settings.Value, type?: string, value?: settings.Value, changed: boolean } details changed: it has a value of its own
function getDetails(name)
    expect(1, name, "string")
    local details = {}
    local definition = definitions[name]
    if definition then
        for k, v in pairs(definition) do details[k] = copyOf(v) end
    end
    details.changed = values[name] ~= nil
    details.value = get(name)
    return details
end

---Takes back the value of a setting: its default counts again. Queues the event `setting_changed, name, nil, old value`.
---@param name string
function unset(name)
    expect(1, name, "string")
    change(name, nil)
end

---Takes back the values of all settings.
function clear()
    local names = {}
    for name in pairs(values) do names[#names + 1] = name end
    for i = 1, #names do change(names[i], nil) end
end

---The names of all settings that are defined or have a value, in order.
---@return string[]
function getNames()
    local names = {}
    for name in pairs(definitions) do names[#names + 1] = name end
    for name in pairs(values) do
        if not definitions[name] then names[#names + 1] = name end
    end
    table.sort(names)
    return names
end

---Sets all settings of a file that save has made. Values of a wrong type are left out.
---@param path? string ".settings" unless given
---@return boolean ok false if there is no such file, or it holds no settings
function load(path)
    expect(1, path, "string", "nil")
    local file = fs.open(path or ".settings", "r")
    if not file then return false end
    local text = file.readAll()
    file.close()
    local loaded = textutils.unserialize(text or "")
    if type(loaded) ~= "table" then return false end
    for name, value in pairs(loaded) do
        local kind = type(value)
        if type(name) == "string" and (kind == "number" or kind == "string" or kind == "boolean" or kind == "table") then
            local definition = definitions[name]
            if not definition or not definition.type or definition.type == kind then
                local ok, copy = pcall(copyOf, value)
                if ok then change(name, copy) end
            end
        end
    end
    return true
end

---Writes the values of all settings to a file.
---@param path? string ".settings" unless given
---@return boolean ok false if it can't be written
function save(path)
    expect(1, path, "string", "nil")
    local text = textutils.serialize(values)
    local file = fs.open(path or ".settings", "w")
    if not file then return false end
    file.write(text)
    file.close()
    return true
end
