---@meta gluahttp

---HTTP requests by github.com/cjoudrey/gluahttp, a module written in Go for gopher-lua. What it may reach is what http.get may. Each
---function waits for the answer; other coroutines go on meanwhile.
local gluahttp = {}

---@class gluahttp.Options
---@field query? string The part of the URL after "?", encoded.
---@field cookies? table<string, string>
---@field headers? table<string, string>
---@field body? string What is sent; with post, put, patch and request.
---@field form? string A body that is an encoded form; older than `body`, which wins.
---@field timeout? number|string Whole seconds, or a text such as "1m30s".
---@field auth? { user: string, pass: string }

---A response with any status. The fields are read each time anew, which waits for a moment: keep what is needed more than once.
---@class gluahttp.Response: userdata
---@field status_code integer
---@field body string
---@field body_size integer bytes
---@field headers table<string, string> Names as "Content-Type"; of several values the first.
---@field cookies table<string, string>
---@field url string Where it came from in the end.

---The type of responses, for gopher-lua's own use.
gluahttp.response = {}

---@param url string
---@param options? gluahttp.Options
---@return gluahttp.Response? response
---@return string? message what went wrong
function gluahttp.get(url, options) end

---@param url string
---@param options? gluahttp.Options
---@return gluahttp.Response? response
---@return string? message what went wrong
function gluahttp.delete(url, options) end

---@param url string
---@param options? gluahttp.Options
---@return gluahttp.Response? response
---@return string? message what went wrong
function gluahttp.head(url, options) end

---@param url string
---@param options? gluahttp.Options
---@return gluahttp.Response? response
---@return string? message what went wrong
function gluahttp.patch(url, options) end

---@param url string
---@param options? gluahttp.Options
---@return gluahttp.Response? response
---@return string? message what went wrong
function gluahttp.post(url, options) end

---@param url string
---@param options? gluahttp.Options
---@return gluahttp.Response? response
---@return string? message what went wrong
function gluahttp.put(url, options) end

---@param method string
---@param url string
---@param options? gluahttp.Options
---@return gluahttp.Response? response
---@return string? message what went wrong
function gluahttp.request(method, url, options) end

---Makes several requests at once, at most 256, and waits for all. Calls of other modules wait, too. If some fail, both lists are shorter and
---have no gaps. Throws if the list is none, or too long.
---@param requests { [1]: string, [2]: string, [3]: gluahttp.Options? }[] method, URL and options of each
---@return gluahttp.Response[] responses
---@return string[]? messages if some have failed
function gluahttp.request_batch(requests) end

return gluahttp
