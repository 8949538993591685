-- Messages of JSON-RPC as texts.
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local protocol = require "facades.rpc.protocol"
local reading = protocol.reading(10)

local function classify(text)
    local value, batch = protocol.parse(text, reading)
    expect(batch):eq(false)
    return protocol.classify(value)
end

describe("rpc protocol", function()
    it("tells what a message is", function()
        expect({ classify '{"jsonrpc":"2.0","method":"m","id":12345678901234567890}' }):same { "m", "12345678901234567890" }
        expect({ classify '{"jsonrpc":"2.0","method":"m"}' }):same { "m" }
        expect({ classify '{"jsonrpc":"2.0","id":1,"result":null}' }):same { false, "1" }
        expect({ classify '{"jsonrpc":"2.0","id":1,"error":{}}' }):same { false, "1" }
        expect((classify '{"jsonrpc":"2.0","id":1,"result":1,"method":"m"}')):eq(nil)
        expect((classify '{"jsonrpc":"2.0","id":1}')):eq(nil)
        expect((classify "null")):eq(nil)
        expect(select(2, protocol.parse("[1]", reading))):eq(true)
        expect(select(2, protocol.parse("[]", reading))):eq(true)
        expect(protocol.parse("[", reading)):eq(nil)
    end)

    it("keeps ids of requests only", function()
        local value = protocol.parse('{"id":1.0,"params":{"id":2}}', reading)
        expect(value.id.text):eq("1.0")
        expect(value.params.id):eq(2)
    end)

    it("writes answers", function()
        expect(protocol.result('"a"', "[1]")):eq('{"jsonrpc":"2.0","id":"a","result":[1]}')
        expect(protocol.failure(nil, -1, "m")):str_match('"id":null}$')
        expect(protocol.failure("1", -1, "\255")):str_match("not UTF%-8")
        expect(protocol.failure("1", -1, "m", print)):str_match('"message":"m"')
        expect(protocol.notification("a\"b", nil)):eq('{"jsonrpc":"2.0","method":"a\\"b"}')
        expect(protocol.notification("t", "null")):eq('{"jsonrpc":"2.0","method":"t","params":null}')
    end)

    it("tells errors for clients from others", function()
        expect(protocol.thrown { code = -32050, message = "m", data = 1 }):same { code = -32050, message = "m", data = 1 }
        expect(protocol.thrown { code = -32602, message = "m" } ~= nil):eq(true)
        for _, code in ipairs { -32700, -32600, -32603, -32768, 1.5, 0 / 0, math.huge } do
            expect(protocol.thrown { code = code, message = "m" }):eq(nil)
        end
        expect(protocol.thrown("text")):eq(nil)
        expect(protocol.thrown { message = "m" }):eq(nil)
    end)

    it("says what can't be a result", function()
        local ok, problem = pcall(protocol.encodeResult, { x = print })
        expect(ok):eq(false)
        expect(protocol.unwritable(problem)):eq("the result of the method: can't write JSON: a function at x")
        expect(tostring(problem)):eq(protocol.unwritable(problem))
    end)
end)
