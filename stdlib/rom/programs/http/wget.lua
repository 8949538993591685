-- Downloads a file, or runs a program from the internet.

local saveFile = require "cc.internal.save_file"

local args = { ... }

local function printUsage()
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usage:")
    print(name .. " <url> [filename]")
    print(name .. " run <url>")
end

-- What a file should be called: the last part of the URL's path, or the host's name if there is none.
local function fileName(url)
    local rest = url:gsub("[#?].*", ""):gsub("^%a[%w+.-]*://", ""):gsub("/+$", "")
    local name = rest:match("/([^/]+)$") or rest:gsub(":%d+$", ""):match("[^/]+")
    if not name then return nil end
    return (name:gsub("[\\:*?\"<>|%c]", "_"))
end

-- Returns what is at a URL, or nil after it has said why not.
local function fetch(url)
    local valid, problem = http.checkURL(url)
    if not valid then
        printError(problem or "Invalid URL.")
        return nil
    end
    write("Connecting to " .. url .. "... ")
    local response, message = http.get(url, nil, true)
    if not response then
        print("Failed.")
        if message then printError(message) end
        return nil
    end
    print("Success.")
    local contents = response.readAll() or ""
    response.close()
    return contents
end

local function download(url, name)
    name = name or fileName(url)
    if not name then
        printError("Invalid URL.")
        return
    end
    local path = shell.resolve(name)
    if fs.exists(path) then
        print("File already exists")
        return
    end
    local contents = fetch(url)
    if not contents then return end

    local ok, message = pcall(saveFile, path, contents)
    if ok then
        print("Downloaded as " .. name)
    else
        printError("Cannot save file: " .. message)
    end
end

local function run(url, ...)
    local source = fetch(url)
    if not source then return end
    local chunk, message = load(source, "@" .. (fileName(url) or url), "t", _ENV)
    if not chunk then
        printError(message)
        return
    end
    local ok, problem = pcall(chunk, ...)
    if not ok and problem ~= nil then printError(problem) end
end

if not http then
    printError("wget requires the http API, which is switched off")
elseif args[1] == "run" and args[2] then
    run(table.unpack(args, 2))
elseif args[1] and args[1] ~= "run" then
    download(args[1], args[2])
else
    printUsage()
end
