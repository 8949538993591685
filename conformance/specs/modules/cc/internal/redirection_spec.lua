describe("cc.internal.redirection", function()
    local rules = require "cc.internal.redirection"

    local function play(level, arrows, steps)
        local run = rules.start(level, arrows)
        for _ = 1, steps or 1000 do
            local outcome = rules.step(run)
            if outcome then return outcome, run end
        end
        return nil, run
    end

    local function where(run)
        local places = {}
        for i, robot in ipairs(run.robots) do places[i] = robot.x .. "," .. robot.y .. robot.direction end
        return table.concat(places, " ")
    end

    local function level(map) return rules.parse("title: test\narrows: 1\n\n" .. map) end

    it("lets robots walk home", function()
        local l = level "r>    rH\n"
        expect(l):matches { title = "test", arrows = 1, width = 4, height = 1 }
        expect((play(l, {}))):eq "won"
    end)

    it("turns robots back at walls and at robots", function()
        local _, run = play(level "r>      \nrHbHgH  ", {}, 5)
        expect(where(run)):eq "3,1<"
        _, run = play(level "r>    b<\nrHbH    ", {}, 2)
        expect(where(run)):eq "2,1< 3,1>"
        _, run = play(level "r>  b<\nrHbH  ", {}, 1)
        expect(where(run)):eq "1,1< 3,1>"
        _, run = play(level "r>b>  \nrHbH  ", {}, 2)
        expect(where(run)):eq "2,1< 3,1<"
    end)

    it("has pits, homes of others, and arrows", function()
        expect((play(level "r>()rH", {}))):eq "pit"
        expect((play(level "r>bHrH", {}))):eq "won"
        expect((play(level "r>    \n    rH", { ["3,1"] = "v" }))):eq "won"
        expect((play(level "r>    \nrH    ", {}))):eq "lost"
        local l = level "r>  rH()"
        expect(rules.isFree(l, 2, 1)):eq(true)
        for _, x in ipairs { 0, 1, 3, 4, 5 } do expect(rules.isFree(l, x, 1)):eq(false) end
    end)

    it("refuses what is no level", function()
        expect.error(rules.parse, "nothing"):eq "This is no level: there is no map"
        expect.error(rules.parse, "\n\n####"):eq "This is no level: there are no robots"
        expect.error(rules.parse, "\n\nr>bH"):eq "This is no level: a robot has no home"
        expect.error(rules.parse, "\n\nr>\nxx"):eq 'This is no level: there is "xx" in line 2 of the map'
    end)

    it("has levels that can be solved", function()
        local solutions = {
            { ["8,2"] = "v" },
            { ["3,2"] = "v", ["3,3"] = ">", ["9,3"] = "^" },
            { ["3,2"] = "v", ["3,6"] = "<", ["4,6"] = "^", ["4,2"] = ">" },
            { ["5,3"] = "v", ["5,5"] = ">" },
            { ["3,2"] = "v", ["7,5"] = ">", ["3,5"] = ">", ["10,5"] = "v" },
            { ["3,2"] = "v", ["2,6"] = ">", ["3,6"] = ">" },
        }
        local folder = "rom/programs/fun/advanced/levels"
        expect(#fs.list(folder)):eq(#solutions)
        for number, arrows in ipairs(solutions) do
            local file = assert(fs.open(folder .. "/" .. number .. ".txt", "r"))
            local l = rules.parse(file.readAll())
            file.close()
            local count = 0
            for place in pairs(arrows) do
                local x, y = place:match("(%d+),(%d+)")
                expect(rules.isFree(l, tonumber(x), tonumber(y))):describe(number .. ": " .. place):eq(true)
                count = count + 1
            end
            expect(count <= l.arrows):eq(true)
            expect((play(l, arrows))):eq "won"
            expect((play(l, {}))):ne "won"
        end
    end)
end)
