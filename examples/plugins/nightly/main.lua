-- Counts events, and reports once a day. There are two ways to have something done at a time of the calendar:
--
--   schedule.json says which event comes when; plugins listen to it with on. To have it now:
--       curl -d "event=daily_report" http://127.0.0.1:5460/event
--   schedule(…) calls a function of this plugin.
--
--   curl http://127.0.0.1:9192/nightly

local counts = { announcement = 0, webhook = 0 }

for name in pairs(counts) do
    on(name, function() counts[name] = counts[name] + 1 end)
end

on("daily_report", function()
    local report = { time = os.date("%Y-%m-%d %H:%M"), counts = counts }
    Storage.Set(PLUGIN_NAME, "report", "last", report)
    printInfo(("since the last report: %d announcements, %d webhooks"):format(counts.announcement, counts.webhook))
    for name in pairs(counts) do counts[name] = 0 end
end)

-- Second, minute, hour, day of the month, month, day of the week: at 3:30 in the night.
schedule("0 30 3 * * *", function()
    printInfo("it is 3:30, and all is well")
end)

route("GET", "/", function()
    return 200, { counts = counts, last = Storage.Get(PLUGIN_NAME, "report", "last") }
end)
