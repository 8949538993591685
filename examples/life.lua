-- Conway's game of life on a torus: a glider and a blinker.
--
--   luart examples/life.lua [GENERATIONS [SECONDS-BETWEEN]]

local generations = tonumber((...)) or 6
local pause = tonumber((select(2, ...))) or 0
local width, height = 28, 10

local function empty()
    local grid = {}
    for y = 1, height do
        grid[y] = {}
        for x = 1, width do grid[y][x] = 0 end
    end
    return grid
end

local function put(grid, x, y, picture)
    for dy, row in ipairs(picture) do
        for dx = 1, #row do
            if row:sub(dx, dx) == "#" then grid[y + dy - 1][x + dx - 1] = 1 end
        end
    end
end

local function step(grid)
    local next = empty()
    for y = 1, height do
        local above, row, below = grid[(y - 2) % height + 1], grid[y], grid[y % height + 1]
        for x = 1, width do
            local left, right = (x - 2) % width + 1, x % width + 1
            local neighbours = above[left] + above[x] + above[right] + row[left] + row[right] + below[left] + below[x] + below[right]
            if neighbours == 3 or neighbours == 2 and row[x] == 1 then next[y][x] = 1 end
        end
    end
    return next
end

local function show(grid, generation)
    print("generation " .. generation)
    for y = 1, height do
        print((table.concat(grid[y]):gsub("%d", { ["0"] = " .", ["1"] = " #" })))
    end
end

local grid = empty()
put(grid, 3, 3, { ".#.", "..#", "###" })
put(grid, 18, 5, { "###" })
for generation = 0, generations do
    if generation == 0 or generation == generations or pause > 0 then show(grid, generation) end
    if pause > 0 then sleep(pause) end
    grid = step(grid)
end
