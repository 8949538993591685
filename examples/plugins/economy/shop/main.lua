-- Sells things for the coins of another plugin.
--
--   curl http://127.0.0.1:9192/shop
--   curl --json '{"player": "alice", "item": "sword"}' http://127.0.0.1:9192/shop/buy

local prices = { sword = 60, apple = 2 }

-- Other plugins may have something to say about prices: Hook.Add("price", function(item, price) return price / 2 end)
local function priceOf(item)
    return Hook.Run("price", item, prices[item]) or prices[item]
end

route("GET", "/", function()
    local list = {}
    for item in pairs(prices) do list[item] = priceOf(item) end
    return 200, list
end)

route("POST", "/buy", function(params)
    local player, item = params.player, params.item
    if not prices[item] then return 404, { error = "there is no such thing" } end
    -- Looked up each time: the other plugin may come and go. Without it, exports.wallet is nil.
    local wallet = exports.wallet
    if not wallet then return 503, { error = "the bank is closed" } end
    local ok, left, problem = pcall(wallet.take, player, priceOf(item))
    if not ok then return 422, { error = left } end
    if not left then return 402, { error = problem } end
    emit("sold", player, item)
    return 200, { item = item, coins = left }
end)

on("sold", function(player, item) printInfo(player .. " has bought: " .. item) end)
