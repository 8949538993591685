-- Points in time as texts of ISO 8601, as profiles and channels have them: "2024-12-14T17:32:24Z".

---@class packages.moment
local moment = {}

local function days(year, month, day)
    if month <= 2 then year, month = year - 1, month + 12 end
    return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400) + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

local lengths = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

---Seconds since 1970 of a date, with or without a time and a zone. A time without a zone is UTC.
---@param text string
---@return number? seconds nil if the text is none
function moment.parse(text)
    local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$"
    if not year then return nil end
    year, month, day = tonumber(year), tonumber(month), tonumber(day)
    if month < 1 or month > 12 or day < 1 or day > lengths[month] then return nil end
    local seconds = days(year, month, day) * 86400
    if rest == "" then return seconds end
    local hour, minute, second, zone = rest:match "^[Tt ](%d%d):(%d%d):(%d%d%.?%d*)(.*)$"
    if not hour then
        hour, minute, zone = rest:match "^[Tt ](%d%d):(%d%d)(.*)$"
        second = 0
    end
    if not hour then return nil end
    hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
    if not second or hour > 24 or minute > 59 or second > 60 then return nil end
    seconds = seconds + hour * 3600 + minute * 60 + second
    if zone == "" or zone == "Z" or zone == "z" then return seconds end
    local sign, h, m = zone:match "^([+-])(%d%d):?(%d%d)$"
    if not sign then return nil end
    local offset = tonumber(h) * 3600 + tonumber(m) * 60
    return sign == "+" and seconds - offset or seconds + offset
end

---The text of a point in time, in whole seconds.
---@param seconds number since 1970
---@return string
function moment.format(seconds) return (os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(seconds))) end

return moment
