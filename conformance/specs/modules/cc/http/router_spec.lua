local router = require "cc.http.router"

local logged

local function new(options)
    logged = {}
    options = options or {}
    options.log = function(text) logged[#logged + 1] = text end
    return router.new(options)
end

-- A handler that tells which it is, and the parameters.
local function says(name)
    return function(req, res)
        res:json({ name, req.params })
    end
end

local function answer(app, request)
    local response = app:dispatch(request)
    expect(response.error):eq(nil)
    return response.json and response.json[1] or response.status, response.json and response.json[2]
end

describe("cc.http.router", function()
    describe("routes", function()
        local app
        before_each(function()
            app = new()
            app:get("/", says "root")
            app:get("/todos", says "list"):post("/todos", says "create")
            app:get("/todos/new", says "new")
            app:get("/todos/:id", says "one"):delete("/todos/:id", says "delete")
            app:get("/todos/:id/notes/:note", says "note")
            app:get("/files/*path", says "files")
            app:get("/files/readme", says "readme")
            app:route("*", "/any", says "any")
            app:route("PROPFIND", "/todos", says "propfind")
            app:get("/grüße", says "greetings")
        end)

        it("are found by method and path", function()
            expect((answer(app, "/"))):eq("root")
            expect((answer(app, "/todos"))):eq("list")
            expect((answer(app, "/todos?x=/y"))):eq("list")
            expect((answer(app, { url = "/todos", method = "POST" }))):eq("create")
            expect((answer(app, { url = "/todos", method = "PROPFIND" }))):eq("propfind")
            expect((answer(app, { url = "/any", method = "BREW" }))):eq("any")
            expect((answer(app, "http://localhost:80/todos"))):eq("list")
            expect((answer(app, "/gr%C3%BC%c3%9fe"))):eq("greetings")
            expect((answer(app, "/%74odos"))):eq("list")
        end)

        it("may be for any of the usual methods", function()
            for _, method in ipairs { "get", "post", "put", "patch", "delete" } do
                local each = new()
                each[method](each, "/x", says(method))
                expect((answer(each, { url = "/x", method = method:upper() }))):eq(method)
                expect((answer(each, { url = "/x", method = "BREW" }))):eq(405)
            end
        end)

        it("have parameters", function()
            expect({ answer(app, "/todos/1") }):same { "one", { id = "1" } }
            expect({ answer(app, "/todos/a%20b%2Fc%3f") }):same { "one", { id = "a b/c?" } }
            expect({ answer(app, "/todos/1/notes/2") }):same { "note", { id = "1", note = "2" } }
            expect({ answer(app, "/files/a/b%20c") }):same { "files", { path = "a/b c" } }
            expect({ answer(app, "/files") }):same { "files", { path = "" } }
            expect({ answer(app, "/files/") }):same { "files", { path = "" } }
            expect({ answer(app, "/files/a/") }):same { "files", { path = "a/" } }
        end)

        it("are compared from the left, and by method", function()
            expect((answer(app, "/todos/new"))):eq("new")
            expect({ answer(app, { url = "/todos/new", method = "DELETE" }) }):same { "delete", { id = "new" } }
            expect((answer(app, "/todos/new/notes/1"))):eq("note") -- goes back
            expect((answer(app, "/files/readme"))):eq("readme")
            expect({ answer(app, "/files/readme/x") }):same { "files", { path = "readme/x" } }
        end)

        it("take a slash at the end, but no empty segment", function()
            expect((answer(app, "/todos/"))):eq("list")
            expect((answer(app, "/todos/1/"))):eq("one")
            expect(app:dispatch("//").status):eq(404)
            expect(app:dispatch("/todos//").status):eq(404)
            expect(app:dispatch("//todos").status):eq(404)
            expect({ answer(app, "/files//a") }):same { "files", { path = "/a" } }
        end)

        it("that aren't there give 404, and other methods 405", function()
            local missing = app:dispatch("/nothing")
            expect(missing):matches { status = 404, headers = { ["Content-Type"] = "application/problem+json" } }
            expect(missing.json):same { status = 404, title = "Not Found" }
            local wrong = app:dispatch { url = "/todos/1", method = "PUT" }
            expect(wrong.status):eq(405)
            expect(wrong.headers.Allow):eq("DELETE, GET, HEAD, OPTIONS")
            expect(app:dispatch({ url = "/todos/new", method = "PUT" }).headers.Allow):eq("DELETE, GET, HEAD, OPTIONS")
            expect(app:dispatch({ url = "/todos", method = "get" }).status):eq(405)
        end)

        it("answer HEAD and OPTIONS by themselves", function()
            local head = app:dispatch { url = "/todos", method = "HEAD" }
            expect({ head.status, head.body, head.headers["content-length"] }):same { 200, "", "11" }
            local options = app:dispatch { url = "/todos", method = "OPTIONS" }
            expect({ options.status, options.body, options.headers.Allow }):same { 204, "", "GET, HEAD, OPTIONS, POST, PROPFIND" }
            expect(app:dispatch({ url = "*", method = "OPTIONS" }).status):eq(204)
            expect(app:dispatch({ url = "/nothing", method = "OPTIONS" }).status):eq(404)
            app:route("HEAD", "/todos", function(_, res) res:header("X", 1):empty() end)
            expect(app:dispatch({ url = "/todos", method = "HEAD" }).headers.x):eq("1")
        end)

        it("see nothing of a malformed path", function()
            for _, path in ipairs {
                "/todos/%", "/todos/%zz", "/todos/%00", "/todos/%ff", "/todos/..", "/todos/%2e%2e", "/files/../x", "/files/a/%2E/b",
                "", "todos", "*", "example.com:443", "/todos/\255", ("/a"):rep(300),
            } do
                expect(app:dispatch(path).status):describe(path):eq(400)
            end
            expect(app:dispatch("/files/a%2Fb").status):eq(404) -- an encoded slash, which the parameter couldn't tell from another
            expect(app:dispatch("/todos%2Fnew").status):eq(404)
        end)

        it("refuse paths that can't be", function()
            for path, message in pairs {
                ["x"] = "begins with", [""] = "begins with", ["/a//b"] = "empty segment", ["/a/"] = "empty segment", ["/../x"] = "dots",
                ["/*a/b"] = "has to be the end", ["/:"] = "needs a name", ["/:a-b"] = "needs a name", ["/*"] = "needs a name", ["/:a/:a"] = "twice",
            } do
                expect.error(app.get, app, path, print):str_match(message)
            end
            expect.error(app.get, app, "/x"):str_match("bad argument #2 %(function expected, got nil%)")
            expect.error(app.get, app, "/x", print, nil):str_match("bad argument")
            expect.error(app.get, app, "/x", "y"):str_match("bad argument #2")
            expect.error(app.get, "/x", print):str_match("call it with a colon")
            app:get("/todos/:other", print)
            expect.error(app.handler, app):str_match("two routes for the same requests: GET /todos/:id and /todos/:other")
        end)

        it("may be added later", function()
            expect(app:dispatch("/later").status):eq(404)
            app:get("/later", says "later")
            expect((answer(app, "/later"))):eq("later")
        end)

        it("take time by the number of routes, whatever the path", function()
            local many = new()
            for i = 0, 255 do
                local path = ""
                for bit = 0, 7 do path = path .. (math.floor(i / 2 ^ bit) % 2 == 0 and "/a" or "/:p" .. bit) end
                many:get(path, says(tostring(i)))
            end
            local visits = many:dispatch(("/a"):rep(8))
            expect(visits.json[1]):eq("0")
            expect(many:dispatch(("/a"):rep(9)).status):eq(404)
            expect(many:dispatch(("/b"):rep(8)).json[1]):eq("255")
        end)
    end)

    describe("middleware", function()
        it("is called in order, around the handler", function()
            local app, calls = new(), {}
            local function step(name)
                return function(_, _, next)
                    calls[#calls + 1] = name
                    next()
                    calls[#calls + 1] = name .. " after"
                end
            end
            app:use(step "first")
            app:get("/x", step "own", function(_, res)
                calls[#calls + 1] = "handler"
                res:text("ok")
            end)
            app:use(step "second") -- the order of use and get doesn't matter
            expect(app:dispatch("/x").body):eq("ok")
            expect(table.concat(calls, " ")):eq("first second own handler own after second after first after")
            calls = {}
            expect(app:dispatch("/y").status):eq(404)
            expect(table.concat(calls, " ")):eq("first second") -- the error goes through them
        end)

        it("may answer itself, or fail", function()
            local app = new()
            app:use(function(req, res, next)
                if req.headers.Authorization ~= "Bearer x" then
                    res:header("WWW-Authenticate", "Bearer")
                    router.fail(401)
                end
                req.user = "ada"
                next()
            end)
            app:get("/me", function(req, res) res:text(req.user) end)
            local refused = app:dispatch("/me")
            expect({ refused.status, refused.headers["www-authenticate"] }):same { 401, "Bearer" }
            expect(app:dispatch("/none").status):eq(401)
            expect(app:dispatch({ url = "/me", headers = { authorization = "Bearer x" } }).body):eq("ada")
        end)

        it("calls the next one once", function()
            local app = new()
            app:use(function(_, _, next)
                next()
                next()
            end)
            app:get("/", function(_, res) res:text("x") end)
            expect(app:dispatch("/").status):eq(200) -- it was sent before
            expect(logged[1]):str_match("next was called twice")
        end)

        it("keeps requests apart that wait", function()
            local app, order = new(), {}
            app:use(function(req, _, next)
                req.tag = req.query.n
                sleep(0)
                next()
                order[#order + 1] = req.tag
            end)
            app:get("/", function(req, res)
                sleep(tonumber(req.query.wait))
                res:text(req.tag)
            end)
            local a, b
            parallel.waitForAll(
                function() a = app:dispatch("/?n=a&wait=0.2") end,
                function() b = app:dispatch("/?n=b&wait=0") end)
            expect({ a.body, b.body }):same { "a", "b" }
            expect(order):same { "b", "a" }
        end)

        it("of the logger tells of each request", function()
            local app, lines = new(), {}
            app:use(router.logger(function(line) lines[#lines + 1] = line end))
            app:get("/ok", function(_, res) res:status(201):text("") end)
            app:get("/fail", function() error("oh\n no") end)
            app:dispatch("/ok?x")
            app:dispatch("/none")
            app:dispatch("/fail\27[2J")
            app:dispatch("/fail")
            expect(lines[1]):str_match("^127%.0%.0%.1 GET /ok%?x 201 %d+ms$")
            expect(lines[2]):str_match(" /none 404 ")
            expect(lines[3]):str_match("/fail\\027%[2J 404")
            expect(lines[4]):str_match("/fail 500 ")
            expect(logged[1]):str_match("router_spec.lua:%d+: oh\n no\nstack traceback:\n")
        end)
    end)

    describe("groups", function()
        it("have their own middleware, and their own 404", function()
            local app = new()
            local function mark(name)
                return function(_, res, next)
                    res:header("X-" .. name, "yes")
                    next()
                end
            end
            app:use(mark "App")
            app:get("/", says "root")
            local api = app:group("/api", function(api)
                api:use(mark "Api")
                api:get("/", says "api")
                api:get("/x", says "x")
            end)
            api:group("/v2", function(v2)
                v2:use(mark "V2")
                v2:get("/users/:id", says "user")
            end)
            local function marks(path)
                local headers = app:dispatch(path).headers
                return (headers["x-app"] and "app " or "") .. (headers["x-api"] and "api " or "") .. (headers["x-v2"] and "v2" or "")
            end
            expect((answer(app, "/api"))):eq("api")
            expect((answer(app, "/api/"))):eq("api")
            expect({ answer(app, "/api/v2/users/7") }):same { "user", { id = "7" } }
            expect(marks("/")):eq("app ")
            expect(marks("/api/x")):eq("app api ")
            expect(marks("/api/v2/users/7")):eq("app api v2")
            expect(marks("/none")):eq("app ")
            expect(marks("/api/none")):eq("app api ")
            expect(marks("/api/v2/none")):eq("app api v2")
            expect(marks("/apix")):eq("app ")
        end)

        it("may be mounted below parameters, and more than once", function()
            local app, notes = new(), new()
            notes:get("/notes/:note", says "note")
            app:mount("/users/:user", notes):mount("/shared", notes)
            expect({ answer(app, "/users/ada/notes/1") }):same { "note", { user = "ada", note = "1" } }
            expect({ answer(app, "/shared/notes/1") }):same { "note", { note = "1" } }
            notes:get("/more", says "more")
            expect((answer(app, "/shared/more"))):eq("more")
            expect.error(app.mount, app, "/x", app):str_match("in itself")
            expect.error(notes.mount, notes, "/x", app):str_match("in itself")
            expect.error(app.mount, app, "/*x", new()):str_match("a prefix can't have")
            expect.error(app.mount, app, "/x", {}):str_match("a router expected")
        end)
    end)

    describe("errors", function()
        it("are told from those of the program", function()
            local _, problem = pcall(router.fail, 409, "taken", { name = "x" })
            expect(router.isProblem(problem)):eq(true)
            expect(tostring(problem)):eq("409 Conflict: taken")
            expect(tostring(router.problem(404))):eq("404 Not Found")
            for _, other in ipairs { "404 Not Found", { status = 404 }, false } do expect(router.isProblem(other)):eq(false) end
        end)

        it("of handlers are logged, and not shown", function()
            local app = new()
            app:get("/string", function() error("the password is 1234") end)
            app:get("/table", function() error({ secret = 1 }) end)
            app:get("/nil", function() error() end)
            app:get("/strange", function() error(setmetatable({}, { __tostring = function() error("x") end })) end)
            for _, path in ipairs { "/string", "/table", "/nil", "/strange" } do
                local response = app:dispatch(path)
                expect({ response.status, response.error }):same { 500 }
                expect(response.json):same { status = 500, title = "Internal Server Error" }
            end
            expect(#logged):eq(4)
            expect(logged[1]):str_match("^GET /string: .*router_spec.lua:%d+: the password is 1234\nstack traceback:")
            app:get("/quotes", function(req) error("bad " .. req.query.x) end)
            app:dispatch("/quotes?x=%1b%5B2J%07")
            expect(logged[5]):str_match("bad \\027%[2J\\007\n")
        end)

        it("of handlers are shown with debug", function()
            local app = new { debug = true }
            app:get("/", function() error("\255") end)
            local response = app:dispatch("/")
            expect(response.json.detail):str_match("router_spec")
            expect(response.json.trace):str_match("stack traceback")
        end)

        it("that are problems are what the client gets", function()
            local app = new()
            app:get("/", function(_, res)
                res:header("ETag", '"x"'):header("X-Kept", 1):cookie("a", 1)
                router.fail(409, "taken", { name = "x" })
            end)
            app:get("/thrown", function() error(router.problem(418)) end)
            local response = app:dispatch("/")
            expect(response):matches { status = 409, json = { status = 409, title = "Conflict", detail = "taken", name = "x" } }
            expect({ response.headers.etag, response.headers["x-kept"] }):same { nil, "1" }
            expect(app:dispatch("/thrown").json.title):eq("Error")
            expect(logged):same {}
            expect.error(router.fail, 200):str_match("400 to 599")
        end)

        it("may be shown in another way", function()
            local app = new()
            app:onError(function(failure, req, res)
                if req.path == "/worse" then error("onError fails") end
                res:status(failure.status):html("<p>" .. router.escape(failure.title .. ' <"&\'>') .. "</p>")
            end)
            app:get("/boom", function() error("x") end)
            expect(app:dispatch("/none").body):eq("<p>Not Found &lt;&quot;&amp;&#39;&gt;</p>")
            expect(app:dispatch("/boom").status):eq(500)
            expect(app:dispatch("/worse").json.status):eq(404)
            expect(logged[2]):str_match("onError fails")
        end)

        it("after the beginning of a body break the response off", function()
            local app = new()
            app:get("/", function(_, res)
                res:write("half")
                error("oh no")
            end)
            app:get("/sent", function(_, res)
                res:text("done")
                error("too late")
            end)
            expect(app:dispatch("/").error):str_match("oh no")
            expect(app:dispatch("/sent").body):eq("done")
            expect(logged[1]):str_match("too late")
        end)

        it("pass through when the program is terminated", function()
            local app = new()
            app:get("/", function() error("Terminated", 0) end)
            expect(app:dispatch("/").error):eq("Terminated")
            expect(logged):same {}
        end)

        it("of the host about a body become its statuses", function()
            local app = new()
            app:get("/", function() error("x.lua:1: the request's body is too large (it may have 5 bytes: option max_body)", 0) end)
            expect(app:dispatch("/").status):eq(413)
        end)
    end)

    it("tells of a handler that sends nothing", function()
        local app = new()
        app:get("/", function() end)
        app:get("/status", function(_, res) res:status(202) end)
        app:get("/written", function(_, res) res:write("a"):write("b") end)
        expect(app:dispatch("/").status):eq(204)
        expect(logged[1]):str_match("sent no response")
        expect(app:dispatch("/status").status):eq(202)
        expect(app:dispatch("/written").body):eq("ab")
        expect(#logged):eq(1)
    end)

    describe("WebSockets", function()
        it("go to their routes", function()
            local app, got, closed = new(), nil, 0
            local socket = { close = function() closed = closed + 1 end }
            app:websocket("/chat/:room", function(s, req) got = { s, req.params.room } end)
            app:get("/chat/:room", says "page")
            app:websocket("/only", function() error("oops") end)
            app:get("/*path", says "files")
            expect(app:dispatch({ url = "/chat/a", socket = socket }).status):eq(101)
            expect(got[1]):eq(socket)
            expect(got[2]):eq("a")
            expect((answer(app, "/chat/a"))):eq("page")
            expect((answer(app, "/else"))):eq("files")
            expect(closed):eq(1)
            -- The host logs it, and closes the WebSocket.
            expect(app:dispatch({ url = "/only", socket = socket }).error):str_match("oops\nstack traceback")
        end)

        it("are asked for as such", function()
            local app = new()
            app:websocket("/only", function() end)
            expect(app:dispatch("/only").status):eq(426)
            expect(app:dispatch({ url = "/only", method = "POST" }).headers.Allow):eq("GET, HEAD, OPTIONS")
            expect(app:dispatch({ url = "/none", socket = { close = print } }).status):eq(404)
        end)

        it("can be refused by middleware", function()
            local app = new()
            app:use(function() router.fail(403) end)
            app:websocket("/only", function() error("reached") end)
            expect(app:dispatch({ url = "/only", socket = {} }).status):eq(403)
            expect(logged):same {}
        end)
    end)

    it("serves over HTTP", function()
        if not http.checkURL("http://127.0.0.1") then return end
        local app = new()
        app:get("/hello/:name", function(req, res)
            sleep(0)
            res:cookie("a", 1):cookie("b", 2):json({ hello = req.params.name, address = req.address })
        end)
        app:post("/form", function(req, res) res:json((req:form())) end)
        local response, missing, form
        parallel.waitForAny(
            function() app:listen(0, { on_listen = function(port) os.queueEvent("serving", port) end }) end,
            function()
                local _, port = os.pullEvent("serving")
                local base = "http://127.0.0.1:" .. port
                response = http.get(base .. "/hello/a%20b?x")
                form = http.post(base .. "/form", "x=1&y=%C3%BC")
                local _
                _, _, missing = http.get(base .. "/none")
            end)
        expect(textutils.unserializeJSON(response.readAll())):same { hello = "a b", address = "127.0.0.1" }
        expect(response.getResponseHeaders()["set-cookie"]):str_match("^a=1;.*b=2;")
        expect(textutils.unserializeJSON(form.readAll())):same { x = "1", y = "ü" }
        expect(missing.getResponseCode()):eq(404)
    end)

    it("takes and gives large files over HTTP, piece by piece", function()
        if not http.checkURL("http://127.0.0.1") then return end
        local app = new({ max_body = 100 })
        local data = ("0123456789abcde\n"):rep(40000)
        app:post("/files", function(req, res)
            for part in req:parts() do res:json({ part:save("/files/" .. part.filename) }) end
        end)
        app:post("/text", function(req, res) res:text(req:text()) end)
        app:static("/files", "/files")
        local stored, whole, range, missing, tooLong, malformed
        parallel.waitForAny(
            function()
                app:listen(0, { stream = true, stream_buffer = 65536, on_listen = function(port) os.queueEvent("serving", port) end })
            end,
            function()
                local _, port = os.pullEvent("serving")
                local base = "http://127.0.0.1:" .. port
                local form = { ["Content-Type"] = "multipart/form-data; boundary=XX" }
                local head = "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../big.bin\"\r\n\r\n"
                stored = http.post(base .. "/files", head .. data .. "\r\n--XX--\r\n", form).readAll()
                whole = http.get(base .. "/files/big.bin")
                range = http.get(base .. "/files/big.bin", { Range = "bytes=-17" })
                missing = select(3, http.get(base .. "/files/big.bin", { Range = "bytes=640000-" })).getResponseCode()
                tooLong = select(3, http.post(base .. "/text", ("x"):rep(101))).getResponseCode()
                malformed = select(3, http.post(base .. "/files", head .. data, form)).getResponseCode()
            end)
        expect(stored):eq("[640000]")
        expect(whole.readAll() == data):eq(true)
        expect(whole.getResponseHeaders()["content-length"]):eq("640000")
        expect({ range.getResponseCode(), range.readAll() }):same { 206, "\n0123456789abcde\n" }
        expect({ missing, tooLong, malformed }):same { 416, 413, 400 }
        expect(fs.getSize("/files/big.bin")):eq(640000)
        expect(logged):same {}
    end)

    it("serves WebSockets over HTTP", function()
        if not http.checkURL("http://127.0.0.1") then return end
        local app = new()
        app:websocket("/echo/:name", function(socket, req)
            socket.send(req.params.name .. req.query.x .. (req.headers.Host and "" or "no host"))
            for message, binary in socket.receive do socket.send(message, binary) end
        end)
        app:websocket("/fails", function() error("oops") end)
        local greeting, echo, ended, refused
        parallel.waitForAny(
            function() app:listen(0, { on_listen = function(port) os.queueEvent("serving", port) end }) end,
            function()
                local _, port = os.pullEvent("serving")
                local base = "ws://127.0.0.1:" .. port
                local socket = assert(http.websocket(base .. "/echo/a%20b?x=1"))
                greeting = socket.receive()
                socket.send("ü")
                echo = socket.receive()
                socket.close()
                ended = assert(http.websocket(base .. "/fails")).receive()
                refused = select(2, http.websocket(base .. "/none"))
            end)
        expect({ greeting, echo, ended }):same { "a b1", "ü" }
        expect(refused):str_match("404")
    end)
end)
