-- The http API. This file is loaded like all APIs: its globals become the table http, in place of the table of that name
-- that the host provides, from which it takes what it needs.

local native = http
local openListener, removeNative, openKey, settleKey = native.openListener, native.removeListener, native.openKey, native.settleKey
local startRequest, startWebsocket, checkNative = native.startRequest, native.startWebsocket, native.checkURL
local create, resume, status, yield = coroutine.create, coroutine.resume, coroutine.status, coroutine.yield

---A client's request: a file handle for reading over the request's body, which may hold any bytes, and what was asked
---for. All functions are called with a dot. Once the response is closed, or the client has gone or has been answered by
---the server because of the time that it took, they throw an error that begins with "attempt to use a closed file".
---
---The body has arrived in full, unless the listener has the option `stream`: then the functions that read wait for it, as
---os.pullEvent does, and throw "the request's body is too large (…)", "the request's body did not arrive in time" or "the
---request's body is malformed"; a handler that lets these pass has its client get 413, 408 or 400.
---@class http.ServerRequest
---@field read fun(count?: integer): string? The next byte, or up to `count` bytes; nil at the end. Throws "Cannot read a negative number of bytes".
---@field readLine fun(withTrailing?: boolean): string? The next line, with its line feed if `withTrailing`; nil at the end.
---@field readAll fun(): string The rest of the body; "" at the end.
---@field close fun() Closes the body; the functions below still work.
---@field getURL fun(): string The target as the client has sent it, with the query, undecoded: "/a%20b?c=d".
---@field getMethod fun(): string The method as the client has sent it: "GET".
---@field getRequestHeaders fun(): table<string, string> The headers. Their names are spelled as in "Content-Type", but they are found in any spelling. Repeated ones are joined with ", ", cookies with "; ".
---@field getRemoteAddress fun(): string, integer The client's IP address and port.
---@field isWebsocket fun(): boolean Whether the client asks for a WebSocket.
---@field upgrade fun(headers?: table<string, string>): http.ServerWebsocket?, string?, integer? Makes the request a WebSocket, in place of a response. Its messages are no events: receive returns all of them, in order. nil, a message and a status to answer with if the client asks for none, or may not. Throws once the response has begun.

---The response to a request. All functions are called with a dot. After close, or once the request is over for another
---reason, they throw as those of the request do.
---@class http.ServerResponse
---@field write fun(text: string|number) Adds to the body, any bytes. Throws when it becomes larger than the option max_response. After flush it waits, as os.pullEvent does, while the client is far behind (option stream_buffer), and throws "Terminated".
---@field writeLine fun(text: string|number) Adds to the body, and a line feed.
---@field setStatusCode fun(code: integer) Sets the status, 200 to 599; it is 200 otherwise.
---@field setResponseHeader fun(name: string, value: string|number|(string|number)[]) Replaces a header; a list gives it once for each value, an empty one takes it away. Throws for names that can't be and for line breaks. Content-Length is always the server's to set.
---@field flush fun() Sends what has been written so far, the status and the headers first, which can't be changed from then on. The response has no length known in advance, unless the header Content-Length says so: then writing more throws.
---@field isOpen fun(): boolean Whether the response can still be written; false once it is closed or the client has gone. Never throws.
---@field close fun() Sends the response, or the rest of it.

