-- A text adventure: find the lamp, the way down, and what the old king has left.
--
-- The world is the tables below; what a player types are verbs and nouns, which are found in any sentence.

---@class Room
---@field name string
---@field text string
---@field exits table<string, string> rooms by directions
---@field dark? boolean without the burning lamp nothing is seen

---@type table<string, Room>
local rooms = {
    hill = {
        name = "A windy hill", text = "Grass bends in the wind. A path leads down to a village in the east. North is the edge of a forest.",
        exits = { east = "village", north = "forest" },
    },
    village = {
        name = "The empty village", text = "Five houses, all but one with boarded windows. The door of the smithy in the south stands open. An old well is in the middle of the square.",
        exits = { west = "hill", south = "smithy", down = "well" },
    },
    smithy = {
        name = "The smithy", text = "The fire is long out. Soot is on everything but the anvil.",
        exits = { north = "village" },
    },
    forest = {
        name = "The forest", text = "Spruces stand so close that it is evening all day. Something has trodden a trail to the east.",
        exits = { south = "hill", east = "clearing" },
    },
    clearing = {
        name = "A clearing", text = "Light falls on a stone slab. Letters are cut into it.",
        exits = { west = "forest" },
    },
    well = {
        name = "At the bottom of the well", text = "Cold mud, up to the ankles. A low passage goes north, into the hill. The sky is a coin above you.",
        exits = { up = "village", north = "passage" },
    },
    passage = {
        name = "A low passage", text = "You have to stoop. Roots hang from the roof. The passage ends at an iron door in the north.",
        exits = { south = "well", north = "vault" }, dark = true,
    },
    vault = {
        name = "The vault", text = "A round room. A king of stone sits at a table of stone, one hand open, as if he waited for something.",
        exits = { south = "passage" }, dark = true,
    },
}

---@class Thing
---@field names string[]
---@field text string when it is looked at
---@field at? string the room it is in, "carried", or nil while it is nowhere
---@field fixed? string why it can't be taken
---@field lying? string how it is told of in a room

---@type table<string, Thing>
local things = {
    lamp = {
        names = { "lamp", "lantern" }, at = "smithy", text = "A brass lamp with some oil left in it.",
        lying = "A brass lamp hangs from a hook.",
    },
    flint = {
        names = { "flint", "steel", "firesteel" }, at = "forest", text = "Flint and steel, tied together with a leather string.",
        lying = "Somebody has lost flint and steel here.",
    },
    rope = {
        names = { "rope" }, at = "clearing", text = "Ten arm's lengths of good rope.",
        lying = "A coil of rope lies in the grass.",
    },
    slab = {
        names = { "slab", "stone", "letters", "inscription" }, at = "clearing",
        text = "It says: WHAT THE KING GAVE AWAY, THE KING WANTS BACK. BRING IT, AND BE PAID IN GOLD.",
        fixed = "It is heavier than you.",
    },
    anvil = {
        names = { "anvil" }, at = "smithy", text = "There are scratches around it: it has been moved. Under it, something glints.",
        fixed = "You can't lift it. With a push, it might move.",
    },
    key = {
        names = { "key" }, text = "An iron key as long as your hand.", lying = "An iron key lies on the floor.",
    },
    well = {
        names = { "well" }, at = "village", text = "It is deep. The bucket is gone, but the beam it hung from is sound.",
        fixed = "It is a hole in the ground.",
    },
    door = {
        names = { "door", "lock" }, at = "passage", text = "Iron, without a handle. The keyhole is large.", fixed = "It stays where it is.",
    },
    ring = {
        names = { "ring" }, at = "well", text = "A ring of silver, with a crown on it.", lying = "A silver ring sticks in the mud.",
    },
    king = {
        names = { "king", "statue", "hand" }, at = "vault", text = "His hand is open. On one finger, the stone is worn, as if by a ring.",
        fixed = "He doesn't stand up for you.",
    },
}

local order = { "lamp", "flint", "rope", "key", "ring", "slab", "anvil", "well", "door", "king" }

local here = "hill"
local lit, tied, unlocked, moved = false, false, false, false
local turns, won, running = 0, false, true

local function carried(thing) return things[thing].at == "carried" end
local function dark() return rooms[here].dark and not (lit and (carried("lamp") or things.lamp.at == here)) end
local function present(thing) return carried(thing) or things[thing].at == here end

local function say(text) print(text) end

local function describe()
    local room = rooms[here]
    local colour = term.getTextColour()
    if term.isColour() then term.setTextColour(colours.yellow) end
    print(room.name)
    term.setTextColour(colour)
    if dark() then return say("It is too dark to see. What you can't see, you can't take.") end
    say(room.text)
    if here == "village" and tied then say("A rope leads down into the well.") end
    if here == "passage" and unlocked then say("The door is open.") end
    for _, id in ipairs(order) do
        local thing = things[id]
        if thing.at == here and thing.lying then say(thing.lying) end
    end
end

----------------------------------------------------------------------------------------------------------------------
-- Verbs

local opposite = { n = "north", s = "south", e = "east", w = "west", u = "up", d = "down" }

local function go(direction)
    local to = rooms[here].exits[direction]
    if not to then return say("There is no way " .. direction .. ".") end
    if here == "village" and to == "well" and not tied then
        return say("The walls of the well are slippery, and it is deep. With a rope you would try it.")
    end
    if here == "passage" and to == "vault" and not unlocked then return say("The iron door is locked.") end
    if dark() and direction ~= "south" then return say("In the dark you walk into a wall. Back south there is light.") end
    here = to
    describe()
