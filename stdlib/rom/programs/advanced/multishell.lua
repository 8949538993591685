-- Runs several programs at the same time, each in a tab: the user sees one of them, and gives it the keys and the mouse. The first
-- tab has a shell. Programs get the functions of the API `multishell`.

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local makeRequire = dofile("rom/modules/main/cc/require.lua").make

---A tab.
---@class multishell.Tab
---@field title string
---@field path string the program
---@field thread thread
---@field filter? string the event that it waits for
---@field window window.Window
---@field terminal term.Redirect where it draws to: its window, or where it has redirected term to
---@field used boolean whether it has got any input

local parent = term.current()
local width, height = parent.getSize()

---@type multishell.Tab[]
local tabs = {}
local focus = 1 -- the tab that is seen
local current -- the tab that runs
local barShown = false
local barScroll = 0 -- how many columns of the bar are left of the screen
local bounds = {} -- the first and last column of each tab's title in the bar

local focusFront, focusBack, otherFront, otherBack = colours.white, colours.black, colours.black, colours.white
if parent.isColour() then focusFront, otherBack = colours.yellow, colours.grey end

-- The events that are input: only the tab that is seen gets them.
local isInput = { char = true, key = true, key_up = true, paste = true, terminate = true, file_transfer = true }
local isMouse = { mouse_click = true, mouse_up = true, mouse_drag = true, mouse_scroll = true }

