-- A REST service that keeps things in a database of its own.
--
--   curl 'http://127.0.0.1:9192/todo?all=false'
--   curl --json '{"title": "milk"}' http://127.0.0.1:9192/todo
--   curl -X PATCH --json '{"done": true}' http://127.0.0.1:9192/todo/1
--   curl -X DELETE http://127.0.0.1:9192/todo/1

-- In the plugin's data folder; files without /data in front would be beside this one.
local db = dbConnect("sqlite", "/data/todo.db")
db.exec("CREATE TABLE IF NOT EXISTS todo (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)")

local function shown(row)
    return { id = row.id, title = row.title, done = row.done == 1 }
end

local function find(params)
    local id = tonumber(params.id)
    local row = id and db.query("SELECT id, title, done FROM todo WHERE id = ?", id)[1]
    return row and shown(row)
end

-- A handler returns the status and what becomes JSON.
local function notFound() return 404, { error = "there is no such item" } end

local function titleOf(value)
    if type(value) ~= "string" or not value:find("%S") or #value > 200 then return nil end
    return value
end

route("GET", "/", function(params)
    local list = textutils.empty_json_array
    for i, row in ipairs(db.query("SELECT id, title, done FROM todo WHERE ? OR done = 0 ORDER BY id", params.all ~= "false")) do
        if i == 1 then list = {} end
        list[i] = shown(row)
    end
    return 200, list
end)

-- What comes in the body as JSON and in the URL is in params.
route("POST", "/", function(params)
    local title = titleOf(params.title)
    if not title then return 422, { error = "title: a text of 1 to 200 characters" } end
    local _, id = db.exec("INSERT INTO todo (title) VALUES (?)", title)
    printInfo("new: " .. title)
    return 201, find { id = id }
end)

route("GET", "/:id", function(params)
    local item = find(params)
    if not item then return notFound() end
    return 200, item
end)

route("PATCH", "/:id", function(params)
    local item = find(params)
    if not item then return notFound() end
    if params.title ~= nil and not titleOf(params.title) then return 422, { error = "title: a text of 1 to 200 characters" } end
    if params.done ~= nil and type(params.done) ~= "boolean" then return 422, { error = "done: true or false" } end
    local done = item.done
    if params.done ~= nil then done = params.done end
    db.exec("UPDATE todo SET title = ?, done = ? WHERE id = ?", params.title or item.title, done, item.id)
    return 200, find { id = item.id }
end)

route("DELETE", "/:id", function(params)
    local item = find(params)
    if not item then return notFound() end
    db.exec("DELETE FROM todo WHERE id = ?", item.id)
    return 200, item
end)
