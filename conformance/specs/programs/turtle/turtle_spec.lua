local capture = require "testdata.capture"

-- A turtle in a world of stone, from which rock that can't be dug begins at a depth. It stands at 0, 0, 0 on the ground and
-- looks along z. What it drops while it looks back from there goes to a chest.
local function world(options)
    local w = {
        x = 0, y = 0, z = 0, dx = 0, dz = 1, dug = {}, chest = 0, placed = 0,
        fuel = options.fuel or 100000, slots = options.slots or {}, selected = 1, moves = 0,
    }
    local function key(x, y, z) return x .. "," .. y .. "," .. z end
    local function isRock(x, y, z) return y <= -(options.rock or 1000) or options.isRock and options.isRock(x, y, z) end
    local function isSolid(x, y, z)
        return not w.dug[key(x, y, z)] and (y < 0 or options.isWall and options.isWall(x, y, z)) or isRock(x, y, z)
    end
    local function ahead() return w.x + w.dx, w.y, w.z + w.dz end
    local function above() return w.x, w.y + 1, w.z end
    local function below() return w.x, w.y - 1, w.z end
    local function collect()
        for slot = 1, 16 do
            local count = w.slots[slot] or 0
            if count < (options.stack or 64) then
                w.slots[slot] = count + 1
                return
            end
        end
        w.lost = (w.lost or 0) + 1
    end

    local turtle = {}
    local function go(place)
        return function()
            local x, y, z = place()
            if w.fuel == 0 or isSolid(x, y, z) then return false end
            w.x, w.y, w.z, w.fuel, w.moves = x, y, z, w.fuel - 1, w.moves + 1
            return true
        end
    end
    local function detect(place)
        return function() return isSolid(place()) end
    end
    local function dig(place)
        return function()
            local x, y, z = place()
            if not isSolid(x, y, z) or isRock(x, y, z) then return false end
            w.dug[key(x, y, z)] = true
            collect()
            return true
        end
    end
    turtle.forward, turtle.up, turtle.down = go(ahead), go(above), go(below)
    turtle.back = go(function() return w.x - w.dx, w.y, w.z - w.dz end)
    turtle.detect, turtle.detectUp, turtle.detectDown = detect(ahead), detect(above), detect(below)
    turtle.dig, turtle.digUp, turtle.digDown = dig(ahead), dig(above), dig(below)
    local function nothing() return false end
    turtle.attack, turtle.attackUp, turtle.attackDown = nothing, nothing, nothing
    turtle.placeDown = function() w.placed = w.placed + 1 return true end
    turtle.turnRight = function() w.dx, w.dz = w.dz, -w.dx return true end
    turtle.turnLeft = function() w.dx, w.dz = -w.dz, w.dx return true end
    turtle.select = function(slot) w.selected = slot end
    turtle.getItemCount = function(slot) return w.slots[slot or w.selected] or 0 end
    turtle.getSelectedSlot = function() return w.selected end
    turtle.getFuelLevel = function() return w.fuel end
    turtle.getFuelLimit = function() return 100000 end
    -- The first slot has coal, if there is any; what is dug doesn't burn.
    turtle.refuel = function(count)
        if not options.coal or w.selected ~= 1 or (w.slots[1] or 0) == 0 then return false end
        count = math.min(count or 64, w.slots[1])
        w.slots[1], w.fuel = w.slots[1] - count, w.fuel + 80 * count
        return true
    end
    turtle.drop = function()
        if w.x == 0 and w.y == 0 and w.z == 0 and w.dz == -1 then w.chest = w.chest + (w.slots[w.selected] or 0) end
        w.slots[w.selected] = 0
        return true
    end
    stub(_G, "turtle", turtle)
    stub(_G, "sleep", function() end)
    function w.countDug()
        local n = 0
        for _ in pairs(w.dug) do n = n + 1 end
        return n
    end
    return w
end

