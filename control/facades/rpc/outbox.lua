-- What is to be sent, in its order. A plugin publishes in the middle of its time slice, and a call may end while others are being sent to: both
-- only put a message here, and a task of the control plane sends it. So a message comes before the result of the call that has published it.
--
-- put is called while others of these functions are asleep in the middle. A task is put to sleep at calls and backward jumps only, so
-- a few assignments in a row happen at once; that is what the order of the lines here is about.

---@class rpc.Outbox
---@field first integer
---@field last integer
---@field bytes integer
---@field flushing boolean
local Outbox = {}
Outbox.__index = Outbox

-- How much may wait. It is there for as long as one turn of the loop takes.
local MOST, MOST_BYTES = 100000, 64 * 2 ^ 20

---Makes an outbox.
---@param later fun(f: fun()) has a function called by a task of the control plane, soon
---@param report fun(message: string) gets errors
---@return rpc.Outbox
local function new(later, report)
    local self
    self = setmetatable({ first = 1, last = 0, bytes = 0, flushing = false, signalled = false, later = later, report = report }, Outbox)
    function self.work()
        self.signalled = false
        self:flush()
    end
    return self
end

---Whether there is room. Those who may be told no look here first.
---@param size integer
---@return boolean
function Outbox:room(size)
    return self.last - self.first < MOST and self.bytes + size <= MOST_BYTES
end

---Adds a message. Whoever runs may call it.
---@param target { write: fun(self, text: string, reply?: boolean) }
---@param text string
---@param reply? boolean
function Outbox:put(target, text, reply)
    local entry = { target, text, reply }
    local size = #text
    local last = self.last + 1
    self[last], self.last = entry, last
    self.bytes = self.bytes + size
    if not self.signalled then
        self.signalled = true
        self.later(self.work)
    end
end

---Whether something waits, so that what comes now must wait behind it.
---@return boolean
function Outbox:busy() return self.flushing or self.first <= self.last end

---Sends what waits. Only tasks of the control plane may call it.
function Outbox:flush()
    if self.flushing then return end
    self.flushing = true
    while self.first <= self.last do
        local first = self.first
        local entry = self[first]
        self[first] = nil
        self.first = first + 1
        self.bytes = self.bytes - #entry[2]
        local ok, message = pcall(entry[1].write, entry[1], entry[2], entry[3])
        if not ok then self.report(tostring(message)) end
        if self.first > self.last then self.first, self.last = 1, 0 end
    end
    self.flushing = false
end

return { new = new }
