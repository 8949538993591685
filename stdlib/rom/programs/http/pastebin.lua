-- Uploads files to pastebin.com, downloads them, and runs programs from there.

local saveFile = require "cc.internal.save_file"

local args = { ... }

local function printUsage()
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(name .. " put <filename>")
    print(name .. " get <code> <filename>")
    print(name .. " run <code> <arguments>")
end

-- The code of a paste, out of what people give for it: the code itself or one of its addresses.
local function pasteCode(text)
    for _, pattern in ipairs {
        "^([%a%d]+)$",
        "^https?://w*%.?pastebin%.com/([%a%d]+)$",
        "^w*%.?pastebin%.com/([%a%d]+)$",
        "^https?://w*%.?pastebin%.com/raw/([%a%d]+)$",
        "^w*%.?pastebin%.com/raw/([%a%d]+)$",
    } do
        local code = text:match(pattern)
        if code then return code end
    end
    return nil
end

-- Returns a paste's text, or nil after it has said why not.
local function fetch(text)
    local code = pasteCode(text)
    if not code then
        printError("Invalid pastebin code.")
        printError("The code is the ID at the end of the pastebin.com URL.")
        return nil
    end
    write("Connecting to pastebin.com... ")
    -- A number that is different each time keeps caches on the way from answering with an old version.
    local response, message = http.get("https://pastebin.com/raw/" .. code .. "?cb=" .. ("%x"):format(math.random(0, 2 ^ 30)))
    if not response then
        print("Failed.")
        if message then printError(message) end
        return nil
    end
    -- Instead of the paste there may be a page that asks whether one is human.
    local kind = response.getResponseHeaders()["Content-Type"]
    if kind and not kind:find("^text/plain") then
        response.close()
        print("Failed.")
        printError("pastebin.com wants to know whether you are human.")
        printError("Open https://pastebin.com/" .. code .. " in a web browser, then try again.")
        return nil
    end
    print("Success.")
    local contents = response.readAll()
    response.close()
    return contents or ""
end

local function put(name)
    local path = shell.resolve(name)
    if not fs.exists(path) or fs.isDir(path) then
        print("No such file")
        return
    end
    local file, message = fs.open(path, "r")
    if not file then
        printError(message)
        return
    end
    local text = file.readAll()
    file.close()

    -- Uploading takes a key that pastebin.com gives to its users.
    local key = settings.get("pastebin.key", "")
    write("Connecting to pastebin.com... ")
    local response, failedMessage, failed = http.post("https://pastebin.com/api/api_post.php",
        "api_option=paste"
        .. "&api_dev_key=" .. textutils.urlEncode(key)
        .. "&api_paste_format=lua"
        .. "&api_paste_name=" .. textutils.urlEncode(fs.getName(path))
        .. "&api_paste_code=" .. textutils.urlEncode(text))
    local answer
    if response or failed then
        answer = (response or failed).readAll() or ""
        (response or failed).close()
    end
    local code = response and answer:match("pastebin%.com/([%a%d]+)%s*$")
    if not code then
        print("Failed.")
        printError(answer ~= nil and answer ~= "" and answer:sub(1, 200) or failedMessage or "pastebin.com gave no answer")
        if key == "" then
            printError("Uploading needs a key: get one at https://pastebin.com/doc_api, then run")
            printError("set pastebin.key <key>")
        end
        return
    end
    print("Success.")
    print("Uploaded as https://pastebin.com/" .. code)
    print("Run \"pastebin get " .. code .. "\" to download anywhere")
end

local function get(code, name)
    local path = shell.resolve(name)
    if fs.exists(path) then
        print("File already exists")
        return
    end
    local text = fetch(code)
    if not text then return end

    local ok, message = pcall(saveFile, path, text)
    if ok then
        print("Downloaded as " .. name)
    else
        printError("Cannot save file: " .. message)
    end
end

local function run(code, ...)
    local text = fetch(code)
    if not text then return end
    local chunk, message = load(text, "@" .. code, "t", _ENV)
    if not chunk then
        printError(message)
        return
    end
    local ok, problem = pcall(chunk, ...)
    if not ok and problem ~= nil then printError(problem) end
end

local action = args[1]
if not http then
    printError("pastebin requires the http API, which is switched off")
elseif action == "put" and args[2] then
    put(args[2])
elseif action == "get" and args[3] then
    get(args[2], args[3])
elseif action == "run" and args[2] then
    run(table.unpack(args, 2))
else
    printUsage()
end
