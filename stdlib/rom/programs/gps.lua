-- Tells where the computer is, or answers others that want to know where they are.

local args = { ... }

local function printUsage()
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(name .. " host")
    print(name .. " host <x> <y> <z>")
    print(name .. " locate")
end

local function wirelessModem()
    for _, name in ipairs(peripheral.getNames()) do
        if peripheral.getType(name) == "modem" and peripheral.call(name, "isWireless") then return name end
    end
end

-- Answers requests until the program is ended.
local function serve(modem, x, y, z)
    print("Serving GPS requests at " .. x .. "," .. y .. "," .. z)
    local opened = not peripheral.call(modem, "isOpen", gps.CHANNEL_GPS)
    if opened then peripheral.call(modem, "open", gps.CHANNEL_GPS) end
    local served = 0
    local ok, message = pcall(function()
        while true do
            local _, side, channel, replyChannel, request, distance = os.pullEvent("modem_message")
            -- Without a distance the request comes from another dimension, and the answer would be of no use.
            if side == modem and channel == gps.CHANNEL_GPS and request == "PING" and distance then
                peripheral.call(modem, "transmit", replyChannel, gps.CHANNEL_GPS, { x, y, z })
                served = served + 1
                if served == 1 or served % 100 == 0 then
                    print(served == 1 and "1 GPS request served" or served .. " GPS requests served")
                end
            end
        end
    end)
    if opened then pcall(peripheral.call, modem, "close", gps.CHANNEL_GPS) end
    if not ok and message ~= "Terminated" then printError(message) end
end

local function host()
    if pocket then
        print("GPS Hosts must be stationary")
        return
    end
    local modem = wirelessModem()
    if not modem then
        print("No wireless modems found. 1 required.")
        return
    end
    local x, y, z
    if args[2] then
        x, y, z = tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
        if not (x and y and z) then
            printUsage()
            return
        end
        print("Position is " .. x .. "," .. y .. "," .. z)
    else
        x, y, z = gps.locate(2, true)
        if not x then
            print("Run \"gps host <x> <y> <z>\" to set position manually")
            return
        end
    end
    serve(modem, x, y, z)
end

if args[1] == "locate" then
    gps.locate(2, true)
elseif args[1] == "host" then
    host()
else
    printUsage()
end
