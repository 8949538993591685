-- Tells what this computer runs.

if term.isColour() then term.setTextColour(colours.yellow) end
print(os.version() .. " on " .. _HOST)
term.setTextColour(colours.white)
