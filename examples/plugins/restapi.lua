-- A REST API of your own, on the Ratchet server. POST /call/NAME calls the function NAME of the table that this file returns:
--
--   curl -d "msg=Hello world" -X POST http://localhost:5460/call/Announcement
--
-- The file is run anew for each request, so changes count at once. What comes with the request, as a form, as JSON or in the URL, is in the
-- argument; what is returned is the answer, as JSON. A second result would be the status, a third one a table of headers.

local Router = {}

function Router.Announcement(data)
    local message = data.msg
    if message then
        TotChat.Broadcast(message) -- of global.lua
        return { status = "OK" }
    end
    return { status = "FAIL", reason = "No message provided" }
end

-- Functions of plugins are here as well:
--
--   curl -d "player=alice" http://localhost:5460/call/Balance
function Router.Balance(data)
    if not data.player then return { status = "FAIL", reason = "No player" }, 400 end
    return { status = "OK", player = data.player, coins = exports.wallet.balance(data.player) }
end

-- Names that begin with _ and local functions can't be called from outside.

return Router
