---@meta

-- What plugins of luart serve have besides the globals of programs.

---The plugin's name: that of its folder, or of its file without ".lua".
---@type string
PLUGIN_NAME = nil

---Where the plugin is below the folder of the plugins: "community/chess".
---@type string
PLUGIN_PATH = nil

---Where it is for the server: "/plugins/community/chess". For the plugin itself, its folder is "/".
---@type string
PLUGIN_REALPATH = nil

---When the plugin was loaded, in seconds since 1970.
---@type integer
PLUGIN_START = nil

---When the server has started, in seconds since 1970.
---@type integer
START_TIME = nil

---The folder of the plugins: "/plugins".
---@type string
PLUGINS_PATH = nil

---What the configuration says of the plugin, in the section [plugin_parms].
---@type table<string, any>
PLUGIN_PARAMS = nil

---Has a function called at each event of a name, from whichever plugin. Each call is a task of its own: it may wait, and its error goes to the log.
---@param event string
---@param fn fun(...: any)
function on(event, fn) end

---As `on`, for the next event only.
---@param event string
---@param fn fun(...: any)
function once(event, fn) end

---Takes a function away that `on` or `once` has got.
---@param event string
---@param fn fun(...: any)
---@return boolean found
function off(event, fn) end

---Sends an event to all plugins, this one included. Its handlers are called soon; this does not wait for them. While main.lua runs for the first time, others hear it
---once the plugin is loaded. Throws when too many calls wait.
---@param event string
---@param ... any
function emit(event, ...) end

---Offers a function to other plugins, as exports.PLUGIN.NAME.
---@param name string
---@param fn function
function export(name, fn) end

---Functions of other plugins: exports.chess.move(1, 2), exports["my-plugin"].f(). A plugin that is not running, and a function that it doesn't export, are nil. A
---function runs in its own plugin, and outlives a reload of that; its errors are thrown here.
---@type table<string, table<string, function>>
exports = nil

---Questions that any plugin may answer.
Hook = {}

---Adds a function that may answer. It gives nil when it has no answer.
---@param name string
---@param fn fun(...: any): any
---@param priority? number those with higher numbers come first; 0 unless given
function Hook.Add(name, fn, priority) end

---Adds a function that is called each time and gives no answer.
---@param name string
---@param fn fun(...: any)
function Hook.Watch(name, fn) end

---Takes functions of this plugin away.
---@param name string
---@param fn? function all of the name unless given
---@return boolean found
function Hook.Remove(name, fn) end

---Asks: gives the first answer that is not nil.
---@param name string
---@param ... any
---@return any ...
function Hook.Run(name, ...) end

---Asks all, and combines their answers.
---@param name string
---@param initial any
---@param combine fun(value: any, answer: any): any, boolean? gives the new value, and true to stop
---@param ... any
---@return any value
function Hook.Fold(name, initial, combine, ...) end

---Calls a function later, once or again and again. It is called in a task of its own; a call that is due while the last one still runs is left out.
---@param fn fun()
---@param interval number milliseconds, rounded to ticks of 50
---@param times? integer how many times; 1 unless given, 0 is for ever
---@return integer handle
function setTimer(fn, interval, times) end

---Ends a timer.
---@param handle integer
---@return boolean found
function killTimer(handle) end

---Whether a timer is still to call its function.
---@param handle integer
---@return boolean
function isTimer(handle) end

---How long a timer has left, and its interval; 0, 0 if there is none.
---@param handle integer
---@return number left milliseconds
---@return number interval milliseconds
function getTimer(handle) end

---Calls a function at one of the next ticks: each tick of 50 ms calls one, in their order.
---@param fn fun(...: any)
---@param ... any
function defer(fn, ...) end

---The parts of a time.
---@param seconds? number since 1970; now unless given
---@param localTime? boolean false: in UTC
---@return { second: integer, minute: integer, hour: integer, monthday: integer, month: integer, year: integer, weekday: integer, yearday: integer, isdst: integer, timestamp: integer } time months from 0, years from 1900, days of the week from 0, a Sunday
function getRealTime(seconds, localTime) end

---Whether a file is there. Paths of the file functions are of the plugin's folder, "/data/…" of its data folder.
---@param path string
---@return boolean
function fileExists(path) end

---@param path string
---@return string? content nil if there is no such file
function readFile(path) end

---Writes a file, in place of what it was. Throws when it can't.
---@param path string
---@param text string|number
---@return boolean ok
function writeFile(path, text) end

---Adds to the end of a file. Throws when it can't.
---@param path string
---@param text string|number
---@return boolean ok
function appendFile(path, text) end

---@param path string
---@return string path from the root, "/lib/a.lua"
function getFilePath(path) end

---@param path? string a folder; the plugin's unless given
---@param extension? string only files that end with it: "lua"
---@return string[] names of files
function listFiles(path, extension) end

---@param path string
---@return integer seconds since 1970; 0 if there is no such file
function getFileModTime(path) end

---Runs a Lua file, each time anew. The path is relative to the file that calls it. Throws if there is none, and its errors.
---@param path string
---@return any ... what it returns
function include(path) end

