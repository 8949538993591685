-- Tells where the computer is, or helps others to find out where they are.

local function usage()
    print("Usages:")
    print("gps host")
    print("gps host <x> <y> <z>")
    print("gps locate")
end

-- Answers with the computer's place until the program is ended.
local function host(x, y, z)
    local modem
    for _, name in ipairs(peripheral.getNames()) do
        if peripheral.getType(name) == "modem" and peripheral.call(name, "isWireless") then
            modem = name
            break
        end
    end
    if not modem then
        print("No wireless modems found. 1 required.")
        return
    end

    if not x then
        x, y, z = gps.locate(2, true)
        if not x then
            print("Run \"gps host <x> <y> <z>\" to set position manually")
            return
        end
    end
    print("Position is " .. x .. "," .. y .. "," .. z)

    print("Opening channel on modem " .. modem)
    peripheral.call(modem, "open", gps.CHANNEL_GPS)
    local served = 0
    while true do
        local _, name, channel, replyChannel, message, distance = os.pullEvent("modem_message")
        -- Requests from another world have no distance.
        if name == modem and channel == gps.CHANNEL_GPS and message == "PING" and distance then
            peripheral.call(modem, "transmit", replyChannel, gps.CHANNEL_GPS, { x, y, z })
            served = served + 1
            if served == 1 then print("Serving GPS requests") end
        end
    end
end

local args = { ... }
local command = args[1]
if command == "locate" then
    gps.locate(2, true)
elseif command == "host" then
    if pocket then
        print("GPS Hosts must be stationary")
        return
    end
    if #args == 1 then return host() end
    local x, y, z = tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
    if not (x and y and z) then return usage() end
    return host(x, y, z)
else
    usage()
end
