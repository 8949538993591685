-- The codes of keys, as the events key and key_up have them. They are those of GLFW.

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local env = _ENV

local names = {
    [32] = "space", [39] = "apostrophe", [44] = "comma", [45] = "minus", [46] = "period", [47] = "slash",
    [48] = "zero", [49] = "one", [50] = "two", [51] = "three", [52] = "four",
    [53] = "five", [54] = "six", [55] = "seven", [56] = "eight", [57] = "nine",
    [59] = "semicolon", [61] = "equals",
    [91] = "leftBracket", [92] = "backslash", [93] = "rightBracket", [96] = "grave",
    [257] = "enter", [258] = "tab", [259] = "backspace", [260] = "insert", [261] = "delete",
    [262] = "right", [263] = "left", [264] = "down", [265] = "up",
    [266] = "pageUp", [267] = "pageDown", [268] = "home", [269] = "end",
    [280] = "capsLock", [281] = "scrollLock", [282] = "numLock", [283] = "printScreen", [284] = "pause",
    [330] = "numPadDecimal", [331] = "numPadDivide", [332] = "numPadMultiply", [333] = "numPadSubtract",
    [334] = "numPadAdd", [335] = "numPadEnter", [336] = "numPadEqual",
    [340] = "leftShift", [341] = "leftCtrl", [342] = "leftAlt", [343] = "leftSuper",
    [344] = "rightShift", [345] = "rightCtrl", [346] = "rightAlt", [348] = "menu",
}
for code = 65, 90 do names[code] = string.char(code + 32) end
for i = 1, 25 do names[289 + i] = "f" .. i end
for i = 0, 9 do names[320 + i] = "numPad" .. i end

for code, name in pairs(names) do env[name] = code end

-- Other names that programs use.
env["return"] = 257
semiColon = 59
scollLock = 281

---The name of a key, which is its name in this table: `keys.getName(keys.enter)` is "enter".
---@param code integer
---@return string? name nil for keys that have none
function getName(code)
    expect(1, code, "number")
    return names[code]
end