describe("excavate", function()
    it("digs everything down to the rock, and comes home", function()
        for size = 1, 4 do
            for rock = 2, 5 do
                local w = world { rock = rock }
                expect(capture.run("turtle/excavate", tostring(size)).error):eq("")
                expect(w.countDug()):describe("size " .. size .. ", rock " .. rock):eq(size * size * (rock - 1))
                for x = 0, size - 1 do
                    for z = 0, size - 1 do expect(w.dug[x .. ",-1," .. z]):eq(true) end
                end
                expect({ w.x, w.y, w.z, w.dx, w.dz }):same { 0, 0, 0, 0, 1 }
                expect(w.chest):eq(size * size * (rock - 1))
            end
        end
    end)

    it("empties itself into the chest when it is full", function()
        local w = world { rock = 8, stack = 2 }
        capture.run("turtle/excavate", "5")
        expect(w.lost):eq(nil)
        expect(w.chest):eq(5 * 5 * 7)
    end)

    it("burns what it has", function()
        local w = world { rock = 4, fuel = 0, coal = true, slots = { 10 } }
        capture.run("turtle/excavate", "3")
        expect(w.countDug()):eq(27)
        expect({ w.x, w.y, w.z }):same { 0, 0, 0 }
    end)

    it("doesn't begin without fuel", function()
        local w = world { fuel = 0 }
        expect(capture.run("turtle/excavate", "3").output):eq("Out of fuel\n")
        expect(w.moves):eq(0)
    end)

    it("comes home for more fuel, and goes on", function()
        local w = world { rock = 6, fuel = 30 }
        local waited = 0
        local pullEvent = os.pullEvent
        stub(os, "pullEvent", function(filter)
            if filter ~= "turtle_inventory" then return pullEvent(filter) end
            expect({ w.x, w.y, w.z }):same { 0, 0, 0 }
            waited = waited + 1
            w.fuel = w.fuel + 40
            return filter
        end)
        capture.run("turtle/excavate", "3")
        expect(w.countDug()):eq(45)
        expect(waited > 0):eq(true)
        expect({ w.x, w.y, w.z }):same { 0, 0, 0 }
    end)

    it("wants a size", function()
        world {}
        expect(capture.run("turtle/excavate").output):eq("Usage: excavate <diameter>\n")
        expect(capture.run("turtle/excavate", "0").output):eq("Excavate diameter must be positive\n")
        expect(capture.run("turtle/excavate", "1.5").output):eq("Excavate diameter must be positive\n")
    end)
end)

describe("tunnel", function()
    local function isWall(_, _, z) return z > 0 end

    it("digs three wide and two high", function()
        local w = world { isWall = isWall }
        expect(capture.run("turtle/tunnel", "4").error):eq("")
        local n = 0
        for z = 1, 3 do
            for x = -1, 1 do
                for y = 0, 1 do
                    if w.dug[x .. "," .. y .. "," .. z] then n = n + 1 end
                end
            end
        end
        expect(n):eq(18)
        expect(w.countDug()):eq(18)
        expect({ w.x, w.y, w.z, w.dx, w.dz }):same { 0, 0, 3, 0, 1 }
    end)

    it("stops at what it can't dig", function()
        local w = world { isWall = isWall, isRock = function(_, _, z) return z >= 3 end }
        expect(capture.run("turtle/tunnel", "9").output):str_match("Aborting tunnel%.\nTunnel complete%.\n")
        expect(w.z):eq(2)
    end)

    it("waits for fuel", function()
        local w = world { isWall = isWall, fuel = 0, coal = true }
        stub(os, "pullEvent", function(filter)
            expect(filter):eq("turtle_inventory")
            w.slots[1] = 1
            return filter
        end)
        expect(capture.run("turtle/tunnel", "2").output):str_match("Add more fuel to continue%.\nResuming tunnel%.\n")
    end)
end)

describe("go", function()
    it("takes several directions", function()
        local w = world {}
        expect(capture.run("turtle/go", "forward", "3", "right", "FD", "2", "up", "bk").output):eq("")
        expect({ w.x, w.y, w.z, w.dx, w.dz }):same { 1, 1, 3, 1, 0 }
    end)

    it("refuels, or says that it can't", function()
        local w = world { fuel = 1, coal = true, slots = { 1 } }
        expect(capture.run("turtle/go", "forward", "5").output):eq("")
        expect(w.z):eq(5)
        w = world { fuel = 2 }
        expect(capture.run("turtle/go", "forward", "5").output):eq("Out of fuel\n")
        expect(w.z):eq(2)
    end)

    it("says what it doesn't know", function()
        world {}
        expect(capture.run("turtle/go", "sideways").output):str_match("^No such direction: sideways\n")
        expect(capture.run("turtle/go").output):eq("Usage: go <direction> <distance>\n")
    end)
end)

describe("turn", function()
    it("turns", function()
        local w = world {}
        capture.run("turtle/turn", "left", "2", "right")
        expect({ w.dx, w.dz }):same { -1, 0 }
        expect(capture.run("turtle/turn", "up").output):str_match("^No such direction: up\n")
    end)
end)

