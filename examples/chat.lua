-- A chat: a page, and a WebSocket for each one who has it open.
--
--   luart examples/chat.lua [PORT]
--
-- Then open http://127.0.0.1:8080/ in two windows.

local router = require "cc.http.router"

-- Texts become text nodes of the page, never HTML.
local PAGE = [[
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Chat</title>
<style>
  body { font: 16px sans-serif; max-width: 40em; margin: 2em auto }
  #log { border: 1px solid #ccc; height: 20em; overflow-y: auto; padding: .5em; list-style: none }
  form { display: flex; gap: .5em }
  #text { flex: 1 }
</style>
<h1>Chat</h1>
<ul id="log"></ul>
<form id="form">
  <input id="name" value="guest" maxlength="20" aria-label="Name">
  <input id="text" maxlength="500" autofocus autocomplete="off" aria-label="Message">
  <button>Send</button>
</form>
<script>
  const log = document.getElementById("log");
  const socket = new WebSocket("ws" + location.protocol.slice(4) + "//" + location.host + "/socket");
  function show(text) {
    const line = document.createElement("li");
    line.textContent = text;
    log.append(line);
    log.scrollTop = log.scrollHeight;
  }
  socket.onmessage = event => {
    const message = JSON.parse(event.data);
    show(message.name ? message.name + ": " + message.text : message.text);
  };
  socket.onclose = () => show("The connection has ended.");
  document.getElementById("form").onsubmit = event => {
    event.preventDefault();
    const text = document.getElementById("text");
    if (text.value) socket.send(JSON.stringify({ name: document.getElementById("name").value, text: text.value }));
    text.value = "";
  };
</script>
</html>
]]

local app = router.new()
local members = 0

-- Everybody's handler waits for this event.
local function tell(message)
    os.queueEvent("chat", textutils.serializeJSON(message, { unicode_strings = true }))
end

-- What a member has sent, if it is a message.
local function parse(text)
    local message = textutils.unserializeJSON(text)
    if type(message) ~= "table" or type(message.name) ~= "string" or type(message.text) ~= "string" then return nil end
    if #message.name > 80 or message.text == "" or #message.text > 2000 then return nil end
    return { name = message.name ~= "" and message.name or "somebody", text = message.text }
end

app:get("/", function(_, res) res:html(PAGE) end)

app:websocket("/socket", function(socket)
    members = members + 1
    tell({ text = ("Somebody has come. (%d here)"):format(members) })
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
    tell({ text = ("Somebody has left. (%d here)"):format(members) })
    if not ok then error(message, 0) end
end)

app:listen(tonumber((...)) or 8080, {
    max_message = 8192,
    on_listen = function(port) print(("Listening on http://127.0.0.1:%d/ ..."):format(port)) end,
})
