-- Coins of players, for other plugins: exports.wallet.balance("alice"). See ../shop.
--
-- A plugin's functions run in the plugin itself. Errors go to who has called, and a reload of this plugin changes nothing for others.

local START = 100

-- All of them by player. Storage waits for the disk, and while a function waits, other calls come in: what is decided by a balance is
-- therefore decided on this table, in one go, and saved afterwards.
local coins = Storage.GetAll(PLUGIN_NAME, "coins")

local function check(player, amount)
    if type(player) ~= "string" or not player:find("^[%w_-]+$") or #player > 32 then error("a player's name has letters and digits, 32 at most", 0) end
    if amount ~= nil and (type(amount) ~= "number" or amount < 1 or amount % 1 ~= 0) then error("an amount is a whole number from 1", 0) end
end

local function balance(player) return coins[player] or START end

local function set(player, amount)
    coins[player] = amount
    Storage.Set(PLUGIN_NAME, "coins", player, amount)
    return amount
end

export("balance", function(player)
    check(player)
    return balance(player)
end)

export("give", function(player, amount)
    check(player, amount)
    return set(player, balance(player) + amount)
end)

-- Returns the new balance, or nil and why not.
export("take", function(player, amount)
    check(player, amount)
    if balance(player) < amount then return nil, "not enough coins" end
    return set(player, balance(player) - amount)
end)
