-- The methods that there are: those of the server itself, and those of plugins.
--
-- Plugins register theirs in the middle of their time slices, while a task of the control plane may be asleep in the middle of a search.
-- So nothing here goes through a table with pairs, and lists are only added to.

local parameters = require "facades.rpc.parameters"

---@class rpc.Method
---@field name string
---@field fn function
---@field doc? string
---@field params? table what parameters.declare gives
---@field plugin? PluginHandle nil: the server's own
---@field record? table the plugin's
---@field plain? boolean objects with the names args and kwargs are nothing special
---@field context? boolean the function gets args, kwargs and the client
---@field hidden? boolean it is another name of one that is listed
---@field waits? boolean of the server's own: it runs beside the connection
---@field raw? boolean of the server's own: it gets params as they are
---@field open? boolean of the server's own: it is there before the token
---@field options { name: string, timeout: number } of its calls
---@field timeout? number seconds, if the plugin has said so
---@field number integer the order of registration

---@class rpc.Methods
local Methods = {}
Methods.__index = Methods

---Makes the list of methods.
---@return rpc.Methods
local function new()
    return setmetatable({ own = {}, ownOrder = {}, byName = {}, records = {}, last = 0 }, Methods)
end

---Adds one of the server's own, which no plugin can take the place of.
---@param method rpc.Method
function Methods:addOwn(method)
    method.options = { name = method.name }
    if method.params then method.params = parameters.declare(method.params) end
    self.own[method.name] = method
    if not method.hidden then self.ownOrder[#self.ownOrder + 1] = method end
end

---Finds a method; if there is none of the name, one of the name in capitals.
---@param name string
---@return rpc.Method?
function Methods:find(name)
    local byName, own = self.byName, self.own
    local found = byName[name] or own[name]
    if found then return found end
    name = name:upper()
    return byName[name] or own[name]
end

---Adds a method to those of a load of a plugin; it can be called once the load is the active one.
---@param record { methods: rpc.Method[], active: boolean }
---@param method rpc.Method
---@return boolean new false: it takes the place of one of its name
function Methods:add(record, method)
    self.last = self.last + 1
    method.number, method.record = self.last, record
    local methods = record.methods
    local at, new = #methods + 1, true
    for i = 1, #methods do
        if methods[i].name == method.name then
            if not methods[i].gone then method.number = methods[i].number end
            at, new = i, false
        end
    end
    methods[at] = method
    -- The load may become the active one at any time: it looks at the list, which this was added to first.
    if record.active then self.byName[method.name] = method end
    return new
end

---Takes a method away.
---@param record table
---@param name string
---@return boolean was
function Methods:remove(record, name)
    for i = 1, #record.methods do
        local method = record.methods[i]
        if method.name == name and not method.gone then
            method.gone = true
            if self.byName[name] == method then self.byName[name] = nil end
            return true
        end
    end
    return false
end

---The load has become the active one.
---@param record table
function Methods:commit(record)
    record.active = true
    local records = {}
    for i = 1, #self.records do records[i] = self.records[i] end
    records[#records + 1] = record
    self.records = records
    for i = 1, #record.methods do
        local method = record.methods[i]
        if not method.gone then self.byName[method.name] = method end
    end
end

---The load has ended.
---@param record table
function Methods:retire(record)
    record.active = false
    local records = {}
    for i = 1, #self.records do
        if self.records[i] ~= record then records[#records + 1] = self.records[i] end
    end
    self.records = records
    for i = 1, #record.methods do
        local method = record.methods[i]
        if self.byName[method.name] == method then self.byName[method.name] = nil end
    end
end

---All methods that have a place in lists, the server's own first, in the order of their registration.
---@return rpc.Method[]
function Methods:all()
    local all = {}
    for i = 1, #self.ownOrder do all[i] = self.ownOrder[i] end
    local ofPlugins = {}
    for i = 1, #self.records do
        local methods = self.records[i].methods
        for k = 1, #methods do
            if not methods[k].gone and self.byName[methods[k].name] == methods[k] then ofPlugins[#ofPlugins + 1] = methods[k] end
        end
    end
    table.sort(ofPlugins, function(a, b) return a.number < b.number end)
    for i = 1, #ofPlugins do all[#all + 1] = ofPlugins[i] end
    return all
end

return { new = new }
