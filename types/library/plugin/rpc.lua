---@meta

-- What plugins have for JSON-RPC: methods that clients call, and topics that they subscribe to. docs/rpc.md tells how it looks for clients.

---A parameter of a method, as it is declared.
---@class rpc.Parameter
---@field name string
---@field type? "any"|"string"|"number"|"integer"|"boolean"|"array"|"object" What else is sent is an error for the client; "any" unless given.
---@field optional? boolean
---@field default? any What the function gets if it is missing.
---@field doc? string

---What a plugin says about a method.
---@class rpc.Options
---@field doc? string What GET_METHOD_INFO and rpc.discover tell.
---@field params? (string|rpc.Parameter)[] Names such as "count", "count?", "count: integer" or "count?: integer"; "..." at the end lets more through.
---@field context? boolean The function gets three tables: positions, names, and { client, method, notification }.
---@field envelope? boolean false: objects with the members args and kwargs are nothing special.
---@field timeout? number Seconds until the client gets the error "timeout"; rpc.call_time of the settings unless given.

---A client that is connected. All functions are called with a dot.
---@class rpc.Client
---@field id integer A number that no other connection has had.
---@field address string IP address and port.
---@field notify fun(method: string, params?: any) Sends it a notification. Throws for what JSON doesn't have.
---@field call fun(method: string, params?: any, timeout?: number): boolean, any, integer?, any Asks it, and waits for 10 seconds unless given. Returns true and the result; or false, a message, and the code and the data of its error.
---@field subscriptions fun(): string[] The topics that it is subscribed to.
---@field connected fun(): boolean
---@field close fun(reason?: string)

---A topic of a plugin. All functions are called with a dot.
---@class rpc.Topic
---@field name string
---@field publish fun(params?: any) Sends a message to all who are subscribed; see publish.
---@field subscribers fun(): integer How many there are.
---@field remove fun() Takes the topic away.

---An error that a method throws for its client: error(rpc.error(-32050, "no such player")).
---@class rpc.Error
---@field code integer
---@field message string
---@field data any

---The methods of a plugin. Called as a function, `rpc("GREET", function(name) … end, { params = { "name" } })`, it offers a method PLUGIN__GREET, and returns that
---name. One of the same name is replaced. What the function returns first is the result. Throws for a name or options that can't be.
---@class rpc
---@overload fun(name: string, fn: function, options?: rpc.Options): string
rpc = {}

---Takes a method away.
---@param name string
---@return boolean was
function rpc.remove(name) end

---Makes an error for the client; throw it. Throws for codes that JSON-RPC has for itself.
---@param code integer -32099 to -32000, -32602 for params, or any outside of -32768 to -32000
---@param message string
---@param data? any
---@return rpc.Error
function rpc.error(code, message, data) end

---The client whose call is being handled.
---@return rpc.Client? client nil outside of calls
function rpc.client() end

---Makes a topic, or changes it. It goes with the plugin, but stays when the plugin is reloaded and makes it again, with its subscriptions.
---@param name string
---@param options? { state?: boolean, doc?: string } state: the last message is sent to those who subscribe later
---@return rpc.Topic
function topic(name, options) end

---Sends a message to all who are subscribed to a topic of this plugin. It does not wait; clients that read too slowly are disconnected.
---Throws if the plugin has no such topic, for what JSON doesn't have, and when too much waits to be sent.
---@param name string
---@param params? any
function publish(name, params) end
