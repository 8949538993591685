-- What goes wrong with a request: an error value that the router makes a response of, "problem details" in JSON (RFC 9457).

local expect = require "cc.expect".expect

---A response of a status 400 or more, as an error value: thrown anywhere below the router, it is what the client gets.
---@class cc.http.Problem
---@field status integer 400 to 599.
---@field title string What the status means.
---@field detail? string What is wrong, for the client to see.
---@field headers? table<string, string> Headers of the response.
---@field fields? table<string, any> More for the client to see, as fields of the JSON object.
---@field cause? any For a status 500: the error value, which the client never sees, unless the router's option debug says so.
---@field trace? string Where it was raised; for the log.
local Problem = {}
Problem.__index = Problem

---@class cc.http.problem
local problem = {}

---What statuses mean (RFC 9110 §15, and its registry).
---@type table<integer, string>
problem.titles = {
    [200] = "OK", [201] = "Created", [202] = "Accepted", [204] = "No Content", [206] = "Partial Content",
    [301] = "Moved Permanently", [302] = "Found", [303] = "See Other", [304] = "Not Modified",
    [307] = "Temporary Redirect", [308] = "Permanent Redirect",
    [400] = "Bad Request", [401] = "Unauthorized", [402] = "Payment Required", [403] = "Forbidden", [404] = "Not Found",
    [405] = "Method Not Allowed", [406] = "Not Acceptable", [408] = "Request Timeout", [409] = "Conflict", [410] = "Gone",
    [411] = "Length Required", [412] = "Precondition Failed", [413] = "Content Too Large", [414] = "URI Too Long",
    [415] = "Unsupported Media Type", [416] = "Range Not Satisfiable", [417] = "Expectation Failed",
    [421] = "Misdirected Request", [422] = "Unprocessable Content", [423] = "Locked", [426] = "Upgrade Required",
    [428] = "Precondition Required", [429] = "Too Many Requests", [431] = "Request Header Fields Too Large",
    [451] = "Unavailable For Legal Reasons",
    [500] = "Internal Server Error", [501] = "Not Implemented", [502] = "Bad Gateway", [503] = "Service Unavailable",
    [504] = "Gateway Timeout", [507] = "Insufficient Storage",
}
local titles = problem.titles

---Makes a problem, to be thrown.
---@param status integer 400 to 599
---@param detail? string what is wrong, for the client to see
---@param fields? table<string, any> more for the client to see
---@return cc.http.Problem
function problem.new(status, detail, fields)
    expect(1, status, "number")
    expect(2, detail, "string", "nil")
    expect(3, fields, "table", "nil")
    if not (status >= 400 and status <= 599 and status % 1 == 0) then
        error("bad argument #1 (a status 400 to 599 expected)", 2)
    end
    return setmetatable({ status = status, title = titles[status] or "Error", detail = detail, fields = fields }, Problem)
end

---Whether a value is a problem.
---@param value any
---@return boolean
function problem.is(value)
    return getmetatable(value) == Problem
end

---What the client gets to see of a problem.
---@return table<string, any>
function Problem:body()
    local body = {}
    for name, value in pairs(self.fields or {}) do body[name] = value end
    body.status, body.title, body.detail = self.status, self.title, self.detail
    return body
end

-- So that a problem that nobody has caught, or that is printed, can be read.
function Problem:__tostring()
    return self.status .. " " .. self.title .. (self.detail and ": " .. self.detail or "")
end

return problem
