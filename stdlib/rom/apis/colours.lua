-- The API colors in British English.

local env = _ENV
for name, value in pairs(colors) do env[name] = value end

gray, lightGray = nil, nil
grey = colors.gray
lightGrey = colors.lightGray
