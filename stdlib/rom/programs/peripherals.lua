-- Lists the peripherals, with their types.

local names = peripheral.getNames()
print("Attached Peripherals:")
if #names == 0 then print("None") end
for _, name in ipairs(names) do
    print(name .. " (" .. table.concat({ peripheral.getType(name) }, ", ") .. ")")
end
