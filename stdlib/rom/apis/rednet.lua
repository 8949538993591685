-- Messages between computers, over modems. Each computer listens on the channel of its number; what is sent there is a
-- table with the message and who it is for, so that other computers can pass it on (the program `repeat`).
--
--     rednet.open("back")
--     rednet.broadcast("hello", "chat")
--     local sender, message = rednet.receive("chat", 5)

local expect = dofile("rom/modules/main/cc/expect.lua").expect

---The channel of messages for everybody.
CHANNEL_BROADCAST = 65535
---The channel of messages that are to be passed on.
CHANNEL_REPEAT = 65533
---How many channels there are for computers; numbers from here on share them.
MAX_ID_CHANNELS = 65500

-- The names that this computer has, by protocols.
local hostnames = {}

-- When the messages that have come, or were sent, can be forgotten, by their numbers. They may come again, by other ways.
local received_messages = {}
local prune_received_timer

local function channelOf(id)
    return id % MAX_ID_CHANNELS
end

local function modems()
    local names = {}
    for _, name in ipairs(peripheral.getNames()) do
        if peripheral.getType(name) == "modem" then names[#names + 1] = name end
    end
    return names
end

local function remember(id)
    received_messages[id] = os.clock() + 9.5
    if not prune_received_timer then prune_received_timer = os.startTimer(10) end
end

---Makes a modem listen. Messages come from all that do.
---@param modem string its side, or its name on a network. Throws "No such modem: NAME".
function open(modem)
    expect(1, modem, "string")
    if peripheral.getType(modem) ~= "modem" then error("No such modem: " .. modem, 2) end
    peripheral.call(modem, "open", channelOf(os.getComputerID()))
    peripheral.call(modem, "open", CHANNEL_BROADCAST)
end

---Makes a modem listen no more.
---@param modem? string all modems unless given. Throws "No such modem: NAME".
function close(modem)
    expect(1, modem, "string", "nil")
    if modem and peripheral.getType(modem) ~= "modem" then error("No such modem: " .. modem, 2) end
    for _, name in ipairs(modem and { modem } or modems()) do
        if modem or isOpen(name) then
            peripheral.call(name, "close", channelOf(os.getComputerID()))
            peripheral.call(name, "close", CHANNEL_BROADCAST)
        end
    end
end

---Tells whether a modem listens.
---@param modem? string any modem unless given
---@return boolean
function isOpen(modem)
    expect(1, modem, "string", "nil")
    for _, name in ipairs(modem and { modem } or modems()) do
        if peripheral.getType(name) == "modem" and peripheral.call(name, "isOpen", channelOf(os.getComputerID()))
            and peripheral.call(name, "isOpen", CHANNEL_BROADCAST) then
            return true
        end
    end
    return false
end

---Sends a message to a computer. Others can read it, and anybody can send one in the name of another.
---@param recipient integer the computer's number
---@param message any what can be in an event: functions and metatables don't get there
---@param protocol? string a name of what the message is about, for the filter of receive
---@return boolean sent whether a modem is open; not that it has arrived
function send(recipient, message, protocol)
    expect(1, recipient, "number")
    expect(3, protocol, "string", "nil")

    local id = math.random(1, 2147483647)
    remember(id)
    local me = os.getComputerID()
    local wrapper = { nMessageID = id, nRecipient = recipient, nSender = me, message = message, sProtocol = protocol }
    if recipient == me then
        os.queueEvent("rednet_message", me, message, protocol)
        return true
    end

    local channel = recipient == CHANNEL_BROADCAST and CHANNEL_BROADCAST or channelOf(recipient)
    local sent = false
    for _, name in ipairs(modems()) do
        if isOpen(name) then
            peripheral.call(name, "transmit", channel, channelOf(me), wrapper)
            peripheral.call(name, "transmit", CHANNEL_REPEAT, channelOf(me), wrapper)
            sent = true
        end
    end
    return sent
end

---Sends a message to all computers.
---@param message any as for send
---@param protocol? string
function broadcast(message, protocol)
    expect(2, protocol, "string", "nil")
    send(CHANNEL_BROADCAST, message, protocol)
end

---Waits for a message.
---@param protocol_filter? string only messages with this protocol; others are lost
---@param timeout? number seconds
---@return integer? sender nil when the time is over
---@return any message
---@return string? protocol
function receive(protocol_filter, timeout)
    -- receive(timeout) is older than protocols.
    if type(protocol_filter) == "number" and timeout == nil then protocol_filter, timeout = nil, protocol_filter end
    expect(1, protocol_filter, "string", "nil")
    expect(2, timeout, "number", "nil")
    local timer = timeout and os.startTimer(timeout)
    local filter = not timer and "rednet_message" or nil
    while true do
        local event, p1, p2, p3 = os.pullEvent(filter)
        if event == "rednet_message" and (not protocol_filter or p3 == protocol_filter) then return p1, p2, p3 end
        if event == "timer" and timer and p1 == timer then return nil end
    end
end

---Gives the computer a name that others can look up. Throws "Reserved hostname" for "localhost", and "Hostname in use".
---@param protocol string
---@param hostname string
function host(protocol, hostname)
    expect(1, protocol, "string")
    expect(2, hostname, "string")
    if hostname == "localhost" then error("Reserved hostname", 2) end
    if hostnames[protocol] ~= hostname then
        if lookup(protocol, hostname) then error("Hostname in use", 2) end
        hostnames[protocol] = hostname
    end
end

---Takes back the computer's name.
---@param protocol string
function unhost(protocol)
    expect(1, protocol, "string")
    hostnames[protocol] = nil
end

---Finds computers by their names. Waits up to two seconds for answers.
---@param protocol string
---@param hostname? string all of the protocol unless given
---@return integer? ... their numbers; with a name, that of one
function lookup(protocol, hostname)
    expect(1, protocol, "string")
    expect(2, hostname, "string", "nil")
    local found = {}
    if hostnames[protocol] then
        if hostname == nil then
            found[1] = os.getComputerID()
        elseif hostname == "localhost" or hostname == hostnames[protocol] then
            return os.getComputerID()
        end
    end
    if not isOpen() then return table.unpack(found) end

    broadcast({ sType = "lookup", sProtocol = protocol, sHostname = hostname }, "dns")
    local timer = os.startTimer(2)
    while true do
        local event, p1, p2, p3 = os.pullEvent()
        if event == "rednet_message" then
            if p3 == "dns" and type(p2) == "table" and p2.sType == "lookup response" and p2.sProtocol == protocol then
                if hostname == nil then
                    found[#found + 1] = p1
                elseif p2.sHostname == hostname then
                    os.cancelTimer(timer)
                    return p1
                end
            end
        elseif event == "timer" and p1 == timer then
            break
        end
    end
    return table.unpack(found)
end

-- Whether a value can be the number of a computer: what others send may be anything.
local function isID(value)
    return type(value) == "number" and value % 1 == 0
end

-- Takes what a modem has heard.
local function heard(channel, replyChannel, packet)
    if channel ~= channelOf(os.getComputerID()) and channel ~= CHANNEL_BROADCAST then return end
    if type(packet) ~= "table" then return end
    local id = packet.nMessageID
    if type(id) ~= "number" or id ~= id or received_messages[id] then return end
    -- Some numbers share the channel.
    if packet.nRecipient and packet.nRecipient ~= os.getComputerID() and packet.nRecipient ~= CHANNEL_BROADCAST then return end
    remember(id)
    os.queueEvent("rednet_message", isID(packet.nSender) and packet.nSender or replyChannel, packet.message, packet.sProtocol)
end

-- Answers a question for names.
local function answer(sender, message)
    if not isID(sender) or type(message) ~= "table" or message.sType ~= "lookup" then return end
    local protocol = message.sProtocol
    local hostname = protocol ~= nil and hostnames[protocol]
    if hostname and (message.sHostname == nil or message.sHostname == hostname) then
        send(sender, { sType = "lookup response", sHostname = hostname, sProtocol = protocol }, "dns")
    end
end

local running = false

---Makes messages of what modems hear, for as long as the computer runs. The computer does this itself.
function run()
    if running then error("rednet is already running", 2) end
    running = true
    while true do
        local event, p1, p2, p3, p4 = os.pullEventRaw()
        if event == "modem_message" then
            heard(p2, p3, p4)
        elseif event == "rednet_message" then
            if p3 == "dns" then answer(p1, p2) end
        elseif event == "timer" and p1 == prune_received_timer then
            local now, left = os.clock(), false
            prune_received_timer = nil
            for id, deadline in pairs(received_messages) do
                if deadline <= now then received_messages[id] = nil else left = true end
            end
            if left then prune_received_timer = os.startTimer(10) end
        end
    end
end
