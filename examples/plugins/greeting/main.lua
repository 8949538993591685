-- Something to change while it runs. Start the server so that it looks at the files,
--
--   luart serve --plugins examples/plugins --watch greeting
--
-- ask it again and again,
--
--   while sleep 1; do curl -s http://127.0.0.1:9192/greeting; done
--
-- and change words.lua, or this file. Write a mistake into one of them: the version before goes on, and the log says what is wrong.

-- Each reload begins with new globals. What is to outlast one has to be in a file, in Storage, or in another plugin.
local loads = Storage.Update(PLUGIN_NAME, "all", "loads", function(n) return (n or 0) + 1 end)

-- The path is relative to this file.
local words = include("words.lua")

route("GET", "/", function(params)
    return 200, { text = words.hello .. ", " .. (params.name or words.everybody) .. "!", loads = loads }
end)

-- Timers, events, routes, exports and ports of the version before are gone by themselves; no need to clean them up here.
setTimer(function() printDebug("still here, load " .. loads) end, 60000, 0)

-- For what luart can't know of. The new version serves already when this runs.
onUnload(function() printInfo("load " .. loads .. " ends") end)
