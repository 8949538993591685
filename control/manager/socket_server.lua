-- http.websocketServer for plugins: WebSockets that clients open on a port of the plugin's. It stands on the plugin's listeners, so that a port goes over
-- to the next load of the plugin.

local expect = require("cc.expect").expect

local MOST = 256 -- messages of a socket that wait for receive, beyond which the client has to wait

local listenerOptions = {
    host = true, allowed_hosts = true, origins = true, tls = true, max_message = true, max_send_buffer = true, max_websockets = true, send_timeout = true,
    ping_interval = true, ping_timeout = true, protocols = true, compression = true, max_connections = true, header_timeout = true,
}

-- Waits until a function gives something, looking again at each event.
local function await(env, seconds, look)
    local timer = seconds and env.os.startTimer(seconds)
    while true do
        local result = table.pack(look())
        if result.n > 0 then
            if timer then env.os.cancelTimer(timer) end
            return table.unpack(result, 1, result.n)
        end
        local event, id = env.os.pullEvent()
        if event == "timer" and id == timer then return end
    end
end

-- The socket as the plugin sees it. Its messages are events, too.
local function wrap(load, socket)
    local inbox, first, last, over = {}, 1, 0, false
    local shown = {
        clientID = socket.clientID, send = socket.send, trySend = socket.trySend, close = socket.close, getURL = socket.getURL, getRequestHeaders = socket.getRequestHeaders,
        getRemoteAddress = socket.getRemoteAddress, getProtocol = socket.getProtocol,
    }
    function shown.receive(seconds)
        expect(1, seconds, "number", "nil")
        if over and not inbox[first] then error("attempt to use a closed file", 2) end
        return await(load.env, seconds, function()
            local message = inbox[first]
            if message then
                inbox[first] = nil
                first = first + 1
                return message[1], message[2]
            end
            if over then return nil end
        end)
    end
    local function take(text, binary)
        if last - first + 1 >= MOST then
            inbox[first] = nil -- nobody calls receive: the events are what is used
            first = first + 1
        end
        last = last + 1
        inbox[last] = { text, binary }
    end
    return shown, take, function() over = true end
end

---Opens the server; see http.websocketServer.
---@param load Load
---@param manager table
---@param port integer
---@param options table
---@return table? server
---@return string? message
return function(load, manager, port, options)
    local scheduler = manager.scheduler
    local settings, headers = {}, {}
    for name, value in pairs(options) do
        if name == "headers" and type(value) == "table" then
            for key, each in pairs(value) do headers[key] = each end
        elseif listenerOptions[name] then
            settings[name] = value
        else
            headers[name] = value
        end
    end
    local waiting, closed, sockets = {}, false, {}

    -- Posts an event to the plugin, when there is room for it.
    local function post(...)
        while not scheduler:post(load, ...) do load.env.sleep(0.05) end
    end

    settings.websocket = function(socket)
        local shown, take, finish = wrap(load, socket)
        sockets[socket] = true
        waiting[#waiting + 1] = shown
        post("websocket_server_connect", port, shown)
        for text, binary in socket.receive do
            take(text, binary)
            post("websocket_server_message", socket.clientID, text, binary)
        end
        sockets[socket] = nil
        finish()
        post("websocket_server_closed", socket.clientID)
    end
    settings.upgradeHeaders = headers
    local listener, message = manager.listeners:open(load, port, settings, function(_, response)
        response.setStatusCode(426)
        response.setResponseHeader("Upgrade", "websocket")
        response.write("This server speaks WebSocket only.\n")
        response.close()
    end)
    if not listener then
        if message:find("in use", 1, true) then return nil, "Port already in use" end
        error(message, 3)
    end
    port = listener.port
    local server = { port = port }

    function server.listen(seconds)
        expect(1, seconds, "number", "nil")
        if closed then error("attempt to use a closed file", 2) end
        return await(load.env, seconds, function()
            if waiting[1] then return table.remove(waiting, 1) end
            if closed then return nil end
        end)
    end

    function server.close()
        if closed then return end
        closed = true
        manager.listeners:close(listener)
        for socket in pairs(sockets) do socket.close(1001) end
        scheduler:post(load, "websocket_server_stop")
    end

    return server
end
