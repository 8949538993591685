-- The messages of JSON-RPC 2.0: texts enter, requests leave; results leave as texts. Ids go through as they were written, since a number
-- may have more digits than a double.

local json = require "luart.json"

local decode, encode, kind = json.decode, json.encode, json.kind
local type, concat = type, table.concat

---@class rpc.protocol
local protocol = {}

-- Codes of errors. Those from -32000 on are ours.
protocol.PARSE = -32700
protocol.INVALID = -32600
protocol.MISSING = -32601
protocol.PARAMS = -32602
protocol.INTERNAL = -32603
protocol.TIMEOUT = -32000
protocol.UNAUTHORIZED = -32001
protocol.BUSY = -32002
protocol.UNLOADED = -32003

---Stands for null in values, but for the outermost.
protocol.null = textutils.json_null

local writing = { null = textutils.json_null, empty_array = textutils.empty_json_array, max_depth = 1000 }

---The text of a value. Throws "can't write JSON: …" for what JSON doesn't have.
---@param value any
---@param how? luart.json.Options
---@return string
function protocol.encode(value, how)
    local ok, text = pcall(encode, value, how or writing)
    if ok then return text end
    error(tostring(text):match("can't write JSON.*") or text, 0)
end

---How values of a plugin are written: its own textutils have what stands for null and for the empty array. If it has not loaded them, it can't have
---used these.
---@param globals table
---@return luart.json.Options
function protocol.writingOf(globals)
    local own = rawget(globals, "textutils")
    local null, array = type(own) == "table" and rawget(own, "json_null"), type(own) == "table" and rawget(own, "empty_json_array")
    if type(null) ~= "table" or type(array) ~= "table" then return writing end
    return { null = null, empty_array = array, max_depth = 1000 }
end

---Gives a plugin a value that was read: its own null takes the place of ours. It runs as the plugin.
---@param value any changed in place
---@param null table
---@return any
function protocol.adopt(value, null)
    if value == protocol.null then return null end
    if type(value) == "table" then
        for key, each in pairs(value) do
            if type(each) == "table" then value[key] = protocol.adopt(each, null) end
        end
    end
    return value
end

local Unwritable = { __tostring = function(self) return self.text end }

---The text of what a method has returned. It throws an error of its own kind for what JSON doesn't have.
---@param value any
---@param how luart.json.Options
---@return string
function protocol.encodeResult(value, how)
    local ok, text = pcall(protocol.encode, value, how)
    if ok then return text end
    error(setmetatable({ text = "the result of the method: " .. tostring(text) }, Unwritable), 0)
end

---What is wrong with a result, if that is what an error is about.
---@param value any an error
---@return string?
function protocol.unwritable(value)
    return type(value) == "table" and getmetatable(value) == Unwritable and value.text or nil
end

---The error for the client that a method has thrown, as rpc.error makes it: a table with a code and a message. Codes that JSON-RPC gives a
---meaning are not for methods, but for the one about params.
---@param value any an error
---@return { code: integer, message: string, data: any }?
function protocol.thrown(value)
    if type(value) ~= "table" then return nil end
    local code, message = rawget(value, "code"), rawget(value, "message")
    if type(code) ~= "number" or code % 1 ~= 0 or code > 2 ^ 53 or code < -2 ^ 53 or type(message) ~= "string" then return nil end
    if code >= -32768 and code < -32099 and code ~= protocol.PARAMS then return nil end
    return { code = code, message = message, data = rawget(value, "data") }
end

---How messages are read.
---@param depth integer how deep arrays and objects may stand in each other
---@return luart.json.Options
function protocol.reading(depth)
    return { raw = "id", max_depth = depth, null = protocol.null }
end

---@class rpc.Message what a text may be
---@field jsonrpc any
---@field method any
---@field params any
---@field id? { text: string }
---@field result any
---@field error any

---Reads a text: a message, or a batch of some.
---@param text string
---@param reading luart.json.Options
---@return any value nil if it is no JSON
---@return boolean|string batch whether the value is an array; or what is wrong
function protocol.parse(text, reading)
    local value, problem = decode(text, reading)
    if value == nil then return nil, problem end
    return value, type(value) == "table" and value.jsonrpc == nil and kind(value) == "array"
end

---Tells what a message is.
---@param value any
---@return string|false|nil method of a request or a notification; false: it answers a request of ours; nil: it is nothing
---@return string? id as it was written; nil for notifications
---@return string? problem what is wrong, if it is nothing
function protocol.classify(value)
    if type(value) ~= "table" then return nil, nil, "it is no object" end
    local raw = value.id
    local id = raw and raw.text
    if value.jsonrpc ~= "2.0" then
        if kind(value) == "array" then return nil, nil, "it is no object" end
        return nil, id, 'its member jsonrpc must be "2.0"'
    end
    local method = value.method
    local answers = (value.result ~= nil and 1 or 0) + (value.error ~= nil and 1 or 0)
    if method ~= nil then
        if answers > 0 then return nil, id, "it has a method and a result or an error" end
        if type(method) ~= "string" then return nil, id, "its method must be a string" end
        return method, id
    end
    if answers ~= 1 then return nil, id, "it must have one of method, result and error" end
    return false, id
end

---The answer to a request.
---@param id string
---@param result string JSON
---@return string
function protocol.result(id, result)
    return '{"jsonrpc":"2.0","id":' .. id .. ',"result":' .. result .. "}"
end

---The answer to a request that has failed.
---@param id? string nil: it is not known
---@param code integer
---@param message string
---@param data? any
---@return string
function protocol.failure(id, code, message, data)
    local about = { code = code, message = message, data = data }
    local ok, text = pcall(encode, about, writing)
    if not ok then
        -- Not UTF-8, or data that is none.
        about.data = nil
        ok, text = pcall(encode, about, writing)
        if not ok then text = encode { code = code, message = "an error whose text is not UTF-8" } end
    end
    return '{"jsonrpc":"2.0","error":' .. text .. ',"id":' .. (id or "null") .. "}"
end

---A notification.
---@param method string
---@param params? string JSON; nil: none
---@return string
function protocol.notification(method, params)
    if not params then return '{"jsonrpc":"2.0","method":' .. encode(method) .. "}" end
    return '{"jsonrpc":"2.0","method":' .. encode(method) .. ',"params":' .. params .. "}"
end

---A request.
---@param method string
---@param params? string JSON; nil: none
---@param id string
---@return string
function protocol.request(method, params, id)
    return '{"jsonrpc":"2.0","method":' .. encode(method) .. (params and ',"params":' .. params or "") .. ',"id":' .. id .. "}"
end

---The answers to a batch.
---@param answers string[]
---@return string
function protocol.batch(answers) return "[" .. concat(answers, ",") .. "]" end

return protocol
