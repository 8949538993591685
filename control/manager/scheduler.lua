-- Runs the coroutines of plugins and facades, called tasks here, in time slices. It knows nothing of plugins.
--
-- Each task has an *owner*: one load of a plugin, or the control plane itself. While a task of an owner is preempted, no other one of that
-- owner runs: between two waits nobody changes anything under its hands, as in CraftOS. Tasks of other owners do run.
--
-- Tasks stand in lists by the event that they wait for, those that sleep by the number of their timer, so an event costs nothing for tasks
-- that wait for others. Whatever is to be resumed goes into one queue first, which only the loop works off: nothing here runs inside of
-- another task.

local slices = require "manager.slices"

local create, coroutineRunning, yield = coroutine.create, coroutine.running, coroutine.yield
local resume, limit, allocated, kill = slices.resume, slices.limit, slices.allocated, slices.kill
local select, type, unpack = select, type, table.unpack

---@class Owner
---@field name string
---@field limit? number seconds of Lua time from one wait to the next; nil is no limit
---@field next? fun(): string?, any... takes the owner's next event
---@field waiting table<any, Task[]> by the event waited for
---@field sleeping table<integer, Task> by the timer waited for
---@field current? Task that was preempted, or runs
---@field inbox Task[] that are to run once `current` has come to a wait
---@field backlog table<integer, table> events that wait, from `first` to `last`
---@field first integer
---@field last integer
---@field most? integer how many may wait; BACKLOG unless given
---@field tasks table<Task, true>
---@field count integer how many tasks there are
---@field bytes number allocated so far
---@field seconds number of Lua time so far
---@field pumping? boolean whether it stands in the list of owners with events
---@field closed? boolean
---@field timer? fun(id: integer): boolean takes a timer that is no task's
---@field event? fun(name: string, ...) sees each event first

---@class Task
---@field co thread
---@field owner Owner
---@field name string for logs and metrics
---@field call? boolean whether somebody waits for its result: it may go on while its plugin is being replaced
---@field dead? boolean
---@field finished? fun(task: Task, ok: boolean, ...) gets the results, or false, message, traceback, code
---@field waited? fun(task: Task, filter: any) sees what it waits for
---@field n integer

---@class Scheduler
local Scheduler = {}
Scheduler.__index = Scheduler

-- What a task yields to have a call made, and the key of tasks that wait for any event.
local CALL, ANY = {}, {}

-- How many tasks are resumed, and how many events given out, until the computer's own events have their turn again.
local STEPS, PUMPS = 64, 32

-- Seconds that a task may go on after it has caught "Too long without yielding".
local GRACE = 0.5

-- How much of a slice the later turns of a task get that was preempted.
local LATER = 0.2

-- How many tasks an owner may have. Beyond it, whoever starts one gets an error.
local MOST = 10000

-- How many events may wait for an owner that is busy.
local BACKLOG = 1024

---Makes a scheduler.
---@param options { slice: number, again: fun() } slice: milliseconds; again: queues an event that makes the loop come back
---@return Scheduler
local function new(options)
    local self = setmetatable({
        slice = options.slice, again = options.again,
        queue = {}, head = 1, tail = 0, -- tasks to resume
        slow = {}, slowHead = 1, slowTail = 0, -- tasks that were preempted
        pumps = {}, pumpHead = 1, pumpTail = 0, -- owners with events
        running = nil, ---@type Task?
        expiring = {}, -- tasks that wait and have a time to end
        asked = false, calls = 0, tasks = 0, waits = 0,
        onSlice = nil, ---@type fun(task: Task, seconds: number)?
        onFailure = nil, ---@type fun(task: Task, message: any, traceback: string?, code: string)?
    }, Scheduler)
    return self
end

---Makes an owner.
---@param fields table with name, and what else the caller has use for
---@return Owner
function Scheduler:owner(fields)
    fields.waiting, fields.sleeping, fields.inbox, fields.tasks = {}, {}, {}, {}
    fields.backlog, fields.first, fields.last = {}, 1, 0
    fields.count, fields.bytes, fields.seconds = 0, 0, 0
    return fields
end

-- Puts a task into the queue, with what its yield returns or its function gets.
local function ready(self, task, ...)
    local n = select("#", ...)
    task.n = n
    if n > 0 then
        task[1], task[2], task[3] = ...
        for i = 4, n do task[i] = (select(i, ...)) end
    end
    local tail = self.tail + 1
    self.queue[tail], self.tail = task, tail
end

