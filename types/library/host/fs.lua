---@meta

---Files and folders. Paths begin at the root, with or without "/"; shell.resolve makes them of what was typed.
---@class fs
fs = {}

---A file that was opened. Its functions are called with a dot: `file.close()`. All of them throw "attempt to use a closed
---file" once it is closed.
---@class fs.File
---@field close fun() Closes it. What was written shows in the folder now.

---A file that was opened with "r".
---@class fs.ReadFile: fs.File
---@field read fun(count?: integer): string? The next character, or up to `count` bytes; nil at the end.
---@field readLine fun(withTrailing?: boolean): string? The next line, with its line break if `withTrailing`; nil at the end.
---@field readAll fun(): string The rest of the file; "" at the end.
---@field seek fun(whence?: "set"|"cur"|"end", offset?: integer): integer?, string? Goes to another place: `offset` bytes from the start, from here ("cur", unless given) or from the end. Returns the place from the start; nil and "Position is negative".

---A file that was opened with "rb".
---@class fs.BinaryReadFile: fs.ReadFile
---@field read fun(): integer? The next byte; nil at the end.
---@field read fun(count: integer): string? Up to `count` bytes.

---A file that was opened with "a" or "ab".
---@class fs.AppendFile: fs.File
---@field write fun(value: any) Writes the text of a value; in a binary file, a number is a byte.
---@field writeLine fun(value: any) Writes the text of a value, and a line break.
---@field flush fun() Makes what was written show in the folder now.

---A file that was opened with "w" or "wb".
---@class fs.WriteFile: fs.AppendFile
---@field seek fun(whence?: "set"|"cur"|"end", offset?: integer): integer?, string? Goes to another place.

---A file that was opened with "r+" or "w+".
---@class fs.ReadWriteFile: fs.ReadFile, fs.WriteFile

---@alias fs.Mode
---| "r" # read
---| "w" # write anew
---| "a" # write at the end
---| "r+" # read and write
---| "w+" # write anew, and read
---| "rb" # as "r", read() gives a byte as a number
---| "wb" # as "w", write(65) writes a byte
---| "ab" # as "a", write(65) writes a byte
---| "r+b" # as "r+", with bytes as numbers
---| "w+b" # as "w+", with bytes as numbers

---Opens a file. "w", "a" and "w+" make it and the folders it is in. Throws "Unsupported mode".
---@overload fun(path: string, mode: "r"): fs.ReadFile?, string?
---@overload fun(path: string, mode: "rb"): fs.BinaryReadFile?, string?
---@overload fun(path: string, mode: "w"|"wb"): fs.WriteFile?, string?
---@overload fun(path: string, mode: "a"|"ab"): fs.AppendFile?, string?
---@param path string
---@param mode fs.Mode
---@return fs.ReadWriteFile? file nil if it can't be opened
---@return string? message such as "/a.txt: No such file"
---@nodiscard
function fs.open(path, mode) end

---The names of what is in a folder, in order. Throws "/x: No such file" and "/x: Not a directory".
---@param path string
---@return string[]
---@nodiscard
function fs.list(path) end

---Puts paths together, without ".", ".." and needless "/": `fs.combine("a", "../b.txt")` is "b.txt".
---@param path string
---@param ... string
---@return string
---@nodiscard
function fs.combine(path, ...) end

---The last part of a path; "root" of "".
---@param path string
---@return string
---@nodiscard
function fs.getName(path) end

---The folder of a path; ".." of "".
---@param path string
---@return string
---@nodiscard
function fs.getDir(path) end

---Tells whether there is a file or folder.
---@param path string
---@return boolean
---@nodiscard
function fs.exists(path) end

---Tells whether there is a folder.
---@param path string
---@return boolean
---@nodiscard
function fs.isDir(path) end

---Tells whether nothing may be written there.
---@param path string
---@return boolean
---@nodiscard
function fs.isReadOnly(path) end

---The size of a file. Throws "/x: No such file".
---@param path string
---@return integer bytes 0 for folders
---@nodiscard
function fs.getSize(path) end

---What `fs.attributes` tells. Times are in milliseconds since 1970, 0 for files in /rom.
---@class fs.Attributes
---@field size integer bytes, 0 for folders
---@field isDir boolean
---@field isReadOnly boolean
---@field created integer
---@field modified integer
---@field modification integer the same as modified

---What is known of a file. Throws "/x: No such file".
---@param path string
---@return fs.Attributes
---@nodiscard
function fs.attributes(path) end

---The drive of a file: "hdd", "rom", the name of a mount.
---@param path string
---@return string? drive nil if there is no such file
---@nodiscard
function fs.getDrive(path) end

---The room that is left on a drive.
---@param path string
---@return integer|"unlimited" bytes 0 where nothing may be written, "unlimited" where that is not known
---@nodiscard
function fs.getFreeSpace(path) end

---All the room of a drive.
---@param path string
---@return integer? bytes nil where nothing may be written
---@nodiscard
function fs.getCapacity(path) end

---Makes a folder, and those that it is in. Throws "/f: File exists", "/rom/x: Access denied", "/x: Out of space".
---@param path string
function fs.makeDir(path) end

---Deletes a file or a folder with all that is in it; if there is none, nothing happens. Throws "/rom: Access denied".
---@param path string
function fs.delete(path) end

---Copies a file or a folder. Throws "/src: No such file", "/dst: File exists", "/dst: Access denied", "/dst: Out of space".
---@param path string
---@param dest string
function fs.copy(path, dest) end

---Moves or renames a file or a folder. Throws "No such file", "File exists", "Access denied".
---@param path string
---@param dest string
function fs.move(path, dest) end
