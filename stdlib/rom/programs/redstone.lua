-- Shows the redstone signals that come in, and sets those that go out.

local args = { ... }

local function printUsage()
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(name .. " probe")
    print(name .. " set <side> <value>")
    print(name .. " set <side> <color> <value>")
    print(name .. " pulse <side> <count> <period>")
end

local function isSide(side)
    for _, each in ipairs(redstone.getSides()) do
        if each == side then return true end
    end
    return false
end

-- The names of the colours of a set: "red, lime".
local function colourNames(set)
    local names = {}
    for name, colour in pairs(colors) do
        if type(colour) == "number" and colors.test(set, colour) then names[#names + 1] = name end
    end
    table.sort(names)
    return table.concat(names, ", ")
end

-- Shows what comes in: "left, top (7)", with the strength unless it is full.
local function probe()
    local sides, bundles = {}, {}
    for _, side in ipairs(redstone.getSides()) do
        local strength = redstone.getAnalogInput(side)
        if strength >= 15 then
            sides[#sides + 1] = side
        elseif strength > 0 then
            sides[#sides + 1] = side .. " (" .. strength .. ")"
        elseif redstone.getInput(side) then
            sides[#sides + 1] = side
        end
        local bundle = redstone.getBundledInput(side)
        if bundle ~= 0 then bundles[#bundles + 1] = side .. " (" .. colourNames(bundle) .. ")" end
    end
    print("Redstone inputs: " .. (#sides > 0 and table.concat(sides, ", ") or "none"))
    if #bundles > 0 then print("Bundled inputs: " .. table.concat(bundles, ", ")) end
end

-- What a text says about a signal: true, false or a strength from 0 to 15. nil if it says nothing.
local function parseSignal(text)
    if text == "true" then return true end
    if text == "false" then return false end
    local strength = tonumber(text)
    if strength and strength >= 0 and strength <= 15 and strength % 1 == 0 then return strength end
    return nil
end

local function set(side, colourName, valueText)
    local signal = parseSignal(valueText)
    if signal == nil then
        printError("Value must be boolean or 0-15")
        return
    end
    if not colourName then
        if type(signal) == "number" then
            redstone.setAnalogOutput(side, signal)
        else
            redstone.setOutput(side, signal)
        end
        return
    end

    local colour = colors[colourName] or colours[colourName]
    if type(colour) ~= "number" then
        printError("No such color")
        return
    end
    local current = redstone.getBundledOutput(side)
    if signal == true or type(signal) == "number" and signal > 0 then
        redstone.setBundledOutput(side, colors.combine(current, colour))
    else
        redstone.setBundledOutput(side, colors.subtract(current, colour))
    end
end

local function pulse(side, count, period)
    for _ = 1, count do
        redstone.setOutput(side, true)
        sleep(period / 2)
        redstone.setOutput(side, false)
        sleep(period / 2)
    end
end

local action, side = args[1], args[2]
if action == "probe" then
    probe()
elseif action == "set" and #args >= 3 or action == "pulse" and side then
    if not isSide(side) then
        printError("No such side: " .. side)
    elseif action == "set" then
        set(side, args[4] and args[3], args[4] or args[3])
    else
        local count, period = tonumber(args[3] or 1), tonumber(args[4] or 0.5)
        -- A period of no end would never be waited for.
        if not count or not period or count ~= count or not (period >= 0 and period < math.huge) then
            printUsage()
        else
            pulse(side, count, period)
        end
    end
else
    printUsage()
end
