local storage = require "luart.storage"

describe("luart.storage", function()
    local function open() return assert(storage.open ":memory:") end

    it("keeps values of all kinds", function()
        local s = open()
        for i, value in ipairs { "text", "", "a\0\255", 0, -1.5, 2 ^ 53, 1 / 0, true, false } do
            s.set("n", "id", i, value)
            expect(s.get("n", "id", i)):eq(value)
        end
        s.set("n", "id", "table", { 1, 2, { x = "y" }, [10] = true, ["a b"] = {} })
        expect(s.get("n", "id", "table")):same { 1, 2, { x = "y" }, [10] = true, ["a b"] = {} }
        local shared = { 1 }
        s.set("n", "id", "shared", { shared, shared })
        expect(s.get("n", "id", "shared")):same { { 1 }, { 1 } }
        s.set("n", "id", "table", "other kind")
        expect(s.get("n", "id", "table")):eq("other kind")
        s.close()
    end)

    it("has defaults for what isn't there", function()
        local s = open()
        expect(s.get("n", "id", "k")):eq(nil)
        expect(s.get("n", "id", "k", 5)):eq(5)
        s.set("n", "id", "k", false)
        expect(s.get("n", "id", "k", 5)):eq(false)
        expect(s.has("n", "id", "k")):eq(true)
        s.close()
    end)

    it("keeps namespaces, ids and keys apart", function()
        local s = open()
        s.set("a", "bc", "d", 1)
        s.set("ab", "c", "d", 2)
        s.set("a", "b", "cd", 3)
        s.set("A", "bc", "d", 4)
        expect(s.getAll("a", "bc")):same { d = 1 }
        expect(s.getAll("ab", "c")):same { d = 2 }
        expect(s.ids("a")):same { "b", "bc" }
        expect(s.getAll("a", "missing")):same {}
        expect(s.ids("missing")):same {}
        expect(s.get("a'; DROP TABLE storage", "b", "c")):eq(nil)
        s.close()
    end)

    it("takes numbers for the strings of them", function()
        local s = open()
        s.set(1, 2, 3, "x")
        expect(s.get("1", "2", "3")):eq("x")
        expect(s.getAll(1, 2)):same { ["3"] = "x" }
        s.close()
    end)

    it("deletes", function()
        local s = open()
        s.set("n", "id", "a", 1)
        s.set("n", "id", "b", 2)
        s.set("n", "id", "c", 3)
        s.set("n", "other", "a", 4)
        expect(s.delete("n", "id", "a")):eq(true)
        expect(s.delete("n", "id", "a")):eq(false)
        s.set("n", "id", "b", nil)
        expect(s.has("n", "id", "b")):eq(false)
        expect(s.deleteAll("n", "id")):eq(1)
        expect(s.deleteAll("n", "id")):eq(0)
        expect(s.get("n", "other", "a")):eq(4)
        s.close()
    end)

    it("updates without being mixed up", function()
        local s = open()
        local function add() s.update("n", "id", "k", function(n) sleep(0) return (n or 0) + 1 end) end
        parallel.waitForAll(add, add, add, add)
        expect(s.get("n", "id", "k")):eq(4)
        expect.error(s.update, "n", "id", "k", function() error("no", 0) end):eq("no")
        expect(s.get("n", "id", "k")):eq(4)
        expect(s.update("n", "id", "k", function() end)):eq(nil)
        expect(s.has("n", "id", "k")):eq(false)
        s.close()
    end)

    it("refuses what it can't keep", function()
        local s = open()
        expect.error(s.set, "n", "id", "k", print):str_match("bad argument #4 %(a function can't be stored%)")
        expect.error(s.set, "n", "id", "k", 0 / 0):str_match("NaN can't be stored")
        expect.error(s.set, "n", "id", "k", { print }):str_match("bad argument #4")
        expect.error(s.set, "n", "id", "k", ("x"):rep(2 ^ 20 + 1)):str_match("at most 1048576 bytes")
        expect.error(s.set, "n", nil, "k", 1):str_match("bad argument #2 %(id, a string or number, expected, got nil%)")
        expect.error(s.get, "n", "id", ("x"):rep(1025)):str_match("bad argument #3 %(key of at most 1024 bytes expected%)")
        local loop = {}
        loop[1] = loop
        expect.error(s.set, "n", "id", "k", loop):str_match("bad argument #4")
        expect(s.getAll("n", "id")):same {}
        s.close()
        expect.error(s.get, "n", "id", "k"):str_match("closed")
    end)

    it("says what is wrong with a path", function()
        expect(select(2, storage.open "missing/x.db")):str_match("^/missing/x.db: ")
        expect.error(storage.open, 1):str_match("bad argument #1")
    end)
end)
