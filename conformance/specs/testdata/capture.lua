-- Runs programs of the ROM in a spec, with a stand-in for the shell, and catches what they print.

local capture = {}

---The current folder of the programs.
capture.folder = ""

local shellStub = {
    dir = function() return capture.folder end,
    getRunningProgram = function() return capture.running end,
    resolve = function(path)
        if path:sub(1, 1) == "/" then return fs.combine(path) end
        return fs.combine(capture.folder, path)
    end,
    resolveProgram = function(path)
        for _, name in ipairs { path, path .. ".lua", "rom/programs/" .. path .. ".lua" } do
            if fs.exists(name) and not fs.isDir(name) then return fs.combine(name) end
        end
    end,
}

local function environment(name)
    local env = { shell = shellStub, arg = { [0] = name } }
    env.require, env.package = dofile("rom/modules/main/cc/require.lua").make(setmetatable(env, { __index = _G }), "rom/programs")
    return env
end

function shellStub.execute(path, ...)
    return os.run(environment(path), shellStub.resolveProgram(path), ...)
end

---Runs a program.
---@param path string after /rom/programs/, without ".lua"
---@param ... string its arguments
---@return { ok: boolean, output: string, error: string } result ok: it hasn't failed; what was printed, and what with printError
function capture.run(path, ...)
    local output, errors = {}, {}
    local function line(list, ...)
        local parts = table.pack(...)
        for i = 1, parts.n do parts[i] = tostring(parts[i]) end
        list[#list + 1] = table.concat(parts, "\t") .. "\n"
    end
    stub(_G, "print", function(...) line(output, ...) end)
    stub(_G, "printError", function(...) line(errors, ...) end)
    stub(_G, "write", function(text) output[#output + 1] = tostring(text) end)
    capture.running = "rom/programs/" .. path .. ".lua"
    local ok = os.run(environment(fs.getName(path)), capture.running, ...)
    return { ok = ok, output = table.concat(output), error = table.concat(errors) }
end

---Makes a file.
---@param path string
---@param text? string nothing unless given
function capture.write(path, text)
    local file = assert(fs.open(path, "w"))
    file.write(text or "")
    file.close()
end

---Reads a file.
---@param path string
---@return string text
function capture.read(path)
    local file = assert(fs.open(path, "r"))
    local text = file.readAll()
    file.close()
    return text
end

return capture