---Options of a listener. Sizes are in bytes, times in seconds.
---@class http.ListenerOptions
---@field host? string The IP address to listen on; "0.0.0.0" or "::" for all of the machine's. 127.0.0.1 unless given.
---@field allowed_hosts? string[] Names besides those of the loopback that the Host header of a request may have. Others get 421; when listening on a loopback address, or if this option is given.
---@field origins? string[] Origins of web pages, such as "https://example.com", besides the server's own that may send requests; "*" is all, "null" pages without one. Others get 403, if this option is given; for a WebSocket always when listening on a loopback address, whose own pages may.
---@field tls? http.TLSOptions Speak HTTPS, and HTTP/2 with clients that want it.
---@field stream? boolean Give a request to the program before its body has arrived; reading waits for it.
---@field max_header? integer Bytes of a request's headers (64 KiB): 431.
---@field max_body? integer Bytes of a request's body (16 MiB): 413.
---@field max_response? integer Bytes of a response's body (64 MiB): an error when it is written.
---@field max_buffered? integer Bytes of all bodies at a time (256 MiB): 503, or an error when it is written; and of all messages of WebSockets that wait, each way.
---@field max_waiting? integer Requests whose event has not been taken (1024): 503 with Retry-After.
---@field max_connections? integer Connections at a time (4096); others wait.
---@field header_timeout? number Time to send the headers (10): the connection is closed.
---@field body_timeout? number Time to send the body (60): 408.
---@field response_timeout? number Time until the response is closed, from when the request has arrived (15): 503.
---@field write_timeout? number Time to take the response (60): the connection is closed.
---@field idle_timeout? number Time between two requests of a connection (60): it is closed.
---@field stream_timeout? number Time from the first flush() until the response is closed (3600): it is cut off.
---@field stream_buffer? integer Bytes that were written after flush() and that the client has not taken (256 KiB): write() waits.
---@field max_message? integer Bytes of a WebSocket's message, either way (128 KiB): 1009, or an error in send.
---@field max_send_buffer? integer Bytes that wait to be sent on a WebSocket, from which its client is far behind (1 MiB): send waits.
---@field max_websockets? integer WebSockets at a time (4096): 503.
---@field send_timeout? number Time that send may wait, or the client be far behind (30): 1013.
---@field ping_interval? number Time that a WebSocket may be silent until its client is asked whether it is there (30); 0 is for ever.
---@field ping_timeout? number Time to answer (20): the connection is closed.
---@field protocols? string[] Subprotocols of WebSockets, the preferred one first.
---@field compression? boolean Whether messages may be compressed (true).

---A certificate. Each value is a path of the computer, or the text itself. When the files change, new connections get the new
---certificate; those that are open go on.
---@class http.TLSOptions
---@field cert string The certificate and those of its issuers, in PEM.
---@field key string Its private key, in PEM.

---Options of http.listen: those of a listener, and its own.
---@class http.ListenOptions: http.ListenerOptions
---@field on_error? "log"|"raise" What becomes of an error in the callback: it goes to the log, with its traceback, and the server goes on ("log", unless given); or it ends http.listen, which throws it ("raise"). The client gets 500 either way.
---@field on_listen? fun(port: integer) Called once when the server listens, with its port.
---@field websocket? fun(websocket: http.ServerWebsocket): boolean? Serves a WebSocket, as the callback does a request. When it returns, the connection is closed; when it fails, with the code 1011. Without it, handshakes are requests like others.

---Listens on a port. Each request queues an event `http_request, port, request, response`, with a http.ServerRequest and
---a http.ServerResponse; it must be answered with response.close(). A request that is not, because no coroutine waits for
---its event for example, gets 503 when the time for it is over. A listener that this computer has on the port already is
---replaced.
---
---Throws "bad argument #1 (port out of range)", and when the port is in use.
---@param port integer 1 to 65535, or 0 for any free port
---@param options? http.ListenerOptions
---@return integer port The port
addListener = native.addListener

---Ends a listener of this computer; if there is none on the port, nothing happens. The port is free at once. Requests
---whose event has been taken may still be answered, others get 503.
---@param port integer
removeListener = removeNative

local function badArgument(n, expected, value)
    error(("bad argument #%d (%s expected, got %s)"):format(n, expected, type(value)), 3)
end

-- The key under which coroutines wait that take every event.
local ANY = {}

