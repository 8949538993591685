package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local access = require "facades.plugin_server.access"

describe("who may use the Plugin Server", function()
    local rules = access.new { enabled = true, origin_url = { "https://App.example/", "http://10.0.0.1:8080" }, acl = { ".acl.example", "bare.example" } }

    local function admit(method, headers, effect)
        local set = {}
        local ok, refusal = rules:admit(method, headers, function(name, value) set[name] = value end, effect or false)
        return ok, refusal, set
    end

    it("allows origins that are named, and hosts by their ends", function()
        for _, origin in ipairs { "https://app.example", "HTTPS://APP.EXAMPLE", "http://10.0.0.1:8080", "https://a.acl.example", "http://b.a.acl.example:1", "https://bare.example", "https://x.bare.example" } do
            expect(rules:allows(origin)):eq(true)
        end
        for _, origin in ipairs { "http://app.example", "https://app.example:8443", "https://app.example.evil", "https://acl.example", "https://evilacl.example", "https://xbare.example",
            "null", "", "x", "https://", "http://[::1]", "https://evil.example/.acl.example", "https://evil.example:.acl.example" } do
            expect(rules:allows(origin)):eq(false)
        end
    end)

    it("allows nobody unless it is enabled", function()
        expect(access.new({ origin_url = { "https://app.example" } }):allows("https://app.example")):eq(false)
    end)

    it("lets programs pass, and pages of its own", function()
        expect((admit("POST", { Host = "a:1" }, true))):eq(true)
        expect((admit("POST", { Host = "a:1", Origin = "http://A:1" }, true))):eq(true)
        expect((admit("POST", { Host = "a:1", ["Sec-Fetch-Site"] = "same-origin" }, true))):eq(true)
        expect((admit("POST", { Host = "a:1", ["Sec-Fetch-Site"] = "none" }, true))):eq(true)
    end)

    it("refuses other pages", function()
        local function refused(...)
            local ok, why = admit(...)
            expect(ok):eq(false)
            return why
        end
        expect(refused("GET", { Host = "a:1", Origin = "http://a:2" })):eq("origin")
        expect(refused("GET", { Host = "a:1", Origin = "http://a:1", ["Sec-Fetch-Site"] = "cross-site" })):eq("site")
        expect(refused("POST", { Host = "a:1", Origin = "null" })):eq("site")
        expect(refused("GET", { Host = "a:1", Origin = "null" }, true)):eq("site")
        expect(refused("GET", { Host = "a:1", ["Sec-Fetch-Site"] = "cross-site" })):eq("site")
        expect(refused("GET", { Host = "a:1", ["Sec-Fetch-Site"] = "same-site", ["Sec-Fetch-Mode"] = "navigate" }, true)):eq("site")
        expect(refused("POST", { Host = "a:1", ["Sec-Fetch-Site"] = "cross-site", ["Sec-Fetch-Mode"] = "navigate" })):eq("site")
    end)

    it("follows links", function()
        expect((admit("GET", { Host = "a:1", ["Sec-Fetch-Site"] = "cross-site", ["Sec-Fetch-Mode"] = "navigate" }))):eq(true)
    end)

    it("answers those who may ask", function()
        local ok, _, set = admit("GET", { Host = "a:1", Origin = "https://app.example", ["Sec-Fetch-Site"] = "cross-site" }, true)
        expect(ok):eq(true)
        expect(set["Access-Control-Allow-Origin"]):eq("https://app.example")
        expect(set["Access-Control-Allow-Headers"]):eq("Content-Type, Authorization, X-Custom-Auth")
        expect(set.Vary):eq("Origin")
    end)
end)
