local capture = require "testdata.capture"

describe("chat", function()
    local sent, open

    before_each(function()
        sent, open = {}, false
        stub(peripheral, "getNames", function() return { "left", "back" } end)
        stub(peripheral, "getType", function(name) return name == "back" and "modem" or "drive" end)
        stub(rednet, "isOpen", function() return open end)
        stub(rednet, "open", function(name)
            expect(name):eq("back")
            open = true
        end)
        stub(rednet, "close", function() open = false end)
        stub(rednet, "host")
        stub(rednet, "unhost")
        stub(rednet, "send", function(to, message, protocol)
            expect(protocol):eq("chat")
            local copy = { to = to }
            for key, value in pairs(message) do copy[key] = value end
            sent[#sent + 1] = copy
        end)
    end)

    -- Hosts a chat that gets messages, and is ended after them.
    local function host(...)
        local messages = { ... }
        stub(rednet, "receive", function()
            local message = table.remove(messages, 1)
            if not message then error("Terminated", 0) end
            return message.from, message
        end)
        return capture.run("rednet/chat", "host", "room")
    end

    local function login(from, id, name) return { from = from, sType = "login", nUserID = id, sUsername = name } end
    local function say(from, id, text) return { from = from, sType = "chat", nUserID = id, sText = text } end

    -- What a user was sent as text, without the joining and leaving.
    local function textsOf(id)
        local texts = {}
        for _, message in ipairs(sent) do
            if message.nUserID == id and message.sType == "text" and not message.sText:find("joined") then
                texts[#texts + 1] = message.sText
            end
        end
        return texts
    end

    it("tells everybody what everybody says", function()
        local result = host(login(5, 50, "Ada"), login(6, 60, "Bob"), say(5, 50, "hello"), { from = 6, sType = "logout", nUserID = 60 })
        expect(result.error):eq("")
        expect(textsOf(50)):same { "<Ada> hello", "* Bob has left the chat" }
        expect(textsOf(60)):same { "<Ada> hello" }
        expect(result.output):str_match("\n%* Ada has joined the chat\n%* Bob has joined the chat\n<Ada> hello\n")
        expect(result.output):str_match("\n1 user was connected%.\n$")
        expect(sent[#sent]):matches { to = 5, sType = "kick", nUserID = 50 }
        expect(open):eq(false)
    end)

    it("obeys commands", function()
        host(login(5, 50, "Ada"), login(6, 60, "Bob"), say(5, 50, "/me  waves "), say(5, 50, "/nick Eve"), say(6, 60, "/users"),
            say(6, 60, "/nick Eve"), say(6, 60, "/dance"))
        expect(textsOf(50)):same { "* Ada waves", "* Ada is now known as Eve" }
        expect(textsOf(60)):same {
            "* Ada waves", "* Ada is now known as Eve", "* Connected users: Bob, Eve", "* Eve is taken",
            "* Unrecognised command: /dance",
        }
    end)

    it("lets nobody speak for others, or take their name", function()
        host(login(5, 50, "Ada"), login(6, 60, "Ada"), say(6, 50, "I am Ada"), say(6, 60, "let me in"))
        expect(textsOf(50)):same {}
        expect(textsOf(60)):same {}
        expect(sent[2]):matches { to = 6, sType = "kick", nUserID = 60 }
    end)

    it("minds no nonsense", function()
        local result = host({ from = 1 }, { from = 1, nUserID = 0 / 0, sType = "login", sUsername = "x" }, login(1, 10, ""),
            login(1, 10, {}), login(1, 10, ("x"):rep(100)), login(5, 50, "Ada"), say(5, 50, {}), say(5, 50, "/"), say(5, 50, ("y"):rep(10)))
        expect(result.error):eq("")
        expect(textsOf(50)):same { "<Ada> /", "<Ada> yyyyyyyyyy" }
    end)

    it("joins, and shows what others say above the line that is typed", function()
        local screen = window.create(term.native(), 1, 1, 30, 8, false)
        stub(rednet, "lookup", function(protocol, name) if protocol == "chat" and name == "room" then return 9 end end)
        local id
        local shown = {}
        local messages = {
            { 9, function() return { sType = "text", nUserID = id, sText = "<Bob> hi" } end },
            { 8, function() return { sType = "text", nUserID = id, sText = "not from the host" } end },
            { 9, function() return { sType = "ping to client", nUserID = id } end },
        }
        stub(rednet, "receive", function()
            id = sent[1].nUserID
            local message = table.remove(messages, 1)
            if message then return message[1], message[2]() end
            coroutine.yield("nothing")
        end)
        local answers = { "hello", " ", "/logout" }
        local lines = stub(_G, "read", function()
            for y = 1, 8 do shown[y] = screen.getLine(y):gsub("%s+$", "") end
            return table.remove(answers, 1)
        end)
        local before = term.redirect(screen)
        local result = capture.run("rednet/chat", "join", "room", "Ada")
        term.redirect(before)
        expect(result.error):eq("")
        expect(lines):called(3)
        expect(result.output):str_match("<Bob> hi")
        expect(result.output):str_match("Disconnected%.\n$")
        expect(shown[1]):eq("Ada on room")
        local kinds = {}
        for i, message in ipairs(sent) do
            expect(message):matches { to = 9, nUserID = id }
            kinds[i] = message.sType
        end
        expect(kinds):same { "login", "pong to server", "chat", "logout" }
        expect(sent[1].sUsername):eq("Ada")
        expect(sent[3].sText):eq("hello")
    end)

    it("says why not", function()
        stub(rednet, "lookup", function() return nil end)
        expect(capture.run("rednet/chat", "join", "room", "Ada").error):eq("No chat called room\n")
        expect(capture.run("rednet/chat", "join", "room", " ").error):eq("A nickname has 1 to 32 characters\n")
        expect(capture.run("rednet/chat", "join", "room").output):str_match("^Usages:\n")
        stub(peripheral, "getNames", function() return {} end)
        expect(capture.run("rednet/chat", "host", "room").output):eq("No modems found.\n")
    end)
end)
