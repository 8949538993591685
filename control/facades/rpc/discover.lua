-- The description of the methods for programs: OpenRPC 1.3.2. Topics, which it has no word for, are in the member x-topics.

local json = require "luart.json"
local parameters = require "facades.rpc.parameters"

---Makes the document.
---@param server rpc.Server
---@return table
return function(server)
    local methods, topics = json.array {}, json.array {}
    for _, method in ipairs(server.methods:all()) do
        local params = parameters.describe(method.params)
        if not method.params and (method.name == "SUBSCRIBE" or method.name == "UNSUBSCRIBE") then
            params = json.array { { name = "names", required = false, schema = { type = "string" }, description = "each param is a topic's name" } }
        end
        methods[#methods + 1] = {
            name = method.name, summary = method.doc and method.doc:match("^[^\n]*"), description = method.doc, params = params,
            paramStructure = method.params and "either" or "by-position", result = { name = "result", schema = {} },
            tags = method.plugin and json.array { { name = method.plugin.name } } or nil,
        }
    end
    for _, name in ipairs(server.topics:names()) do
        local topic = server.topics:find(name)
        topics[#topics + 1] = { name = name, description = topic:doc(), state = topic:isState() }
    end
    return {
        openrpc = "1.3.2", info = { title = "luart", version = server:version().luart }, methods = methods, ["x-topics"] = topics,
        servers = json.array { { name = "luart serve", url = server.address or "" } },
    }
end
