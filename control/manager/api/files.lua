-- The file functions of plugins. Paths are of the plugin's own folder; /data is the folder for what it stores.

local expect = require("cc.expect").expect

local MAX_FILE = 64 * 1024 * 1024 -- bytes that readFile gives

return function(env, load)
    local fs = env.fs

    local function read(path)
        if not fs.exists(path) or fs.isDir(path) then return nil end
        if fs.getSize(path) > MAX_FILE then error("the file " .. path .. " is larger than " .. MAX_FILE .. " bytes; use fs.open", 3) end
        local file, message = fs.open(path, "rb")
        if not file then error(message, 3) end
        local text = file.readAll() or ""
        file.close()
        return text
    end

    local function write(path, text, mode)
        local file, message = fs.open(path, mode)
        if not file then error(message, 3) end
        local ok, problem = pcall(file.write, text)
        file.close()
        if not ok then error(problem, 3) end
        return true
    end

    function env.fileExists(path)
        expect(1, path, "string")
        return fs.exists(path) and not fs.isDir(path)
    end

    function env.readFile(path)
        expect(1, path, "string")
        return read(path)
    end

    function env.writeFile(path, text)
        expect(1, path, "string")
        expect(2, text, "string", "number")
        return write(path, tostring(text), "wb")
    end

    function env.appendFile(path, text)
        expect(1, path, "string")
        expect(2, text, "string", "number")
        return write(path, tostring(text), "ab")
    end

    function env.getFilePath(path)
        expect(1, path, "string")
        return "/" .. fs.combine(path)
    end

    function env.listFiles(path, extension)
        path = expect(1, path, "string", "nil") or ""
        expect(2, extension, "string", "nil")
        if not fs.isDir(path) then return {} end
        local ending = extension and "." .. extension:gsub("^%.", "")
        local names = {}
        for _, name in ipairs(fs.list(path)) do
            local isFile = not fs.isDir(fs.combine(path, name))
            if isFile and (not ending or name:sub(-#ending) == ending) then names[#names + 1] = name end
        end
        return names
    end

    function env.getFileModTime(path)
        expect(1, path, "string")
        if not fs.exists(path) then return 0 end
        return math.floor(fs.attributes(path).modified / 1000)
    end

    -- The folder of the file that calls include.
    local function callerFolder()
        local info = debug.getinfo(3, "S")
        local prefix = "@" .. load.chunkName("")
        if info and info.source:sub(1, #prefix) == prefix then return fs.getDir(info.source:sub(#prefix + 1)) end
        return ""
    end

    function env.include(path)
        expect(1, path, "string")
        local full = path:sub(1, 1) == "/" and fs.combine(path) or fs.combine(callerFolder(), path)
        if not fs.exists(full) and fs.exists(full .. ".lua") then full = full .. ".lua" end
        local chunk, message = env.loadfile(full)
        if not chunk then
            if message == "File not found" then message = "include: there is no file /" .. full end
            error(message, 0)
        end
        return chunk()
    end
end
