-- What plugins print goes to the log, under their name.

return function(env, load, manager)
    local function line(...)
        local parts = table.pack(...)
        for i = 1, parts.n do parts[i] = tostring(parts[i]) end
        return table.concat(parts, "\t", 1, parts.n)
    end

    for name, level in pairs { printDebug = "debug", printInfo = "info", printSuccess = "success", printWarning = "warning", printError = "error" } do
        env[name] = function(...) manager.logs:write(load.name, level, line(...)) end
    end

    function env.print(...)
        local text = line(...)
        manager.logs:write(load.name, "info", text)
        return select(2, text:gsub("\n", "")) + 1
    end
end
