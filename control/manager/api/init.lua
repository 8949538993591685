-- The globals that plugins have besides those of programs. Each file here adds some: it returns a function that gets the load's globals, the load
-- and the manager.

local parts = { "events", "timers", "files", "data", "output", "web", "server" }

---Puts a plugin's API into its globals.
---@param env table
---@param load table
---@param manager table
return function(env, load, manager)
    for _, part in ipairs(parts) do require("manager.api." .. part)(env, load, manager) end
end
