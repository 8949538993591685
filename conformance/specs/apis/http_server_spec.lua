-- The HTTP servers of the http API, asked by its clients. These need leave to connect to this computer (luart test --allow-private).
local own = http.checkURL("http://127.0.0.1")

local function errors(text, f, ...)
    local ok, message = pcall(f, ...)
    expect(ok):eq(false)
    expect((tostring(message):gsub("^[^ ]*:%d+: ", ""))):eq(text)
end

-- Runs f with the address of a server that answers with handle, and with its port.
local function serving(handle, options, f)
    local failure
    options.on_listen = function(port) os.queueEvent("serving", port) end
    parallel.waitForAny(
        function() http.listen(0, handle, options) end,
        function()
            local _, port = os.pullEvent("serving")
            local ok, message = pcall(f, "http://127.0.0.1:" .. port, port)
            if not ok then failure = { message } end
        end)
    if failure then error(failure[1], 0) end
end

describe("http servers", function()
    describe("http.listen", function()
        it("checks its arguments", function()
            errors("bad argument #1 (number expected, got nil)", http.listen)
            errors("bad argument #1 (number expected, got string)", http.listen, "8080", function() end)
            errors("bad argument #2 (function expected, got nil)", http.listen, 1)
            errors("bad argument #3 (table expected, got number)", http.listen, 1, function() end, 2)
            errors("bad argument #1 (port out of range)", http.listen, 65536, function() end)
        end)

        it("ends with a true result, and frees its port", function()
            if not own then return end
            local port
            local answered
            parallel.waitForAll(
                function()
                    expect(select("#", http.listen(0, function(_, response)
                        response.write("bye")
                        response.close()
                        return 1
                    end, { on_listen = function(p) port = p os.queueEvent("serving") end }))):eq(0)
                end,
                function()
                    os.pullEvent("serving")
                    answered = http.get("http://127.0.0.1:" .. port).readAll()
                end)
            expect(answered):eq("bye")
            expect(http.addListener(port)):eq(port)
            http.removeListener(port)
        end)

        it("ends with the event server_stop", function()
            parallel.waitForAll(
                function() http.listen(0, function() end, { on_listen = function() os.queueEvent("serving") end }) end,
                function()
                    os.pullEvent("serving")
                    os.queueEvent("server_stop")
                end)
        end)

        it("answers for a handler that fails or forgets", function()
            if not own then return end
            serving(function(request, response)
                if request.getURL() == "/fail" then
                    response.write("half")
                    error("on purpose")
                elseif request.getURL() == "/some" then
                    response.write("some")
                end
            end, {}, function(url)
                local _, message, response = http.get(url .. "/fail")
                expect(message):eq("Internal Server Error")
                expect(response.readAll()):eq("Internal Server Error\n")
                expect(http.get(url .. "/some").readAll()):eq("some")
                expect(http.get(url .. "/none").getResponseCode()):eq(204)
            end)
        end)

        it("runs handlers side by side", function()
            if not own then return end
            serving(function(request, response)
                if request.getURL() == "/slow" then
                    os.queueEvent("waiting")
                    os.pullEvent("go on")
                end
                response.write(request.getURL())
                response.close()
            end, {}, function(url)
                http.request(url .. "/slow")
                os.pullEvent("waiting")
                expect(http.get(url .. "/quick").readAll()):eq("/quick")
                os.queueEvent("go on")
                local _, _, response = os.pullEvent("http_success")
                expect(response.readAll()):eq("/slow")
            end)
        end)

        it("throws an error of a handler if asked to", function()
            if not own then return end
            local message
            parallel.waitForAll(
                function()
                    local ok, thrown = pcall(http.listen, 0, function() error({ code = 7 }) end,
                        { on_error = "raise", on_listen = function(port) os.queueEvent("serving", port) end })
                    expect(ok):eq(false)
                    expect(thrown.code):eq(7)
                end,
                function()
                    local _, port = os.pullEvent("serving")
                    local _
                    _, message = http.get("http://127.0.0.1:" .. port)
                end)
            expect(message):eq("Internal Server Error")
        end)
    end)

    describe("http.addListener", function()
        it("checks its arguments", function()
            errors("bad argument #1 (expected number, got no value)", http.addListener)
            errors("bad argument #1 (expected number, got table)", http.addListener, {})
            errors("bad argument #1 (port out of range)", http.addListener, -1)
            errors("bad argument #2 (expected table, got string)", http.addListener, 0, "x")
        end)

        it("checks its options", function()
            errors("bad field 'hots' (there is no such option)", http.addListener, 0, { hots = "x" })
            errors("bad field 'stream' (boolean expected, got number)", http.addListener, 0, { stream = 1 })
            errors("bad field 'max_body' (1 to 1099511627776 expected, got 0)", http.addListener, 0, { max_body = 0 })
            errors("bad field 'origins' (table expected, got string)", http.addListener, 0, { origins = "*" })
            errors("bad field 'origins' (\"example.com/\" is no origin; they look like \"https://example.com\")",
                http.addListener, 0, { origins = { "example.com/" } })
            errors("bad field 'tls' (table expected, got boolean)", http.addListener, 0, { tls = true })
            errors("bad field 'tls.cert' (string expected, got nil)", http.addListener, 0, { tls = {} })
            errors("bad field 'tls.cert' (/no/such.pem: No such file)", http.addListener, 0, { tls = { cert = "/no/such.pem", key = "-----BEGIN" } })
            errors("bad field 'tls.key' (/no/such.key: No such file)", http.addListener, 0, { tls = { cert = "-----BEGIN", key = "/no/such.key" } })
            errors("bad field 'tls' (failed to find any PEM data in certificate input)", http.addListener, 0,
                { tls = { cert = "-----BEGIN", key = "-----BEGIN" } })
        end)

        it("gives requests as events", function()
            if not own then return end
            local port = http.addListener(0)
            http.request("http://127.0.0.1:" .. port .. "/a?b", "body", { ["X-Many"] = "1" })
            local event = { os.pullEvent("http_request") }
            expect(#event):eq(4)
            expect(event[2]):eq(port)
            local request, response = event[3], event[4]
            expect(request.getMethod()):eq("POST")
            expect(request.getURL()):eq("/a?b")
            expect((request.getRemoteAddress())):eq("127.0.0.1")
            expect(request.getRequestHeaders()["x-many"]):eq("1")
            expect(request.read(2)):eq("bo")
            expect(request.readAll()):eq("dy")
            expect(request.read()):eq(nil)
            expect(response.isOpen()):eq(true)
            response.setStatusCode(202)
            response.setResponseHeader("Set-Cookie", { "a=1", "b=2" })
            response.writeLine(1.5)
            response.close()
            expect(response.isOpen()):eq(false)
            errors("attempt to use a closed file", response.close)
            errors("attempt to use a closed file", request.getURL)
            local _, _, answer = os.pullEvent("http_success")
            expect({ answer.getResponseCode() }):same { 202, "Accepted" }
            expect(answer.getResponseHeaders()["Set-Cookie"]):eq("a=1,b=2")
            expect(answer.getResponseHeaderValues("set-cookie")):same { "a=1", "b=2" }
            expect(answer.getResponseHeaderValues("Cookie")):same {}
            expect(answer.readAll()):eq("1.5\n")
            http.removeListener(port)
        end)

        it("refuses what can't be sent", function()
            if not own then return end
            serving(function(_, response)
                errors("bad argument #1 (expected string, got nil)", response.write, nil)
                errors("bad argument #1 (expected number, got string)", response.setStatusCode, "x")
                errors("bad argument #1 (status code out of range (200 to 599))", response.setStatusCode, 99999)
                errors("bad argument #2 (the value of a header can't contain line breaks or other control characters)",
                    response.setResponseHeader, "X", "a\r\nSet-Cookie: b=c")
                response.write("checked")
                response.close()
            end, {}, function(url)
                expect(http.get(url).readAll()):eq("checked")
            end)
        end)
    end)

    describe("http.removeListener", function()
        it("checks its argument, and does nothing for other ports", function()
            errors("bad argument #1 (expected number, got no value)", http.removeListener)
            errors("bad argument #1 (expected number, got string)", http.removeListener, "x")
            expect(select("#", http.removeListener(1))):eq(0)
            expect(select("#", http.removeListener(-1))):eq(0)
        end)
    end)

    if not own then return end

    describe("a stream", function()
        it("is sent while it is written", function()
            serving(function(_, response)
                response.setResponseHeader("Content-Type", "text/event-stream")
                response.write("data: 1\n\n")
                response.flush()
                errors("the status and the headers have been sent already", response.setStatusCode, 404)
                os.pullEvent("seen")
                response.write("data: 2\n\n")
                response.close()
            end, {}, function(url)
                local events = http.get { url = url, stream = true }
                expect(events.getResponseHeaders()["Content-Length"]):eq(nil)
                expect(events.readLine()):eq("data: 1")
                expect(events.readLine()):eq("")
                os.queueEvent("seen")
                expect(events.readAll()):eq("data: 2\n\n")
                events.close()
            end)
        end)

        it("tells its writer that the client has gone", function()
            local noticed
            serving(function(_, response)
                response.write("x")
                response.flush()
                while response.isOpen() do sleep(0) end
                errors("attempt to use a closed file (the client has gone)", response.write, "y")
                noticed = true
                os.queueEvent("noticed")
            end, {}, function(url)
                local stream = http.get { url = url, stream = true }
                expect(stream.read()):eq("x")
                stream.close()
                os.pullEvent("noticed")
            end)
            expect(noticed):eq(true)
        end)

        it("holds its writer up while the client does not read", function()
            local part = ("x"):rep(100000)
            serving(function(_, response)
                response.flush()
                for _ = 1, 200 do response.write(part) end
                response.close()
            end, { stream_buffer = 100000 }, function(url)
                local stream = http.get { url = url, stream = true }
                local size = 0
                for text in stream.read, 65536 do
                    size = size + #text
                end
                expect(size):eq(20000000)
            end)
        end)

        it("is read while it arrives, in parts of at most as many bytes as are asked for", function()
            local body = {}
            for i = 1, 20000 do body[i] = "line " .. i end
            body = table.concat(body, "\n")
            serving(function(request, response)
                local parts = { request.readLine(true), request.read() }
                for part in request.read, 1000 do
                    if #part > 1000 then error("read(1000) has given " .. #part .. " bytes") end
                    parts[#parts + 1] = part
                end
                expect(request.readAll()):eq("")
                expect(request.readLine()):eq(nil)
                response.write(#parts .. "\n" .. table.concat(parts))
                response.close()
            end, { stream = true }, function(url)
                local answer = http.post(url, body)
                -- All of it can't have come in fewer parts.
                expect(tonumber(answer.readLine()) >= #body / 1000):eq(true)
                expect(answer.readAll()):eq(body)
            end)
        end)

        it("is answered before its end", function()
            serving(function(request, response)
                response.setStatusCode(403)
                response.write(request.read(4))
                response.close()
            end, { stream = true }, function(url)
                local _, message, failing = http.post(url, ("x"):rep(4000000))
                expect(message):eq("Forbidden")
                expect(failing.readAll()):eq("xxxx")
            end)
        end)

        it("is no longer than max_body", function()
            serving(function(request, response)
                response.write(#request.readAll())
                response.close()
            end, { stream = true, max_body = 1000 }, function(url)
                expect(http.post(url, ("x"):rep(1000)).readAll()):eq("1000")
                local _, message = http.post(url, ("x"):rep(1001))
                expect(message):eq("Request Entity Too Large")
            end)
        end)
    end)

    describe("limits", function()
        it("refuse with their status", function()
            serving(function(_, response) response.close() end, { max_body = 10, max_header = 4096, origins = {} }, function(url)
                local function status(...)
                    local response, _, failing = http.post(...)
                    return (response or failing).getResponseCode()
                end
                expect(status(url, ("x"):rep(10))):eq(200)
                expect(status(url, ("x"):rep(11))):eq(413)
                expect(status(url, "", { X = ("x"):rep(20000) })):eq(431)
                expect(status(url, "", { Host = "evil.example" })):eq(421)
                expect(status(url, "", { Origin = "https://evil.example" })):eq(403)
                expect(status(url, "", { Origin = url })):eq(200)
            end)
        end)

        it("give up handlers that take too long", function()
            local givenUp
            serving(function(_, response)
                local ok = pcall(function() while true do response.write("x") sleep(0) end end)
                expect(ok):eq(false)
                errors("attempt to use a closed file (the client got 503: no answer in time)", response.write, "x")
                givenUp = true
                os.queueEvent("given up")
            end, { response_timeout = 0.1 }, function(url)
                local _, message, failing = http.get(url)
                expect(message):eq("Service Unavailable")
                expect(failing.getResponseHeaders()["Retry-After"]):eq("1")
                if not givenUp then os.pullEvent("given up") end -- else http.get has taken the event
            end)
        end)
    end)
end)
