-- Prints a message of the day: that of a special day, or any line of the files that the setting motd.path names.

local special = { ["1/1"] = "Happy new year!", ["28/4"] = "Ed Balls", ["31/10"] = "OOoooOOOoooo! Spooky!", ["24/12"] = "Merry X-mas!" }

local date = os.date("*t")
local message = special[date.day .. "/" .. date.month]
if message then
    print(message)
    return
end

local messages = {}
for path in settings.get("motd.path"):gmatch("[^:]+") do
    local file = fs.open(path, "r")
    if file then
        for line in file.readLine do
            if line:find("%S") then messages[#messages + 1] = line end
        end
        file.close()
    end
end
print(messages[1] and messages[math.random(#messages)] or "There is no message of the day: set motd.path names no file with text")
