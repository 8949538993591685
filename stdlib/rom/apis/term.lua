-- The terminal that programs draw to: the computer's own, or another one that has been put in its place.

local expect = dofile("rom/modules/main/cc/expect.lua").expect

-- What the bios has of the runtime: it is told where to write.
local host = ...

local native = term.native and term.native() or term
local target = native
local env = _ENV

for name, value in pairs(native) do
    if type(value) == "function" then
        env[name] = function(...) return target[name](...) end
    else
        env[name] = value
    end
end

-- Colours that redirection leaves alone.
nativePaletteColour = native.nativePaletteColour or native.nativePaletteColor
nativePaletteColor = nativePaletteColour

---Draws to another terminal from now on, such as a window.
---@param newTarget term.Redirect functions that it lacks throw "Redirect object is missing method NAME."
---@return term.Redirect old where was drawn to before
function redirect(newTarget)
    expect(1, newTarget, "table")
    if newTarget == term or newTarget == env then
        error("term is not a recommended redirect target, try term.current() instead", 2)
    end
    for name, value in pairs(native) do
        if type(value) == "function" and type(newTarget[name]) ~= "function" then
            newTarget[name] = function() error("Redirect object is missing method " .. name .. ".", 2) end
        end
    end
    local old = target
    target = newTarget
    if host then host.redirected = target ~= native end
    return old
end

---Where is drawn to.
---@return term.Redirect
function current()
    return target
end

---The computer's own terminal.
---@return term.Redirect
_ENV.native = function()
    return native
end