describe("refuel", function()
    it("takes no more than it is told to, or all", function()
        local w = world { fuel = 0, coal = true, slots = { 10 } }
        expect(capture.run("turtle/refuel", "3").output):eq("Fuel level is 240\n")
        expect(capture.run("turtle/refuel").output):eq("Fuel level is 320\n")
        expect(capture.run("turtle/refuel", "all").output):eq("Fuel level is 800\n")
        expect(w.slots[1]):eq(0)
    end)
end)

describe("dance", function()
    it("dances until a key is pressed", function()
        local w = world {}
        stub(_G, "sleep", function()
            os.queueEvent("key", keys.space)
            coroutine.yield()
        end)
        expect(capture.run("turtle/dance").error):eq("")
        expect({ w.x, w.y, w.z }):same { 0, 0, 0 }
    end)
end)

-- A turtle with a pickaxe at the left, and an inventory.
local function equippable(slots)
    local sides, selected = { left = "pickaxe" }, 1
    local function equip(side)
        return function()
            if slots[selected] == "dirt" then return false end
            sides[side], slots[selected] = slots[selected], sides[side]
            return true
        end
    end
    stub(_G, "turtle", {
        select = function(slot) selected = slot end,
        getSelectedSlot = function() return selected end,
        getItemCount = function(slot) return slots[slot] and 1 or 0 end,
        equipLeft = equip "left", equipRight = equip "right",
    })
    return sides
end

describe("equip", function()
    it("puts an item on a side", function()
        local slots = { [2] = "sword", [3] = "modem", [4] = "dirt" }
        local sides = equippable(slots)
        expect(capture.run("turtle/equip", "2", "left").output):eq("Items swapped\n")
        expect(capture.run("turtle/equip", "3", "right").output):eq("Item equipped\n")
        expect(sides):same { left = "sword", right = "modem" }
        expect(capture.run("turtle/equip", "4", "left").output):eq("Item not equippable\n")
        expect(capture.run("turtle/equip", "5", "left").output):eq("Nothing to equip\n")
        expect(slots):same { [2] = "pickaxe", [4] = "dirt" }
    end)

    it("prints how it is used", function()
        equippable {}
        for _, words in ipairs { {}, { "0", "left" }, { "17", "left" }, { "1.5", "left" }, { "1", "top" }, { "x", "left" } } do
            expect(capture.run("turtle/equip", table.unpack(words)).output):eq("Usage: equip <slot> <side>\n")
        end
    end)
end)

describe("unequip", function()
    it("takes the item of a side into an empty slot", function()
        local slots = { "dirt" }
        local sides = equippable(slots)
        expect(capture.run("turtle/unequip", "left").output):eq("Item unequipped\n")
        expect(capture.run("turtle/unequip", "right").output):eq("Nothing to unequip\n")
        expect(sides):same {}
        expect(slots):same { "dirt", "pickaxe" }
        for i = 1, 16 do slots[i] = "dirt" end
        expect(capture.run("turtle/unequip", "left").output):eq("No space to unequip item\n")
        expect(capture.run("turtle/unequip", "top").output):eq("Usage: unequip <side>\n")
    end)
end)

describe("craft", function()
    it("tells how many it has made", function()
        local count, limits = 0, {}
        stub(_G, "turtle", {
            getSelectedSlot = function() return 1 end,
            getItemCount = function() return count end,
            craft = function(limit)
                limits[#limits + 1] = limit or "all"
                count = count + (limit or 64)
                return limit ~= 0
            end,
        })
        expect(capture.run("turtle/craft", "1").output):eq("1 item crafted\n")
        expect(capture.run("turtle/craft", "all").output):eq("64 items crafted\n")
        expect(capture.run("turtle/craft", "0").output):eq("No items crafted\n")
        expect(limits):same { 1, "all", 0 }
        expect(capture.run("turtle/craft").output):eq("Usage: craft all|<number>\n")
        turtle.craft = nil
        expect(capture.run("turtle/craft", "1").output):eq("Requires a Crafty Turtle\n")
    end)
end)

describe("the turtle programs", function()
    it("want a turtle", function()
        stub(_G, "turtle", nil)
        for _, name in ipairs { "craft", "dance", "equip", "excavate", "go", "refuel", "tunnel", "turn", "unequip" } do
            expect(capture.run("turtle/" .. name, "1").error):eq("Requires a Turtle\n")
        end
    end)
end)