end

local verbs = {}

function verbs.look(id)
    if not id then return describe() end
    if dark() and not carried(id) then return say("It is too dark.") end
    say(things[id].text)
end

function verbs.take(id)
    if not id then return say("Take what?") end
    local thing = things[id]
    if carried(id) then return say("You have it already.") end
    if dark() then return say("It is too dark.") end
    if thing.fixed then return say(thing.fixed) end
    thing.at = "carried"
    thing.lying = "A " .. thing.names[1] .. " lies here."
    if id == "rope" then tied = false end
    say("Taken.")
end

function verbs.drop(id)
    if not id then return say("Drop what?") end
    if not carried(id) then return say("You don't have that.") end
    things[id].at = here
    say("Dropped.")
end

function verbs.inventory()
    local list = {}
    for _, id in ipairs(order) do
        if carried(id) then list[#list + 1] = id == "lamp" and lit and "a burning lamp" or "a " .. things[id].names[1] end
    end
    say(#list == 0 and "You carry nothing." or "You carry " .. table.concat(list, ", ") .. ".")
end

function verbs.light(id)
    if id and id ~= "lamp" and id ~= "flint" then return say("That doesn't burn.") end
    if not present("lamp") then return say("You have no lamp.") end
    if lit then return say("It burns already.") end
    if not carried("flint") then return say("You have nothing to light it with.") end
    lit = true
    say("The third spark catches. The lamp burns.")
    if rooms[here].dark then describe() end
end

function verbs.tie(id)
    if id and id ~= "rope" and id ~= "well" then return say("That doesn't help.") end
    if not carried("rope") then return say("You have no rope.") end
    if here ~= "village" then return say("There is nothing here to tie it to.") end
    tied = true
    things.rope.at = "village"
    things.rope.lying = nil
    say("You tie the rope to the beam over the well and let it down.")
end

function verbs.push(id)
    if id ~= "anvil" then return say("That doesn't move.") end
    if moved then return say("It won't go further.") end
    moved = true
    things.key.at = "smithy"
    things.anvil.text = "It has been moved twice now."
    say("You lean against the anvil. It grinds over the floor and lays an iron key open.")
end

function verbs.open(id)
    if id ~= "door" then return say("That can't be opened.") end
    if unlocked then return say("It is open.") end
    if not carried("key") then return say("It is locked, and you have no key.") end
    if dark() then return say("You can't find the keyhole in the dark.") end
    unlocked = true
    say("The key turns as if it had been oiled yesterday. The door swings open.")
end

function verbs.give(id)
    if here ~= "vault" then return say("There is nobody here.") end
    if not carried("ring") then return say("The king does not care for that.") end
    if id and id ~= "ring" and id ~= "king" then return say("The king does not care for that.") end
    won, running = true, false
    say("You put the ring into the open hand. Stone fingers close. Something falls over behind the throne: a chest, and gold, more than you can carry. You carry it anyway.")
end

function verbs.help()
    say("Say where to go: north, south, east, west, up, down. Say what to do: look, take, drop, light, tie, push, open, give; inventory tells what you carry, quit ends.")
end

function verbs.quit() running = false end

local synonyms = {
    l = "look", examine = "look", x = "look", read = "look", see = "look", get = "take", pick = "take", grab = "take", put = "give",
    place = "give", offer = "give", inv = "inventory", i = "inventory", burn = "light", ignite = "light", fasten = "tie", bind = "tie",
    attach = "tie", move = "push", shove = "push", pull = "push", unlock = "open", leave = "drop", exit = "quit", bye = "quit",
    throw = "drop", use = "use",
}

-- What using a thing means.
local uses = { rope = "tie", key = "open", flint = "light", lamp = "light", ring = "give", anvil = "push", door = "open" }

local nouns = {}
for id, thing in pairs(things) do
    for _, name in ipairs(thing.names) do nouns[name] = id end
end

local function obey(line)
    local verb, thing, direction, unknown
    for word in line:lower():gmatch("%a+") do
        local known = synonyms[word] or word
        if opposite[known] then known = opposite[known] end
        if nouns[known] and (verb or not verbs[known]) then
            thing = thing or nouns[known]
        elseif verbs[known] or known == "use" then
            verb = verb or known
        elseif known == "north" or known == "south" or known == "east" or known == "west" or known == "up" or known == "down" then
            direction = direction or known
        elseif known == "climb" or known == "enter" then
            direction = direction or (here == "village" and "down" or here == "well" and "up" or nil)
        elseif #known > 3 then
            unknown = unknown or known
        end
    end
    if verb == "use" then
        verb = thing and uses[thing]
        if not verb then return say("Use what, and how?") end
        if verb == "open" then thing = "door" end
    end
    if direction and (not verb or verb == "push" and not thing) then return go(direction) end
    if verb == "open" and thing == "key" then thing = "door" end
    if verb and thing and not present(thing) then return say("There is no such thing here.") end
    if verb then return verbs[verb](thing) end
    if thing and present(thing) then return verbs.look(thing) end
    if unknown then return say("You don't know how to " .. unknown .. ". Try help.") end
    say("What do you want to do? Try help.")
end

say("The letter said: come to the hill, follow the stone, and don't be late. It was a hundred years old.")
print()
describe()
local history = {}
while running do
    print()
    write("? ")
    local line = read(nil, history)
    if not line then break end
    if line:find("%S") then
        history[#history + 1] = line
        turns = turns + 1
        obey(line)
    end
end
if won then
    print()
    print("You have won, in " .. turns .. " turns.")
end
