-- Shows settings and changes them. Changes are saved, so that they outlast the computer.

local name, text = ...

local function valueText(value)
    return textutils.serialize(value, { compact = type(value) == "table" })
end

if not name then
    local lines = {}
    for _, each in ipairs(settings.getNames()) do
        lines[#lines + 1] = textutils.serialize(each) .. " is " .. valueText(settings.get(each))
    end
    if #lines > 0 then textutils.pagedPrint(table.concat(lines, "\n"), 2) end
    return
end

local details = settings.getDetails(name)

if not text then
    local line = name .. " is " .. valueText(details.value)
    if details.default ~= nil and details.changed then line = line .. " (default is " .. valueText(details.default) .. ")" end
    print(line)
    if details.description then print(details.description) end
    return
end

-- What a text stands for as a value of a type; of the type that it looks like if there is none. nil if it is none of that type.
local function parse(kind)
    if kind == "string" then return text end
    local value = text
    if text == "true" or text == "false" then
        value = text == "true"
    elseif tonumber(text) then
        value = tonumber(text)
    elseif kind == "table" then
        local ok, list = pcall(textutils.unserialize, text)
        if ok and type(list) == "table" then value = list end
    end
    if kind and type(value) ~= kind then return nil end
    return value
end

if text == "nil" then
    settings.unset(name)
    print(textutils.serialize(name) .. " unset")
else
    local value = parse(details.type)
    if value == nil then
        printError(textutils.serialize(text) .. " is not a valid " .. details.type .. ".")
        return
    end
    settings.set(name, value)
    print(textutils.serialize(name) .. " set to " .. valueText(value))
end

local ok, saved = pcall(settings.save, ".settings")
if not (ok and saved) then printError("Cannot save the settings: they hold until the computer stops") end
if name:match("^bios%.") then print("This takes effect when the computer is started anew") end
