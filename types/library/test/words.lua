---@meta

-- What specs have besides, which luart test runs: files whose names end with _spec.lua.

---A group of tests: its name goes before those of the tests in it.
---@param name string
---@param body fun()
function describe(name, body) end

---A test. It passes if the function returns.
---@param name string
---@param body fun()
function it(name, body) end

---A test that is still to be written; it is listed, and not run.
---@param name string
function pending(name) end

---Runs a function before each test of the group, and of those in it.
---@param body fun()
function before_each(body) end

---Runs a function after each test of the group, and of those in it.
---@param body fun()
function after_each(body) end

---Fails the test.
---@param message any
function fail(message) end

---Puts something else in a table until the test ends.
---@param t table
---@param key any
---@param ... any a function that is called instead, or another value; a function that does nothing unless given
---@return any stub what is in the table now; a function records its calls for expect
function stub(t, key, ...) end

---Begins an expectation: `expect(n):eq(3)`. Each method returns the expectation itself.
---@class spec.expect
---@overload fun(value: any): spec.Expectation
expect = {}

---Calls a function, which must fail.
---@param f function
---@param ... any its arguments
---@return spec.Expectation expectation of the error, without the position of this call
function expect.error(f, ...) end

---What is expected of a value.
---@class spec.Expectation
local Expectation = {}

---The value is this very one, by `==`.
---@param expected any
---@return spec.Expectation
function Expectation:eq(expected) end

Expectation.equals = Expectation.eq
Expectation.equal = Expectation.eq

---The value is another one.
---@param unexpected any
---@return spec.Expectation
function Expectation:ne(unexpected) end

Expectation.not_equals = Expectation.ne

---Says what the value is, for those who read the spec.
---@param what string
---@return spec.Expectation
function Expectation:describe(what) end

---The value is equal, or a table with the same fields all the way down.
---@param expected any
---@return spec.Expectation
function Expectation:same(expected) end

---The value is a table with at least these fields, all the way down.
---@param expected any
---@return spec.Expectation
function Expectation:matches(expected) end

---The value is of a type.
---@param expected type
---@return spec.Expectation
function Expectation:type(expected) end

---The value is a string in which the pattern is found.
---@param pattern string
---@return spec.Expectation
function Expectation:str_match(pattern) end

---The stub was called: at all, or this often.
---@param times? integer
---@return spec.Expectation
function Expectation:called(times) end

---The stub was called with the same arguments, some time or other.
---@param ... any
---@return spec.Expectation
function Expectation:called_with(...) end

---The stub was called with arguments that these match, some time or other.
---@param ... any
---@return spec.Expectation
function Expectation:called_with_matching(...) end
