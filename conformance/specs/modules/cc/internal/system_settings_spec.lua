describe("The settings of the system", function()
    it("are defined, each with what it is for and a default", function()
        local names = settings.getNames()
        expect(table.concat(names, " ")):eq("bios.strict_globals bios.use_multishell edit.autocomplete edit.default_extension "
            .. "list.show_hidden lua.autocomplete lua.function_args lua.function_source lua.warn_against_use_of_local motd.enable "
            .. "motd.path paint.default_extension shell.allow_disk_startup shell.allow_startup shell.autocomplete "
            .. "shell.autocomplete_hidden")
        local defaults = {}
        for _, name in ipairs(names) do
            local details = settings.getDetails(name)
            expect(#details.description > 20):describe(name):eq(true)
            expect(type(details.default)):describe(name):eq(details.type)
            defaults[name] = details.default
        end
        expect(defaults):same {
            ["bios.strict_globals"] = false, ["bios.use_multishell"] = true, ["edit.autocomplete"] = true, ["edit.default_extension"] = "lua",
            ["list.show_hidden"] = false, ["lua.autocomplete"] = true, ["lua.function_args"] = true, ["lua.function_source"] = false,
            ["lua.warn_against_use_of_local"] = true, ["motd.enable"] = true, ["motd.path"] = "/rom/motd.txt:/motd.txt",
            ["paint.default_extension"] = "nfp", ["shell.allow_disk_startup"] = true, ["shell.allow_startup"] = true, ["shell.autocomplete"] = true,
            ["shell.autocomplete_hidden"] = false,
        }
    end)

    it("come from the host and from a file", function()
        local function load(defaults, file)
            fs.delete(".settings")
            if file then
                local f = fs.open(".settings", "w")
                f.write(file)
                f.close()
            end
            local api = setmetatable({}, { __index = _G })
            assert(loadfile("rom/apis/settings.lua", nil, api))()
            stub(_G, "_CC_DEFAULT_SETTINGS", defaults)
            dofile("rom/modules/main/cc/internal/system_settings.lua")(api)
            fs.delete(".settings")
            return api
        end
        local api = load("motd.enable=false,edit.default_extension=txt,my.number=12,my.text=a b,motd.path=12,shell.autocomplete=nil,,=")
        expect(api.get("motd.enable")):eq(false)
        expect(api.get("edit.default_extension")):eq("txt")
        expect(api.get("my.number")):eq(12)
        expect(api.get("my.text")):eq("a b")
        expect(api.get("motd.path")):eq("/rom/motd.txt:/motd.txt")
        expect(api.get("shell.autocomplete")):eq(true)
        expect(load("motd.enable=false", '{ ["motd.enable"] = true }').get("motd.enable")):eq(true)
        expect(load("", "rubbish {").get("motd.enable")):eq(true)
        expect(load(nil).get("motd.enable")):eq(true)
    end)
end)
