-- Who may use a facade. The listener's part of it, Host and Origin, is tested where there is a listener.
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local guards = require "http.guards"
local requests = require "http.requests"
local router = require "cc.http.router"

local function status(middleware, headers, url)
    local app = router.new()
    app:get("/", middleware, function(_, res) res:text("in") end)
    return app:dispatch({ url = url or "/", headers = headers }).status
end

describe("http.guards", function()
    it("asks for a token", function()
        local guard = guards.token("a-token")
        expect(status(guard)):eq(401)
        expect(status(guard, { Authorization = "Bearer a-token" })):eq(200)
        expect(status(guard, { Authorization = "Bearer a-toke" })):eq(401)
        expect(status(guard, { Authorization = "Basic a-token" })):eq(401)
        expect(status(guard, { ["X-Custom-Auth"] = "a-token" })):eq(200)
        expect(status(guard, nil, "/?token=a-token")):eq(200)
        -- The first that is there decides.
        expect(status(guard, { Authorization = "Bearer wrong" }, "/?token=a-token")):eq(401)
    end)

    it("lets everybody in without one", function()
        expect(status(guards.token(nil))):eq(200)
        expect(status(guards.token(""))):eq(200)
    end)

    it("keeps pages of other sites out", function()
        for site, want in pairs { ["cross-site"] = 403, ["same-site"] = 403, ["same-origin"] = 200, none = 200 } do
            expect(status(guards.sameSite, { ["Sec-Fetch-Site"] = site })):eq(want)
        end
        expect(status(guards.sameSite)):eq(200)
    end)

    it("lets pages of origins in that are named", function()
        local function own(origins, origin)
            return status(guards.ownPages(function() return origins end), { ["Sec-Fetch-Site"] = "cross-site", Origin = origin })
        end
        expect(own({ "https://app.example" }, "https://app.example")):eq(200)
        expect(own({ "https://APP.example/" }, "https://app.example")):eq(200)
        expect(own({ "https://app.example" }, "https://evil.example")):eq(403)
        expect(own({ "*" }, "https://evil.example")):eq(200)
        expect(own({ "*" }, nil)):eq(403) -- a link or an image
        expect(own({}, "https://app.example")):eq(403)
        expect(own(nil, "https://app.example")):eq(403)
    end)
end)

describe("http.requests", function()
    it("makes ids unless the client has a fit one", function()
        expect(requests.id("abc-1.2:3_4")):eq("abc-1.2:3_4")
        for _, given in ipairs { "", "a b", ("x"):rep(65), "a\nb", "<b>" } do
            local id = requests.id(given)
            expect(id ~= given and id:find("^%x+%-%d+$") ~= nil):eq(true)
        end
        expect(requests.id() ~= requests.id()):eq(true)
    end)

    it("names addresses", function()
        expect(requests.address({ bindto = "127.0.0.1" }, 80)):eq("http://127.0.0.1:80")
        expect(requests.address({ bindto = "::1" }, 80, "https")):eq("https://[::1]:80")
    end)

    it("writes a line for each request, without the query, also for those that fail", function()
        local lines, on = {}, true
        local logs = { write = function(_, source, level, message, fields) lines[#lines + 1] = { source, level, message:gsub("%d+ ms", "N ms"), fields.status } end }
        local app = router.new()
        app:onError(function(failure, req, res)
            requests.done(req, failure.status)
            res:problem(failure)
        end)
        app:use(requests.identify)
        app:use(requests.logger(logs, "face", function() return on end))
        app:get("/a", function(_, res) res:status(201):text("x") end)
        app:dispatch("/a?key=secret")
        app:dispatch("/nothing")
        on = false
        app:dispatch("/a")
        expect(#lines):eq(2)
        expect(lines[1][3]):eq("GET /a 201 N ms")
        expect(lines[2][3]):eq("GET /nothing 404 N ms")
        expect(lines[2][1]):eq("face")
    end)
end)
