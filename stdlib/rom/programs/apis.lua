-- Lists the APIs: the global tables that programs can use.

local names = {}
for name, value in pairs(_G) do
    if type(name) == "string" and type(value) == "table" and name:sub(1, 1) ~= "_" then names[#names + 1] = name end
end
table.sort(names)
textutils.pagedTabulate(names)
