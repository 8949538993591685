-- Answers a question that the chat asks: what is to become of this message? See Hook.Run in chat/main.lua.
--
-- A hook gives an answer, or nil if it has none; then the next plugin is asked. Without this plugin the chat goes on unfiltered.

local words = { "darn", "heck" }

Hook.Add("chat_message", function(_, text)
    local changed = text
    for _, word in ipairs(words) do
        local pattern = word:gsub("%a", function(c) return "[" .. c:lower() .. c:upper() .. "]" end)
        changed = changed:gsub(pattern, ("*"):rep(#word))
    end
    if changed ~= text then return changed end
end)
