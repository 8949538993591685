local completion = require "cc.completion"
local shellCompletion = require "cc.shell.completion"

describe("cc.completion", function()
    it("completes", function()
        expect(completion.choice("a", { "abc", "a", "b" })):same { "bc" }
        expect(completion.choice("a", { "abc", "a" }, true)):same { "bc ", " " }
        expect(completion.side("b", true)):same { "ottom ", "ack " }
        expect(completion.peripheral("remo")):same { "te_1" }
        expect(completion.setting("motd.en")):same { "able" }
        expect(completion.command("t")):same {}
        stub(_G, "commands", { list = function() return { "time", "tp", "say" } end })
        expect(completion.command("t", true)):same { "ime ", "p " }
        expect.error(completion.choice, 1, {}):eq("bad argument #1 (string expected, got number)")
    end)
end)

describe("cc.shell.completion", function()
    local shell = { dir = function() return "rom" end }

    it("completes files", function()
        expect(shellCompletion.file(shell, "ap")):same { "is/" }
        expect(shellCompletion.dir(shell, "ap")):same { "is/", "is" }
        expect(shellCompletion.dirOrFile(shell, "ap", {}, true)):same { "is/", "is " }
        expect(shellCompletion.file(shell, "apis/vec")):same { "tor.lua" }
    end)

    it("builds functions", function()
        local complete = shellCompletion.build({ shellCompletion.choice, { "on", "off" }, true }, nil, { shellCompletion.side, many = true })
        expect(complete(shell, 1, "o", {})):same { "n ", "ff " }
        expect(complete(shell, 2, "", {})):eq(nil)
        expect(complete(shell, 7, "le", {})):same { "ft" }
        expect.error(shellCompletion.build, { print, many = true }, print):str_match("only the last argument may have 'many'")
    end)

    it("completes the arguments of programs", function()
        local known = { ["rom/x.lua"] = { fnComplete = function(_, index, text, previous) return { index, text, #previous } end } }
        local s = {
            getCompletionInfo = function() return known end,
            completeProgram = function() return { "x", "y", "z/" } end,
            resolveProgram = function(name) return "rom/" .. name .. ".lua" end,
        }
        expect(shellCompletion.programWithArgs(s, "", { "bg" }, 2)):same { "x ", "y", "z/" }
        expect(shellCompletion.programWithArgs(s, "a", { "bg", "x", "1" }, 2)):same { 2, "a", 2 }
        expect(shellCompletion.programWithArgs(s, "a", { "bg", "y" }, 2)):eq(nil)
    end)
end)
