-- Runs functions at the same time: whenever one waits for an event, the others go on. Every function gets all events that
-- it waits for, whatever the others do with them.

local expect = dofile("rom/modules/main/cc/expect.lua").expect

local resume, status = coroutine.resume, coroutine.status
local pack, unpack = table.pack, table.unpack

-- Runs the functions until `enough` of them have ended. Returns the number of the one that ended last.
local function run(enough, ...)
    local count = select("#", ...)
    local threads, filters = {}, {}
    for i = 1, count do
        threads[i] = coroutine.create((select(i, ...)))
    end
    if count == 0 then return 0 end

    local ended = 0
    local event = { n = 0 }
    while true do
        local name = event[1]
        for i = 1, count do
            local thread = threads[i]
            if thread then
                local filter = filters[i]
                if filter == nil or filter == name or name == "terminate" then
                    local ok, result = resume(thread, unpack(event, 1, event.n))
                    if not ok then error(result, 0) end
                    if status(thread) == "dead" then
                        threads[i] = false
                        ended = ended + 1
                        if ended == enough then return i end
                    else
                        filters[i] = result
                    end
                end
            end
        end
        event = pack(os.pullEventRaw())
    end
end

---Runs functions at the same time until one of them returns; the others are left where they are. An error of one is
---thrown on.
---@param ... fun()
---@return integer index which of the functions has returned; 0 if there are none
function waitForAny(...)
    for i = 1, select("#", ...) do expect(i, (select(i, ...)), "function") end
    return run(1, ...)
end

---Runs functions at the same time until all of them have returned. An error of one is thrown on.
---@param ... fun()
function waitForAll(...)
    for i = 1, select("#", ...) do expect(i, (select(i, ...)), "function") end
    run(select("#", ...), ...)
end
