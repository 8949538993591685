---@meta

---Operations on the bits of numbers of 32 bits. There are no operators for them.
---@class bit32lib
bit32 = {}

---Shifts right; the topmost bit is copied.
---@param x integer
---@param disp integer
---@return integer
---@nodiscard
function bit32.arshift(x, disp) end

---@param ... integer
---@return integer
---@nodiscard
function bit32.band(...) end

---@param x integer
---@return integer
---@nodiscard
function bit32.bnot(x) end

---@param ... integer
---@return integer
---@nodiscard
function bit32.bor(...) end

---Tells whether any bit is in all of the numbers.
---@param ... integer
---@return boolean
---@nodiscard
function bit32.btest(...) end

---@param ... integer
---@return integer
---@nodiscard
function bit32.bxor(...) end

---Some bits of a number.
---@param n integer
---@param field integer the lowest of them, from 0
---@param width? integer how many, 1 unless given
---@return integer
---@nodiscard
function bit32.extract(n, field, width) end

---@param x integer
---@param disp integer
---@return integer
---@nodiscard
function bit32.lrotate(x, disp) end

---@param x integer
---@param disp integer
---@return integer
---@nodiscard
function bit32.lshift(x, disp) end

---Replaces some bits of a number.
---@param n integer
---@param v integer
---@param field integer the lowest of them, from 0
---@param width? integer how many, 1 unless given
---@return integer
---@nodiscard
function bit32.replace(n, v, field, width) end

---@param x integer
---@param disp integer
---@return integer
---@nodiscard
function bit32.rrotate(x, disp) end

---@param x integer
---@param disp integer
---@return integer
---@nodiscard
function bit32.rshift(x, disp) end
