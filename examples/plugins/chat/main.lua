-- A chat: a page, and a WebSocket for each one who has it open. A router serves both on a port of their own:
--
--   open http://127.0.0.1:8090/ in two windows
--
-- A route of the method "WEBSOCKET" would do the same at the Plugin Server.
--
-- When it is reloaded, the port stays open; whoever has a WebSocket connects anew.

local PORT = 8090

local router = require "cc.http.router"

local app = router.new()
local page = readFile("page.html")
local members = 0

-- Everybody's handler waits for this event. Events of os.queueEvent are the plugin's own; emit is for all plugins.
local function tell(message)
    os.queueEvent("chat", JSON.stringify(message))
end

-- What others announce is in the chat, too: see ../announcements.
on("announcement", function(message) tell { text = tostring(message) } end)

-- What a member has sent, if it is a message.
local function parse(text)
    local message = JSON.parse(text)
    if type(message) ~= "table" or type(message.name) ~= "string" or type(message.text) ~= "string" then return nil end
    if #message.name > 80 or message.text == "" or #message.text > 2000 then return nil end
    local name = message.name ~= "" and message.name or "somebody"
    -- Other plugins may change what is said: see ../community/filter.
    return { name = name, text = Hook.Run("chat_message", name, message.text) or message.text }
end

app:get("/", function(_, res) res:html(page) end)

app:websocket("/socket", function(socket)
    members = members + 1
    tell { text = ("Somebody has come. (%d here)"):format(members) }
    local function read()
        for text in socket.receive do
            local message = parse(text)
            if message then tell(message) end
        end
    end
    -- Waits for a member that is far behind: that one misses messages, and holds up nobody else.
    local function write()
        while true do
            local _, text = os.pullEvent("chat")
            if not pcall(socket.send, text) then return end
        end
    end
    local ok, message = pcall(parallel.waitForAny, read, write)
    members = members - 1
    tell { text = ("Somebody has left. (%d here)"):format(members) }
    if not ok then error(message, 0) end
end)

export("members", function() return members end)

-- Listens until the plugin is unloaded: what comes after it in this file would not be reached.
app:listen(PORT, {
    max_message = 8192,
    on_listen = function(port) print(("open http://127.0.0.1:%d/"):format(port)) end,
})
