-- A clock in the browser, by Server-Sent Events: a response that goes on as long as the page is open.
--
--   luart examples/clock.lua [PORT]
--
-- Then open http://127.0.0.1:8080/ in a browser, or look at what it sends:
--
--   curl -N http://127.0.0.1:8080/time

local router = require "cc.http.router"

local PAGE = [[
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Clock</title>
<h1 id="time">…</h1>
<script>
  // It connects anew by itself, and then sends the last id.
  const events = new EventSource("/time");
  events.addEventListener("tick", event => document.getElementById("time").textContent = event.data);
</script>
</html>
]]

local app = router.new()

app:get("/", function(_, res) res:html(PAGE) end)

app:get("/time", function(req, res)
    local count = tonumber(req.headers["Last-Event-ID"]) or 0
    while res.handle.isOpen() do
        count = count + 1
        res:event(os.date("!%Y-%m-%d %H:%M:%S UTC"), { event = "tick", id = count })
        sleep(1)
    end
end)

app:listen(tonumber((...)) or 8080, {
    on_listen = function(port) print(("Listening on http://127.0.0.1:%d/ ..."):format(port)) end,
})
