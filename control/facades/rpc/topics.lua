-- Topics and who is subscribed to them. A topic is there as long as a plugin that runs has it; several may have the same.
--
-- All functions but Topics:find are for tasks of the control plane, of which only one is under way at a time.

local remove = table.remove

---@class rpc.Topic
---@field name string
---@field owners table<table, table> by the plugin's record: options
---@field count integer how many owners there are
---@field list (rpc.Client|false)[] who is subscribed, in order; false: nobody any more
---@field places table<rpc.Client, integer>
---@field subscribers integer
---@field last? string the last message, if an owner has said that it is a state
local Topic = {}
Topic.__index = Topic

---Whether the last message is kept for those who come later.
---@return boolean
function Topic:isState()
    for _, options in pairs(self.owners) do
        if options.state then return true end
    end
    return false
end

---What the topic is about, as its owner has said.
---@return string?
function Topic:doc()
    for _, options in pairs(self.owners) do
        if options.doc then return options.doc end
    end
end

---Sends a message to all who are subscribed.
---@param text string
function Topic:write(text)
    if self.count == 0 then return end
    if self:isState() then self.last = text end
    local list = self.list
    for i = 1, #list do
        local client = list[i]
        if client then client:write(text) end
    end
end

---@class rpc.Topics
local Topics = {}
Topics.__index = Topics

---Makes an empty list of topics.
---@return rpc.Topics
local function new() return setmetatable({ byName = {}, order = {} }, Topics) end

---The topic of a name.
---@param name any
---@return rpc.Topic?
function Topics:find(name) return self.byName[name] end

---Has a plugin have a topic.
---@param record table the plugin's record
---@param name string
---@param options { state?: boolean, doc?: string }
---@return rpc.Topic
function Topics:attach(record, name, options)
    local topic = self.byName[name]
    if not topic then
        topic = setmetatable({ name = name, owners = {}, count = 0, list = {}, places = {}, subscribers = 0 }, Topic)
        self.byName[name] = topic
        self.order[#self.order + 1] = topic
    end
    if not topic.owners[record] then topic.count = topic.count + 1 end
    topic.owners[record] = options
    return topic
end

---Has a plugin not have a topic any more. If it was the last one, the topic goes, with its subscriptions.
---@param record table
---@param name string
function Topics:detach(record, name)
    local topic = self.byName[name]
    if not topic or not topic.owners[record] then return end
    topic.owners[record] = nil
    topic.count = topic.count - 1
    if topic.count > 0 then return end
    self.byName[name] = nil
    for i = #self.order, 1, -1 do
        if self.order[i] == topic then remove(self.order, i) end
    end
    for _, client in ipairs(topic.list) do
        if client then client:forget(name) end
    end
    topic.list, topic.places, topic.subscribers = {}, {}, 0
end

---Names of all topics, in the order in which they have come.
---@return string[]
function Topics:names()
    local names = {}
    for _, topic in ipairs(self.order) do names[#names + 1] = topic.name end
    return names
end

---Subscribes a client; the last message of a state is sent to it first. One that is subscribed stays so.
---@param topic rpc.Topic
---@param client rpc.Client
---@return boolean new
function Topics:subscribe(topic, client)
    if topic.places[client] then return false end
    topic.list[#topic.list + 1] = client
    topic.places[client] = #topic.list
    topic.subscribers = topic.subscribers + 1
    if topic.last then client:send(topic.last) end
    return true
end

---Ends a client's subscription.
---@param topic rpc.Topic
---@param client rpc.Client
---@return boolean was
function Topics:unsubscribe(topic, client)
    local place = topic.places[client]
    if not place then return false end
    topic.places[client] = nil
    topic.list[place] = false
    topic.subscribers = topic.subscribers - 1
    if #topic.list > 16 and topic.subscribers < #topic.list / 2 then
        local list = {}
        for _, each in ipairs(topic.list) do
            if each then
                list[#list + 1] = each
                topic.places[each] = #list
            end
        end
        topic.list = list
    end
    return true
end

return { new = new }