---Makes a task, which runs soon. Throws if the owner has too many.
---
---Whoever starts one may be preempted before it has done anything with the result, and the task be over then: fields that matter
---are given here.
---@param owner Owner
---@param name string
---@param f function
---@param ... any arguments
---@return Task
function Scheduler:start(owner, name, f, ...)
    return self:startWith({ false, false, false, co = false, owner = false, name = false, fresh = true, n = 0, bytes = 0, seconds = 0, dead = false }, owner, name, f, ...)
end

---Makes a task of a table with fields of it, as start does. With all fields that will be there, the table need not grow.
---@param task table
---@param owner Owner
---@param name string
---@param f function
---@param ... any arguments
---@return Task
function Scheduler:startWith(task, owner, name, f, ...)
    if owner.count >= MOST then error("too many calls wait for " .. owner.name .. " (" .. MOST .. ")", 0) end
    task.co, task.owner, task.name, task.fresh = create(f), owner, name, true
    owner.tasks[task] = true
    owner.count = owner.count + 1
    self.tasks = self.tasks + 1
    ready(self, task, ...)
    return task
end

local function pump(self, owner)
    if owner.pumping or owner.closed then return end
    owner.pumping = true
    local tail = self.pumpTail + 1
    self.pumps[tail], self.pumpTail = owner, tail
end

-- The owner is at a wait: others of its tasks may run.
local function free(self, owner)
    owner.current = nil
    local inbox = owner.inbox
    if inbox[1] then
        for i = 1, #inbox do
            local tail = self.tail + 1
            self.queue[tail], self.tail = inbox[i], tail
        end
        owner.inbox = {}
    end
    if owner.blocked then
        owner.blocked = nil
        pump(self, owner)
    end
end

-- The end of a task.
local function finish(self, task, ok, ...)
    local owner = task.owner
    task.dead = true
    if owner.tasks[task] then
        owner.tasks[task] = nil
        owner.count = owner.count - 1
        self.tasks = self.tasks - 1
    end
    local finished = task.finished
    if finished then finished(task, ok, ...) end
end

local function fail(self, task, message, trace)
    local code = "error"
    if type(message) == "string" and message:find("Too long without yielding", 1, true) then code = "deadline" end
    if type(message) == "string" and message:find("not enough memory", 1, true) then code = "memory" end
    if self.onFailure then self.onFailure(task, message, trace, code) end
    finish(self, task, false, message, trace, code)
end

