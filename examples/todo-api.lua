-- A list of things to do, as a REST API. It is kept in a file, todos.json in the current folder unless FILE is given.
--
--   luart examples/todo-api.lua [PORT [FILE]]
--
--   curl -d '{"title": "milk"}' -H 'Content-Type: application/json' http://127.0.0.1:8080/todos
--   curl 'http://127.0.0.1:8080/todos?done=false'
--   curl -X PATCH -d '{"done": true}' -H 'Content-Type: application/json' http://127.0.0.1:8080/todos/1
--   curl -X DELETE http://127.0.0.1:8080/todos/1

local router = require "cc.http.router"

local port, path = tonumber((...)) or 8080, select(2, ...) or "/todos.json"

-- The file has the next id and all todos. A file that is opened for writing takes the old one's place when it is closed, at once:
-- whenever the program or the machine ends, there is a whole one.
local store = { next = 1, todos = {} }

local function load()
    local file = fs.open(path, "r")
    if not file then return end
    local text = file.readAll()
    file.close()
    store = assert(textutils.unserializeJSON(text, { parse_empty_array = false }), path .. " is not JSON")
end

local function save()
    local text = textutils.serializeJSON({
        next = store.next, todos = #store.todos > 0 and store.todos or textutils.empty_json_array,
    }, { unicode_strings = true })
    local file, message = fs.open(path, "w")
    if not file then error(message, 0) end
    file.write(text)
    file.close()
end

-- Takes what a client has sent over to a todo.
local function update(todo, body)
    if type(body) ~= "table" then router.fail(422, "an object is expected") end
    for name, value in pairs(body) do
        if name == "title" and type(value) == "string" and #value >= 1 and #value <= 200 then
            todo.title = value
        elseif name == "done" and type(value) == "boolean" then
            todo.done = value
        else
            router.fail(422, "bad field " .. tostring(name), { field = tostring(name) })
        end
    end
    if not todo.title then router.fail(422, "the field title is missing", { field = "title" }) end
    return todo
end

local function find(req)
    for index, todo in ipairs(store.todos) do
        if tostring(todo.id) == req.params.id then return todo, index end
    end
    router.fail(404, "no such todo")
end

local app = router.new()

app:get("/todos", function(req, res)
    local found = {}
    for _, todo in ipairs(store.todos) do
        if not req.query.done or req.query.done == tostring(todo.done) then found[#found + 1] = todo end
    end
    res:json(#found > 0 and found or textutils.empty_json_array)
end)

app:post("/todos", function(req, res)
    local todo = update({ id = store.next, done = false }, req:json())
    store.todos[#store.todos + 1] = todo
    store.next = store.next + 1
    save()
    res:status(201):header("Location", "/todos/" .. todo.id):json(todo)
end)

app:get("/todos/:id", function(req, res)
    res:json((find(req)))
end)

app:patch("/todos/:id", function(req, res)
    local body = req:json()
    local todo, index = find(req)
    -- On a copy: a bad field leaves all as it was.
    store.todos[index] = update({ id = todo.id, title = todo.title, done = todo.done }, body)
    save()
    res:json(store.todos[index])
end)

app:delete("/todos/:id", function(req, res)
    local _, index = find(req)
    table.remove(store.todos, index)
    save()
    res:empty()
end)

load()
app:listen(port, {
    on_listen = function(actual) print(("Listening on http://127.0.0.1:%d/todos ..."):format(actual)) end,
})