---Writes to the log.
---@param ... any
function printDebug(...) end

---Writes to the log.
---@param ... any
function printInfo(...) end

---Writes to the log.
---@param ... any
function printSuccess(...) end

---Writes to the log.
---@param ... any
function printWarning(...) end

JSON = {}

---@param value any
---@return string
function JSON.stringify(value) end

---@param text string
---@return any value nil if it is no JSON
---@return string? message
function JSON.parse(text) end

---@param path string
---@param value any
function JSON.save(path, value) end

---@param path string
---@return any value nil if there is no such file, or it is no JSON
---@return string? message
function JSON.load(path) end

---Values that outlast the server, by a namespace, an id and a key. Plugins share them. The functions wait for the disk: what was set is there when
---Storage.Set returns. They throw if the database can't be read or written. Names are of at most 1024 bytes, values of at most 1 MiB.
Storage = {}

---@param namespace string|number
---@param id string|number
---@param key string|number
---@param value string|number|boolean|table|nil tables are copied, without metatables and with what can be stored alone; nil deletes the value
---@return true
function Storage.Set(namespace, id, key, value) end

---@param namespace string|number
---@param id string|number
---@param key string|number
---@return any value
function Storage.Get(namespace, id, key) end

---@param namespace string|number
---@param id string|number
---@return table<string, any> values by their keys
function Storage.GetAll(namespace, id) end

---@param namespace string|number
---@param id string|number
---@param key string|number
---@return boolean
function Storage.Has(namespace, id, key) end

---@param namespace string|number
---@param id string|number
---@param key string|number
---@return boolean found
function Storage.Delete(namespace, id, key) end

---@param namespace string|number
---@param id? string|number all of the namespace unless given
---@return integer count
function Storage.DeleteAll(namespace, id) end

---Changes a value by a function. Nobody else changes it in between: if somebody has, the function is called again with what it is now. It may wait;
---if it throws, nothing changes.
---@param namespace string|number
---@param id string|number
---@param key string|number
---@param change fun(value: any): any gets the value, nil if there is none, and returns the new one; nil deletes it
---@return any value the new one
function Storage.Update(namespace, id, key, change) end

---Requests to other servers, with a function that gets what comes of them: whether it went well, the status (0 without a response), and the body or what
---went wrong.
Web = {}

---@param url string
---@param callback? fun(success: boolean, status: integer, body: string)
---@param headers? table<string, string>
function Web.Get(url, callback, headers) end

---@param url string
---@param body? string|table a table is sent as JSON
---@param callback? fun(success: boolean, status: integer, body: string)
---@param headers? table<string, string>
function Web.Post(url, body, callback, headers) end

---@param options { url: string, method?: string, body?: string|table, headers?: table<string, string>, timeout?: number, redirect?: boolean }
---@param callback? fun(success: boolean, status: integer, body: string)
function Web.Request(options, callback) end

---A value of the server's file of secrets, which is never in the log.
---@param name string
---@return string value "" if there is none
function getSecret(name) end

---Opens a database in a file: see the module luart.sqlite. Throws for other kinds than "sqlite".
---@param kind "sqlite"
---@param path string "/data/name.db"
---@return table database
function dbConnect(kind, path) end

---Whether all plugins that are loaded at the start are there.
---@return boolean
function isServerLoaded() end

---What the handler of a route gets. Besides these fields there are the parameters of the request: those of a JSON object in the body, over them the first values of
---the query, and over them what stands for the parameters of the route's path. pairs shows these and the subpath.
---@class luart.RouteRequest
---@field subpath? string what comes behind the plugin's name in the URL, decoded; nil for the bare name
---@field request_headers table<string, string> found in any spelling
---@field client_ip? string the address of who has connected
---@field request_id string what the log calls the request
---@field log { debug: fun(message: any), info: fun(message: any), success: fun(message: any), warning: fun(message: any), error: fun(message: any) }
---@field request http.ServerRequest
---@field response http.ServerResponse for those that write the response themselves, and close it
---@field [string] any

---Answers requests for the plugin. The path is below the plugin's own, with `:name` for any segment and `*name` for the rest. The function returns a status and
---a body, which becomes JSON, and maybe headers; or a table with `status`, `headers`, `type` and `body`. A route of the method "WEBSOCKET" is for those: its function gets the
---socket first.
---@param method string "GET"
---@param path string "/items/:id"
---@param handler (fun(params: luart.RouteRequest): any, any?, table<string, string>?) | (fun(socket: http.ServerWebsocket, params: luart.RouteRequest))
---@overload fun(path: string, handler: fun(params: luart.RouteRequest): any, any?, table<string, string>?)
function route(method, path, handler) end

---Has a function called when the plugin is unloaded or replaced, once calls that are under way have finished; the last one first.
---@param fn fun()
function onUnload(fn) end

---Calls a function at times of the calendar: second, minute, hour, day of the month, month, day of the week; or without the second. Throws for a
---schedule that can't be.
---@param cron string "0 30 9 * * MON-FRI"
---@param fn fun()
---@return fun() remove
function schedule(cron, fn) end