local function enlist(self, task, filter, id)
    local owner = task.owner
    if filter == "timer" and type(id) == "number" and not owner.sleeping[id] then
        owner.sleeping[id] = task
        task.waits, task.sleep = nil, id
    else
        if type(filter) == "number" then filter = tostring(filter) elseif type(filter) ~= "string" then filter = ANY end
        local list = owner.waiting[filter]
        if list then list[#list + 1] = task else owner.waiting[filter] = { task } end
        task.waits, task.sleep = filter, nil
    end
    if task.patience and not task.expires then -- most calls end without a wait
        task.expires = self:now() + task.patience
        self.expiring[task] = true
    end
    if task.waited then task.waited(task, filter) end
end

-- Makes the call that a task wants; `caller` gets what comes of it.
local function begin(self, caller, call)
    local owner = call.owner
    if owner.closed then
        return ready(self, caller, false, owner.name .. " is not loaded any more", nil, "unloaded")
    end
    if owner.count >= MOST then
        return ready(self, caller, false, "too many calls wait for " .. owner.name .. " (" .. MOST .. ")", nil, "busy")
    end
    local task = self:start(owner, call.name, call.fn, unpack(call, 1, call.n))
    task.call, task.quiet, task.depth = call.counts ~= false, call.quiet, call.depth
    task.finished = call.finished
    call.task = task
    task.patience, task.patient, task.expected = call.timeout, call.patient, call.expected
end

local function settle(self, task, owner, before, status, ...)
    self.running = nil
    for i = 1, task.n do task[i] = nil end
    task.n = 0
    if task.dead then -- cancelled by itself
        if owner.current == task then free(self, owner) end
        if status == "preempted" or status == "yielded" then kill(task.co) end
        return
    end
    if owner.limit then
        local bytes = allocated(task.co)
        owner.bytes = owner.bytes + bytes - (task.bytes or 0)
        task.bytes = bytes
        local seconds = slices.cputime(task.co)
        local more = seconds - (task.seconds or 0)
        owner.seconds = owner.seconds + more
        task.seconds = seconds
        if self.onSlice then self.onSlice(task, more) end
        if task.dead then -- cancelled for what it has taken
            if owner.current == task then free(self, owner) end
            return
        end
    end
    if status == "preempted" then
        local tail = self.slowTail + 1
        self.slow[tail], self.slowTail = task, tail
        return
    end
    if status == "yielded" then
        local filter, call = ...
        if filter == CALL then
            begin(self, task, call)
        else
            task.fresh = true -- the time counts from wait to wait
            self.waits = self.waits + 1
            enlist(self, task, filter, call)
        end
    elseif status == "returned" then
        finish(self, task, true, ...)
    else
        fail(self, task, ...)
    end
    free(self, owner)
end

local function step(self, task)
    if task.dead then return end
    local owner = task.owner
    if owner.current then
        owner.inbox[#owner.inbox + 1] = task
        return
    end
    owner.current, self.running, self.last = task, task, task
    if task.fresh then
        task.fresh = nil
        if owner.limit then limit(task.co, task.limit or owner.limit, GRACE) end
    end
    return settle(self, task, owner, nil, resume(task.co, self.slice, unpack(task, 1, task.n)))
end

---Goes on after an error in `turn`: the task that ran last is ended if it stands in the way of others.
---@param message string
function Scheduler:recover(message)
    self.running, self.asked = nil, false
    local task = self.last
    if task and not task.dead then self:cancel(task, message, "memory") end
    if task and task.owner.current == task then free(self, task.owner) end
    self.again()
end

-- Works the queue off, up to a number of steps.
local function drain(self)
    for _ = 1, STEPS do
        local head = self.head
        if head > self.tail then break end
        local task = self.queue[head]
        self.queue[head] = nil
        self.head = head + 1
        step(self, task)
    end
    if self.head > self.tail then
        self.head, self.tail = 1, 0
        return true
    end
    return false
end

-- Gives an event to the tasks that wait for it. The lists are taken first: whoever is woken may wait again.
local function deliver(self, owner, name, ...)
    if name == "timer" then
        local id = ...
        local task = owner.sleeping[id]
        if task then
            owner.sleeping[id] = nil
            ready(self, task, name, id)
        elseif owner.timer and owner.timer(id) then
            return
        end
    end
    local waiting = owner.waiting
    local named, any = waiting[name], waiting[ANY]
    if named then
        waiting[name] = nil
        for i = 1, #named do ready(self, named[i], name, ...) end
    end
    if any then
        waiting[ANY] = nil
        for i = 1, #any do ready(self, any[i], name, ...) end
    end
end

---Gives an owner an event, once all of its tasks have come to a wait: none is given an event while it looks at another one. It is lost if too
---many wait for that.
---@param owner Owner
---@param name string
---@param ... any
---@return boolean ok
function Scheduler:post(owner, name, ...)
    if owner.closed then return false end
    if owner.last - owner.first + 1 >= (owner.most or BACKLOG) then return false end
    local event = { n = select("#", ...) + 1, name, ... } -- a call may be interrupted, by one who posts as well
    local last = owner.last + 1
    owner.backlog[last], owner.last = event, last
    pump(self, owner)
    return true
end

-- Gives an owner its oldest event.
local function give(self, owner, name, ...)
    if name == nil then return false end
    if owner.event then owner.event(name, ...) end
    deliver(self, owner, name, ...)
    return true
end

-- Gives out events of owners that have some, one at a time: what it wakes comes to a wait before the next.
local function giveEvents(self)
    for _ = 1, PUMPS do
        local head = self.pumpHead
        if head > self.pumpTail then
            self.pumpHead, self.pumpTail = 1, 0
            return
        end
        local owner = self.pumps[head]
        self.pumps[head] = nil
        self.pumpHead = head + 1
        owner.pumping = nil
        if owner.closed then
            owner.backlog = {}
        elseif owner.current then
            owner.blocked = true -- until it is free
        else
            local first = owner.first
            local event = owner.backlog[first]
            local more
            if event then
                owner.backlog[first] = nil
                owner.first = first + 1
                more = give(self, owner, unpack(event, 1, event.n))
            elseif owner.next then
                more = give(self, owner, owner.next())
            end
            if more then pump(self, owner) end
            if not drain(self) then return end
        end
    end
end

---Tells that an owner has events to take with its `next`.
---@param owner Owner
function Scheduler:notify(owner)
    pump(self, owner)
end

---Runs what can run, for a while. Afterwards the loop waits for the computer's next event; if anything is left to do, one comes.
function Scheduler:turn()
    if drain(self) then
        -- What was preempted goes on once all events that waited have been handled: else each of them, however small, would cost a slice. Its
        -- turns are short, since events that come meanwhile wait for the end of one.
        local head = self.slowHead
        if head <= self.slowTail and not self.asked then
            local task = self.slow[head]
            self.slow[head] = nil
            self.slowHead = head + 1
            if head == self.slowTail then self.slowHead, self.slowTail = 1, 0 end
            if not task.dead then
                self.running, self.last = task, task
                settle(self, task, task.owner, nil, resume(task.co, self.slice * LATER))
            end
            drain(self)
        end
        giveEvents(self)
    end
    if not self.asked and (self.head <= self.tail or self.slowHead <= self.slowTail or self.pumpHead <= self.pumpTail) then
        self.asked = true
        self.again()
    end
end

---Ends a task where it stands; what waits for its result gets false, the message and the code.
---@param task Task
---@param message string
---@param code string
function Scheduler:cancel(task, message, code)
    if task.dead then return end
    local owner = task.owner
    if task.sleep then
        if owner.sleeping[task.sleep] == task then owner.sleeping[task.sleep] = nil end
    elseif task.waits then
        local list = owner.waiting[task.waits]
        for i = list and #list or 0, 1, -1 do
            if list[i] == task then table.remove(list, i) end
        end
        if list and not list[1] then owner.waiting[task.waits] = nil end
    end
    finish(self, task, false, message, nil, code)
    if self.running ~= task then
        kill(task.co)
        if owner.current == task then free(self, owner) end
    end
end

local function collect(set, pick)
    local all = {}
    for each in pairs(set) do
        if not pick or pick(each) then all[#all + 1] = each end
    end
    return all
end

---The keys of a table that others change meanwhile: who goes through it may be interrupted, and find that the key where it stands is gone.
---@param set table
---@param pick? fun(key: any): boolean
---@return any[]
local function keys(set, pick)
    local ok, all
    repeat ok, all = pcall(collect, set, pick) until ok
    return all
end

---Ends all tasks of an owner, or those that a function picks.
---@param owner Owner
---@param message string
---@param code string
---@param pick? fun(task: Task): boolean
function Scheduler:cancelAll(owner, message, code, pick)
    for _, task in ipairs(keys(owner.tasks, pick)) do self:cancel(task, message, code) end
end

---Ends an owner with its tasks. Nothing of it runs any more.
---@param owner Owner
function Scheduler:close(owner)
    if owner.closed then return end
    owner.closed = true
    self:cancelAll(owner, owner.name .. " was unloaded", "unloaded")
    owner.backlog, owner.first, owner.last = {}, 1, 0
    owner.waiting, owner.sleeping, owner.inbox = {}, {}, {}
end

---Has an owner call a function, and waits for what comes of it. It is for tasks of any owner, and for coroutines inside of them.
---@param options { owner: Owner, name: string, fn: function, timeout?: number, quiet?: boolean, counts?: boolean }
---@param ... any
---@return boolean ok
---@return any ... results; or the error, its traceback, and a code: "error", "deadline", "memory", "timeout", "unloaded", "busy"
function Scheduler:call(options, ...)
    local caller = self.running
    if not caller then error("a task is needed to call from; see manager:spawn", 2) end
    local depth = (caller.depth or 0) + 1
    if depth > 100 then return false, "too many calls between plugins inside of one another", nil, "error" end
    local call = options
    call.depth = depth
    call.n = select("#", ...)
    for i = 1, call.n do call[i] = (select(i, ...)) end
    if coroutineRunning() == caller.co then
        call.finished = function(_, ...)
            if not caller.dead then ready(self, caller, ...) end
        end
        return yield(CALL, call)
    end
    -- A coroutine inside of the task: it waits as coroutines do, for an event of its own.
    self.calls = self.calls + 1
    local event = "plugin_call_" .. self.calls
    local results
    call.finished = function(_, ...)
        results = table.pack(...)
        if not caller.dead then self:post(caller.owner, event) end
    end
    if call.owner.closed or call.owner.count >= MOST then return false, call.owner.name .. " can't be called now", nil, "unloaded" end
    begin(self, caller, call)
    repeat yield(event) until results
    return unpack(results, 1, results.n)
end

---Ends the tasks whose time is over; to be called now and then. It costs as much as there are tasks with a time.
function Scheduler:sweep()
    local now = self:now()
    local over
    for task in pairs(self.expiring) do
        if task.dead then
            self.expiring[task] = nil
        elseif task.expires <= now and task.patient and task.patient(task) then
            task.expires = now + task.patience
        elseif task.expires <= now then
            over = over or {}
            over[#over + 1] = task
        end
    end
    for _, task in ipairs(over or {}) do
        self.expiring[task] = nil
        self:cancel(task, ("no answer within %g seconds"):format(task.patience), "timeout")
    end
end

---The time in seconds since the computer has started.
---@return number
function Scheduler:now()
    return os.clock()
end

Scheduler.deliver = deliver

return { new = new, ANY = ANY, keys = keys }
