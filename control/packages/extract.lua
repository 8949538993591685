-- Takes what a package needs out of an asset's file, by a recipe, into a folder, and looks at each file before anybody uses it.

local archive = require "luart.archive"
local digest = require "luart.digest"
local failure = require "packages.failure"
local recipe = require "packages.recipe"

---@class packages.extract
local extract = {}

---@class packages.ExtractOptions
---@field recipe packages.Recipe
---@field asset packages.Asset
---@field package string its id, for messages
---@field path string the asset's file
---@field fileName? string the name that the server has given; the last part of the asset's URL unless given
---@field to string the package's folder
---@field temp string a folder for what is in between; it may be used for all assets of an update
---@field progress? fun(): boolean? is called now and then; false cancels

---@class packages.Extracted
---@field files string[] in the package's folder
---@field dlls { path: string, sha256: string }[] those of the files that are programs
---@field inis { path: string, sha256: string }[] those that the user may want to change
---@field warnings string[]

local function throw(o, message, cause)
    local e = failure.new("extraction-failed", "Failed to extract " .. (o.fileName or o.asset.assetId) .. ".",
        ("This is about the asset %s of the package %s; the file is %s. %s"):format(o.asset.assetId, o.package, o.path, message))
    e.cause = cause
    error(e, 0)
end

local function firstBytes(path)
    local file = fs.open(path, "rb")
    if not file then return "" end
    local bytes = file.read(4) or ""
    file.close()
    return bytes
end

-- Looks at a file that has come out, and notes it.
local function accept(o, result, selected, path, sha256)
    local whole = fs.combine(o.to, path)
    if selected.check == "sha256" then
        sha256 = sha256 or digest.file("sha256", whole)
        if sha256 ~= selected.sha256 then
            throw(o, ("The file %s has the SHA-256 %s, but %s was expected. It may have been replaced by its author: wait for an update of the channel."):format(
                selected.name, tostring(sha256), selected.sha256))
        end
        if selected.isIni then table.insert(result.inis, { path = path, sha256 = sha256 }) end
        if path:lower():find "%.dll$" then table.insert(result.dlls, { path = path, sha256 = sha256 }) end
    elseif selected.check ~= "none" and not recipe.isDbpf(firstBytes(whole)) then
        throw(o, ("The file %s is not a DBPF file, as those of the game are."):format(selected.name))
    end
    if not result.seen[path] then
        result.seen[path] = true
        table.insert(result.files, path)
    end
end

local function refuse(o, name, message, fail)
    if fail and fail.class == "cancelled" then failure.throw("aborted", "Operation aborted.", "") end
    throw(o, name .. ": " .. tostring(message), fail)
end

-- Unpacks what the recipe wants of one archive; nested is where archives in it go, nil for one that was itself in another one.
local function unpackArchive(o, result, path, name, nested)
    local entries, message, fail = archive.list(path)
    if not entries then refuse(o, name, message, fail) end
    local selected = o.recipe:select(entries, nested == nil)
    local targets = {}
    for _, each in ipairs(selected.files) do targets[each.name] = each end
    if #selected.files > 0 then
        local out, why, failed = archive.extract(path, o.to, {
            filter = function(entry) return targets[entry.name] and targets[entry.name].path or nil end, unsafe = "skip", sha256 = true,
            progress = o.progress and function() return o.progress() ~= false end or nil,
        })
        if not out then refuse(o, name, why, failed) end
        for _, file in ipairs(out.files) do
            if targets[file.name] then accept(o, result, targets[file.name], file.path, file.sha256) end
        end
        for _, skipped in ipairs(out.skipped) do
            if targets[skipped.name] then table.insert(result.warnings, ("The file %s was left out: %s"):format(skipped.name, skipped.reason)) end
        end
    end
    for i, each in ipairs(nested and selected.nested or {}) do
        local folder = fs.combine(nested, tostring(i))
        local file = each:gsub("\\", "/"):match "[^/]+$"
        if not fs.exists(fs.combine(folder, file)) then
            local out, why, failed = archive.extract(path, folder, {
                filter = function(entry) return entry.name == each and file or nil end, unsafe = "skip",
            })
            if not out then refuse(o, name, why, failed) end
        end
        local inner = fs.combine(folder, file)
        if fs.exists(inner) and archive.detect(inner) then unpackArchive(o, result, inner, name .. "/" .. each, nil) end
    end
end

---Takes the files out. Throws extraction-failed, which names the package, the asset and the file; what has come out by then stays, so let the folder
---be one of the update.
---@param o packages.ExtractOptions
---@return packages.Extracted
function extract.asset(o)
    local result = { files = {}, dlls = {}, inis = {}, warnings = {}, seen = {} }
    local name = (o.fileName or o.asset.url:gsub("[?#].*$", ""):match "[^/]*$" or ""):gsub("\\", "/"):match "[^/]*$"
    if name == "" then name = o.asset.assetId end
    local kind = o.recipe:kind(name)
    fs.makeDir(o.to)
    if kind == "clickteam" then
        throw(o, "It is an installer made by Clickteam's Install Creator, which only the tool cicdec can unpack. Unpack it yourself, and install the package's files by hand.")
    elseif kind == "single" then
        for _, each in ipairs(o.recipe:select({ { name = name } }, true).files) do
            local target = fs.combine(o.to, each.path)
            local ok, message = pcall(function()
                if fs.exists(target) then fs.delete(target) end
                fs.copy(o.path, target)
            end)
            if not ok then throw(o, tostring(message), { class = "io" }) end
            accept(o, result, each, each.path)
        end
    else
        unpackArchive(o, result, o.path, name, fs.combine(o.temp, digest.sha1(o.asset.url):sub(1, 8)))
    end
    local warning = o.recipe:warning()
    if warning then table.insert(result.warnings, warning) end
    table.sort(result.files)
    result.seen = nil
    return result
end

return extract
