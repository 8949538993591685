-- JSON, what plugins store, secrets and databases.

local expect = require("cc.expect").expect

return function(env, load, manager)
    local fs = env.fs

    local function stringify(value)
        return env.textutils.serializeJSON(value, { unicode_strings = true, allow_repetitions = true })
    end

    local function parse(text)
        local value, message = env.textutils.unserializeJSON(text)
        if value == nil and message then return nil, message end
        return value
    end

    env.JSON = {
        stringify = function(value) return stringify(value) end,
        parse = function(text)
            expect(1, text, "string")
            return parse(text)
        end,
        save = function(path, value)
            expect(1, path, "string")
            return env.writeFile(path, stringify(value))
        end,
        load = function(path)
            expect(1, path, "string")
            local text = env.readFile(path)
            if not text then return nil, "there is no file " .. path end
            return parse(text)
        end,
    }

    env.Storage = manager.storage:api()

    function env.getSecret(name)
        expect(1, name, "string")
        return manager:secret(name)
    end

    function env.dbConnect(kind, path)
        expect(1, kind, "string")
        expect(2, path, "string", "nil")
        if kind:lower() ~= "sqlite" then
            error("dbConnect: only \"sqlite\" databases are known here, not \"" .. kind .. "\"; open one with dbConnect(\"sqlite\", \"data/name.db\")", 2)
        end
        if not path or path == "" then error("bad argument #2 (the database's file expected, such as \"data/name.db\")", 2) end
        local folder = fs.getDir(path)
        if folder ~= "" and not fs.exists(folder) then fs.makeDir(folder) end
        return env.require("luart.sqlite").open("/" .. fs.combine(path))
    end
end
