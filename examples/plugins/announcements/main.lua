-- What restapi.lua announces is heard here, kept, and can be read:
--
--   curl -d "msg=Hello world" http://127.0.0.1:5460/call/Announcement
--   curl http://127.0.0.1:9192/announcements

local MOST = 20

-- What was said before the last start, too: Storage is a database in the data folder.
local last = Storage.Get(PLUGIN_NAME, "all", "last") or {}

-- global.lua emits this event. Any number of plugins may listen to it.
on("announcement", function(message)
    message = tostring(message):sub(1, 500)
    printSuccess("announcement: " .. message)
    table.insert(last, 1, { message = message, time = os.epoch("utc") })
    last[MOST + 1] = nil
    Storage.Set(PLUGIN_NAME, "all", "last", last)
end)

-- A reminder of the schedule: see schedule.json.
on("weekend", function() emit("announcement", "The weekend begins!") end)

route("GET", "/", function()
    return 200, { announcements = #last > 0 and last or textutils.empty_json_array }
end)
