-- Vectors of three numbers.
--
--     local v = vector.new(1, 2, 3) + vector.new(0, 0, 1) * 2
--     print(v, v:length())

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local floor, sqrt = math.floor, math.sqrt
local getmetatable, setmetatable, tonumber, tostring, type = getmetatable, setmetatable, tonumber, tostring, type

---@class Vector
---@field x number
---@field y number
---@field z number
---@operator add(Vector): Vector
---@operator sub(Vector): Vector
---@operator mul(number): Vector
---@operator div(number): Vector
---@operator unm: Vector
local Vector = {}
local meta = { __name = "vector", __index = Vector }

local function make(x, y, z)
    return setmetatable({ x = x, y = y, z = z }, meta)
end

---@param other Vector
---@return Vector
function Vector:add(other)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    if getmetatable(other) ~= meta then expect(2, other, "vector") end
    return make(self.x + other.x, self.y + other.y, self.z + other.z)
end

---@param other Vector
---@return Vector
function Vector:sub(other)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    if getmetatable(other) ~= meta then expect(2, other, "vector") end
    return make(self.x - other.x, self.y - other.y, self.z - other.z)
end

---@param factor number
---@return Vector
function Vector:mul(factor)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    expect(2, factor, "number")
    return make(self.x * factor, self.y * factor, self.z * factor)
end

---@param divisor number
---@return Vector
function Vector:div(divisor)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    expect(2, divisor, "number")
    return make(self.x / divisor, self.y / divisor, self.z / divisor)
end

---@return Vector
function Vector:unm()
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    return make(-self.x, -self.y, -self.z)
end

---@param other Vector
---@return number
function Vector:dot(other)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    if getmetatable(other) ~= meta then expect(2, other, "vector") end
    return self.x * other.x + self.y * other.y + self.z * other.z
end

---@param other Vector
---@return Vector
function Vector:cross(other)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    if getmetatable(other) ~= meta then expect(2, other, "vector") end
    return make(
        self.y * other.z - self.z * other.y,
        self.z * other.x - self.x * other.z,
        self.x * other.y - self.y * other.x
    )
end

---@return number
function Vector:length()
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    return sqrt(self.x * self.x + self.y * self.y + self.z * self.z)
end

---The vector of the same direction whose length is 1.
---@return Vector
function Vector:normalize()
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    return self:mul(1 / self:length())
end

---Rounds each number to the nearest multiple of another.
---@param tolerance? number 1 unless given
---@return Vector
function Vector:round(tolerance)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    expect(2, tolerance, "number", "nil")
    tolerance = tolerance or 1
    return make(
        floor((self.x + tolerance / 2) / tolerance) * tolerance,
        floor((self.y + tolerance / 2) / tolerance) * tolerance,
        floor((self.z + tolerance / 2) / tolerance) * tolerance
    )
end

---The numbers with commas between: "1,2,3".
---@return string
function Vector:tostring()
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    return tostring(self.x) .. "," .. tostring(self.y) .. "," .. tostring(self.z)
end

---@param other Vector
---@return boolean
function Vector:equals(other)
    if getmetatable(self) ~= meta then expect(1, self, "vector") end
    if getmetatable(other) ~= meta then expect(2, other, "vector") end
    return self.x == other.x and self.y == other.y and self.z == other.z
end

meta.__add = Vector.add
meta.__sub = Vector.sub
meta.__div = Vector.div
meta.__unm = Vector.unm
meta.__eq = Vector.equals
meta.__tostring = Vector.tostring

function meta.__mul(a, b)
    if type(a) == "number" then return b:mul(a) end
    return a:mul(b)
end

---Makes a vector.
---@param x? number|string 0 unless given
---@param y? number|string
---@param z? number|string
---@return Vector
function new(x, y, z)
    return make(tonumber(x) or 0, tonumber(y) or 0, tonumber(z) or 0)
end
