---@meta luart.cron

---When a schedule comes next.
---
---A schedule has six fields: second, minute, hour, day of the month, month, day of the week; or five, without the second, which is 0 then. A field is *, ?, a
---number, a range a-b, steps */n, a-b/n or a/n, or several of them with commas. Months and days have their names, too: JAN, MON. Sunday is 0 or 7. If both
---days are limited, either is enough (POSIX). @yearly, @monthly, @weekly, @daily, @hourly and @every 1h30m are schedules, too. L, W and #
---aren't known.
---@class luart.cron
local cron = {}

---Reads a schedule.
---@param spec string "0 0 18 * * FRI"; TZ=ZONE may be in front
---@param zone? string the time zone, such as "Europe/Berlin", "UTC" or "Local"; the computer's unless given
---@return luart.cron.Schedule? schedule
---@return string? message what is wrong with it, such as a day that never comes
---@nodiscard
function cron.parse(spec, zone) end

---@class luart.cron.Schedule
---@field spec string
---@field zone string
local Schedule = {}

---The first time after another one; with a count, a list of the first ones. A time that the clock leaps over in spring doesn't come.
---@param time number seconds since 1970: os.epoch("utc") / 1000
---@param count? integer 1 to 1000
---@return number|number[]|nil next seconds since 1970
---@nodiscard
function Schedule.next(time, count) end

return cron
