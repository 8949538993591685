-- A plugin of luart serve. It is this folder: main.lua runs when the plugin is loaded, and again when it is reloaded.
--
-- What it makes is its own: timers, handlers, routes and servers are gone when it is unloaded or reloaded. When a reload fails, because of a
-- mistake in this file for instance, the version before goes on. What you print is in the log.

print(PLUGIN_NAME .. " is here")

-- Answers GET /NAME of the Plugin Server: the status, and what becomes JSON. What comes with the request is in params, so try
--
--   curl 'http://127.0.0.1:9192/NAME?name=you'
route("GET", "/", function(params)
    return 200, { hello = params.name or "world" }
end)

-- Answers GET /NAME/visits, with a value that outlasts the server.
route("GET", "/visits", function()
    local visits = Storage.Update(PLUGIN_NAME, "all", "visits", function(n) return (n or 0) + 1 end)
    return 200, { visits = visits }
end)

-- Events come from other plugins (emit), from schedule.json, and from the Ratchet server:
--
--   curl -d "event=onTestEvent" http://127.0.0.1:5460/event
on("onTestEvent", function()
    print("onTestEvent has come")
end)

-- Once the server has started, but not at reloads.
once("server_start", function()
    printSuccess("the server has started")
end)

-- Other plugins call this as exports["NAME"].greet("you").
export("greet", function(name)
    return "hello " .. name
end)

-- Again and again: each 60,000 ms, 0 for ever.
setTimer(function()
    printDebug("a minute is over")
end, 60000, 0)

-- At times of the calendar: second, minute, hour, day of the month, month, day of the week.
schedule("0 0 * * * *", function()
    print("a full hour")
end)

-- The last thing that is called.
onUnload(function()
    print("bye")
end)
