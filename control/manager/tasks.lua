-- The part of the manager by which facades run things: tasks, timers, listeners, notices.

local yield = coroutine.yield

---@class Manager
local Tasks = {}

local TaskHandle = {}
TaskHandle.__index = TaskHandle

---Ends the task where it stands.
function TaskHandle:cancel() self.scheduler:cancel(self.task, "cancelled", "cancelled") end

---Waits for the task's end.
---@return boolean ok
---@return any ...
function TaskHandle:wait() return self.gate:wait() end

---Runs a function beside the others; it may wait. Its error goes to the log.
---@param fn function
---@param ... any
---@return { done: boolean, cancel: fun(self), wait: fun(self): boolean, any }
function Tasks:spawn(fn, ...)
    local handle = setmetatable({ scheduler = self.scheduler, done = false, gate = self:gate() }, TaskHandle)
    handle.task = self.scheduler:start(self.control, "task", fn, ...)
    handle.task.finished = function(_, ...)
        handle.done = true
        handle.gate:open(...)
    end
    return handle
end

---Runs a function in a task of the control plane, for a plugin's task that calls this and waits for what comes of it.
---@param fn function
---@param ... any
---@return boolean ok
---@return any ... results, or the message
function Tasks:await(fn, ...)
    return self.scheduler:call({ owner = self.control, name = "control", fn = fn, quiet = true, counts = false }, ...)
end

local Gate = {}
Gate.__index = Gate

---Lets those through that wait, and all who come later. The first call counts.
---@param ... any what they get
function Gate:open(...)
    if self.values then return end
    self.values = table.pack(...)
    self.manager.scheduler:post(self.manager.control, self.event)
end

---Waits until the gate opens.
---@param seconds? number for so long at most
---@return any ... what open has got; nothing when the time is over
function Gate:wait(seconds)
    local over, cancel = false, nil
    if seconds and not self.values then
        cancel = self.manager:after(seconds, function()
            over = true
            self.manager.scheduler:post(self.manager.control, self.event)
        end, true)
    end
    while not self.values and not over do yield(self.event) end
    if cancel then cancel() end
    if self.values then return table.unpack(self.values, 1, self.values.n) end
end

---Makes something that tasks of the control plane wait for.
function Tasks:gate()
    self.gates = self.gates + 1
    return setmetatable({ manager = self, event = "manager_gate_" .. self.gates }, Gate)
end

---Calls a function later, in a task.
---@param seconds number
---@param fn function
---@param direct? boolean call it in the loop itself: it must not wait
---@return fun() cancel
function Tasks:after(seconds, fn, direct)
    local id = os.startTimer(seconds)
    self.timers[id] = direct and fn or function() self:spawn(fn) end
    return function()
        if self.timers[id] then
            self.timers[id] = nil
            os.cancelTimer(id)
        end
    end
end

---Calls a function again and again, in a task; a call that is due while the last one runs is left out.
---@param seconds number
---@param fn function
---@param direct? boolean call it in the loop itself: it must not wait
---@return fun() cancel
function Tasks:every(seconds, fn, direct)
    local cancelled, cancel, last = false, nil, nil
    local function again()
        if cancelled then return end
        if direct then
            fn()
        elseif not last or last.done then
            last = self:spawn(fn)
        end
        cancel = self:after(seconds, again, true)
    end
    cancel = self:after(seconds, again, true)
    return function()
        cancelled = true
        cancel()
    end
end

----------------------------------------------------------------------------------------------------------------------

local ListenerHandle = {}
ListenerHandle.__index = ListenerHandle

---Closes the port. Requests that are being handled may finish.
---@param drain? number seconds to wait for them at most; 5 unless given
function ListenerHandle:close(drain)
    local listener = self.listener
    self.manager.listeners:close(listener)
    local deadline = os.clock() + (drain or 5)
    while listener.running > 0 and os.clock() < deadline do sleep(0.05) end
end

---Gives it other options, on the same port. Throws if they can't be.
---@param options table
function ListenerHandle:replace(options)
    self.manager.listeners:replace(self.listener, options)
end

---Serves requests on a port: the handler runs in a task for each. It is http.listen, but does not wait. Throws if the port is
---taken or an option is wrong.
---@param options table those of http.listen, and port
---@param handler fun(request: http.ServerRequest, response: http.ServerResponse)
---@return { port: integer, close: fun(self, drain?: number), replace: fun(self, options: table) }
function Tasks:listen(options, handler)
    local listener, message = self.listeners:open(self.control, options.port or 0, options, handler)
    if not listener then error(message, 2) end
    listener.direct = options.direct
    return setmetatable({ manager = self, listener = listener, port = listener.port }, ListenerHandle)
end

----------------------------------------------------------------------------------------------------------------------

---Has a function called when something has happened; docs of the manager list what. It must not wait.
---@param event string
---@param fn function
---@return fun() off
function Tasks:on(event, fn)
    local list = self.listening[event] or {}
    self.listening[event] = list
    local entry = { fn }
    list[#list + 1] = entry
    return function()
        for i = #list, 1, -1 do
            if list[i] == entry then table.remove(list, i) end
        end
    end
end

---Calls the functions of `on`.
---@param event string
---@param ... any
function Tasks:notice(event, ...)
    local list = self.listening[event]
    if not list then return end
    for i = #list, 1, -1 do self:guard(list[i][1], ...) end
end

---Calls a function; an error of it goes to the log.
---@param fn function
---@param ... any
function Tasks:guard(fn, ...)
    local trace
    local ok, message = xpcall(fn, function(value)
        trace = debug.traceback("", 2)
        return value
    end, ...)
    if not ok then self.logs:write("control", "error", tostring(message), { traceback = trace }) end
end

return Tasks
