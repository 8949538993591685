-- Shows the limits and settings of this computer, and changes those that can be changed while it runs.

local command, name, text = ...

if not config then
    printError("The settings can't be seen here: luart allows it with --allow-config")
    return
end

local function show(value)
    if type(value) == "table" then return textutils.serialize(value, { compact = true }) end
    return tostring(value)
end

-- What a text stands for as a value of a setting.
local function parse(kind)
    if kind == 0 then
        if text == "true" or text == "false" then return text == "true" end
        return nil
    elseif kind == 2 then
        return tonumber(text)
    elseif kind == 3 then
        local ok, list = pcall(textutils.unserialize, text)
        return ok and type(list) == "table" and list or nil
    end
    return text
end

local kinds = { [0] = "true or false", "a text", "a number", "a list" }

if command == "list" and not name then
    local lines = {}
    for _, each in ipairs(config.list()) do lines[#lines + 1] = each .. " = " .. show(config.get(each)) end
    print(table.concat(lines, "\n"))
elseif command == "get" and name and not text then
    if config.getType(name) then
        print(name .. " = " .. show(config.get(name)))
    else
        printError("There is no setting " .. name)
    end
elseif command == "set" and text then
    local kind = config.getType(name)
    local value
    if kind then value = parse(kind) end
    if not kind then
        printError("There is no setting " .. name)
    elseif value == nil then
        printError(name .. " must be " .. kinds[kind])
    else
        local ok, message = pcall(config.set, name, value)
        if ok then
            print(name .. " = " .. show(config.get(name)))
        else
            printError((message:gsub("^[^:]*%.lua:%d+: ", "")))
        end
    end
else
    local program = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(program .. " list")
    print(program .. " get <name>")
    print(program .. " set <name> <value>")
end
