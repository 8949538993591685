local router = require "cc.http.router"

local function ask(options, request)
    local app = router.new({ log = function(text) error(text, 0) end })
    app:use(router.cors(options))
    app:get("/x", function(_, res) res:header("X-Total", 1):text("x") end)
    request.url = request.url or "/x"
    return app:dispatch(request)
end

local function preflight(origin, extra)
    local headers = { Origin = origin, ["Access-Control-Request-Method"] = "PUT" }
    for name, value in pairs(extra or {}) do headers[name] = value end
    return { method = "OPTIONS", headers = headers }
end

local OWN = { origins = { "https://app.example", "http://localhost:3000" }, credentials = true, expose = { "X-Total" }, max_age = 5 }

describe("cc.http.cors", function()
    it("tells who may see a response", function()
        local headers = ask(OWN, { headers = { Origin = "https://app.example" } }).headers
        expect(headers["access-control-allow-origin"]):eq("https://app.example")
        expect(headers["access-control-allow-credentials"]):eq("true")
        expect(headers["access-control-expose-headers"]):eq("X-Total")
        expect(headers.vary):eq("Origin")
        for _, origin in ipairs { "https://evil.example", "null", "https://app.example.evil.example", "http://app.example", "https://app.example:444" } do
            local other = ask(OWN, { headers = { Origin = origin } })
            expect({ other.status, other.headers["access-control-allow-origin"], other.headers.vary }):same { 200, nil, "Origin" }
        end
        expect(ask(OWN, {}).headers["access-control-allow-origin"]):eq(nil)
        local any = ask({ origins = "*" }, { headers = { Origin = "null" } }).headers
        expect({ any["access-control-allow-origin"], any.vary }):same { "*" }
        local some = { origins = function(origin) return origin:find("%.example$") ~= nil end }
        expect(ask(some, { headers = { Origin = "https://a.example" } }).headers["access-control-allow-origin"]):eq("https://a.example")
    end)

    it("answers preflight requests, also for what isn't there", function()
        local response = ask(OWN, preflight("https://app.example", { ["Access-Control-Request-Headers"] = "x-a, content-type" }))
        expect({ response.status, response.body }):same { 204, "" }
        expect(response.headers["access-control-allow-methods"]):eq("GET, HEAD, PUT, PATCH, POST, DELETE")
        expect(response.headers["access-control-allow-headers"]):eq("x-a, content-type")
        expect(response.headers["access-control-max-age"]):eq("5")
        expect(response.headers.vary):eq("Origin, Access-Control-Request-Headers")
        local refused = ask(OWN, preflight("https://evil.example"))
        expect({ refused.status, refused.headers["access-control-allow-methods"], refused.headers.allow }):same { 204, nil, "GET, HEAD, OPTIONS" }
        local fixed = ask({ origins = "*", methods = { "GET" }, headers = { "X-A" } }, preflight("https://b.example")).headers
        expect({ fixed["access-control-allow-methods"], fixed["access-control-allow-headers"] }):same { "GET", "X-A" }
    end)

    it("keeps its headers on errors", function()
        local response = ask(OWN, { url = "/none", headers = { Origin = "https://app.example" } })
        expect({ response.status, response.headers["access-control-allow-origin"] }):same { 404, "https://app.example" }
    end)

    it("refuses options that help nobody", function()
        expect.error(router.cors, {}):str_match("bad field 'origins'")
        expect.error(router.cors, { origins = "https://app.example" }):str_match("bad field 'origins'")
        expect.error(router.cors, { origins = { "https://app.example/" } }):str_match("without a path")
        expect.error(router.cors, { origins = { "app.example" } }):str_match("an origin is like")
        expect.error(router.cors, { origins = "*", credentials = true }):str_match("any site could act")
    end)
end)
