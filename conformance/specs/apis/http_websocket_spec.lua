-- WebSocket servers of the http API. The clients are those of the same computer, which need leave to connect to it
-- (luart test --allow-private).
local own = http.checkURL("http://127.0.0.1")

local function errors(text, f, ...)
    local ok, message = pcall(f, ...)
    expect(ok):eq(false)
    expect((tostring(message):gsub("^[^ ]*:%d+: ", ""))):eq(text)
end

-- Runs a server and a client until the client has ended.
local function with(server, client)
    local failure
    local function guard(f)
        return function()
            local ok, message = pcall(f)
            if not ok then failure = failure or { message } end
        end
    end
    parallel.waitForAny(guard(server), guard(client))
    if failure then error(failure[1], 0) end
end

describe("http.websocketServer", function()
    it("checks its arguments", function()
        errors("bad argument #1 (expected number, got no value)", http.websocketServer)
        errors("bad argument #1 (expected number, got string)", http.websocketServer, "x")
        errors("bad argument #1 (port out of range)", http.websocketServer, -1)
        errors("bad argument #1 (port out of range)", http.websocketServer, 65536)
        errors("bad argument #2 (expected table, got string)", http.websocketServer, 0, "x")
        errors("bad field 'max_size' (there is no such option)", http.websocketServer, 0, { max_size = 1 })
    end)

    it("takes headers", function()
        http.websocketServer(0, { ["X-Name"] = "value" }).close()
        errors("bad field 'X-Name' (string expected, got boolean)", http.websocketServer, 0, { ["X-Name"] = true })
    end)

    it("does not share a port", function()
        local server = http.websocketServer(0)
        expect(server.port):type("number")
        local second, message = http.websocketServer(server.port)
        expect(second):eq(nil)
        expect(message):eq("Port already in use")
        server.close()
        http.websocketServer(server.port).close()
    end)

    it("ends when it is closed", function()
        local server = http.websocketServer(0)
        expect(server.listen(0)):eq(nil)
        server.close()
        server.close()
        errors("attempt to use a closed file", server.listen)
    end)

    if not own then return end

    it("gives the clients that connect", function()
        local server = http.websocketServer(0, { ["X-Name"] = "value" })
        with(function()
            for _ = 1, 2 do
                local socket = server.listen()
                expect(socket.clientID):type("userdata")
                expect(socket.getURL()):eq("/path?query")
                expect(socket.getRequestHeaders()["x-key"]):eq("k")
                expect((socket.getRemoteAddress())):eq("127.0.0.1")
                expect(socket.getProtocol()):eq(nil)
                local text, binary = socket.receive()
                socket.send(text:upper(), binary)
            end
            os.pullEvent("never")
        end, function()
            for i = 1, 2 do
                local socket = http.websocket("ws://127.0.0.1:" .. server.port .. "/path?query", { ["X-Key"] = "k" })
                socket.send("hello", i == 2)
                expect({ socket.receive(5) }):same { "HELLO", i == 2 }
                socket.close()
            end
        end)
        server.close()
    end)

    it("queues events", function()
        local server = http.websocketServer(0)
        local seen = {}
        with(function()
            local sockets = {}
            while true do
                local event, id, a, b = os.pullEvent()
                if event == "websocket_server_connect" then
                    sockets[a.clientID] = a
                    seen[#seen + 1] = "connect " .. tostring(id == server.port)
                elseif event == "websocket_server_message" then
                    seen[#seen + 1] = ("message %s %s"):format(a, tostring(b))
                    sockets[id].send(a)
                elseif event == "websocket_server_closed" and sockets[id] then
                    seen[#seen + 1] = ("closed %s %s"):format(tostring(a), tostring(b))
                    os.queueEvent("all")
                end
            end
        end, function()
            local socket = http.websocket("ws://127.0.0.1:" .. server.port)
            socket.send("one")
            expect(socket.receive(5)):eq("one")
            socket.send("two", true)
            expect(socket.receive(5)):eq("two")
            socket.close()
            os.pullEvent("all")
        end)
        server.close()
        expect(seen):same { "connect true", "message one false", "message two true", "closed nil 1000" }
    end)

    it("closes its clients with it", function()
        local server = http.websocketServer(0)
        local url = "ws://127.0.0.1:" .. server.port
        local socket = http.websocket(url)
        server.close()
        local _, from, reason, code
        repeat _, from, reason, code = os.pullEvent("websocket_closed") until from == url
        expect({ reason, code }):same { nil, 1001 }
        errors("attempt to use a closed file", socket.send, "x")
    end)
end)

if own then
    describe("http.listen with WebSockets", function()
        local function serving(options, f)
            with(function()
                options.on_listen = function(port) os.queueEvent("serving", port) end
                http.listen(0, function(request, response)
                    if request.getURL() == "/upgrade" then
                        local socket = request.upgrade({ ["Sec-WebSocket-Protocol"] = "own" })
                        socket.send("upgraded " .. tostring(request == nil) .. socket.getProtocol())
                        socket.receive()
                        return
                    end
                    expect(request.isWebsocket()):eq(false)
                    expect((request.upgrade())):eq(nil)
                    response.write("plain")
                    response.close()
                end, options)
            end, function()
                local _, port = os.pullEvent("serving")
                f("127.0.0.1:" .. port)
            end)
        end

        it("has both on one port", function()
            serving({}, function(host)
                expect(http.get("http://" .. host).readAll()):eq("plain")
                local socket = http.websocket("ws://" .. host .. "/upgrade", { ["Sec-WebSocket-Protocol"] = "own" })
                expect(socket.receive(5)):eq("upgraded falseown")
                socket.close()
            end)
        end)

        it("serves each with the option websocket", function()
            serving({
                websocket = function(socket)
                    while true do
                        local text, binary = socket.receive()
                        if not text then return end
                        sleep(0)
                        socket.send(socket.getURL() .. text, binary)
                    end
                end,
            }, function(host)
                local first = http.websocket("ws://" .. host .. "/1")
                local second = http.websocket("ws://" .. host .. "/2")
                second.send("x")
                -- What comes while http.get waits is lost, as all events are.
                expect(http.get("http://" .. host).readAll()):eq("plain")
                for i = 1, 5 do first.send(i) end
                second.send("y")
                for i = 1, 5 do
                    first.send("again")
                    local text
                    repeat text = first.receive(5) until text ~= "/1again"
                    expect(text):eq("/1" .. i)
                end
                second.close()
                first.close()
            end)
        end)
    end)
end
