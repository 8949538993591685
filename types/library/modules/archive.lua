---@meta luart.archive

---Lists, unpacks and makes archives. It reads zip (and jar), 7z, rar, tar, and what is packed by gzip, bzip2 or xz: a tar or one file; also those that
---unpack themselves. It goes by the content, not by the name. It makes zip, tar and tar.gz.
---
---Archives of others are not trusted: nothing is made but files and folders, nothing outside the destination, and there are limits. Each function waits
---until it is done, while other coroutines run. Failures are nil, a message, and a table with the class of the failure:
---
---- "format": it is no archive; "corrupt": it is damaged; "encrypted"; "unsupported": it is compressed in an unknown way
---- "installer": it is a program that takes a tool of its own to unpack, which the message names
---- "unsafe": an entry would land outside, is no file or folder, or has a name that isn't one everywhere
---- "limit": there is more than allowed; "space": the disk is full; "io": files can't be read or written; "cancelled"
---@class luart.archive
local archive = {}

---@class luart.archive.Entry
---@field name string as it stands in the archive, in UTF-8: it may be anything
---@field kind "file"|"folder"|"symlink"|"hardlink"|"device"
---@field size? integer bytes
---@field packed? integer bytes that it takes in the archive
---@field modified? number milliseconds since 1970, UTC
---@field encrypted? true
---@field unsafe? string why it would not be unpacked

---@class luart.archive.Limits
---@field maxBytes? number that come out of it; 4 GiB unless given
---@field maxRatio? number of what comes out to the archive's size, above 16 MiB; 500 unless given
---@field maxEntries? number in the archive; 100000 unless given
---@field maxFiles? number of files and folders that are made; 20000 unless given
---@field maxPath? number bytes of a path; 1024 unless given
---@field maxDepth? number parts of a path; 64 unless given

---@class luart.archive.ExtractOptions: luart.archive.Limits
---@field include? (string|luart.Regex)[] Only files are unpacked that one of these patterns matches: somewhere in "/" and the path. In texts, case doesn't matter.
---@field exclude? (string|luart.Regex)[] Files that one of these matches are not unpacked.
---@field filter? fun(entry: luart.archive.Entry): boolean|string|nil Is asked about each entry: whether it is unpacked, or where to. Then include and exclude don't count.
---@field strip? integer|"common" How many folders are taken off paths; or those that all wanted files have in common.
---@field flat? boolean Only names are left of paths.
---@field unsafe? "error"|"skip" What becomes of unsafe entries: "error" unless given.
---@field existing? "replace"|"keep" What becomes of files that are there already: "replace" unless given.
---@field sha256? boolean The result has the SHA-256 of each file.
---@field sync? boolean All is durable in the end.
---@field progress? fun(entry: string, files: integer, bytes: integer): boolean? Is called now and then; false cancels.

---@class luart.archive.Result
---@field format string
---@field files { name: string, path: string, size: integer, sha256: string? }[] name is the entry's, path where it is in the destination
---@field skipped { name: string, reason: string }[]
---@field bytes integer
---@field entries integer that there are in the archive

---@class luart.archive.Part
---@field name string with slashes; one that ends in a slash is a folder
---@field data? string the content
---@field path? string a file of the computer that has the content

---@class luart.archive.CreateOptions
---@field format? "zip"|"tar"|"tar.gz" the name's ending decides unless given
---@field store? boolean zip: nothing is compressed
---@field modified? number the date of all entries, in milliseconds since 1970; 1980 unless given, so that equal entries make equal archives
---@field sync? boolean
---@field progress? fun(entry: string, done: integer): boolean?

---Tells what a file is.
---@param path string
---@return "zip"|"7z"|"rar"|"tar"|"gz"|"bz2"|"xz"|nil format
---@return string? message
---@return luart.Failure? failure
function archive.detect(path) end

---@param path string
---@param options? luart.archive.Limits
---@return luart.archive.Entry[]? entries
---@return string format or the message
---@return luart.Failure? failure
function archive.list(path, options) end

---Unpacks an archive into a folder, which is made if need be. What has been unpacked before a failure stays: unpack into a folder of its own, and rename it when
---all is well.
---@param path string
---@param destination string
---@param options? luart.archive.ExtractOptions
---@return luart.archive.Result? result
---@return string? message
---@return luart.Failure? failure
function archive.extract(path, destination, options) end

---Is extract that doesn't wait. The event archive_done or archive_failed tells of the end.
---@param path string
---@param destination string
---@param options? luart.archive.ExtractOptions
---@return luart.Job? job
---@return string? message
---@return luart.Failure? failure
function archive.start(path, destination, options) end

---Makes an archive, or replaces one.
---@param path string
---@param entries luart.archive.Part[]
---@param options? luart.archive.CreateOptions
---@return integer? bytes
---@return string? message
---@return luart.Failure? failure
function archive.create(path, entries, options) end

return archive
