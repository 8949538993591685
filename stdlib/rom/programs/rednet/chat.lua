-- Talks with people on other computers, over rednet: one computer hosts the room, others join it by its name.
--
-- Messages of the protocol "chat" are tables: sType says what it is, nUserID a number that the user chose on joining.
-- To the host: login (sUsername), logout, chat (sText), "ping to server". To users: text (sText), kick, and
-- "ping to client", which is answered with "pong to server".

local args = { ... }

local function printUsage()
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(name .. " host <hostname>")
    print(name .. " join <hostname> <nickname>")
end

local function openModem()
    for _, name in ipairs(peripheral.getNames()) do
        if peripheral.getType(name) == "modem" then
            if rednet.isOpen(name) then return name, false end
            rednet.open(name)
            return name, true
        end
    end
    print("No modems found.")
    return nil
end

local protocol = "chat"
-- Seconds without a sign of life after which the other side is taken to be gone, and between two such signs.
local patience, pingInterval = 20, 15

local function isName(name)
    return type(name) == "string" and name:find("%S") ~= nil and #name <= 32
end

----------------------------------------------------------------------------------------------------------------------
-- The host

local function host(hostname)
    rednet.host(protocol, hostname)

    ---@class User
    ---@field id integer his computer
    ---@field name string
    ---@field seen number when there was a sign of life, of os.clock

    ---@type table<integer, User>
    local users = {}
    local count = 0

    local function send(text, userID)
        for id, user in pairs(users) do
            if userID == nil or id == userID then
                rednet.send(user.id, { sType = "text", nUserID = id, sText = text }, protocol)
            end
        end
        if userID == nil then print(text) end
    end

    local function remove(id, text)
        local user = users[id]
        users[id] = nil
        count = count - 1
        send("* " .. user.name .. " " .. text)
    end

    local function isTaken(name, except)
        for id, user in pairs(users) do
            if id ~= except and user.name == name then return true end
        end
        return false
    end

    -- The commands of users: "/me waves". They get the user's number and the rest of the line.
    local commands = {}

    function commands.me(id, rest)
        if rest == "" then
            send("* Usage: /me [words]", id)
        else
            send("* " .. users[id].name .. " " .. rest)
        end
    end

    function commands.nick(id, rest)
        if not isName(rest) then
            send("* Usage: /nick [nickname]", id)
        elseif isTaken(rest, id) then
            send("* " .. rest .. " is taken", id)
        else
            local old = users[id].name
            users[id].name = rest
            send("* " .. old .. " is now known as " .. rest)
        end
    end

    function commands.users(id)
        local names = {}
        for _, user in pairs(users) do names[#names + 1] = user.name end
        table.sort(names)
        send("* Connected users: " .. table.concat(names, ", "), id)
    end

    function commands.help(id)
        send("* Available commands: /help /me /nick /users /logout", id)
    end

    local function handle(sender, message)
        local id = message.nUserID
        if type(id) ~= "number" or id ~= id then return end
        local user = users[id]
        if message.sType == "login" then
            if user or not isName(message.sUsername) then return end
            if isTaken(message.sUsername) then
                rednet.send(sender, { sType = "kick", nUserID = id, sText = "The nickname is taken" }, protocol)
                return
            end
            users[id] = { id = sender, name = message.sUsername, seen = os.clock() }
            count = count + 1
            send("* " .. message.sUsername .. " has joined the chat")
            return
        end
        -- Who isn't here, or speaks for somebody else, isn't listened to.
        if not user or user.id ~= sender then return end
        user.seen = os.clock()
        if message.sType == "logout" then
            remove(id, "has left the chat")
        elseif message.sType == "ping to server" then
            rednet.send(sender, { sType = "pong to client", nUserID = id }, protocol)
        elseif message.sType == "chat" and type(message.sText) == "string" then
            local name, rest = message.sText:match("^/(%a+)%s*(.-)%s*$")
            if name and commands[name:lower()] then
                commands[name:lower()](id, rest)
            elseif name then
                send("* Unrecognised command: /" .. name, id)
            else
                send("<" .. user.name .. "> " .. message.sText)
            end
        end
    end

    print("Chat " .. hostname .. " is open. Users join with: chat join " .. hostname .. " <nickname>")
    local ok, problem = pcall(parallel.waitForAny,
        function()
            while true do
                local sender, message = rednet.receive(protocol)
                if type(message) == "table" then handle(sender, message) end
            end
        end,
        function()
            while true do
                sleep(pingInterval)
                local gone = {}
                for id, user in pairs(users) do
                    if os.clock() - user.seen > pingInterval + patience then gone[#gone + 1] = id end
                    rednet.send(user.id, { sType = "ping to client", nUserID = id }, protocol)
                end
                for _, id in ipairs(gone) do remove(id, "has timed out") end
            end
        end)
    if not ok and problem ~= "Terminated" then printError(problem) end

    for id, user in pairs(users) do
        rednet.send(user.id, { sType = "kick", nUserID = id, sText = "The chat is closed" }, protocol)
    end
    rednet.unhost(protocol)
    print(count == 1 and "1 user was connected." or count .. " users were connected.")
end

----------------------------------------------------------------------------------------------------------------------
-- The user

-- Where the messages go, and where the line is typed. With a terminal these are two windows, so that a message doesn't
-- break into the line; otherwise lines come out as they come in.
local function makeScreen(title)
    local terminal = term.current()
    if _HEADLESS and terminal == term.native() then
        return { show = print, read = read, close = function() end }
    end
    local width, height = term.getSize()
    term.clear()
    term.setCursorPos(1, 1)
    if term.isColour() then term.setTextColour(colours.yellow) end
    term.write(title)
    term.setTextColour(colours.white)
    local messages = window.create(terminal, 1, 2, width, height - 2)
    local prompt = window.create(terminal, 1, height, width, 1)
    messages.setCursorPos(1, height - 2)

    -- Calls a function that draws in a window, and may wait for events meanwhile.
    local function within(target, f, ...)
        local routine = coroutine.create(f)
        local event = table.pack(...)
        local filter
        while true do
            if filter == nil or event[1] == filter or event[1] == "terminate" then
                local previous = term.redirect(target)
                local result = table.pack(coroutine.resume(routine, table.unpack(event, 1, event.n)))
                target = term.redirect(previous)
                if not result[1] then error(result[2], 0) end
                prompt.restoreCursor()
                if coroutine.status(routine) == "dead" then return table.unpack(result, 2, result.n) end
                filter = result[2]
            end
            event = table.pack(os.pullEventRaw(filter))
        end
    end

    return {
        show = function(text)
            within(messages, function()
                print()
                if term.isColour() and text:sub(1, 1) == "*" then term.setTextColour(colours.yellow) end
                write(text)
                term.setTextColour(colours.white)
            end)
        end,
        read = function(mask, history)
            return within(prompt, function()
                term.setCursorPos(1, 1)
                term.clearLine()
                write(": ")
                return read(mask, history)
            end)
        end,
        close = function()
            term.redirect(terminal)
            term.setCursorPos(1, height)
            term.clearLine()
        end,
    }
end

local function join(hostname, nickname)
    local hostID = rednet.lookup(protocol, hostname)
    if not hostID then
        printError("No chat called " .. hostname)
        return
    end
    local userID = math.random(1, 2 ^ 31 - 1)
    local function send(kind, field, value)
        rednet.send(hostID, { sType = kind, nUserID = userID, [field or "sType"] = value or kind }, protocol)
    end
    send("login", "sUsername", nickname)

    local screen = makeScreen(nickname .. " on " .. hostname)
    local ending
    local lastSeen = os.clock()
    local ok, problem = pcall(parallel.waitForAny,
        function()
            while true do
                local sender, message = rednet.receive(protocol)
                if sender == hostID and type(message) == "table" and message.nUserID == userID then
                    lastSeen = os.clock()
                    if message.sType == "text" and type(message.sText) == "string" then
                        screen.show(message.sText)
                    elseif message.sType == "ping to client" then
                        send("pong to server")
                    elseif message.sType == "kick" then
                        ending = tostring(message.sText or "The chat is closed")
                        return
                    end
                end
            end
        end,
        function()
            while true do
                sleep(pingInterval)
                if os.clock() - lastSeen > pingInterval + patience then
                    ending = "Server timeout."
                    return
                end
                send("ping to server")
            end
        end,
        function()
            local history = {}
            while true do
                local line = screen.read(nil, history)
                if not line or line:match("^%s*/logout%s*$") then
                    send("logout")
                    ending = "Disconnected."
                    return
                end
                if line:find("%S") then
                    send("chat", "sText", line)
                    if history[#history] ~= line then history[#history + 1] = line end
                end
            end
        end)
    screen.close()
    if ok then
        print(ending)
    else
        send("logout")
        if problem == "Terminated" then
            print("Disconnected.")
        else
            printError(problem)
        end
    end
end

local action, hostname, nickname = args[1], args[2], args[3]
if action == "host" and hostname or action == "join" and hostname and nickname then
    local modem, opened = openModem()
    if not modem then return end
    if action == "host" then
        host(hostname)
    elseif isName(nickname) then
        join(hostname, nickname)
    else
        printError("A nickname has 1 to 32 characters")
    end
    if opened then rednet.close(modem) end
else
    printUsage()
end
