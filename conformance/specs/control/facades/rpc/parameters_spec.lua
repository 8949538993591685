-- From params to arguments. What clients see of it is tested over sockets.
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local json = require "luart.json"
local parameters = require "facades.rpc.parameters"
local null = textutils.json_null

local function read(text) return (json.decode(text, { null = null })) end

describe("rpc parameters", function()
    it("sorts all forms that clients send", function()
        local cases = {
            ["[1,2]"] = { { 1, 2 } }, ["7"] = { { 7 } }, ['"x"'] = { { "x" } }, ["null"] = {}, ["{}"] = {}, ['{"a":1}'] = { nil, { a = 1 } },
            ['{"args":[1],"kwargs":{"b":2}}'] = { { 1 }, { b = 2 } }, ['[{"args":[1],"kwargs":{}}]'] = { { 1 } }, ['{"kwargs":{"b":2}}'] = { nil, { b = 2 } },
            ['{"args":1}'] = { nil, { args = 1 } }, ['{"args":[1],"x":2}'] = { nil, { args = { 1 }, x = 2 } }, ['{"args":null}'] = {},
        }
        for text, want in pairs(cases) do
            local args, kwargs = parameters.sort(read(text))
            expect(args):same(want[1])
            expect(kwargs):same(want[2])
        end
    end)

    it("leaves args and kwargs alone when asked", function()
        local args, kwargs = parameters.sort(read '{"args":[1]}', true)
        expect(args):eq(nil)
        expect(kwargs):same { args = { 1 } }
    end)

    it("reads declarations", function()
        local list = parameters.declare { "a", "b?", "c: integer", " d ? : number", { name = "e", type = "array", default = { 1 } }, "..." }
        expect(#list):eq(5)
        expect(list.rest):eq(true)
        expect(list[2].optional):eq(true)
        expect(list[3].type):eq("integer")
        expect(list[4].name .. list[4].type .. tostring(list[4].optional)):eq("dnumbertrue")
        expect(list[5].optional):eq(true)
        for _, bad in ipairs { { "a: what" }, { 5 }, { "" }, { "a", "a" }, { "...", "a" }, { {} } } do
            expect(pcall(parameters.declare, bad)):eq(false)
        end
    end)

    it("binds positions and names", function()
        local list = parameters.declare { "a: number", "b?: string", { name = "c", default = { x = 1 } } }
        local values, n = parameters.bind(list, { 1, null }, { c = null, d = 5 })
        expect(n):eq(3)
        expect(values[1]):eq(1)
        expect(values[2]):eq(nil)
        expect(values[3]):same { x = 1 }
        local other = parameters.bind(list, { 1 })
        expect(other[3] ~= values[3]):eq(true) -- a default of its own each time
        expect({ parameters.bind(list, nil, nil) }):same { nil, "too few arguments: a is missing" }
        expect({ parameters.bind(list, { "x" }) }):same { nil, "a must be a number, not string" }
        expect({ parameters.bind(list, { 1 }, { a = 2 }) }):same { nil, "a is given by its position and by its name" }
    end)

    it("lets more through when declared", function()
        local values, n = parameters.bind(parameters.declare { "a", "..." }, { 1, null, 3 })
        expect(n):eq(3)
        expect(values[3]):eq(3)
    end)

    it("passes everything on when nothing is declared", function()
        local values, n = parameters.free({ 1, null }, { x = 1 })
        expect(n):eq(3)
        expect(values[2]):eq(nil)
        expect(values[3]):same { x = 1 }
        expect(select(2, parameters.free(nil, {}))):eq(0)
    end)
end)
