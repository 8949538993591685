-- Where the computer is: found by the distances to computers that know where they are, over wireless modems.

local expect = dofile("rom/modules/main/cc/expect.lua").expect

---The channel of requests and answers.
CHANNEL_GPS = 65534

-- Where three spheres meet: at one place, at two, or nowhere.
local function trilaterate(a, b, c)
    local ab, ac = b.position - a.position, c.position - a.position
    local d = ab:length()
    if math.abs(ab:normalize():dot(ac:normalize())) > 0.999 then return nil end

    -- Axes with a at the origin, b on the first and c in the plane of the first two.
    local ex = ab / d
    local i = ex:dot(ac)
    local ey = (ac - ex * i):normalize()
    local j = ey:dot(ac)
    local ez = ex:cross(ey)

    local r1, r2, r3 = a.distance, b.distance, c.distance
    local x = (r1 * r1 - r2 * r2 + d * d) / (2 * d)
    local y = (r1 * r1 - r3 * r3 + i * i + j * j) / (2 * j) - x * i / j
    local flat = a.position + ex * x + ey * y
    local square = r1 * r1 - x * x - y * y
    if square <= 0 then return flat:round(0.01) end
    local height = ez * math.sqrt(square)
    local above, below = (flat + height):round(0.01), (flat - height):round(0.01)
    if above == below then return above end
    return above, below
end

-- Which of two places a fourth distance is right for.
local function narrow(p1, p2, fix)
    local off1 = math.abs((p1 - fix.position):length() - fix.distance)
    local off2 = math.abs((p2 - fix.position):length() - fix.distance)
    if math.abs(off1 - off2) < 0.01 then return p1, p2 end
    return off1 < off2 and p1 or p2
end

-- The position in an answer, or nil: what others send may be anything.
local function positionIn(message)
    if type(message) ~= "table" or #message ~= 3 then return nil end
    for i = 1, 3 do
        local part = message[i]
        if type(part) ~= "number" or part ~= part or math.abs(part) == math.huge then return nil end
    end
    return vector.new(message[1], message[2], message[3])
end

local function wirelessModem()
    for _, name in ipairs(peripheral.getNames()) do
        if peripheral.getType(name) == "modem" and peripheral.call(name, "isWireless") then return name end
    end
end

---Finds where the computer is.
---@param timeout? number seconds to wait for answers, 2 unless given
---@param debug? boolean print what is going on
---@return number? x nil if it can't be told
---@return number? y
---@return number? z
function locate(timeout, debug)
    expect(1, timeout, "number", "nil")
    expect(2, debug, "boolean", "nil")
    if commands then return commands.getBlockPosition() end

    local function say(...)
        if debug then print(...) end
    end
    local modem = wirelessModem()
    if not modem then
        say("No wireless modem attached")
        return nil
    end

    say("Finding position...")
    local opened = not peripheral.call(modem, "isOpen", CHANNEL_GPS)
    if opened then peripheral.call(modem, "open", CHANNEL_GPS) end
    peripheral.call(modem, "transmit", CHANNEL_GPS, CHANNEL_GPS, "PING")

    local fixes = {}
    local place, other
    local timer = os.startTimer(timeout or 2)
    while not place or other do
        local event, p1, p2, p3, p4, p5 = os.pullEvent()
        if event == "timer" and p1 == timer then break end
        local position = event == "modem_message" and p1 == modem and p2 == CHANNEL_GPS and p3 == CHANNEL_GPS
            and p5 and positionIn(p4)
        if position then
            local fix = { position = position, distance = p5 }
            say(fix.distance .. " metres from " .. tostring(fix.position))
            local known = false
            for _, earlier in ipairs(fixes) do known = known or earlier.position == fix.position end
            if fix.distance == 0 then
                place, other = fix.position, nil
            elseif not known then
                fixes[#fixes + 1] = fix
                if place then
                    place, other = narrow(place, other, fix)
                elseif #fixes >= 3 then
                    place, other = trilaterate(fixes[1], fixes[2], fix)
                end
            end
        end
    end
    if opened then peripheral.call(modem, "close", CHANNEL_GPS) end

    if place and not other then
        say("Position is " .. place.x .. "," .. place.y .. "," .. place.z)
        return place.x, place.y, place.z
    end
    if place then
        say("Ambiguous position")
        say("Could be " .. tostring(place) .. " or " .. tostring(other))
    else
        say("Could not determine position")
    end
    return nil
end
