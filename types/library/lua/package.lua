---@meta

---Loads a module, once: `local expect = require "cc.expect"`. The file of "a.b" is a/b.lua or a/b/init.lua in the folder of the
---program, or in /rom/modules/main. Throws "module 'a.b' not found:", with what was tried.
---@param name string
---@return any module what the file returns; true if that is nothing
function require(name) end

---Where require looks for modules. Each program has its own.
---@class packagelib
package = {}

---"/;?!-", a character a line.
---@type string
package.config = ""

---The modules that are loaded.
---@type table<string, any>
package.loaded = {}

---What require asks one after the other: functions that take a name and return a function that makes the module, or nil and
---a text.
---@type (fun(name: string): function|nil, any)[]
package.loaders = {}

---The files that require tries, with "?" for the module's name and ";" between.
---@type string
package.path = ""

---Functions that make modules, by name.
---@type table<string, function>
package.preload = {}

---Finds the file of a module.
---@param name string
---@param path string templates with ? for the name and ; between
---@param sep? string what separates the parts of a name, "." unless given
---@param rep? string what stands for it in a path, "/" unless given
---@return string? file
---@return string? message what was tried
---@nodiscard
function package.searchpath(name, path, sep, rep) end