---Serves requests on a port with a function, until that returns a true value or an event `server_stop` comes. Each
---request is handled in a coroutine of its own: a handler that sleeps, or waits for another event, holds up neither other
---requests nor other handlers. Handlers get the events that they wait for, as under `parallel`.
---
---A handler that ends without response.close() has it done for it: what it has written is sent, or 204 if that is
---nothing. A handler that fails has its client get 500.
---
---When the server ends, its port is free; handlers that still run get the event `server_stop` and may finish until the
---time for their response is over.
---
---   http.listen(8080, function(request, response)
---       response.setResponseHeader("Content-Type", "text/plain")
---       response.write("You asked for " .. request.getURL() .. "\n")
---       response.close()
---   end)
---
---Throws "Terminated" on a terminate event, which the handlers get too; when the port is in use; for a bad argument or
---option; and what the callback throws, if the option on_error says so.
---@param port integer 1 to 65535, or 0 for any free port, which on_listen learns
---@param callback fun(request: http.ServerRequest, response: http.ServerResponse): boolean?
---@param options? http.ListenOptions
function listen(port, callback, options)
    if type(port) ~= "number" then badArgument(1, "number", port) end
    if type(callback) ~= "function" then badArgument(2, "function", callback) end
    if options == nil then options = {} end
    if type(options) ~= "table" then badArgument(3, "table", options) end
    if not (port > -1 and port < 65536) then error("bad argument #1 (port out of range)", 2) end
    local onError, onListen = options.on_error or "log", options.on_listen
    if onError ~= "log" and onError ~= "raise" then
        error("bad field 'on_error' (\"log\" or \"raise\" expected, got " .. tostring(onError) .. ")", 2)
    end
    if onListen ~= nil and type(onListen) ~= "function" then
        error("bad field 'on_listen' (function expected, got " .. type(onListen) .. ")", 2)
    end
    local onSocket = options.websocket
    if onSocket ~= nil and type(onSocket) ~= "function" then
        error("bad field 'websocket' (function expected, got " .. type(onSocket) .. ")", 2)
    end

    local problem
    port, problem = openListener(port, options)
    if not port then error(problem, 2) end

    -- Handlers that wait for an event stand in lists by its name, so that an event costs nothing for those that wait for
    -- others. A handler that ends without waiting, as most do, stands nowhere.
    local waiting = {}
    local responses = {} -- coroutine -> the response of a handler that waits
    local running = 0
    local stopping, told, failure = false, false, nil

    -- Takes note of how far a handler got with a resume.
    local function note(co, response, ok, result)
        if status(co) ~= "dead" then
            if not responses[co] then
                responses[co] = response
                running = running + 1
            end
            local filter = type(result) == "string" and result or type(result) == "number" and tostring(result) or ANY
            local list = waiting[filter]
            if list then
                list[#list + 1] = co
            else
                waiting[filter] = { co }
            end
            return
        end
        if responses[co] then
            responses[co] = nil
            running = running - 1
        end
        if ok then
            if response[openKey] then response[settleKey]("returned") end
            if result then stopping = true end
        elseif failure then
            response[settleKey]("abandoned") -- most likely it was terminated
        elseif onError == "raise" then
            failure = { result }
            response[settleKey]("raised")
        else
            local text = result
            if type(text) ~= "string" then
                local _
                _, text = pcall(tostring, result)
            end
            response[settleKey]("failed", text, debug.traceback(co))
        end
    end

    local function wake(list, ...)
        for i = 1, list and #list or 0 do
            local co = list[i]
            note(co, responses[co], resume(co, ...))
        end
    end

    -- Gives an event to the handlers that wait for it. Both lists are taken first: whoever is woken may wait again.
    local function give(name, ...)
        local named, any = waiting[name], waiting[ANY]
        if named then waiting[name] = nil end
        waiting[ANY] = nil
        wake(named, name, ...)
        wake(any, name, ...)
    end

    -- The handler of a handshake, for the option websocket.
    local function serveSocket(request, response)
        local socket, message, code = request.upgrade()
        if not socket then
            response[settleKey]("refused", message, code)
            return
        end
        local result = onSocket(socket)
        socket.close()
        return result
    end

    local patience -- the timer after which handlers are given up

    local function take(name, ...)
        if name == "terminate" then
            failure = { "Terminated" }
            local all = waiting
            waiting = {}
            for _, list in pairs(all) do wake(list, name, ...) end
            return
        end
        give(name, ...)
        local id, request, response = ...
        if name == "http_request" and id == port and type(response) == "table" then
            if response[openKey] then -- else the client has gone
                local co = create(onSocket and request.isWebsocket() and serveSocket or callback)
                note(co, response, resume(co, request, response))
            end
        elseif name == "server_stop" then
            stopping, told = true, true
        elseif name == "timer" and id == patience then
            patience = nil
        end
    end

    if onListen then
        local ok, message = pcall(onListen, port)
        if not ok then failure = { message } end
    end
    while not (stopping or failure) do
        take(yield())
    end
    removeNative(port)
    if running > 0 and not failure then
        if not told then give("server_stop") end
        if running > 0 then
            patience = os.startTimer(options.response_timeout or 15)
            while running > 0 and patience and not failure do
                take(yield())
            end
            if patience then os.cancelTimer(patience) end
        end
    end
    for _, response in pairs(responses) do response[settleKey]("abandoned") end
    if failure then error(failure[1], 0) end
end

----------------------------------------------------------------------------------------------------------------------
-- Requests to other servers

---A server's response: a file handle for reading over its body, and what came with it. All functions are called with a dot,
---and throw "attempt to use a closed file" after close.
---
---The handle of a stream (option `stream`) reads what has arrived so far, and its reads wait, as os.pullEvent does, until there
---is something. It has no seek, and throws "Timed out" or "Could not connect" when the connection breaks.
---@class http.Response
---@field read fun(count?: integer): string|integer? The next byte, as a number in binary mode; with a count, a string of at most so many. nil at the end. Throws "Cannot read a negative number of bytes".
---@field readLine fun(withTrailing?: boolean): string? The next line, with its line feed if `withTrailing`; nil at the end.
---@field readAll fun(): string The rest of the body; "" at the end.
---@field seek fun(whence?: "set"|"cur"|"end", offset?: integer): integer?, string? Moves the place at which is read, and returns it. nil and a message if it would be negative.
---@field getResponseCode fun(): integer, string The status: 404, "Not Found".
---@field getResponseHeaders fun(): table<string, string> The headers. They are spelled as the server does, but are found in any spelling. Repeated ones are joined with ",".
---@field getResponseHeaderValues fun(name: string): string[] The values of a header, in any spelling, one for each time that it was sent: cookies, for example, which can't be told apart once they are joined. Empty if it was not sent.
---@field close fun() Closes the handle.

---@class http.RequestOptions
---@field url string What to ask for, with http:// or https://.
---@field body? string What to send; any bytes.
---@field headers? table<string, string> Headers to send.
---@field binary? boolean Whether read() of the response gives numbers.
---@field method? "GET"|"POST"|"HEAD"|"OPTIONS"|"PUT"|"DELETE"|"PATCH"|"TRACE" POST if there is a body, else GET.
---@field redirect? boolean Whether to follow redirects; true unless given.
---@field timeout? number Seconds without any progress after which the request fails, 0 to 60; 0 is never, 30 unless given.
---@field stream? boolean Whether the response is given as soon as its headers are there, and its body read while it arrives. It may be of any length.

local METHODS = { GET = true, POST = true, HEAD = true, OPTIONS = true, PUT = true, DELETE = true, PATCH = true, TRACE = true }

local function checkArgument(n, value, expected, optional)
    if type(value) ~= expected and not (optional and value == nil) then
        error(("bad argument #%d (%s expected, got %s)"):format(n, expected, type(value)), 3)
    end
end

-- CraftOS's message lacks the closing bracket as well.
local function checkOption(options, name, expected, optional)
    local value = options[name]
    if type(value) ~= expected and not (optional and value == nil) then
        error(("bad field '%s' (%s expected, got %s"):format(name, expected, type(value)), 4)
    end
end

local function checkOptions(options, needsBody)
    checkOption(options, "url", "string")
    checkOption(options, "body", "string", not needsBody)
    checkOption(options, "headers", "table", true)
    checkOption(options, "binary", "boolean", true)
    checkOption(options, "method", "string", true)
    checkOption(options, "redirect", "boolean", true)
    checkOption(options, "timeout", "number", true)
    checkOption(options, "stream", "boolean", true)
    if options.method and not METHODS[options.method] then error("Unsupported HTTP method", 3) end
end

-- Waits for what has become of what a native has started. The URL of an event does not tell this request from another one for the
-- same; the outcome has what came for this one, once it has come.
local function await(url, outcome, success)
    repeat
        local _, eventURL = os.pullEvent()
    until eventURL == url and outcome[1]
    if outcome[1] == success then return outcome[2] end
    return nil, outcome[2], outcome[3]
end

-- Throws an error of a native as one of the function that was called.
local function start(...)
    local thrown, ok, outcome = pcall(...)
    if not thrown then error((tostring(ok):gsub("^[^:]*http%.lua:%d+: ", "")), 3) end
    return ok, outcome
end

---Makes a request and waits for the response.
---
---   local response, message = http.get("https://example.com/list.txt")
---   if not response then error(message) end
---   print(response.readAll())
---   response.close()
---
---Throws for arguments of a wrong type, headers that can't be, "timeout out of range (between 0.0 and 60.0)", "Unsupported HTTP
---method", "Too many ongoing HTTP requests", and "Terminated".
---@param url string|http.RequestOptions
---@param headers? table<string, string>
---@param binary? boolean whether read() of the response gives numbers
---@return http.Response? response nil if there is none, or its status is not 200 to 399
---@return string? message why
---@return http.Response? failing the response with such a status
function get(url, headers, binary)
    local options = url
    if type(url) == "table" then
        checkOptions(url)
    else
        checkArgument(1, url, "string")
        checkArgument(2, headers, "table", true)
        checkArgument(3, binary, "boolean", true)
        options = { url = url, headers = headers, binary = binary }
    end
    url = options.url
    local ok, outcome = start(startRequest, options)
    if not ok then return nil, outcome end
    return await(url, outcome, "http_success")
end

---Sends a body and waits for the response. Throws as get does.
---@param url string|http.RequestOptions
---@param body string any bytes
---@param headers? table<string, string>
---@param binary? boolean whether read() of the response gives numbers
---@return http.Response? response nil if there is none, or its status is not 200 to 399
---@return string? message why
---@return http.Response? failing the response with such a status
function post(url, body, headers, binary)
    local options = url
    if type(url) == "table" then
        checkOptions(url, true)
    else
        checkArgument(1, url, "string")
        checkArgument(2, body, "string")
        checkArgument(3, headers, "table", true)
        checkArgument(4, binary, "boolean", true)
        options = { url = url, body = body, headers = headers, binary = binary }
    end
    url = options.url
    local ok, outcome = start(startRequest, options)
    if not ok then return nil, outcome end
    return await(url, outcome, "http_success")
end

---Makes a request and does not wait. An event tells what has become of it: `http_success, url, response`, or `http_failure,
---url, message[, response]`. Throws as get does, but "Terminated".
---@param url string|http.RequestOptions
---@param body? string
---@param headers? table<string, string>
---@param binary? boolean
---@return boolean ok false if the URL is wrong; there is an event then, too
---@return string? message
function request(url, body, headers, binary)
    local options = url
    if type(url) == "table" then
        checkOptions(url)
    else
        checkArgument(1, url, "string")
        checkArgument(2, body, "string", true)
        checkArgument(3, headers, "table", true)
        checkArgument(4, binary, "boolean", true)
        options = { url = url, body = body, headers = headers, binary = binary }
    end
    url = options.url
    local ok, message = start(startRequest, options)
    if ok then return true end
    os.queueEvent("http_failure", url, message)
    return false, message
end

---Checks whether requests to a URL are allowed, and does not wait. If the URL itself is right, an event `http_check, url, ok[,
---message]` tells the result. Throws "Too many ongoing checkUrl calls".
---@param url string
---@return boolean ok
---@return string? message what is wrong with the URL: "URL malformed", …
function checkURLAsync(url)
    checkArgument(1, url, "string")
    local ok, message = start(checkNative, url)
    return ok, message
end

---Checks whether requests to a URL are allowed: it is a URL, its host is known, and the rules allow its address. Nothing is sent
---there. Throws as checkURLAsync does, and "Terminated".
---@param url string
---@return boolean ok
---@return string? message "Domain not permitted", "Unknown host", …
function checkURL(url)
    checkArgument(1, url, "string")
    local ok, message = start(checkNative, url)
    if not ok then return false, message end
    while true do
        local _, eventURL, allowed, reason = os.pullEvent("http_check")
        if eventURL == url then return allowed, reason end
    end
end

----------------------------------------------------------------------------------------------------------------------
-- WebSockets

---A WebSocket. All functions are called with a dot. Messages also come as events `websocket_message, url, data, isBinary`; when
---the connection ends otherwise than by close, there is an event `websocket_closed, url, reason, code`, both of which may be
---nil, after which receive and send throw "attempt to use a closed file". A handle that is forgotten is closed.
---@class http.Websocket
---@field receive fun(timeout?: number): string?, boolean? The next message, and whether it is binary; nothing when `timeout` seconds have passed or the connection has ended. Other events are lost meanwhile. Throws "Terminated".
---@field send fun(message: any, binary?: boolean) Sends the text of a value. Waits, as os.pullEvent does, while the other side is far behind. Throws "Message is too large".
---@field close fun() Closes the connection, once what was sent has arrived. It may be called again.

---@class http.WebsocketOptions
---@field url string Where to connect to, with ws:// or wss://, or neither, which is ws://.
---@field headers? table<string, string> Headers of the handshake.
---@field timeout? number Seconds that the handshake may take, 0 to 60; 0 is any time, 30 unless given.

local function checkWebsocket(url, headers)
    if type(url) == "table" then
        checkOption(url, "url", "string")
        checkOption(url, "headers", "table", true)
        checkOption(url, "timeout", "number", true)
        return url
    end
    if type(url) ~= "string" then
        error(("bad argument #1 (string or table expected, got %s)"):format(type(url)), 3)
    end
    if headers ~= nil and type(headers) ~= "table" then
        error(("bad argument #2 (table expected, got %s)"):format(type(headers)), 3)
    end
    return { url = url, headers = headers }
end

---Opens a WebSocket and does not wait. An event tells what has become of it: `websocket_success, url, websocket`, or
---`websocket_failure, url, message`. Throws for arguments of a wrong type, "timeout out of range (between 0.0 and 60.0)",
---headers that can't be, "Too many websockets already open", and "Websocket connections are disabled".
---@param url string|http.WebsocketOptions
---@param headers? table<string, string>
---@return boolean ok false if the URL is wrong; there is an event then, too
---@return string? message
function websocketAsync(url, headers)
    local options = checkWebsocket(url, headers)
    local ok, message = start(startWebsocket, options)
    if ok then return true end
    os.queueEvent("websocket_failure", options.url, message)
    return false, message
end

---Opens a WebSocket. Throws as websocketAsync does, and "Terminated".
---
---   local socket, message = http.websocket("wss://example.com/chat")
---   if not socket then error(message) end
---   socket.send("hello")
---   print(socket.receive())
---   socket.close()
---
---@param url string|http.WebsocketOptions
---@param headers? table<string, string>
---@return http.Websocket|false websocket false if there is none
---@return string? message why
function websocket(url, headers)
    local options = checkWebsocket(url, headers)
    local ok, outcome = start(startWebsocket, options)
    if not ok then return false, outcome end
    local socket, message = await(options.url, outcome, "websocket_success")
    return socket or false, message
end

---A WebSocket that a client has opened. All functions are called with a dot. A handle that is forgotten is closed.
---
---When the connection ends, by whomever, there is one event `websocket_server_closed, clientID[, reason, code]`. Once it has come, send throws
---"attempt to use a closed file", and so does receive of http.websocketServer's when no messages are left; that of http.listen's returns
---nothing. After close both throw.
---@class http.ServerWebsocket
---@field clientID userdata Names the connection in events. Compare it with `==`, or use it as a key.
---@field receive fun(timeout?: number): string?, boolean? The next message, and whether it is binary; nothing when `timeout` seconds have passed or the connection has ended. Throws "Terminated".
---@field send fun(message: string|number, binary?: boolean) Sends a message. Waits, as os.pullEvent does, while the client is far behind, but not for a program that takes messages as events only, which would miss some. Throws "Message is too large", and for a text that is not UTF-8.
---@field trySend fun(message: string|number, binary?: boolean): boolean Sends a message as send does, but never waits: false while the client is far behind, and nothing was sent.
---@field close fun(code?: integer, reason?: string) Closes the connection, once what was sent has arrived; with the code 1000 unless given. It may be called again.
---@field getURL fun(): string The target that the client has asked for, as http.ServerRequest's.
---@field getRequestHeaders fun(): table<string, string> The headers that it has sent.
---@field getRemoteAddress fun(): string, integer Its IP address and port.
---@field getProtocol fun(): string? The subprotocol that was agreed on.

---@class http.WebsocketServer
---@field port integer The port.
---@field listen fun(timeout?: number): http.ServerWebsocket? Waits for the next client. nil when `timeout` seconds have passed or the server is closed meanwhile. Throws "Terminated", and "attempt to use a closed file" after close.
---@field close fun() Closes the server and, with the code 1001, its connections. The port is free at once. It may be called again.

---Options of http.websocketServer: those of a listener, and headers.
---@class http.WebsocketServerOptions: http.ListenerOptions
---@field headers? table<string, string> Headers of the response to handshakes.

---Opens WebSockets for clients on a port. Each one queues an event `websocket_server_connect, port, websocket`, and is returned by
---listen() if it was not returned before. A message queues an event `websocket_server_message, clientID, message, isBinary`, and is
---returned by receive() as well.
---
---   local server = assert(http.websocketServer(8080))
---   while true do
---       local websocket = server.listen()
---       websocket.send("hello")
---   end
---
---To serve other requests on the same port, use the option `websocket` of http.listen, or upgrade() of a request.
---
---Throws "bad argument #1 (port out of range)", and for options that can't be.
---@param port integer 1 to 65535, or 0 for any free port
---@param options? http.WebsocketServerOptions|table<string, string> what is not the name of an option is a header
---@return http.WebsocketServer? server nil if the port is in use
---@return string? message "Port already in use", by this computer, or who uses it
websocketServer = native.websocketServer
