-- One run of luart pkg: the store that it works on, and the user, with whom it talks on the standard streams.

local failure = require "packages.failure"
local json = require "luart.json"

---@class pkg.session
local session = {}

---@class pkg.Session
---@field options table the program's argument
---@field cancelled boolean Ctrl-C was pressed, and what runs is about to end
---@field reading boolean it waits for the user
---@field working? boolean an update is under way: Ctrl-C is told by `cancelled`
---@field opened? packages.Store
---@field line? string what stands in the last line of the terminal, to be replaced
local Session = {}
Session.__index = Session

---Makes it.
---@param options table the program's argument
---@return pkg.Session
function session.new(options)
    return setmetatable({ options = options, cancelled = false, reading = false }, Session)
end

---What channels say goes to a terminal only without what terminals obey to.
---@param text string
---@return string
function session.clean(text)
    text = tostring(text):gsub("\r\n?", "\n"):gsub("[%z\1-\8\11-\31\127]", "?"):gsub("\194[\128-\159]", "?")
    return text
end

-- A text with the computer's paths as the user knows them.
local function forUser(text)
    local hostPath = require("luart.control").hostPath
    return ((" " .. text):gsub("([%s\"'(])(/%a[^%s:\"']*)", function(before, path) return before .. hostPath(path) end):sub(2))
end

---------------------------------------------------------------------------------------------------------------------
-- Output

---Takes the line of progress away.
function Session:clear()
    if not self.line then return end
    self.line = nil
    io.stderr:write "\r\27[K"
end

