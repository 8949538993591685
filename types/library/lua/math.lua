---@meta

---Mathematics. All numbers are doubles.
---@class mathlib
math = {}

---@type number
math.huge = 1 / 0

---@type number
math.pi = 3.141592653589793

---@generic N: number
---@param x N
---@return N
---@nodiscard
function math.abs(x) end

---@param x number
---@return number radians
---@nodiscard
function math.acos(x) end

---@param x number
---@return number radians
---@nodiscard
function math.asin(x) end

---@param y number
---@param x? number 1 unless given; with it, the quadrant counts
---@return number radians
---@nodiscard
function math.atan(y, x) end

---@param y number
---@param x number
---@return number radians
---@nodiscard
function math.atan2(y, x) end

---Rounds up.
---@param x number
---@return integer
---@nodiscard
function math.ceil(x) end

---@param x number radians
---@return number
---@nodiscard
function math.cos(x) end

---@param x number
---@return number
---@nodiscard
function math.cosh(x) end

---@param x number radians
---@return number degrees
---@nodiscard
function math.deg(x) end

---@param x number
---@return number
---@nodiscard
function math.exp(x) end

---Rounds down.
---@param x number
---@return integer
---@nodiscard
function math.floor(x) end

---The rest of a division that rounds towards zero.
---@param x number
---@param y number
---@return number
---@nodiscard
function math.fmod(x, y) end

---Splits a number: x = m * 2 ^ e.
---@param x number
---@return number m 0.5 to 1
---@return integer e
---@nodiscard
function math.frexp(x) end

---m * 2 ^ e
---@param m number
---@param e integer
---@return number
---@nodiscard
function math.ldexp(m, e) end

---@param x number
---@param base? number e unless given
---@return number
---@nodiscard
function math.log(x, base) end

---@param x number
---@return number
---@nodiscard
function math.log10(x) end

---@generic N: number
---@param x N
---@param ... N
---@return N
---@nodiscard
function math.max(x, ...) end

---@generic N: number
---@param x N
---@param ... N
---@return N
---@nodiscard
function math.min(x, ...) end

---The same as fmod.
---@deprecated use math.fmod
---@param x number
---@param y number
---@return number
---@nodiscard
function math.mod(x, y) end

---The whole part and the fraction.
---@param x number
---@return integer whole
---@return number fraction
---@nodiscard
function math.modf(x) end

---x ^ y
---@param x number
---@param y number
---@return number
---@nodiscard
function math.pow(x, y) end

---@param x number degrees
---@return number radians
---@nodiscard
function math.rad(x) end

---A random number: 0 to less than 1 without arguments, else a whole number of 1 to m, or of m to n. Throws "bad argument #1
---(interval is empty)".
---@overload fun(): number
---@param m integer
---@param n? integer
---@return integer
---@nodiscard
function math.random(m, n) end

---Makes math.random give the same numbers each time.
---@param x? number
function math.randomseed(x) end

---@param x number radians
---@return number
---@nodiscard
function math.sin(x) end

---@param x number
---@return number
---@nodiscard
function math.sinh(x) end

---@param x number
---@return number
---@nodiscard
function math.sqrt(x) end

---@param x number radians
---@return number
---@nodiscard
function math.tan(x) end

---@param x number
---@return number
---@nodiscard
function math.tanh(x) end
