-- The rules of the game redirection: robots walk straight ahead, turn back where they can't go on, and go where arrows on the floor
-- point. All have to get home.
--
-- A level is a text: lines "name: value" with its title and how many arrows there are, an empty line, and the map. A cell of the map
-- is two characters: "##" a wall, "  " floor, "()" a pit; "r>" a robot (^ v < > say where it looks) and "rH" its home. The letter is the
-- colour: r, g, b or y.

local module = {}

---@class cc.internal.redirection.Robot
---@field x integer
---@field y integer
---@field direction "^"|">"|"v"|"<"
---@field colour string
---@field home? boolean whether it has arrived

---@class cc.internal.redirection.Level
---@field title string
---@field arrows integer how many may be laid
---@field width integer
---@field height integer
---@field cells string[][] rows of "##", "  ", "()" and homes
---@field robots cc.internal.redirection.Robot[] as they begin

local steps = { ["^"] = { 0, -1 }, [">"] = { 1, 0 }, ["v"] = { 0, 1 }, ["<"] = { -1, 0 } }
local back = { ["^"] = "v", ["v"] = "^", ["<"] = ">", [">"] = "<" }

-- A level that takes longer than this is one in which robots walk in circles.
local maxSteps = 400

---Reads a level. Throws if the text is none.
---@param text string
---@return cc.internal.redirection.Level
function module.parse(text)
    local header, map = text:gsub("\r", ""):match("^(.-)\n\n(.*)$")
    if not header then error("This is no level: there is no map", 0) end
    local level = {
        title = header:match("title: *([^\n]*)") or "?", arrows = tonumber(header:match("arrows: *(%d+)")) or 0,
        width = 0, height = 0, cells = {}, robots = {},
    }
    local homes = {}
    for line in map:gmatch("[^\n]+") do
        local y = level.height + 1
        local row = {}
        for cell in (line .. (#line % 2 == 1 and " " or "")):gmatch("..") do
            local x = #row + 1
            local colour, what = cell:match("^([rgby])([%^>v<H])$")
            if what == "H" then
                homes[colour] = true
            elseif what then
                level.robots[#level.robots + 1] = { x = x, y = y, direction = what, colour = colour }
                cell = "  "
            elseif cell ~= "##" and cell ~= "  " and cell ~= "()" then
                error(("This is no level: there is %q in line %d of the map"):format(cell, y), 0)
            end
            row[x] = cell
        end
        level.cells[y] = row
        level.height, level.width = y, math.max(level.width, #row)
    end
    if #level.robots == 0 then error("This is no level: there are no robots", 0) end
    for _, robot in ipairs(level.robots) do
        if not homes[robot.colour] then error("This is no level: a robot has no home", 0) end
    end
    return level
end

---What is in a cell; outside of the map there are walls.
---@param level cc.internal.redirection.Level
---@param x integer
---@param y integer
---@return string
function module.cell(level, x, y)
    local row = level.cells[y]
    return row and row[x] or "##"
end

---Whether an arrow may be laid in a cell: on floor where no robot begins.
---@param level cc.internal.redirection.Level
---@param x integer
---@param y integer
---@return boolean
function module.isFree(level, x, y)
    if module.cell(level, x, y) ~= "  " then return false end
    for _, robot in ipairs(level.robots) do
        if robot.x == x and robot.y == y then return false end
    end
    return true
end

---Begins a run of a level.
---@param level cc.internal.redirection.Level
---@param arrows table<string, string> where arrows point, by "x,y"
---@return table run with the field robots
function module.start(level, arrows)
    local robots = {}
    for i, robot in ipairs(level.robots) do
        robots[i] = { x = robot.x, y = robot.y, direction = robot.direction, colour = robot.colour }
    end
    return { level = level, arrows = arrows, robots = robots, steps = 0 }
end

---Lets all robots take a step.
---@param run table
---@return "won"|"pit"|"lost"|nil outcome pit: a robot has fallen; lost: they walk in circles; nil: it goes on
function module.step(run)
    local level = run.level
    run.steps = run.steps + 1
    local walking = {}
    for _, robot in ipairs(run.robots) do
        if not robot.home then
            robot.direction = run.arrows[robot.x .. "," .. robot.y] or robot.direction
            local step = steps[robot.direction]
            robot.toX, robot.toY = robot.x + step[1], robot.y + step[2]
            robot.blocked = module.cell(level, robot.toX, robot.toY) == "##"
            walking[#walking + 1] = robot
        end
    end
    -- Who is blocked stays, which may block others. Robots that want to pass through each other are blocked as well.
    local changed
    repeat
        changed = false
        for _, robot in ipairs(walking) do
            for _, other in ipairs(walking) do
                if robot ~= other and not robot.blocked then
                    local otherX, otherY = other.toX, other.toY
                    if other.blocked then otherX, otherY = other.x, other.y end
                    local meet = otherX == robot.toX and otherY == robot.toY
                    local swap = other.x == robot.toX and other.y == robot.toY and otherX == robot.x and otherY == robot.y
                    if meet or swap then
                        robot.blocked, changed = true, true
                        if not other.blocked then other.blocked = true end
                    end
                end
            end
        end
    until not changed

    local outcome, missing = nil, 0
    for _, robot in ipairs(walking) do
        if robot.blocked then
            robot.direction = back[robot.direction]
        else
            robot.x, robot.y = robot.toX, robot.toY
        end
        local cell = module.cell(level, robot.x, robot.y)
        if cell == "()" then outcome = "pit" end
        if cell == robot.colour .. "H" then robot.home = true else missing = missing + 1 end
    end
    if outcome then return outcome end
    if missing == 0 then return "won" end
    if run.steps >= maxSteps then return "lost" end
end

return module
