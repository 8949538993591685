-- The server of the soak: an http.listen that also takes WebSockets, one that streams, and an http.websocketServer. What to do is
-- the first part of a request's path. It counts what becomes of requests, for GET /counts.
--
-- It prints the three ports.

local RESPONSE_TIMEOUT, HEADER_TIMEOUT = ...

local counts = {}
local function count(name, n) counts[name] = (counts[name] or 0) + (n or 1) end

local ports = {}
local handlers = {}

function handlers.hello(_, response)
    response.setResponseHeader("Content-Type", "text/plain")
    response.write("hello")
end

function handlers.echo(request, response)
    response.write(request.readAll())
end

-- Reads an upload in parts.
function handlers.size(request, response)
    local size = 0
    while true do
        local part = request.read(20000)
        if not part then break end
        size = size + #part
    end
    response.write(size)
end

-- Answers without having read the body.
function handlers.refuse(_, response)
    response.setStatusCode(403)
    response.write("no")
end

function handlers.fail() error("as asked") end

function handlers.nap(_, response)
    sleep(0.05)
    response.write("slept")
end

-- The same, under the names of those whose clients don't wait for the answer, and of requests that the server makes itself.
handlers.left, handlers.half, handlers.inner = handlers.nap, handlers.hello, handlers.hello

-- Waits for an event of its own, beside all other handlers.
local waits = 0
function handlers.wait(_, response)
    waits = waits + 1
    local name = "soak_" .. waits
    os.queueEvent(name, waits)
    local _, value = os.pullEvent(name)
    response.write(value)
end

-- Makes a request itself.
function handlers.ask(_, response)
    local inner = http.get("http://127.0.0.1:" .. ports.plain .. "/inner")
    response.write(inner and inner.readAll() or "nothing")
    if inner then inner.close() end
end

-- Holds memory for as long as it runs.
function handlers.large(_, response)
    local parts = {}
    for i = 1, 100 do parts[i] = ("%04d"):format(i):rep(500) end
    response.write(table.concat(parts))
end

function handlers.pieces(_, response)
    for i = 1, 4 do
        response.write(("piece %02d\n"):format(i))
        response.flush()
        sleep(0)
    end
end

-- Goes on until its client has gone.
function handlers.endless(_, response)
    while true do
        response.write(("x"):rep(10000))
        response.flush()
        sleep(0)
    end
end

-- Fails within its response.
function handlers.broken(_, response)
    response.write("the first half")
    response.flush()
    error("as asked")
end

-- What a client has got wrong of its body makes reading throw.
handlers.slow, handlers.tooLarge = handlers.size, handlers.size

-- Takes longer than it may.
function handlers.late(_, response)
    repeat sleep(0.1) until not response.isOpen()
    response.write("too late")
end

-- Works for longer than it may, but lets others work as well.
function handlers.busy(_, response)
    while response.isOpen() do sleep(0) end
    response.write("too late")
end

-- Loops for ever.
function handlers.spin()
    while true do end
end

local function echo(socket)
    count("sockets")
    count("active")
    local ok, message = pcall(function()
        while true do
            local text, binary = socket.receive()
            if not text then break end
            if text == "fail" then error("as asked") end
            if text == "close" then
                socket.close(4000, "as asked")
                break
            end
            socket.send(text, binary)
            count("messages")
        end
    end)
    count("active", -1)
    if not ok then error(message, 0) end
end

local function answer(request, response)
    local kind = request.getURL():match("^/(%w+)")
    if kind == "counts" then
        local list = {}
        for name, n in pairs(counts) do list[#list + 1] = name .. " " .. n end
        response.write(table.concat(list, "\n"))
        response.close()
        return
    end
    if kind == "socket" then
        local socket, message, status = request.upgrade()
        if socket then return echo(socket) end
        response.setStatusCode(status)
        response.write(message)
        response.close()
        return
    end
    count("seen " .. kind)
    if kind == "nothing" then return end -- the server answers in its place
    count("active")
    local ok, message = pcall(function()
        handlers[kind](request, response)
        response.close()
    end)
    count("active", -1)
    count((ok and "closed " or "failed ") .. kind)
    if not ok then error(message, 0) end
end

local function options(name, more)
    more.max_body = 1000000
    more.header_timeout = tonumber(HEADER_TIMEOUT)
    more.body_timeout = 0.7 * RESPONSE_TIMEOUT
    more.response_timeout = tonumber(RESPONSE_TIMEOUT)
    more.on_listen = function(port)
        ports[name] = port
        if ports.plain and ports.stream then
            print(ports.plain, ports.stream, ports.sockets.port)
        end
    end
    return more
end

ports.sockets = assert(http.websocketServer(0, { response_timeout = tonumber(RESPONSE_TIMEOUT) }))

parallel.waitForAny(
    function() http.listen(0, answer, options("plain", { websocket = echo })) end,
    function() http.listen(0, answer, options("stream", { stream = true })) end,
    function()
        -- As scripts for CraftOS-PC do it. Each connection has one event for its beginning and one for its end.
        local open = {}
        while true do
            local event, id, a, b = os.pullEvent()
            if event == "websocket_server_connect" and id == ports.sockets.port then
                open[a.clientID] = a
                count("connects")
                count("active")
            elseif event == "websocket_server_message" and open[id] then
                if pcall(open[id].send, a, b) then count("messages") end
            elseif event == "websocket_server_closed" and open[id] then
                open[id] = nil
                count("ends")
                count("active", -1)
            end
        end
    end)
