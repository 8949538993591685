-- Methods: calls with a colon on objects whose class is one __index away.
local N = ... or 3500000

local Account = {}
Account.__index = Account

local function new(balance)
  return setmetatable({ balance = balance, moves = 0 }, Account)
end

function Account:deposit(v)
  self.balance = self.balance + v
  self.moves = self.moves + 1
end

function Account:withdraw(v)
  if v > self.balance then return false end
  self.balance = self.balance - v
  self.moves = self.moves + 1
  return true
end

function Account:total() return self.balance end

local a, b = new(1000), new(50)
local refused = 0
-- The accounts change places by way of a third variable: gopher-lua 1.1.2 loses one in "a, b = b, a" on locals.
for i = 1, N do
  local v = i % 17
  if a:withdraw(v) then
    b:deposit(v)
  else
    refused = refused + 1
    local c = a
    a = b
    b = c
  end
  if b:total() > 5000 then
    local c = a
    a = b
    b = c
  end
end

print(string.format("%d %d %d %d", a:total(), b:total(), a.moves + b.moves, refused))
