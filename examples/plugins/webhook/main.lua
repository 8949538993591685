-- Receives webhooks, as GitHub and others send them: a header of the request has the HMAC-SHA256 of its body, with a secret that both sides
-- know. Nobody else can make one.
--
-- The secret is a line of the file secrets.txt, which is not in the plugins' folder, so that no plugin can read others' secrets from a file, and none is
-- ever in the log:
--
--   WEBHOOK_SECRET=a long text that nobody can guess
--
-- To send something as GitHub does:
--
--   body='{"ref": "refs/heads/main"}'
--   signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "a long text that nobody can guess" | sed 's/.* //')
--   curl -d "$body" -H "X-Hub-Signature-256: sha256=$signature" -H 'X-GitHub-Event: push' http://127.0.0.1:9192/webhook

local digest = require "luart.digest"

-- Whoever sees a request could send it again: the signatures of the last ones are remembered.
local seen, order, MOST = {}, {}, 1000

local function isNew(signature)
    if seen[signature] then return false end
    seen[signature] = true
    order[#order + 1] = signature
    if #order > MOST then seen[table.remove(order, 1)] = nil end
    return true
end

route("POST", "/", function(params)
    local secret = getSecret("WEBHOOK_SECRET")
    if #secret < 16 then
        printError("secrets.txt has no WEBHOOK_SECRET of 16 characters or more")
        return 503, { error = "the webhook is not set up" }
    end
    -- The bytes as they came: the same JSON may be written in many ways.
    local body = params.request.readAll() or ""
    local headers = params.request_headers
    local signature = (headers["X-Hub-Signature-256"] or ""):lower():match("^sha256=(%x+)$")
    -- equal takes as long for a wrong signature as for a right one.
    if not signature or not digest.equal(signature, digest.hmac("sha256", secret, body)) then
        return 401, { error = "bad signature" }
    end
    local payload = JSON.parse(body)
    if type(payload) ~= "table" then return 400, { error = "the body is no JSON object" } end
    if isNew(signature) then
        -- Senders don't wait for long: the handlers of an event run after this has returned.
        emit("webhook", headers["X-GitHub-Event"] or "?", payload)
    end
    return 202, { status = "OK" }
end)

-- Any plugin may listen to it.
on("webhook", function(event, payload)
    printInfo(("%s: %s"):format(event, tostring(payload.action or payload.ref or "-")))
end)
