-- Dates as headers have them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).

local floor, format, match = math.floor, string.format, string.match

---@class cc.http.date
local date = {}

local DAYS = { [0] = "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" } -- the first of 1970 was a Thursday
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }
local monthNumbers = {}
for i, name in ipairs(MONTHS) do monthNumbers[name] = i end

-- Days are counted in years that begin with March, so that the leap day is the last one; 400 years have 146097 days.

local function daysOf(year, month, day)
    if month <= 2 then year, month = year - 1, month + 12 end
    local era = floor(year / 400)
    local yearOfEra = year - era * 400
    local dayOfYear = floor((153 * (month - 3) + 2) / 5) + day - 1
    return era * 146097 + yearOfEra * 365 + floor(yearOfEra / 4) - floor(yearOfEra / 100) + dayOfYear - 719468
end

local function civil(days)
    days = days + 719468
    local era = floor(days / 146097)
    local dayOfEra = days - era * 146097
    local yearOfEra = floor((dayOfEra - floor(dayOfEra / 1460) + floor(dayOfEra / 36524) - floor(dayOfEra / 146096)) / 365)
    local dayOfYear = dayOfEra - (365 * yearOfEra + floor(yearOfEra / 4) - floor(yearOfEra / 100))
    local month = floor((5 * dayOfYear + 2) / 153)
    local day = dayOfYear - floor((153 * month + 2) / 5) + 1
    month = month + 3
    local year = yearOfEra + era * 400
    if month > 12 then return year + 1, month - 12, day end
    return year, month, day
end

---Makes a date. Parts of a second are left out.
---@param time number milliseconds since 1970, as os.epoch("utc") tells; years 0 to 9999
---@return string
function date.format(time)
    local seconds = floor(time / 1000)
    local days = floor(seconds / 86400)
    local rest = seconds - days * 86400
    local year, month, day = civil(days)
    if not (year >= 0 and year <= 9999) then error("bad argument #1 (time out of range)", 2) end
    return format("%s, %02d %s %04d %02d:%02d:%02d GMT", DAYS[days % 7], day, MONTHS[month], year, floor(rest / 3600), floor(rest / 60) % 60, rest % 60)
end

---Parses a date of today's form; the two older ones, which no client sends, are none.
---@param text string? nil is none
---@return number? time milliseconds since 1970; nil if it is no date
function date.parse(text)
    local day, name, year, hour, minute, second =
        match(text or "", "^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$")
    local month = monthNumbers[name]
    if not month then return nil end
    day, year, hour, minute, second = tonumber(day), tonumber(year), tonumber(hour), tonumber(minute), tonumber(second)
    if day < 1 or hour > 23 or minute > 59 or second > 60 then return nil end
    local days = daysOf(year, month, day)
    local _, sameMonth = civil(days)
    if sameMonth ~= month then return nil end -- the 30th of February
    return ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000
end

return date
