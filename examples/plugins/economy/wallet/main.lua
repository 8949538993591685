-- Coins of players, for other plugins: exports.wallet.balance("alice"). See ../shop.
--
-- A plugin's functions run in the plugin itself. Errors go to who has called, and a reload of this plugin changes nothing for others.

local START = 100

local function check(player, amount)
    if type(player) ~= "string" or not player:find("^[%w_-]+$") or #player > 32 then error("a player's name has letters and digits, 32 at most", 0) end
    if type(amount) ~= "number" or amount < 1 or amount % 1 ~= 0 then error("an amount is a whole number from 1", 0) end
end

-- Storage waits for the disk, and while a function waits, other calls come in. Whether there is enough is therefore decided in Update: nobody
-- changes the balance between its being read and its being written.
local function change(player, amount)
    local enough
    local left = Storage.Update(PLUGIN_NAME, "coins", player, function(coins)
        coins = coins or START
        enough = coins + amount >= 0
        return enough and coins + amount or coins
    end)
    if not enough then return nil, "not enough coins" end
    return left
end

export("balance", function(player)
    check(player, 1)
    return Storage.Get(PLUGIN_NAME, "coins", player) or START
end)

-- Returns the new balance.
export("give", function(player, amount)
    check(player, amount)
    return change(player, amount)
end)

-- Returns the new balance, or nil and why not.
export("take", function(player, amount)
    check(player, amount)
    return change(player, -amount)
end)
