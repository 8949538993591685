---@meta

---Events, timers, clocks, and the computer itself.
---@class oslib
os = {}

---Queues an event, as if it had happened. What is in tables is copied; functions and coroutines become nil. The event is lost
---when 256 wait already.
---@param name event.name|string
---@param ... any
function os.queueEvent(name, ...) end

---Starts a timer, which ends with the event `timer, id`.
---@param time number seconds, rounded to whole ticks of 0.05 s; at least one tick
---@return integer id
function os.startTimer(time) end

---Takes back a timer.
---@param id integer
function os.cancelTimer(id) end

---Sets an alarm, which comes with the event `alarm, id`. Throws "Number out of range".
---@param time number an hour of the in-game clock, 0 to less than 24
---@return integer id
function os.setAlarm(time) end

---Takes back an alarm.
---@param id integer
function os.cancelAlarm(id) end

---The number of the computer.
---@return integer
---@nodiscard
function os.getComputerID() end

os.computerID = os.getComputerID

---The name of the computer.
---@return string? label nil if it has none
---@nodiscard
function os.getComputerLabel() end

os.computerLabel = os.getComputerLabel

---Changes the name of the computer.
---@param label? string 32 characters at most; nil takes the name away
function os.setComputerLabel(label) end

---How long the computer runs already.
---@return number seconds in ticks of 0.05 s
---@nodiscard
function os.clock() end

---@alias os.locale
---| "ingame" # a day of the game takes 20 minutes
---| "utc" # universal time
---| "local" # the time of the machine's time zone

---A date, as os.date("*t") returns it and os.time takes it.
---@class osdate
---@field year integer
---@field month integer 1 to 12
---@field day integer 1 to 31
---@field hour? integer 12 unless given
---@field min? integer 12 unless given
---@field sec? integer 12 unless given
---@field wday? integer the day of the week, 1 is Sunday
---@field yday? integer the day of the year
---@field isdst? boolean

---The time of day, or the Unix time of a date. Throws "Unsupported operation", and `field "year" missing in date table`.
---@overload fun(date: osdate): integer
---@param locale? os.locale "ingame" unless given
---@return number hours 0 to less than 24; of a date, seconds since 1970
---@nodiscard
function os.time(locale) end

---The day: since the start of the game, or since 1970.
---@param locale? os.locale "ingame" unless given
---@return integer
---@nodiscard
function os.day(locale) end

---Milliseconds: since the start of the game, in its time, or since 1970.
---@param locale? os.locale "ingame" unless given
---@return integer
---@nodiscard
function os.epoch(locale) end

---A date as text: `os.date("%Y-%m-%d %H:%M:%S")`. Throws "bad argument #1: invalid conversion specifier '%Q'".
---@overload fun(format: "*t"|"!*t", time?: number): osdate
---@param format? string "%c" unless given; a "!" in front gives UTC, not local time; "*t" a table
---@param time? number seconds since 1970, now unless given
---@return string
---@nodiscard
function os.date(format, time) end
