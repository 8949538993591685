---@meta luart.download

---Stores what HTTP servers have in files: whole or not at all. What may be reached is what http.get may reach, redirects included, but files may be of any
---length. If a transfer ends early it goes on where it stopped, if the server can do that. Failures are nil, a message, and a table with the class:
---
---- "http": the server has answered with the status that the field status has; "html": it has sent a web page
---- "denied": the rules forbid the address; "url": it is none; "host": nobody knows it; "tls": it can't be trusted
---- "network", "timeout", "truncated", "resume": the transfer has failed, after all retries
---- "checksum": the content is another, whose SHA-256 the field sha256 has; "size"; "limit": there is too much; "encoding"
---- "space": the disk is full; "io": the file can't be written; "busy": there are too many downloads; "cancelled"
---@class luart.download
local download = {}

---@class luart.download.Failure: luart.Failure
---@field url string
---@field attempts integer requests that were made
---@field status? integer
---@field reason? string
---@field retryAfter? number seconds
---@field received? integer bytes
---@field sha256? string

---@class luart.download.Options
---@field sha256? string what the content must have, in hexadecimal digits
---@field size? integer bytes that there must be
---@field maxBytes? number bytes that there may be; 4 GiB unless given
---@field headers? table<string, string> Those that are secret do not follow a redirect to another host.
---@field etag? string of what is there already: if the server has the same, nothing is transferred
---@field lastModified? string likewise
---@field timeout? number seconds without a sign of life, up to 600; 30 unless given, 0 is no limit
---@field retries? integer up to 20; 4 unless given
---@field retryDelay? number seconds before the first retry, twice as many before the next; 1 unless given, 30 at most
---@field resume? boolean What a failed call has received stays beside the file, as NAME.part and NAME.part.json, and a later call goes on with it.
---@field notHtml? boolean A web page without a file name is a failure.
---@field sync? boolean The file is durable in the end: true unless given.
---@field progress? fun(received: integer, total: integer?): boolean? Is called now and then; false cancels.

---@class luart.download.Result
---@field status integer
---@field url string where it came from in the end
---@field attempts integer requests that were made
---@field etag? string
---@field lastModified? string
---@field notModified? true Nothing was transferred, as etag or lastModified say. The fields below are missing then.
---@field path string
---@field size integer
---@field sha256 string
---@field resumed integer bytes that an earlier call has left
---@field contentType? string
---@field fileName? string the name that the server gives it, without folders

---Downloads a file, and waits for it while other coroutines run. What is there is replaced in the end, in one step.
---@param url string
---@param path string
---@param options? luart.download.Options
---@return luart.download.Result? result
---@return string? message
---@return luart.download.Failure? failure
function download.get(url, path, options) end

---Is get that doesn't wait. The event download_done or download_failed tells of the end. 8 are under way at a time; others wait for their turn.
---@param url string
---@param path string
---@param options? luart.download.Options
---@return luart.Job? job
---@return string? message
---@return luart.Failure? failure
function download.start(url, path, options) end

return download
