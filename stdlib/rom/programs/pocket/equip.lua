-- Puts an upgrade from the player's inventory on a pocket computer.

if not pocket then
    printError("Requires a Pocket Computer")
    return
end

local ok, message = pocket.equipBack()
if ok then
    print("Item equipped")
else
    printError(message)
end
