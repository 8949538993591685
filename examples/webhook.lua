-- Receives webhooks, as GitHub and others send them: a POST request whose header tells the HMAC-SHA256 of its body, with a secret
-- that both sides know. Others can't make one.
--
--   luart examples/webhook.lua SECRET_FILE [PORT]
--
-- SECRET_FILE is in the current folder. To send something as GitHub does, with a secret that is made first:
--
--   openssl rand -hex 32 > secret.txt
--   body='{"ref": "refs/heads/main"}'
--   signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$(cat secret.txt)" | sed 's/.* //')
--   curl -i -d "$body" -H "X-Hub-Signature-256: sha256=$signature" -H 'X-GitHub-Event: push' http://127.0.0.1:8080/hook

local router = require "cc.http.router"
local sha256 = require "cc.crypto.sha256"

local secretFile, port = ...
if not secretFile then
    printError("Usage: webhook.lua SECRET_FILE [PORT]")
    return
end
-- From a file, because other users see the command line.
local file, problem = fs.open(secretFile, "r")
if not file then error("The secret can't be read: " .. problem .. " (files have to be in the current folder)", 0) end
local secret = file.readLine()
file.close()
if not secret or #secret < 16 then error("The secret has to have 16 characters or more", 0) end

-- Whoever sees a request could send it again: the last ones are known by their signatures, oldest first. (A header with an id would
-- not do: it is not signed.)
local seen, order, MAX = {}, {}, 1000

local function isNew(signature)
    if seen[signature] then return false end
    seen[signature] = true
    order[#order + 1] = signature
    if #order > MAX then seen[table.remove(order, 1)] = nil end
    return true
end

-- Lets only requests through that are signed.
local function signed(req, _, next)
    req.signature = (req.headers["X-Hub-Signature-256"] or ""):lower():match("^sha256=(%x+)$")
    -- Of the bytes as they came: the same JSON may be written in many ways.
    req.body = req:text(262144)
    if not req.signature or not sha256.equal(req.signature, sha256.hmacHex(secret, req.body)) then
        router.fail(401, "bad signature")
    end
    next()
end

local app = router.new()

app:post("/hook", signed, function(req, res)
    local payload = textutils.unserializeJSON(req.body)
    if type(payload) ~= "table" then router.fail(400, "the body is no JSON object") end
    if isNew(req.signature) then
        -- Senders don't wait for long: the answer comes first, and the work is done by another coroutine.
        os.queueEvent("webhook", req.headers["X-GitHub-Event"] or "?", payload)
    end
    res:status(202):empty()
end)

parallel.waitForAny(
    function()
        app:listen(tonumber(port) or 8080, {
            on_listen = function(actual) print(("Listening on http://127.0.0.1:%d/hook ..."):format(actual)) end,
        })
    end,
    function()
        while true do
            local _, event, payload = os.pullEvent("webhook")
            print(event .. ": " .. tostring(payload.action or payload.ref or "-"))
        end
    end)
