-- Where programs are found, and the short names of some: what every computer begins with.

---Sets the path and the aliases of a shell.
---@param shell table its API
return function(shell)
    local path = { ".", "/rom/programs" }
    local function add(folder) path[#path + 1] = "/rom/programs/" .. folder end
    if http then add("http") end
    if term.isColour() then add("advanced") end
    add("rednet")
    add("fun")
    if term.isColour() then add("fun/advanced") end
    if turtle then add("turtle") end
    if pocket then add("pocket") end
    if commands then add("command") end
    shell.setPath(table.concat(path, ":"))

    for alias, program in pairs {
        ls = "list", dir = "list", cp = "copy", mv = "move", rm = "delete", clr = "clear", rs = "redstone", sh = "shell",
        background = "bg", foreground = "fg",
    } do
        shell.setAlias(alias, program)
    end
end
