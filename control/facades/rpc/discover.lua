-- The description of the methods for programs: OpenRPC 1.3.2. Topics, which it has no word for, are in the member x-topics.

local json = require "luart.json"
local parameters = require "facades.rpc.parameters"

-- What a method declares. OpenRPC wants parameters that must be there before all others; where a method has them in another order, only their names tell
-- which is which.
local function describe(declared)
    local params, optional = parameters.describe(declared), {}
    local ordered = json.array {}
    for i = 1, #params do
        local list = params[i].required and ordered or optional
        list[#list + 1] = params[i]
    end
    local same = true
    for _, each in ipairs(optional) do ordered[#ordered + 1] = each end
    for i = 1, #params do same = same and ordered[i] == params[i] end
    return ordered, not declared and "by-position" or same and "either" or "by-name"
end

---Makes the document.
---@param server rpc.Server
---@return table
return function(server)
    local methods, topics = json.array {}, json.array {}
    for _, method in ipairs(server.methods:all()) do
        local params, structure = describe(method.params)
        if not method.params and (method.name == "SUBSCRIBE" or method.name == "UNSUBSCRIBE") then
            params = json.array { { name = "names", required = false, schema = { type = "string" }, description = "each param is a topic's name" } }
        end
        methods[#methods + 1] = {
            name = method.name, summary = method.doc and method.doc:match("^[^\n]*"), description = method.doc, params = params,
            paramStructure = structure, result = { name = "result", schema = {} },
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
