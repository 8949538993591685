-- bg and fg, which differ in what is seen then.

local function run(program, ...)
    local opened, switched
    local env = {
        shell = {
            openTab = function(...)
                opened = { ... }
                return 3
            end,
            switchTab = function(tab) switched = tab end,
        },
    }
    expect(os.run(env, "rom/programs/advanced/" .. program .. ".lua", ...)):eq(true)
    return opened, switched
end

describe("bg", function()
    it("opens a tab", function()
        expect({ run("bg", "edit", "a b") }):same { { "edit", "a b" } }
        expect({ run("bg") }):same { { "shell" } }
    end)
end)

describe("fg", function()
    it("opens a tab and turns to it", function()
        expect({ run("fg", "edit", "a b") }):same { { "edit", "a b" }, 3 }
        expect({ run("fg") }):same { { "shell" }, 3 }
    end)

    it("needs multishell", function()
        local message
        stub(_G, "printError", function(text) message = text end)
        for _, program in ipairs { "bg", "fg" } do
            message = nil
            expect(os.run({ shell = {} }, "rom/programs/advanced/" .. program .. ".lua")):eq(true)
            expect(message):eq("Requires multishell")
        end
    end)
end)
