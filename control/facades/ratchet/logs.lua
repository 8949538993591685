-- The endpoint /logs: the last lines of the log, and those that come, as Server-Sent Events.

local answers = require "facades.ratchet.answers"
local json = require "luart.json"

local LAST = 20 -- lines, unless the client says how many
local FOLLOWERS = 100 -- clients that follow at a time
local SILENCE = 15 -- seconds until a client is told that we are still there

local LEVELS = { debug = true, info = true, success = true, warning = true, error = true }

-- Adds the endpoint to a router.
---@param app cc.http.Router
---@param facade ratchet.Facade
return function(app, facade)
    local manager = facade.manager
    local logs = manager.logs

    -- What a client sees of a line.
    local function shown(line)
        local fields
        for name, value in pairs(line.fields or {}) do
            if name ~= "traceback" or manager.settings.plugins.development then
                fields = fields or {}
                fields[name] = value
            end
        end
        return { seq = line.seq, time = line.time, source = line.source, level = line.level, message = line.message, fields = fields }
    end

    local function encode(line)
        local ok, text = pcall(answers.encode, shown(line))
        if ok then return text end
        -- A field that JSON doesn't have.
        return answers.encode { seq = line.seq, time = line.time, source = line.source, level = line.level, message = line.message }
    end

    -- The text of a line, without what only developers see.
    local function text(line)
        return logs.text { time = line.time, source = line.source, level = line.level, message = line.message, fields = shown(line).fields }
    end

    -- Sends lines as they come, after those of `first`, which are up to the one with the seq `sent`.
    local function follow(res, first, sent, filter)
        if facade.followers >= FOLLOWERS then answers.fail(503, "too many clients follow the log", nil, { ["Retry-After"] = "5" }) end
        facade.followers = facade.followers + 1
        local gate, generation = manager:gate(), facade.generation
        local stop = logs:follow(function() gate:open() end, filter)
        local withdraw = facade:onClose(function() gate:open() end)
        -- Errors are that the client has gone, which ends the handler.
        local ok, message = pcall(function()
            res:type("text/event-stream"):header("Cache-Control", "no-store"):header("X-Accel-Buffering", "no")
            res:write(": the log\nretry: 2000\n\n"):flush()
            for _, line in ipairs(first) do res:event(encode(line), { id = line.seq }) end
            while facade.generation == generation do
                gate = manager:gate() -- before looking, so that nothing comes in between
                local lines, last, lost = logs:after(sent, filter)
                sent = last
                if lost > 0 then res:event(tostring(lost), { event = "lost" }) end
                for _, line in ipairs(lines) do res:event(encode(line), { id = line.seq }) end
                if facade.generation == generation then gate:wait(SILENCE) end
                if not gate.values then res:write(": still here\n\n"):flush() end
            end
            res:close()
        end)
        stop()
        withdraw()
        facade.followers = facade.followers - 1
        if not ok then error(message, 0) end
    end

    -- Where a client begins: after what it had when it was connected last, or with the last lines.
    local function begin(req, n, filter)
        local last, now = tonumber(req.headers["Last-Event-ID"]), logs.seq
        if last and last >= 0 and last <= now then return {}, last end
        local first = logs:tail(n, filter)
        return first, first[#first] and math.max(now, first[#first].seq) or now
    end

    app:get("/logs", function(req, res)
        local query = facade:query(req)
        local n = LAST
        if query.n then
            n = tonumber(query.n)
            if not n or n % 1 ~= 0 or n < 0 or not query.n:find("^%d+$") then answers.fail(400, "the parameter n is how many lines, a whole number") end
        end
        if query.level and not LEVELS[query.level] then answers.fail(400, "the parameter level is debug, info, success, warning or error") end
        local filter = { source = query.plugin, level = query.level }
        n = math.min(n, logs.size)
        local type = req:accepts("application/json", "text/event-stream", "text/plain") or "application/json"
        local wanted = query.follow
        local following = wanted == "true" or wanted == "1" or wanted == nil and type == "text/event-stream"
        if following and req.method == "GET" then
            local first, sent = begin(req, n, filter)
            return follow(res, first, sent, filter)
        end
        res:vary("Accept")
        if type == "text/plain" then
            local lines = {}
            for i, line in ipairs(logs:tail(n, filter)) do lines[i] = text(line) .. "\n" end
            res:header("Cache-Control", "no-store")
            return res:text(table.concat(lines))
        end
        local lines = {}
        for i, line in ipairs(logs:tail(n, filter)) do lines[i] = encode(line) end
        res:type("application/json"):header("Cache-Control", "no-store")
        return res:text("[" .. table.concat(lines, ",") .. "]")
    end)

    -- For the page: who has written something.
    app:get("/logs/sources", function(_, res)
        local seen, list = {}, json.array()
        for _, line in ipairs(logs:tail(logs.size)) do
            if not seen[line.source] then
                seen[line.source] = true
                list[#list + 1] = line.source
            end
        end
        table.sort(list)
        return answers.ok(res, { sources = list })
    end)
end
