-- Makes everything ready that the packages of a plan bring, in a work folder, as it will be in Plugins.

local extract = require "packages.extract"
local failure = require "packages.failure"
local luartPlugins = require "packages.luart_plugins"
local recipe = require "packages.recipe"

---@class packages.unpack
local unpack = {}

---@class packages.Unpacked
---@field staged table<string, { files: string[], iniFiles: table[]? }> by package
---@field items string[] what there is in the work folder, relative to Plugins: folders of packages and files
---@field warnings table<string, string[]> by package
---@field dlls table[] as the prompt for DLLs lists them
---@field inis { tmpIni: string, finalName: string, package: string }[]
---@field plugins string[] folders of luart's plugins

local function baseName(path) return path:match "[^/]+$" end

-- What in Plugins belongs to packages, by path in small letters.
local function owners(lock)
    local owner = {}
    for _, each in ipairs(lock.packages) do
        for _, path in ipairs(each.files) do owner[path:lower()] = each.id end
    end
    return owner
end

-- Failures that say nothing about the archive: the disk is full, for example.
local ofTheDisk = { space = true, io = true }

-- Extracts an asset. A cached file that can't be read may have been broken on the disk: then it is fetched again, once.
local function takeOut(o, each, reference, asset, folder)
    local make = luartPlugins.is(each.package) and luartPlugins.recipe or nil
    local function try()
        local rules = make and make(each.package, reference, asset, each.variant) or recipe.new(reference, asset, each.variant)
        local file = o.files[asset.assetId]
        return extract.asset {
            recipe = rules, asset = asset, package = each.id, path = file.path, fileName = file.fileName, to = folder, temp = o.staging.temp,
            progress = o.going,
        }
    end
    local ok, result = pcall(try)
    if ok then return result end
    if not failure.is(result, "extraction-failed") or not o.files[asset.assetId].fromCache or result.cause and ofTheDisk[result.cause.class] then
        error(result, 0)
    end
    o.files[asset.assetId] = o.again(asset, result)
    return try()
end

-- Puts a file of a package's folder beside the folders of the packages.
local function loosen(o, result, each, made, folder, path, name)
    local key = name:lower()
    local warnings = result.warnings[each.id]
    if result.loose[key] then
        warnings[#warnings + 1] = ("The packages %s and %s both bring %s; that of the latter is installed."):format(result.loose[key], each.id, name)
        fs.delete(o.staging.plugins .. "/" .. name)
    else
        result.items[#result.items + 1] = name
    end
    result.loose[key] = each.id
    fs.move(folder .. "/" .. path, o.staging.plugins .. "/" .. name)
    made.files[#made.files + 1] = name
end

local function package(o, result, each)
    local plugin = luartPlugins.is(each.package)
    local path = plugin and luartPlugins.folder(each.package) or recipe.folder(each.package, each.variant)
    local other, its = result.folders[path:lower()], result.owner[path:lower()]
    if its and its ~= each.id and not result.gone[its] then other = its end
    if other then
        failure.throw("conflicting-packages", "The packages " .. other .. " and " .. each.id .. " are in conflict with each other.",
            "Both want to be in the folder " .. path .. ". Remove one of them.", { conflict = { other, each.id } })
    end
    result.folders[path:lower()] = each.id
    local folder = o.staging.plugins .. "/" .. path
    fs.makeDir(folder)
    local made, warnings = { files = { path } }, {}
    result.staged[each.id], result.warnings[each.id] = made, warnings
    if each.package.info.warning and each.package.info.warning ~= "" then warnings[1] = each.package.info.warning end
    result.items[#result.items + 1] = path
    for i, reference in ipairs(each.choice.assets) do
        local asset = each.assets[i]
        local out = takeOut(o, each, reference, asset, folder)
        for _, text in ipairs(out.warnings) do warnings[#warnings + 1] = text end
        for _, dll in ipairs(plugin and {} or out.dlls) do
            loosen(o, result, each, made, folder, dll.path, baseName(dll.path))
            table.insert(result.dlls, {
                dll = baseName(dll.path), checksum = { sha256 = dll.sha256 }, url = asset.url, package = each.id, packageVersion = each.version,
                assetMetadataUrl = asset.metadataUrl, packageMetadataUrl = each.package.url,
            })
        end
        for _, ini in ipairs(plugin and {} or out.inis) do
            local final = baseName(ini.path)
            local name = final:gsub("%.[iI][nN][iI]$", "") .. "_sc4pacnew.ini"
            loosen(o, result, each, made, folder, ini.path, name)
            made.iniFiles = made.iniFiles or {}
            table.insert(made.iniFiles, { file = name, checksum = { sha256 = ini.sha256 }, finalName = final })
            table.insert(result.inis, { tmpIni = name, finalName = final, package = each.id })
        end
        -- Other coroutines have their turn between two assets, however small they are.
        sleep(0)
        o.check()
    end
    if plugin then
        result.plugins[#result.plugins + 1] = path
        warnings[#warnings + 1] = "It brings a plugin for this server: a program that may do what plugins may, such as using the network."
        if not o.served then
            warnings[#warnings + 1] = "The Plugins folder of this profile is not the folder of this server's plugins, so nothing will load it."
        end
    end
end

---Makes everything ready. Throws extraction-failed, download-failed, conflicting-packages, aborted.
---@param o { plan: packages.Plan, lock: packages.Lock, staging: packages.Staging, files: table<string, packages.FetchedFile>, served: boolean, going: (fun(): boolean), check: fun(), step: (fun(id: string, i: integer, n: integer)), again: fun(asset: packages.Asset, why: packages.Failure): packages.FetchedFile }
---o.going tells whether to go on, o.check throws if not; o.step is told of each package before it is done; o.again fetches a file anew.
---@return packages.Unpacked
function unpack.all(o)
    local gone, owner = {}, owners(o.lock)
    local result = { staged = {}, items = {}, warnings = {}, dlls = {}, inis = {}, plugins = {}, folders = {}, loose = {}, owner = owner, gone = gone }
    for _, each in ipairs(o.plan.toRemove) do gone[each.id] = true end
    for i, each in ipairs(o.plan.toInstall) do
        o.check()
        o.step(each.id, i, #o.plan.toInstall)
        package(o, result, each)
    end
    for id, made in pairs(result.staged) do
        for _, path in ipairs(made.files) do
            local its = owner[path:lower()]
            local warnings = result.warnings[id]
            if not its and fs.exists(o.staging.roots.plugins .. "/" .. path) then
                warnings[#warnings + 1] = ("%s is in the Plugins folder already, and of no package; it will be replaced."):format(path)
            elseif its and its ~= id and not gone[its] then
                warnings[#warnings + 1] = ("%s is of the package %s, too; it will be replaced."):format(path, its)
            end
        end
    end
    for id, list in pairs(result.warnings) do
        if #list == 0 then result.warnings[id] = nil end
    end
    return result
end

return unpack
