-- This file runs before all plugins. Its globals are there for every plugin and for restapi.lua; the globals of plugins are their own.
--
-- So it is the place for what stands for your game or program: here, a chat that can tell everybody something.

TotChat = {}

-- Plugins hear the event, see announcements/main.lua.
function TotChat.Broadcast(message)
    emit("announcement", message)
end
