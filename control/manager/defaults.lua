-- Completes settings: luart serve gives all keys, others who make a manager or a facade give some.

---@param settings table<string, table> sections of keys
---@param defaults table<string, table<string, any>> likewise
---@return table<string, table> all the sections of both; neither is changed
return function(settings, defaults)
    local all = {}
    for section, values in pairs(settings) do all[section] = values end
    for section, values in pairs(defaults) do
        local merged = {}
        for key, value in pairs(values) do merged[key] = value end
        for key, value in pairs(type(all[section]) == "table" and all[section] or {}) do merged[key] = value end
        all[section] = merged
    end
    return all
end
