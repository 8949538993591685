-- Files with one JSON value, as profiles are kept in: replaced in one step, never lost. What can't be read is reported, copied beside its place,
-- and not overwritten.

local failure = require "packages.failure"
local files = require "luart.files"
local json = require "luart.json"

---@class packages.jsonfile
local jsonfile = {}

local MAX = 67108864 -- bytes of a file

---The bytes of a file.
---@param path string
---@return string? text nil if there is no such file. Throws file-access-denied if it can't be read.
function jsonfile.text(path)
    local file, message = fs.open(path, "rb")
    if not file then
        if not fs.exists(path) then return nil end
        failure.throw("file-access-denied", fs.isDir(path) and "There is a folder in the place of a file." or "The file can't be read.",
            path .. ": " .. tostring(message))
    end
    if file.seek("end") > MAX then
        file.close()
        failure.throw("profile-read-error", "The file is too large.", path)
    end
    file.seek("set", 0)
    local text = file.readAll() or ""
    file.close()
    return text
end

local function keepAside(path, text)
    local copy = path .. ".corrupt"
    if pcall(function()
        if jsonfile.text(copy) ~= text then jsonfile.put(copy, text) end
    end) then
        return "Repair or delete it. There is a copy in " .. copy .. "."
    end
    return "Repair or delete it."
end

---Throws the failure for a file that isn't what it should be, after keeping a copy of it beside it.
---@param path string
---@param text string what is in it
---@param message string what is wrong
function jsonfile.corrupt(path, text, message)
    failure.throw("profile-read-error", "The file " .. path .. " is corrupt: " .. message .. ".", keepAside(path, text))
end

---Reads a file. Throws profile-read-error if it is no JSON.
---@param path string
---@param options? luart.json.Options
---@return any value nil if there is no such file; null is json.null
---@return string? text what is in the file, for write
function jsonfile.read(path, options)
    local text = jsonfile.text(path)
    if not text then return nil, nil end
    local value, message = json.decode(text, options)
    if value == nil then jsonfile.corrupt(path, text, tostring(message)) end
    return value, text
end

---Writes bytes to a file, which is replaced in one step. Throws file-access-denied.
---@param path string
---@param text string
---@param sync? boolean whether it outlives a power cut from now on, which takes milliseconds; true unless given
function jsonfile.put(path, text, sync)
    local folder, name = fs.getDir(path), fs.getName(path)
    local temporary = fs.combine(folder, "." .. name .. ".tmp") -- always the same: what a crash has left is used up by the next one
    local ok, message = pcall(function()
        fs.makeDir("/" .. folder)
        local file, why = fs.open(temporary, "wb")
        if not file then error(tostring(why), 0) end
        file.write(text)
        file.close()
        local done, reason = files.rename(temporary, path, sync ~= false)
        if not done then error(tostring(reason), 0) end
    end)
    if ok then return end
    pcall(fs.delete, temporary)
    failure.throw("file-access-denied", "The file " .. path .. " can't be written.", tostring(message))
end

---Replaces a file, if it still has the content that was read. Throws server-error if it hasn't.
---@param path string
---@param text string
---@param expected? string what read has returned; nil: there must be no such file
function jsonfile.write(path, text, expected)
    if jsonfile.text(path) ~= expected then
        failure.throw("server-error", "The file " .. path .. " has changed meanwhile.", "Another program writes to it. Try again.")
    end
    jsonfile.put(path, text)
end

return jsonfile
