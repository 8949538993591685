-- The metrics of the control plane: what the manager and the facades count, for /metrics.

local metrics = require "luart.metrics"

local PREFIX = "luart_"
local BUCKETS = { 0.001, 0.005, 0.025, 0.1, 0.5, 1, 5 } -- seconds

-- Help texts by name. What is not here is not shown.
local HELP = {
    plugin_calls_total = "Calls of functions of plugins.",
    plugin_call_seconds = "Seconds that calls of plugins took, with all waits.",
    plugin_errors_total = "Errors in tasks of plugins.",
    plugin_events_total = "Events that were sent to plugins.",
    plugin_loads_total = "Loads and reloads of plugins.",
    plugin_lua_seconds_total = "Seconds of Lua time of plugins.",
    plugin_memory_bytes = "Bytes of the values of plugins, when they were last measured.",
    plugin_queue_length = "Calls and events that wait for a plugin.",
    plugin_tasks = "Coroutines of plugins that run or wait.",
    plugins_running = "Plugins that run.",
    http_requests_total = "Requests that were answered.",
    http_request_seconds = "Seconds until requests were answered.",
    rpc_clients = "Clients of JSON-RPC that are connected.",
    rpc_slow_clients_total = "Clients of JSON-RPC that were disconnected because they read too slowly.",
    start_time_seconds = "When the server has started, in seconds since 1970.",
}

---@class control.http.Metrics
local Metrics = {}
Metrics.__index = Metrics

local function names(labels)
    local list = {}
    for name in pairs(labels or {}) do list[#list + 1] = name end
    table.sort(list)
    return list
end

-- The metric of a name, made at its first use.
local function family(self, kind, name, labels)
    local found = self.families[name]
    if found == nil then
        found = HELP[name] and metrics[kind](PREFIX .. name, HELP[name], names(labels), kind == "histogram" and BUCKETS or nil) or false
        self.families[name] = found
    end
    return found
end

---Counts something.
---@param name string
---@param labels table<string, string|number>?
---@param n? number 1 unless given
function Metrics:count(name, labels, n)
    local counter = family(self, "counter", name, labels)
    if counter then counter.add(n or 1, labels) end
end

---Adds a duration.
---@param name string
---@param labels table<string, string|number>?
---@param seconds number
function Metrics:observe(name, labels, seconds)
    local histogram = family(self, "histogram", name, labels)
    if histogram then histogram.observe(seconds, labels) end
end

---Sets a number that goes up and down.
---@param name string
---@param labels table<string, string|number>?
---@param value number
function Metrics:gauge(name, labels, value)
    local gauge = family(self, "gauge", name, labels)
    if gauge then gauge.set(value, labels) end
end

-- A function that adds durations to one series.
local function durations(self, name, labels)
    local histogram = family(self, "histogram", name, labels)
    return histogram.series(labels).observe
end

---Makes a function for a facade that counts requests.
---@param facade string
---@return fun(status: integer, seconds: number)
function Metrics:requests(facade)
    local holder = self.counts[facade] or { counts = {} }
    self.counts[facade] = holder
    local observe = durations(self, "http_request_seconds", { facade = facade })
    return function(status, seconds)
        local counts = holder.counts
        counts[status] = (counts[status] or 0) + 1
        observe(seconds)
    end
end

-- Takes over what is only counted here. What is counted meanwhile is for the next time: it comes into other tables.
local function flush(self)
    for facade, holder in pairs(self.counts) do
        local counts = holder.counts
        holder.counts = {}
        for status, n in pairs(counts) do self:count("http_requests_total", { facade = facade, status = status }, n) end
    end
    local events, calls = self.events, self.calls
    self.events, self.calls = {}, {}
    for event, n in pairs(events) do self:count("plugin_events_total", { event = event }, n) end
    for plugin, all in pairs(calls) do
        for name, results in pairs(all) do
            for result, n in pairs(results) do self:count("plugin_calls_total", { plugin = plugin, name = name, result = result }, n) end
        end
    end
end

-- What the manager knows without being asked to count it.
local function look(self)
    local manager = self.manager
    local running = 0
    for _, info in ipairs(manager:list()) do
        local labels = { plugin = info.name }
        local load = info.running and manager:activeLoad(info.name)
        if load then
            running = running + 1
            self:gauge("plugin_tasks", labels, info.tasks)
            self:gauge("plugin_queue_length", labels, #load.inbox + #load.backlog)
            if info.memory then self:gauge("plugin_memory_bytes", labels, info.memory) end
        elseif self.shown[info.name] then
            for _, name in ipairs { "plugin_tasks", "plugin_queue_length", "plugin_memory_bytes" } do
                local gauge = self.families[name]
                if gauge then gauge.remove(labels) end
            end
        end
        self.shown[info.name] = load and true or nil
        local more = info.cpu - (self.seconds[info.name] or 0)
        if more > 0 then
            self:count("plugin_lua_seconds_total", labels, more)
            self.seconds[info.name] = info.cpu
        end
    end
    self:gauge("plugins_running", nil, running)
    self:gauge("start_time_seconds", nil, manager.startedAt)
end

---All metrics, as Prometheus reads them.
---@return string text
---@return string type of the text, for the header Content-Type
function Metrics:text()
    flush(self)
    look(self)
    return metrics.text(), metrics.contentType
end

local MOST = 1000 -- names of events between two looks; they are the plugins' to choose

---Has a manager count. A second call gives what the first one has.
---@param manager Manager
---@return control.http.Metrics
return function(manager)
    local present = rawget(manager, "metrics")
    if getmetatable(present) == Metrics then return present end
    local self = setmetatable({ manager = manager, families = {}, counts = {}, events = {}, calls = {}, seconds = {}, shown = {} }, Metrics)
    manager.metrics = self
    local kinds, observers = 0, {}
    manager:on("event", function(name)
        if not self.events[name] then
            if next(self.events) == nil then kinds = 0 end
            kinds = kinds + 1
            if kinds > MOST then name = "(others)" end
        end
        self.events[name] = (self.events[name] or 0) + 1
    end)
    function manager.timed(id, name, seconds, ok, code)
        local all = self.calls[id]
        if not all then
            all = {}
            self.calls[id] = all
        end
        local results = all[name]
        if not results then
            results = {}
            all[name] = results
        end
        local result = ok and "ok" or code or "error"
        results[result] = (results[result] or 0) + 1
        local observe = observers[id]
        if not observe then
            observe = durations(self, "plugin_call_seconds", { plugin = id })
            observers[id] = observe
        end
        observe(seconds)
    end
    return self
end