---Shows a line of progress in place of the one before. Only a terminal gets it.
---@param text string
function Session:progress(text)
    if not self.options.stderr or self.options.json then return end
    text = session.clean(text)
    local most = math.max(1, self.options.width - 1)
    if (utf8.len(text) or #text) > most then text = text:sub(1, (utf8.offset(text, most) or most) - 1) .. "…" end
    if text == self.line then return end
    self.line = text
    io.stderr:write("\r" .. text .. "\27[K")
end

---Tells the user something that is no result.
---@param text string
function Session:note(text)
    self:clear()
    io.flush()
    io.stderr:write(session.clean(forUser(text)) .. "\n")
end

---Prints a result for people. With --json there is none.
---@param text string
function Session:say(text)
    if self.options.json then return end
    self:clear()
    io.write(session.clean(text) .. "\n")
end

---Prints what an answer is about: where the user sees it, if there is one.
---@param text string
function Session:talk(text)
    if self:silent() then return self:say(text) end
    if self.options.json or not self.options.stdout then return self:note(text) end
    self:say(text)
end

---Prints the result for programs, with --json.
---@param value any as luart.json writes it
---@param order? string[] names that come first in objects
function Session:result(value, order)
    if not self.options.json then return end
    self:clear()
    io.write(json.encode(value, { indent = "  ", sorted = true, order = order, max_depth = 1000 }) .. "\n")
end

---Prints what is wrong for programs, with --json.
---@param e packages.Failure
function Session:fail(e)
    local object = failure.object(e)
    object.title, object.detail = forUser(object.title), forUser(object.detail)
    self:result(object, failure.order)
end

---------------------------------------------------------------------------------------------------------------------
-- Questions

---Whether nobody is to be asked.
---@return boolean
function Session:silent() return self.options.options.yes == true end

---Asks for a line. Throws bad-request if there is no more input.
---@param question string
---@param advice string how to do without the question
---@return string answer without spaces around it
function Session:ask(question, advice)
    self:clear()
    io.flush()
    io.stderr:write(session.clean(question) .. " ")
    self.reading = true
    local ok, line = pcall(io.read)
    self.reading = false
    if not ok then
        io.stderr:write "\n"
        error(line, 0)
    end
    if not self.options.stdin or not line then io.stderr:write "\n" end
    if not line then failure.throw("bad-request", "There is a question, and the standard input has no answer.", advice) end
    return (line:match "^%s*(.-)%s*$")
end

---Asks for yes or no. Throws bad-request if there is no more input.
---@param question string
---@param default boolean what an empty line means, and --yes
---@return boolean
function Session:confirm(question, default)
    if self:silent() then return default end
    while true do
        local answer = self:ask(question .. (default and " [Y/n]" or " [y/N]"), "Add --yes to agree beforehand."):lower()
        if answer == "" then return default end
        if answer == "y" or answer == "yes" then return true end
        if answer == "n" or answer == "no" then return false end
        self:note "Please answer yes or no."
    end
end

---Has one of several chosen, by its number or its text.
---@param o { question: string, choices: string[], describe?: fun(choice: string): string?, default?: string, advice: string, free?: boolean } free: any text that is no number is a choice, too
---@return string
function Session:choose(o)
    for i, each in ipairs(o.choices) do
        local text = o.describe and o.describe(each)
        local mark = each == o.default and "  (default)" or ""
        self:note(("  %d  %s%s%s"):format(i, each, text and text ~= "" and "  " .. text or "", mark))
    end
    while true do
        local answer = self:ask(o.question .. (o.default and " [" .. o.default .. "]" or ""), o.advice)
        if answer == "" and o.default then return o.default end
        for _, each in ipairs(o.choices) do
            if answer == each then return each end
        end
        local n = answer:find "^%d+$" and o.choices[tonumber(answer)]
        if n then return n end
        if o.free and answer ~= "" and not answer:find "^%d+$" then return answer end
        self:note("Please give one of the numbers from 1 to " .. #o.choices .. (o.free and ", or a text." or "."))
    end
end

---------------------------------------------------------------------------------------------------------------------

---Calls a function so that Ctrl-C does not end it anywhere, but where it waits for the user, or as it asks for `cancelled`.
---@generic T
---@param f fun(): T
---@return T
function Session:guard(f)
    local result
    local co = coroutine.create(function() result = f() end)
    local event = table.pack()
    while true do
        local ok, filter = coroutine.resume(co, table.unpack(event, 1, event.n))
        if not ok then error(filter, 0) end
        if coroutine.status(co) == "dead" then return result end
        repeat
            event = table.pack(os.pullEventRaw())
            local terminate = event[1] == "terminate"
            if terminate and self.working and not self.reading then
                self.cancelled, terminate = true, false
                event[1] = nil
            end
        until terminate or event[1] ~= nil and (filter == nil or filter == event[1])
    end
end

---The store of the profiles.
---@return packages.Store
function Session:store()
    self.opened = self.opened or require("facades.packages.store").open(require("luart.control").settings)
    return self.opened
end

local function find(list, text)
    for _, each in ipairs(list) do
        if each.id == text then return each end
    end
    local found
    for _, each in ipairs(list) do
        if each.name == text then
            if found then failure.throw("bad-request", "There are several profiles of the name " .. text .. ".", "Give the ID: --profile " .. found.id .. " or --profile " .. each.id .. ".") end
            found = each
        end
    end
    return found
end

---The profile that is meant, whether it is initialized or not. Throws bad-request if there is none.
---@return packages.Profile profile
---@return string name
function Session:profile()
    local store = self:store()
    local list, current = store.profiles:list()
    local wanted = self.options.profile
    if wanted ~= "" then
        local each = find(list, wanted)
        if each then return store:profile(each.id), each.name end
        local names = {}
        for i, other in ipairs(list) do names[i] = other.id .. " (" .. other.name .. ")" end
        failure.throw("bad-request", "There is no profile " .. wanted .. ".", names[1] and "There are: " .. table.concat(names, ", ") .. "."
            or "luart pkg init NAME makes one; profiles elsewhere are found with --profiles DIR.")
    end
    local each = current and find(list, current) or list[#list]
    if not each then
        failure.throw("bad-request", "There is no profile in " .. self.options.profiles .. ".",
            "luart pkg init makes one; profiles elsewhere are found with --profiles DIR.")
    end
    return store:profile(each.id), each.name
end

---The channels of a profile, loaded; what is wrong with single ones is told. Throws channels-not-available if none serves.
---@param profile packages.Profile
---@return packages.Channels
function Session:channels(profile)
    local channels = profile:channels()
    channels:load()
    for _, each in ipairs(channels:failures()) do
        self:note(("warning: the channel %s %s: %s"):format(each.url, each.state == "stale" and "is not up to date" or "can't be read", tostring(each.message)))
    end
    return channels
end

return session
