-- Takes files that were dropped on the computer's window: what the program import and the shell do with the event
-- file_transfer.

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local reason = dofile("rom/modules/main/cc/internal/reason.lua")

-- How much of a file is read at a time, in bytes.
local chunkSize = 64 * 1024

---A file that was dropped: a read handle that knows the file's name.
---@class TransferredFile
---@field getName fun(): string name without folders
---@field read fun(count: integer): string? the next bytes, up to count; nil at the end
---@field close fun()

-- Asks until the answer is clear.
local function askToReplace(names)
    if #names == 1 then
        print(names[1] .. " already exists. Replace it?")
    else
        print("These already exist: " .. table.concat(names, ", "))
        print("Replace them?")
    end
    while true do
        write("(yes/no) ")
        local answer = read()
        if not answer then return false end
        answer = answer:lower()
        if answer == "y" or answer == "yes" then return true end
        if answer == "n" or answer == "no" then return false end
    end
end

-- Writes a file. What was there before stays if it doesn't fit.
local function store(file, path)
    local partial = path .. ".part"
    while fs.exists(partial) do partial = partial .. "_" end
    local out, message = fs.open(partial, "wb")
    if not out then return false, message end
    local ok
    ok, message = pcall(function()
        while true do
            local chunk = file.read(chunkSize)
            if not chunk then break end
            out.write(chunk)
        end
    end)
    local closed, closeMessage = pcall(out.close)
    if ok and not closed then ok, message = false, closeMessage end
    if ok then
        ok, message = pcall(function()
            fs.delete(path)
            fs.move(partial, path)
        end)
    end
    if not ok then pcall(fs.delete, partial) end
    return ok, message
end

---Stores files in a folder, and prints what it does and what goes wrong. Asks on the terminal before it replaces files. Closes
---the files.
---@param files TransferredFile[]
---@param folder string where they go
---@return boolean ok whether all of them are there now
local function import(files, folder)
    expect(1, files, "table")
    expect(2, folder, "string")

    local function run()
        local names, paths, existing = {}, {}, {}
        for i, file in ipairs(files) do
            local name = file.getName()
            local path = fs.combine(folder, name)
            -- Files come without folders; a name with one would lead elsewhere.
            if path == fs.combine(folder) or fs.combine(fs.getDir(path)) ~= fs.combine(folder) then
                return false, name .. ": not the name of a file"
            end
            if fs.isDir(path) then return false, name .. ": there is a directory of that name" end
            if fs.isReadOnly(path) then return false, name .. ": Destination is read-only" end
            if fs.exists(path) then existing[#existing + 1] = name end
            names[i], paths[i] = name, path
        end
        if #files == 0 then return true end
        if #existing > 0 and not askToReplace(existing) then return false end

        print("Transferring " .. (#files == 1 and names[1] or #files .. " files"))
        for i, file in ipairs(files) do
            local ok, message = store(file, paths[i])
            if not ok then return false, "Cannot store " .. names[i] .. ": " .. reason(message) end
        end
        return true
    end

    local finished, ok, message = pcall(run)
    for _, file in ipairs(files) do pcall(file.close) end
    if not finished then error(ok, 0) end
    if message then printError(message) end
    return ok
end

return import
