-- The line that read lets a user type on a screen: it can be edited, completed, and taken from those typed before.

local sub, rep = string.sub, string.rep
local max, min = math.max, math.min

-- The ends of the words of a line, seen from a position: words are of letters, digits and underscores.
local function wordLeft(line, pos)
    local before = sub(line, 1, pos)
    return #(before:match("^(.-)[%w_]+[^%w_]*$") or "")
end

local function wordRight(line, pos)
    local _, stop = line:find("[%w_]+", pos + 1)
    return stop or #line
end

---Lets a user type a line where the cursor of the current terminal is, until Enter. Throws "Terminated".
---
---Left, Right, Home and End move, with Ctrl by words; Ctrl+A and Ctrl+E do as Home and End. Ctrl+U, Ctrl+K and Ctrl+W delete to the
---start, to the end, and the word before. Up and Down go through the completions, or else through the history. Tab, or Right at
---the end, takes a completion.
---@param replace? string its first character is shown for each that is typed
---@param history? string[] lines, the last one first reached
---@param complete? fun(line: string): string[]? what may follow the line
---@param default? string what is there to begin with
---@return string line
return function(replace, history, complete, default)
    replace = replace and sub(replace, 1, 1)
    local line = default or ""
    local pos = #line -- how many characters are before the cursor
    local scroll = 0 -- how many are left of what is shown
    local drawn = 0 -- how many cells have been drawn to
    local completions, chosen
    local entry, draft -- where in the history this is, and what was typed before going there
    local control = { [keys.leftCtrl] = false, [keys.rightCtrl] = false }

    local width = term.getSize()
    local startX = term.getCursorPos()

    -- The line may have been moved up or down by what others print, so it is where the cursor is.
    local function draw(withoutCompletion)
        local _, y = term.getCursorPos()
        local room = max(width - startX, 0) -- for what is before the cursor
        if pos - scroll > room then scroll = pos - room end
        if pos < scroll then scroll = pos end

        local shown = sub(line, scroll + 1, scroll + room + 1)
        if replace then shown = rep(replace, #shown) end
        term.setCursorPos(startX, y)
        term.write(shown)
        local cells = #shown
        if completions and not withoutCompletion then
            local rest = sub(completions[chosen], 1, max(room + 1 - cells, 0))
            if replace then rest = rep(replace, #rest) end
            local front, back = term.getTextColour(), term.getBackgroundColour()
            term.setTextColour(colours.white)
            term.setBackgroundColour(colours.grey)
            term.write(rest)
            term.setTextColour(front)
            term.setBackgroundColour(back)
            cells = cells + #rest
        end
        if cells < drawn then term.write(rep(" ", drawn - cells)) end
        drawn = cells
        term.setCursorPos(startX + pos - scroll, y)
    end

    -- Asks anew for what may follow; only the end of a line is completed.
    local function suggest()
        completions = nil
        if complete and pos == #line then
            local found = complete(line)
            if found and #found > 0 then completions, chosen = found, 1 end
        end
    end

    local function change(newLine, newPos)
        line, pos = newLine, newPos
        suggest()
        draw()
    end

    local function move(newPos)
        if newPos == pos then return end
        pos = newPos
        suggest()
        draw()
    end

    local function insert(text)
        change(sub(line, 1, pos) .. text .. sub(line, pos + 1), pos + #text)
    end

    -- Deletes what is between two positions.
    local function delete(from, to)
        if from < to then change(sub(line, 1, from) .. sub(line, to + 1), from) end
    end

    local function accept()
        if not completions then return end
        insert(completions[chosen])
    end

    local function recall(step)
        if not history or #history == 0 then return end
        local new = min((entry or #history + 1) + step, #history + 1)
        if new < 1 or new == (entry or #history + 1) then return end
        if not entry then draft = line end
        entry = new <= #history and new or nil
        completions = nil
        line = entry and tostring(history[entry]) or draft
        pos, scroll = #line, 0
        draw()
    end

    local function cycle(step)
        if completions then
            chosen = (chosen - 1 + step) % #completions + 1
            draw()
        else
            recall(step)
        end
    end

    local onKey = {
        [keys.left] = function(ctrl) move(ctrl and wordLeft(line, pos) or max(pos - 1, 0)) end,
        [keys.right] = function(ctrl)
            if pos == #line then accept() else move(ctrl and wordRight(line, pos) or pos + 1) end
        end,
        [keys.up] = function() cycle(-1) end,
        [keys.down] = function() cycle(1) end,
        [keys.home] = function() move(0) end,
        [keys["end"]] = function() move(#line) end,
        [keys.backspace] = function(ctrl) delete(ctrl and wordLeft(line, pos) or max(pos - 1, 0), pos) end,
        [keys.delete] = function(ctrl) delete(pos, ctrl and wordRight(line, pos) or min(pos + 1, #line)) end,
        [keys.tab] = accept,
    }
    local onControl = {
        [keys.a] = function() move(0) end,
        [keys.e] = function() move(#line) end,
        [keys.u] = function() delete(0, pos) end,
        [keys.k] = function() delete(pos, #line) end,
        [keys.w] = function() delete(wordLeft(line, pos), pos) end,
    }

    term.setCursorBlink(true)
    if line ~= "" then suggest() end
    draw()
    while true do
        local event, p1, p2, p3 = os.pullEvent()
        if event == "char" or event == "paste" then
            insert(p1)
        elseif event == "key" then
            local ctrl = control[keys.leftCtrl] or control[keys.rightCtrl]
            local action = ctrl and onControl[p1] or onKey[p1]
            if control[p1] == false then
                control[p1] = true
            elseif p1 == keys.enter or p1 == keys.numPadEnter then
                break
            elseif action then
                action(ctrl)
            end
        elseif event == "key_up" then
            if control[p1] then control[p1] = false end
        elseif (event == "mouse_click" or event == "mouse_drag") and p1 == 1 then
            local _, y = term.getCursorPos()
            if p3 == y and p2 >= startX and p2 <= width then move(min(scroll + p2 - startX, #line)) end
        elseif event == "term_resize" then
            width = term.getSize()
            draw()
        end
    end

    if completions then draw(true) end
    local _, y = term.getCursorPos()
    term.setCursorBlink(false)
    term.setCursorPos(width + 1, y)
    print()
    return line
end
