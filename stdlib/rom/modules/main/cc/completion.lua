-- What a text that is being typed may become, for the completion function of `read`. All functions return the texts that
-- are still missing: `choice("he", { "hello", "help" })` is `{ "llo", "lp" }`.

local expect = require "cc.expect".expect
local sub = string.sub

---One of some texts.
---@param text string what has been typed
---@param choices string[]
---@param add_space? boolean ends each with a space
---@return string[]
local function choice(text, choices, add_space)
    expect(1, text, "string")
    expect(2, choices, "table")
    expect(3, add_space, "boolean", "nil")
    local found, length = {}, #text
    local suffix = add_space and " " or ""
    for _, option in ipairs(choices) do
        if #option + #suffix > length and sub(option, 1, length) == text then
            found[#found + 1] = sub(option, length + 1) .. suffix
        end
    end
    return found
end

---The name of a peripheral that is attached.
---@param text string
---@param add_space? boolean
---@return string[]
local function completePeripheral(text, add_space)
    expect(1, text, "string")
    expect(2, add_space, "boolean", "nil")
    return choice(text, peripheral.getNames(), add_space)
end

local sides = { "bottom", "top", "back", "front", "right", "left" }

---The name of a side.
---@param text string
---@param add_space? boolean
---@return string[]
local function side(text, add_space)
    expect(1, text, "string")
    expect(2, add_space, "boolean", "nil")
    return choice(text, redstone and redstone.getSides() or sides, add_space)
end

---The name of a setting.
---@param text string
---@param add_space? boolean
---@return string[]
local function setting(text, add_space)
    expect(1, text, "string")
    expect(2, add_space, "boolean", "nil")
    return choice(text, settings.getNames(), add_space)
end

---The name of a Minecraft command; there are some where there is an API `commands`.
---@param text string
---@param add_space? boolean
---@return string[]
local function command(text, add_space)
    expect(1, text, "string")
    expect(2, add_space, "boolean", "nil")
    return choice(text, commands and commands.list() or {}, add_space)
end

return { choice = choice, peripheral = completePeripheral, side = side, setting = setting, command = command }
