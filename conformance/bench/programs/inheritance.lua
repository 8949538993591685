-- Inheritance: methods and fields found through a chain of four metatables, with calls to the parent's method.
local N = ... or 2300000

local function class(parent)
  local c = {}
  c.__index = c
  return setmetatable(c, parent)
end

local Thing = class(nil)
Thing.weight = 3
function Thing:value() return self.n end
function Thing:grow(by) self.n = (self.n + by) % 10007 end

local Living = class(Thing)
function Living:feed(by) self:grow(by * self.weight) end

local Animal = class(Living)
function Animal:value() return Living.value(self) + 1 end

local Dog = class(Animal)
Dog.weight = 5
function Dog:value() return Animal.value(self) * 2 end

local pack = {}
for i = 1, 8 do
  pack[i] = setmetatable({ n = i }, i % 2 == 0 and Dog or Animal)
end
local sum = 0
for i = 1, N do
  local one = pack[i % 8 + 1]
  one:feed(i % 5)
  sum = sum + one:value()
end

print(string.format("%d", sum))
