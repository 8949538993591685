-- A stand-in for a wireless modem at the left, which writes down what is sent.

local modem = {}

---Puts the modem in the place of all peripherals until the test ends.
---@return { channel: integer, reply: integer, message: any }[] sent what has been transmitted, the last one last
---@return table<integer, boolean> open the channels that it listens on
function modem.attach()
    local sent, open = {}, {}
    local methods = {
        isWireless = function() return true end,
        isOpen = function(channel) return open[channel] == true end,
        open = function(channel) open[channel] = true end,
        close = function(channel) open[channel] = nil end,
        transmit = function(channel, reply, message)
            for i, number in ipairs { channel, reply } do
                if not (number >= 0 and number < 65536) then error(("bad argument #%d (number in 0-65535 expected)"):format(i), 2) end
            end
            sent[#sent + 1] = { channel = channel, reply = reply, message = message }
        end,
    }
    stub(peripheral, "getNames", function() return { "left", "right" } end)
    stub(peripheral, "getType", function(name) return name == "left" and "modem" or name == "right" and "drive" or nil end)
    stub(peripheral, "call", function(name, method, ...)
        if name ~= "left" then error("No peripheral attached", 2) end
        return methods[method](...)
    end)
    return sent, open
end

return modem
