-- Topics and what is to be sent.
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local outboxes = require "facades.rpc.outbox"
local topics = require "facades.rpc.topics"

local function client()
    local self = { got = {}, forgotten = {} }
    function self:send(text) self.got[#self.got + 1] = text end
    self.write = self.send
    function self:forget(name) self.forgotten[#self.forgotten + 1] = name end
    return self
end

describe("rpc topics", function()
    it("are there as long as somebody has them", function()
        local all, one, two, c = topics.new(), {}, {}, client()
        local topic = all:attach(one, "news", {})
        expect(all:attach(two, "news", {})):eq(topic)
        all:subscribe(topic, c)
        all:detach(one, "news")
        expect(all:names()):same { "news" }
        topic:write("text")
        all:detach(two, "news")
        all:detach(two, "news")
        expect(all:names()):same {}
        expect(c.got):same { "text" }
        expect(c.forgotten):same { "news" }
        topic:write("nobody gets this")
        expect(#c.got):eq(1)
    end)

    it("keep the last message of a state", function()
        local all, c = topics.new(), client()
        local topic = all:attach({}, "weather", { state = true, doc = "about" })
        topic:write("sunny")
        expect(all:subscribe(topic, c)):eq(true)
        expect(all:subscribe(topic, c)):eq(false)
        expect(c.got):same { "sunny" }
        expect(topic:doc()):eq("about")
    end)

    it("reach all, however many come and go", function()
        local all, clients = topics.new(), {}
        local topic = all:attach({}, "news", {})
        for i = 1, 100 do
            clients[i] = client()
            all:subscribe(topic, clients[i])
        end
        for i = 1, 100 do
            if i % 10 ~= 0 then expect(all:unsubscribe(topic, clients[i])):eq(true) end
        end
        expect(all:unsubscribe(topic, clients[1])):eq(false)
        expect(topic.subscribers):eq(10)
        expect(#topic.list < 40):eq(true)
        topic:write("text")
        for i = 1, 100 do expect(#clients[i].got):eq(i % 10 == 0 and 1 or 0) end
    end)
end)

describe("rpc outbox", function()
    it("sends in order, later, and goes on after errors", function()
        local work, problems, c = {}, {}, client()
        local outbox = outboxes.new(function(f) work[#work + 1] = f end, function(message) problems[#problems + 1] = message end)
        outbox:put(c, "a")
        outbox:put({ write = function() outbox:put(c, "c") error("oops", 0) end }, "")
        outbox:put(c, "b")
        expect(outbox:busy()):eq(true)
        expect(#work):eq(1)
        expect(c.got):same {}
        work[1]()
        expect(c.got):same { "a", "b", "c" }
        expect(problems):same { "oops" }
        expect(outbox:busy()):eq(false)
        expect(outbox.bytes):eq(0)
        outbox:put(c, "d")
        expect(#work >= 2):eq(true)
        work[#work]()
        expect(c.got[4]):eq("d")
    end)

    it("has room for so much", function()
        local outbox = outboxes.new(function() end, print)
        expect(outbox:room(1000)):eq(true)
        expect(outbox:room(2 ^ 30)):eq(false)
    end)
end)