-- Where the titles are. The bar is scrolled so that the focused one is seen.
local function layOut(follow)
    local x = 1
    bounds = {}
    for i, tab in ipairs(tabs) do
        bounds[i] = { x, x + #tab.title + 1 }
        x = x + #tab.title + 2
    end
    local first, last = bounds[focus][1], bounds[focus][2]
    if follow then barScroll = math.max(math.min(barScroll, first - 1), last - width) end
    barScroll = math.max(math.min(barScroll, x - 1 - width), 0)
end

local function drawBar(follow)
    if not barShown then return end
    layOut(follow ~= false)
    parent.setCursorPos(1, 1)
    parent.setBackgroundColour(otherBack)
    parent.clearLine()
    for i, tab in ipairs(tabs) do
        parent.setTextColour(i == focus and focusFront or otherFront)
        parent.setBackgroundColour(i == focus and focusBack or otherBack)
        parent.setCursorPos(bounds[i][1] - barScroll, 1)
        parent.write(" " .. tab.title .. " ")
    end
    parent.setTextColour(focusFront)
    parent.setBackgroundColour(focusBack)
    tabs[focus].window.restoreCursor()
end

local function place(window)
    if barShown then
        window.reposition(1, 2, width, height - 1)
    else
        window.reposition(1, 1, width, height)
    end
end

local function placeAll()
    for _, tab in ipairs(tabs) do place(tab.window) end
    os.queueEvent("term_resize")
end

-- The bar is there only if there is something to choose from.
local function showBar(shown)
    if shown == barShown then return end
    barShown = shown
    placeAll()
end

local function turnTo(n)
    if n ~= focus then
        if tabs[focus] then tabs[focus].window.setVisible(false) end
        focus = n
        tabs[n].window.setVisible(true)
    end
    drawBar()
end

-- Runs a tab until it waits for an event, if it waits for this one.
local function resume(n, event, ...)
    local tab = tabs[n]
    if tab.filter and event ~= tab.filter and event ~= "terminate" then return end
    local previous = current
    current = n
    term.redirect(tab.terminal)
    local ok, result = coroutine.resume(tab.thread, event, ...)
    tab.terminal = term.current()
    current = previous
    if ok then
        tab.filter = result
    else
        term.redirect(tab.window)
        printError(result)
    end
end

-- Makes a tab and runs its program until it waits for an event.
local function launch(focused, env, path, ...)
    local title = fs.getName(path):gsub("%.lua$", "")
    local args = table.pack(...)
    local n = #tabs + 1
    local tab = { title = title, path = path, used = false }
    tab.window = window.create(parent, 1, 1, width, height, false)
    tab.terminal = tab.window
    tabs[n] = tab
    place(tab.window)
    tab.thread = coroutine.create(function()
        os.run(env, path, table.unpack(args, 1, args.n))
        if not tab.used then
            -- Nobody may have seen what the program has to say.
            term.setCursorBlink(false)
            print("Press any key to continue")
            os.pullEvent("char")
        end
    end)
    if focused then
        focus = n
        tab.window.setVisible(true)
    end
    resume(n)
    return n
end

---The functions of this API, in the global `multishell` of programs. Tabs are numbered from 1, from left to right; numbers change
---when tabs close.
---@class multishell
local multishell = {}

---Which tab is seen.
---@return integer
function multishell.getFocus()
    return focus
end

---Turns to a tab.
---@param n integer
---@return boolean ok false if there is no such tab
function multishell.setFocus(n)
    expect(1, n, "number")
    if not tabs[n] then return false end
    turnTo(n)
    return true
end

---What is in the bar for a tab.
---@param n integer
---@return string? title nil if there is no such tab
function multishell.getTitle(n)
    expect(1, n, "number")
    return tabs[n] and tabs[n].title
end

---Changes what is in the bar for a tab. Ignored if there is no such tab.
---@param n integer
---@param title string
function multishell.setTitle(n, title)
    expect(1, n, "number")
    expect(2, title, "string")
    if tabs[n] and tabs[n].title ~= title then
        tabs[n].title = title
        drawBar()
    end
end

---The tab of the program that calls this.
---@return integer
function multishell.getCurrent()
    return current
end

---How many tabs there are.
---@return integer
function multishell.getCount()
    return #tabs
end

---Runs a program in a new tab, behind the one that is seen.
---@param env table its globals, completed by those of _G; gets `multishell`, and `require` and `package` if they are missing
---@param path string
---@param ... any its arguments
---@return integer n the tab
function multishell.launch(env, path, ...)
    expect(1, env, "table")
    expect(2, path, "string")
    env.multishell = multishell
    if rawget(env, "require") == nil then env.require, env.package = makeRequire(env, fs.getDir(path)) end
    local terminal = term.current()
    showBar(true)
    local n = launch(false, env, path, ...)
    drawBar()
    term.redirect(terminal)
    return n
end

-- Closes the tabs whose programs have ended.
local function closeEnded()
    local closed, wasFocused = false, false
    for n = #tabs, 1, -1 do
        if coroutine.status(tabs[n].thread) == "dead" then
            wasFocused = wasFocused or n == focus
            tabs[n].window.setVisible(false)
            table.remove(tabs, n)
            if n <= focus then focus = math.max(focus - 1, 1) end
            closed = true
        end
    end
    if not closed or #tabs == 0 then return end
    showBar(#tabs > 1)
    if wasFocused then tabs[focus].window.setVisible(true) end
    drawBar()
end

-- The tab whose title is in a column of the bar.
local function tabAt(x)
    for n, b in ipairs(bounds) do
        if x + barScroll >= b[1] and x + barScroll <= b[2] then return n end
    end
end

local function mouse(event, p1, x, y)
    if barShown and y == 1 then
        local n = tabAt(x)
        if event == "mouse_click" and n then
            turnTo(n)
        elseif event == "mouse_scroll" then
            barScroll = barScroll + p1
            drawBar(false)
        end
        return
    end
    resume(focus, event, p1, x, barShown and y - 1 or y)
end

parent.setBackgroundColour(colours.black)
parent.clear()
local firstEnv = { multishell = multishell }
firstEnv.require, firstEnv.package = makeRequire(firstEnv, "rom/programs")
launch(true, firstEnv, "rom/programs/shell.lua")
closeEnded()

while #tabs > 0 do
    local event = table.pack(os.pullEventRaw())
    local name = event[1]
    if name == "term_resize" then
        local newWidth, newHeight = parent.getSize()
        if newWidth ~= width or newHeight ~= height then
            width, height = newWidth, newHeight
            for _, tab in ipairs(tabs) do place(tab.window) end
            drawBar()
        end
    end
    if isMouse[name] then
        tabs[focus].used = true
        mouse(table.unpack(event, 1, 4))
    elseif isInput[name] then
        if name ~= "key_up" then tabs[focus].used = true end
        resume(focus, table.unpack(event, 1, event.n))
    else
        -- Tabs that are opened meanwhile have not waited for this event.
        for n = 1, #tabs do resume(n, table.unpack(event, 1, event.n)) end
    end
    closeEnded()
    if #tabs > 0 then tabs[focus].window.restoreCursor() end
end

term.redirect(parent)
parent.setBackgroundColour(colours.black)
parent.setTextColour(colours.white)
parent.clear()
parent.setCursorPos(1, 1)
