-- The settings of the system and its programs. The bios calls this when the API is first used.

local definitions = {
    ["bios.strict_globals"] = { false, "boolean", "Makes it an error to create a global by mistake: assigning one that isn't there throws." },
    ["bios.use_multishell"] = { true, "boolean", "Starts with multishell, which runs several programs in tabs. Needs a screen with colours." },
    ["edit.autocomplete"] = { true, "boolean", "Suggests names while you type in the editor." },
    ["edit.default_extension"] = { "lua", "string", "What the editor adds to the name of a new file that has no extension. Nothing if empty." },
    ["list.show_hidden"] = { false, "boolean", "Makes list show files whose names begin with a dot." },
    ["lua.autocomplete"] = { true, "boolean", "Suggests names while you type in the Lua prompt." },
    ["lua.function_args"] = { true, "boolean", "Makes the Lua prompt show the parameters of functions." },
    ["lua.function_source"] = { false, "boolean", "Makes the Lua prompt show where functions are written." },
    ["lua.warn_against_use_of_local"] = { true, "boolean", "Makes the Lua prompt warn that a local is gone with its line." },
    ["motd.enable"] = { true, "boolean", "Shows a message of the day when the computer starts." },
    ["motd.path"] = { "/rom/motd.txt:/motd.txt", "string", "Files with messages of the day, one a line, with colons between the files." },
    ["paint.default_extension"] = { "nfp", "string", "What paint adds to the name of a new image that has no extension. Nothing if empty." },
    ["shell.allow_disk_startup"] = { true, "boolean", "Runs the startup file of a disk, if one is in a drive, instead of the computer's." },
    ["shell.allow_startup"] = { true, "boolean", "Runs the file startup, or the files in the folder startup, when the computer starts." },
    ["shell.autocomplete"] = { true, "boolean", "Suggests programs and files while you type in the shell." },
    ["shell.autocomplete_hidden"] = { false, "boolean", "Suggests files whose names begin with a dot as well." },
}

-- What a text of _CC_DEFAULT_SETTINGS stands for.
local function toValue(text)
    if text == "true" then return true end
    if text == "false" then return false end
    return tonumber(text) or text
end

---Defines the system's settings, applies `_CC_DEFAULT_SETTINGS` ("name=value,name=value"), and loads "/.settings". Values of
---a wrong type are left out.
---@param settings table the API
return function(settings)
    for name, d in pairs(definitions) do
        settings.define(name, { default = d[1], type = d[2], description = d[3] })
    end
    if type(_CC_DEFAULT_SETTINGS) == "string" then
        for name, text in _CC_DEFAULT_SETTINGS:gmatch("([^=,]+)=([^,]*)") do
            if text == "nil" then
                settings.unset(name)
            else
                pcall(settings.set, name, toValue(text))
            end
        end
    end
    settings.load("/.settings")
end
