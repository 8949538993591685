-- The program of luart rpc: calls a method of a JSON-RPC server over WebSocket, or prints the messages of topics. Its argument is a JSON
-- object: url, token, timeout (seconds), raw, call and params, or subscribe and count.
--
-- Results go to the standard output, all else to the standard error. Exit codes: 0; 1 if the server answers with an error; 3 if there is no
-- server, or no answer.

local json = require "luart.json"

local options = json.decode((...))

local FAILED, UNREACHABLE = 1, 3

local function finish(code)
    os.shutdown(code)
    while true do coroutine.yield() end -- the computer ends
end

local function complain(code, text, ...)
    printError("luart rpc: " .. text:format(...))
    finish(code)
end

-- A value for people: texts as they are, all else as indented JSON.
local function show(text)
    if options.raw then return text end
    local value = json.decode(text)
    if type(value) == "string" then return value end
    return json.encode(value, { indent = "  ", sorted = true })
end

-- A message of a topic in one line.
local function showMessage(frame)
    if options.raw then return frame end
    local message = json.decode(frame, { raw = "params" })
    local params = message.params and message.params.text or ""
    local value = params ~= "" and json.decode(params)
    if type(value) == "string" and not value:find("[%c]") then params = value end
    return message.method .. ": " .. params
end

-- Each param is JSON, or a text as it is. One alone that is an array or an object is all of params.
local function paramsOf(words)
    local values = json.array {}
    for i, word in ipairs(words) do
        if word == "-" then word = io.read("*a") or "" end
        local value = json.decode(word)
        local kind = type(value) == "table" and json.kind(value)
        if i == 1 and #words == 1 and (kind == "array" or kind == "object") then return json.raw(word) end
        values[i] = value ~= nil and json.raw(word) or word
    end
    return values[1] ~= nil and values or nil
end

----------------------------------------------------------------------------------------------------------------------

local function connect()
    local headers = {}
    if options.token ~= "" then headers.Authorization = "Bearer " .. options.token end
    local socket, message = http.websocket { url = options.url, headers = headers, timeout = math.min(options.timeout, 60) }
    if socket then return socket end
    if message:find("401", 1, true) then
        complain(UNREACHABLE, "%s does not take the token; give the right one with --token, or in LUART_RPC_TOKEN", options.url)
    elseif message:find("403", 1, true) or message:find("421", 1, true) then
        complain(UNREACHABLE, "%s does not want this client: %s", options.url, message)
    elseif message == "Could not connect" or message == "Timed out" or message == "Unknown host" then
        complain(UNREACHABLE, "nobody answers at %s (%s); is luart serve running? Give another address with --url", options.url, message)
    end
    complain(UNREACHABLE, "%s: %s", options.url, message)
end

local socket = connect()
local last = 0

-- Sends a request.
local function send(method, params)
    last = last + 1
    local ok, message = pcall(socket.send, json.encode({ jsonrpc = "2.0", id = last, method = method, params = params }))
    if not ok then complain(UNREACHABLE, "the request can't be sent: %s", message) end
    return last
end

local deadline

-- The next frame, for at most as long as there is time.
local function receive()
    local left
    if deadline then
        left = deadline - os.clock()
        if left <= 0 then left = 0.001 end
    end
    local frame = socket.receive(left)
    if frame then return frame end
    if deadline and os.clock() >= deadline then
        complain(UNREACHABLE, "no answer within %g seconds; give it more time with --timeout", options.timeout)
    end
    if options.token == "" then
        complain(UNREACHABLE, "the server has closed the connection; if it wants a token, give it with --token, or in LUART_RPC_TOKEN")
    end
    complain(UNREACHABLE, "the server has closed the connection")
end

local function showError(frame)
    local failure = json.decode(frame, { null = false }).error
    local text = tostring(failure.message) .. " (" .. tostring(failure.code) .. ")"
    local data = failure.data
    if type(data) == "string" then
        text = text .. ": " .. data
    elseif data ~= nil then
        text = text .. "\n" .. json.encode(data, { indent = "  ", sorted = true })
    end
    if options.raw then print(frame) end
    if failure.code == -32601 then
        text = text .. "\nluart rpc shows what there is."
    elseif failure.code == -32001 then
        text = text .. "\nGive the token with --token, or in LUART_RPC_TOKEN."
    end
    complain(FAILED, "%s", text)
end

-- Waits for the answer to a request, and returns its frame. Notifications meanwhile go to `other`.
local function answerTo(id, other)
    while true do
        local frame = receive()
        local message = json.decode(frame)
        if type(message) == "table" then
            if message.method ~= nil then
                if message.id ~= nil then
                    -- The server asks us something, which is for clients that people program.
                    local asked = json.decode(frame, { raw = "id" })
                    pcall(socket.send, json.encode { jsonrpc = "2.0", id = asked.id, error = { code = -32601, message = "luart rpc answers no requests" } })
                else
                    other(frame)
                end
            elseif message.error ~= nil and (message.id == id or message.id == json.null) then
                showError(frame)
            elseif message.id == id then
                return frame
            end
        end
    end
end

local function result(frame) return json.decode(frame, { raw = "result" }).result.text end

local function call(method, params, other)
    deadline = os.clock() + options.timeout
    local frame = answerTo(send(method, params), other)
    deadline = nil
    return result(frame)
end

local function aside(frame) printError(showMessage(frame)) end

if options.subscribe then
    local left = options.count > 0 and options.count or math.huge
    local function message(frame)
        if left <= 0 then return end
        print(showMessage(frame))
        left = left - 1
    end
    local there = json.decode(call("SUBSCRIBE", options.subscribe, message))
    local has = {}
    for _, name in ipairs(there) do has[name] = true end
    for _, name in ipairs(options.subscribe) do
        if not has[name] then complain(FAILED, "there is no topic %s; luart rpc GET_TOPICS shows what there is", name) end
    end
    while left > 0 do
        local frame = receive()
        local value = json.decode(frame)
        if type(value) == "table" and value.method ~= nil and value.id == nil then message(frame) end
    end
elseif options.call ~= "" then
    print(show(call(options.call, paramsOf(options.params), aside)))
else
    -- What there is.
    local document = json.decode(call("rpc.discover", nil, aside), { null = false })
    for _, method in ipairs(document.methods) do
        local names = {}
        for i, param in ipairs(method.params) do names[i] = param.required and param.name or "[" .. param.name .. "]" end
        print(("%-30s %s"):format(method.name .. (names[1] and " " .. table.concat(names, " ") or ""), method.summary or ""))
    end
    for _, topic in ipairs(document["x-topics"] or {}) do
        print(("%-30s %s"):format("topic " .. topic.name, topic.description or ""))
    end
end
socket.close()
finish(0)
