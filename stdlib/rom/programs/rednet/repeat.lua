-- Passes messages of rednet on, so that they go farther than one modem reaches.

local modems = {}
for _, name in ipairs(peripheral.getNames()) do
    if peripheral.getType(name) == "modem" then modems[#modems + 1] = name end
end
if #modems == 0 then
    print("No modems found.")
    return
end
print(#modems == 1 and "1 modem found." or #modems .. " modems found.")

local function eachModem(method, ...)
    for _, name in ipairs(modems) do peripheral.call(name, method, ...) end
end

-- Numbers of messages that were passed on, by the timers after which they are forgotten, and the other way round: so that
-- two repeaters don't pass a message to each other for ever.
local byTimer, known = {}, {}
local repeated = 0

eachModem("open", rednet.CHANNEL_REPEAT)
print("0 messages repeated")
local ok, message = pcall(function()
    while true do
        local event, p1, p2, p3, p4 = os.pullEvent()
        if event == "modem_message" and p2 == rednet.CHANNEL_REPEAT and type(p4) == "table" then
            local id, recipient = p4.nMessageID, p4.nRecipient
            if type(id) == "number" and id == id and type(recipient) == "number" and recipient % 1 == 0 and recipient >= 0
                and not known[id] then
                known[id] = true
                byTimer[os.startTimer(30)] = id
                local channel = recipient
                if channel ~= rednet.CHANNEL_BROADCAST then channel = channel % rednet.MAX_ID_CHANNELS end
                eachModem("transmit", rednet.CHANNEL_REPEAT, p3, p4)
                eachModem("transmit", channel, p3, p4)
                repeated = repeated + 1
                if repeated % 100 == 0 then print(repeated .. " messages repeated") end
            end
        elseif event == "timer" and byTimer[p1] then
            known[byTimer[p1]] = nil
            byTimer[p1] = nil
        end
    end
end)
if not ok and message ~= "Terminated" then printError(message) end
eachModem("close", rednet.CHANNEL_REPEAT)
