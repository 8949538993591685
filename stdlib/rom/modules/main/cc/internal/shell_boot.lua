-- Runs the shell from the start of a computer to its end.

local pcall, yield = pcall, coroutine.yield

-- What went wrong is shown whatever programs have done to the APIs.
local function showError(host, terminal, message)
    terminal.setBackgroundColour(32768)
    terminal.setTextColour(1)
    terminal.setCursorBlink(false)
    if terminal.getCursorPos() > 1 then host.write("\n") end
    host.writeError(message, "\n")
    host.write("Press any key to continue\n")
    yield("key")
end

---Runs the shell, or multishell if it can be used, and turns the computer off when that has ended. Returns only after it has
---told the runtime of an error.
---@param host table what the bios has of the runtime
---@param terminal term.Redirect the computer's own
---@param shutdown fun(code: integer) asks the computer to end at the next yield
---@param describe fun(value: any): string what to say about an error
return function(host, terminal, shutdown, describe)
    if settings.get("bios.strict_globals") then
        getmetatable(_G).__newindex = function(_, name)
            error("Attempt to create global " .. tostring(name), 2)
        end
    end

    local shell = "rom/programs/shell.lua"
    if host.screen and settings.get("bios.use_multishell") and term.isColour() then
        shell = "rom/programs/advanced/multishell.lua"
    end
    local mode = host.screen and "screen" or host.interactive == false and "quiet" or "text"
    local code = 0
    local ok, message = pcall(parallel.waitForAny, function()
        local ended = os.run({ mode = mode }, shell)
        if host.screen then
            os.run({}, "rom/programs/shutdown.lua")
        elseif not ended then
            code = 1
        end
    end, rednet.run)

    if not ok then
        if not host.screen then return host.fail(describe(message)) end
        showError(host, terminal, describe(message))
        code = 1
    end
    shutdown(code)
    while true do yield() end
end
