-- What programs that wait for keys need besides os.pullEvent.

-- Events of the user that are no business of whoever discards a character.
local others = {
    key = true, paste = true, mouse_click = true, mouse_up = true, mouse_drag = true, mouse_scroll = true, term_resize = true,
}

---Takes the event `char` that follows a key, if there is one, so that nobody else reads it as text: a program that was left by a
---key would leave the key's character to the next. Waits for a tick at most. Throws "Terminated".
local function discardChar()
    -- The character of a key comes right behind it, so it is in the queue before this event.
    local timer = os.startTimer(0)
    local kept = {}
    while true do
        local event = table.pack(os.pullEvent())
        if event[1] == "timer" and event[2] == timer then break end
        -- The key goes up after its character.
        if event[1] == "char" or event[1] == "key_up" then
            os.cancelTimer(timer)
            break
        end
        if others[event[1]] then kept[#kept + 1] = event end
    end
    for _, event in ipairs(kept) do os.queueEvent(table.unpack(event, 1, event.n)) end
end

return { discard_char = discardChar }
