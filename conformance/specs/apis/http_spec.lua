-- The http API. Requests go to servers of the same computer; they need leave to connect to it (luart test --allow-private).
local own = http.checkURL("http://127.0.0.1")

local function errors(text, f, ...)
    local ok, message = pcall(f, ...)
    expect(ok):eq(false)
    expect((tostring(message):gsub("^[^ ]*:%d+: ", ""))):eq(text)
end

-- Runs f with the address of a server that answers with handle.
local function serving(handle, f)
    local failure
    parallel.waitForAny(
        function()
            http.listen(0, handle, { on_listen = function(port) os.queueEvent("serving", port) end })
        end,
        function()
            local _, port = os.pullEvent("serving")
            local ok, message = pcall(f, "http://127.0.0.1:" .. port)
            if not ok then failure = { message } end
        end)
    if failure then error(failure[1], 0) end
end

describe("http", function()
    describe("http.request", function()
        it("checks its arguments", function()
            errors("bad argument #1 (string expected, got nil)", http.request)
            errors("bad argument #2 (string expected, got table)", http.request, "x", {})
            errors("bad argument #3 (table expected, got string)", http.request, "x", "y", "z")
            errors("bad argument #4 (boolean expected, got string)", http.request, "x", "y", {}, "z")
        end)

        it("checks its options", function()
            errors("bad field 'url' (string expected, got nil", http.request, {})
            errors("bad field 'binary' (boolean expected, got string", http.request, { url = "x", binary = "y" })
            errors("Unsupported HTTP method", http.request, { url = "x", method = "CONNECT" })
            errors("Unsupported HTTP method", http.request, { url = "x", method = "get" })
            errors("timeout out of range (between 0.0 and 60.0)", http.request, { url = "http://x", timeout = 61 })
            errors("timeout out of range (between 0.0 and 60.0)", http.request, { url = "http://x", timeout = -1 })
        end)

        it("tells of a wrong URL twice", function()
            expect({ http.request("ftp://x") }):same { false, "Invalid protocol 'ftp'" }
            expect({ os.pullEvent("http_failure") }):same { "http_failure", "ftp://x", "Invalid protocol 'ftp'" }
        end)
    end)

    describe("http.get and http.post", function()
        it("check their arguments", function()
            errors("bad argument #1 (string expected, got nil)", http.get)
            errors("bad argument #2 (table expected, got number)", http.get, "x", 1)
            errors("bad argument #3 (boolean expected, got number)", http.get, "x", {}, 1)
            errors("bad argument #2 (string expected, got nil)", http.post, "x")
            errors("bad field 'body' (string expected, got nil", http.post, { url = "x" })
        end)

        it("return what is wrong with a URL", function()
            expect({ http.get("x") }):same { nil, "Must specify http or https" }
            expect({ http.post("http:x", "") }):same { nil, "URL malformed" }
            expect({ http.get { url = "ws://x" } }):same { nil, "Invalid protocol 'ws'" }
        end)
    end)

    describe("http.checkURL", function()
        it("checks its argument", function()
            errors("bad argument #1 (string expected, got nil)", http.checkURL)
            errors("bad argument #1 (string expected, got table)", http.checkURLAsync, {})
        end)

        it("knows what is no URL", function()
            expect({ http.checkURL("example.com") }):same { false, "Must specify http or https" }
            expect({ http.checkURL("http://a b") }):same { false, "URL malformed" }
            expect({ http.checkURL("gopher://a") }):same { false, "Invalid protocol 'gopher'" }
            expect({ http.checkURLAsync("http:///") }):same { false, "URL malformed" }
        end)
    end)

    describe("http.websocket", function()
        it("checks its arguments", function()
            errors("bad argument #1 (string or table expected, got nil)", http.websocket)
            errors("bad argument #1 (string or table expected, got number)", http.websocketAsync, 80)
            errors("bad argument #2 (table expected, got string)", http.websocket, "x", "y")
            errors("bad field 'url' (string expected, got nil", http.websocket, {})
            errors("timeout out of range (between 0.0 and 60.0)", http.websocket, { url = "x", timeout = 100 })
        end)

        it("knows what is no URL", function()
            expect({ http.websocket("http://x") }):same { false, "Invalid scheme 'http'" }
            expect({ http.websocket("a b") }):same { false, "URL malformed" }
            expect({ http.websocketAsync("https://x") }):same { false, "Invalid scheme 'https'" }
            expect({ os.pullEvent("websocket_failure") }):same { "websocket_failure", "https://x", "Invalid scheme 'https'" }
        end)
    end)

    if not own then return end

    describe("a request", function()
        it("gets a response", function()
            serving(function(request, response)
                response.setStatusCode(201)
                response.setResponseHeader("X-Seen", request.getURL())
                response.write(request.getMethod() .. "\n" .. request.readAll())
                response.close()
            end, function(url)
                local response = http.get(url .. "/a?b")
                expect({ response.getResponseCode() }):same { 201, "Created" }
                expect(response.getResponseHeaders()["X-Seen"]):eq("/a?b")
                expect(response.getResponseHeaders()["x-seen"]):eq("/a?b")
                expect(response.readLine()):eq("GET")
                expect(response.readLine()):eq(nil)
                expect(response.readAll()):eq("")
                expect(response.seek("set", 1)):eq(1)
                expect(response.read(2)):eq("ET")
                response.close()
                errors("attempt to use a closed file", response.readAll)

                expect(http.post(url, "\0\255").readAll()):eq("POST\n\0\255")
                expect(http.get({ url = url, method = "PUT", body = "x" }).readAll()):eq("PUT\nx")
                expect(http.get(url, nil, true).read()):eq(71)
            end)
        end)

        it("fails with the response", function()
            serving(function(_, response)
                response.setStatusCode(404)
                response.write("not here")
                response.close()
            end, function(url)
                local response, message, failing = http.get(url)
                expect(response):eq(nil)
                expect(message):eq("Not Found")
                expect(failing.readAll()):eq("not here")
            end)
        end)

        it("tells by an event", function()
            serving(function(_, response) response.close() end, function(url)
                expect(http.request(url .. "/#part")):eq(true)
                local _, from, response = os.pullEvent("http_success")
                expect(from):eq(url .. "/#part")
                expect(response.getResponseCode()):eq(200)
                expect(http.checkURLAsync(url)):eq(true)
                expect({ os.pullEvent("http_check") }):same { "http_check", url, true }
            end)
        end)

        it("follows redirects unless told not to", function()
            serving(function(request, response)
                if request.getURL() == "/" then
                    response.setStatusCode(302)
                    response.setResponseHeader("Location", "/there")
                end
                response.write(request.getURL())
                response.close()
            end, function(url)
                expect(http.get(url .. "/").readAll()):eq("/there")
                local response = http.get { url = url .. "/", redirect = false }
                expect(response.getResponseCode()):eq(302)
                expect(response.readAll()):eq("/")
            end)
        end)

        it("gets a response of its own beside others for the same URL", function()
            local count = 0
            serving(function(_, response)
                count = count + 1
                response.write(count)
                response.close()
            end, function(url)
                local seen = {}
                local function ask()
                    local text = http.get(url).readAll()
                    seen[#seen + 1] = text
                end
                parallel.waitForAll(ask, ask, ask)
                table.sort(seen)
                expect(seen):same { "1", "2", "3" }
            end)
        end)

        it("reads while the body arrives", function()
            serving(function(_, response)
                response.write("one\ntwo\nthree")
                response.close()
            end, function(url)
                local response = http.get { url = url, stream = true }
                expect(response.seek):eq(nil)
                expect(response.readLine()):eq("one")
                expect(response.read()):eq("t")
                expect(response.readLine(true)):eq("wo\n")
                expect(response.readAll()):eq("three")
                expect(response.read()):eq(nil)
                response.close()
                errors("attempt to use a closed file", response.read)
            end)
        end)

        it("is refused by a server that speaks no WebSocket", function()
            serving(function(_, response) response.close() end, function(url)
                expect({ http.websocket("ws" .. url:sub(5)) }):same { false, "Invalid handshake response getStatus: 200 OK" }
            end)
        end)
    end)
end)
