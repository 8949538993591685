-- Clears the screen, gives the colours back their shades, or both.

local what = ... or "screen"

if what ~= "screen" and what ~= "palette" and what ~= "all" then
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(name)
    print(name .. " screen")
    print(name .. " palette")
    print(name .. " all")
    return
end

if what == "palette" or what == "all" then
    for i = 0, 15 do term.setPaletteColour(2 ^ i, term.nativePaletteColour(2 ^ i)) end
end
if what == "screen" or what == "all" then
    term.clear()
    term.setCursorPos(1, 1)
end
