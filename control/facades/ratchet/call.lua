-- The API of one's own: functions of the file restapi.lua in the folder of the plugins, which is executed anew for each request.

local answers = require "facades.ratchet.answers"
local json = require "luart.json"

local FILE = "restapi.lua"
local LONGEST = 4194304 -- bytes of the file

-- Headers that say who the client is; functions need not know the server's token.
local private = { ["authorization"] = true, ["x-custom-auth"] = true }

local function source(manager)
    local path = fs.combine(manager.root, FILE)
    if not fs.exists(path) or fs.isDir(path) then
        answers.fail(404, "there is no file " .. FILE .. " in the folder of the plugins; it returns a table of functions")
    elseif fs.getSize(path) > LONGEST then
        answers.fail(500, FILE .. " has more than " .. LONGEST .. " bytes")
    end
    local file, message = fs.open(path, "rb")
    if not file then answers.fail(500, FILE .. " can't be read: " .. tostring(message)) end
    local text = file.readAll() or ""
    file.close()
    return text
end

-- Whether clients may call what is in a table by a name: its own functions, but for those that begin with "_".
local function callable(name, value)
    return type(name) == "string" and name ~= "" and name:sub(1, 1) ~= "_" and type(value) == "function"
end

-- The function of a name.
local function find(router, name)
    local fn = rawget(router, name)
    return callable(name, fn) and fn or nil
end

-- Those of a request, found in any spelling.
local function headersFor(headers)
    local copy, byLower = {}, {}
    for name, value in pairs(headers) do
        local lower = name:lower()
        if not private[lower] then copy[name], byLower[lower] = value, value end
    end
    return setmetatable(copy, { __index = function(_, name) return type(name) == "string" and byLower[name:lower()] or nil end })
end

-- Makes an answer of what a function has returned, before the code that it comes from is taken back: { status, headers, text, type }, or a reason why
-- it can't be.
local function encode(textutils, value, status, headers)
    status = status == nil and 200 or status
    if type(status) ~= "number" or status % 1 ~= 0 or status < 200 or status > 599 then
        return nil, "the second result is the status, 200 to 599, or nil"
    elseif headers ~= nil and type(headers) ~= "table" then
        return nil, "the third result is a table of headers, or nil"
    end
    local answer = { status = status, headers = {} }
    local kind
    for name, each in next, headers or {} do
        local isText = type(each) == "string" or type(each) == "number"
        if type(name) ~= "string" or not isText then return nil, "the third result is a table of headers with names and texts" end
        if name:lower() == "content-type" then kind = tostring(each) end
        answer.headers[name] = tostring(each)
    end
    if kind and type(value) == "string" and not kind:lower():find("json", 1, true) then
        answer.text = value
    else
        local ok, text = pcall(answers.encode, value, textutils)
        if not ok then return nil, "its result is no JSON: " .. tostring(text) end
        answer.text = text
    end
    answer.type = kind or "application/json"
    if #answer.text > answers.MOST then return nil, "its result has more than " .. answers.MOST .. " bytes" end
    return answer
end

---Adds the endpoints to a router.
---@param app cc.http.Router
---@param facade ratchet.Facade
return function(app, facade)
    local manager = facade.manager

    -- Runs the file, and gives the table that it returns to a function.
    local function run(use)
        local result = table.pack(facade:inTime("there is no answer", manager.within, manager, FILE, source(manager), function(router, call, env)
            if type(router) ~= "table" then return nil, FILE .. " must return a table of functions", "error" end
            return use(router, call, type(env.textutils) == "table" and env.textutils or textutils)
        end))
        if result[1] then return table.unpack(result, 2, result.n) end
        manager.logs:write(FILE, "error", result[2], { traceback = result[4] })
        return nil, result[2], result[3], result[4]
    end

    app:post("/call/:function", facade.guard, function(req, res)
        local values, all, files = facade:parameters(req)
        local name = req.params["function"]
        local body = req.bodyText
        if not body and not next(files) and not req:is("multipart/form-data") then body = req:text(manager.settings.limits.body) end
        local details = {
            method = req.method, path = req.path, headers = headersFor(req.headers), query = facade:query(req), body = body,
            remote = req.address, params_all = all, files = files, id = req.id,
        }
        local answer, message, code, traceback = run(function(router, call, itsTextutils)
            local fn = find(router, name)
            if not fn then return nil, FILE .. " has no function " .. name, "missing" end
            local result = table.pack(call(fn, answers.adopt(values, itsTextutils), details))
            if not result[1] then return nil, result[2], result[3], result[4] end
            local made, wrong = encode(itsTextutils, result[2], result[3], result[4])
            if not made then
                wrong = name .. ": " .. wrong
                manager.logs:write(FILE, "error", wrong)
            end
            return made, wrong, "error"
        end)
        if not answer then
            return answers.failed(manager, message, code, traceback)
        end
        res:header("Cache-Control", "no-store")
        for header, value in pairs(answer.headers) do
            if not pcall(res.header, res, header, value) then
                answers.fail(500, name .. ": there can't be a header " .. manager.logs:shown(header) .. " with this value")
            end
        end
        res:status(answer.status)
        if answer.status == 204 or answer.status == 304 then return res:empty() end
        res:type(answer.type)
        return res:text(answer.text)
    end)

    -- Names of the functions there are, for the page.
    app:get("/call", facade.guard, function(_, res)
        if not fs.exists(fs.combine(manager.root, FILE)) then return answers.ok(res, { functions = json.array() }) end
        local names, message, code, traceback = run(function(router)
            local names = json.array()
            for name, value in next, router do
                if callable(name, value) and utf8.len(name) then names[#names + 1] = name end
            end
            table.sort(names)
            return names
        end)
        if not names then return answers.failed(manager, message, code, traceback) end
        return answers.ok(res, { functions = names })
    end)
end
