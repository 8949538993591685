-- Lists what is in a folder: folders first, in green. Names that begin with a dot are shown if the setting list.show_hidden
-- says so.

local folder = shell.dir()
if ... then folder = shell.resolve((...)) end
if not fs.isDir(folder) then
    printError("Not a directory")
    return
end

local showHidden = settings.get("list.show_hidden")
local folders, files = {}, {}
for _, name in ipairs(fs.list(folder)) do
    if showHidden or name:sub(1, 1) ~= "." then
        local into = fs.isDir(fs.combine(folder, name)) and folders or files
        into[#into + 1] = name
    end
end
table.sort(folders)
table.sort(files)

if term.isColour() then
    textutils.pagedTabulate(colours.green, folders, colours.white, files)
else
    textutils.pagedTabulate(folders, files)
end
