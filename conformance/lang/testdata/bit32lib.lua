-- bit32: §1.2, §1.3.

print(bit32.band(0xff, 0x0f), bit32.bor(1, 2, 4), bit32.bxor(5, 3), bit32.bnot(0)) --> 15 7 6 4294967295
print(bit32.band(), bit32.bor(), bit32.bxor(), bit32.band(7), bit32.btest(), bit32.btest(1, 2), bit32.btest(3, 2)) --> 4294967295 0 0 7 true false true
print(bit32.lshift(1, 4), bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.lshift(8, -2), bit32.lshift(1, -32)) --> 16 2147483648 0 2 0
print(bit32.rshift(256, 4), bit32.rshift(-1, 28), bit32.rshift(1, 32), bit32.rshift(1, -4)) --> 16 15 0 16
print(bit32.arshift(-256, 4), bit32.arshift(256, 4), bit32.arshift(-1, 40), bit32.arshift(1, -3)) --> 4294967280 16 4294967295 8
print(bit32.lrotate(0x80000001, 1), bit32.rrotate(1, 1), bit32.lrotate(1, 32), bit32.lrotate(1, -1), bit32.rrotate(0xff, 36)) --> 3 2147483648 1 2147483648 4026531855
print(bit32.extract(0xabcd, 4, 8), bit32.extract(5, 0), bit32.extract(0xffffffff, 31), bit32.extract(0xffffffff, 0, 32)) --> 188 1 1 4294967295
print(bit32.replace(0, 5, 4, 4), bit32.replace(0xff, 0, 0), bit32.replace(0, 1, 31), bit32.replace(0, 0xffffffff, 0, 32)) --> 80 254 2147483648 4294967295
print(bit32.band(-1, 0xff), bit32.bor(2^32, 1), bit32.band(2^32 + 5, 7), bit32.bnot(-1)) --> 255 1 5 0
print(bit32.band("0xf", "3"), bit32.bxor(0xffffffff, 0xffffffff)) --> 3 0
---
-- craftos only: message texts
print(pcall(bit32.band, "x"))        --> false @LINE: bad argument (number expected, got string)
print(pcall(bit32.band, {}))         --> false @LINE: bad argument (number expected, got table)
print(pcall(bit32.bnot))             --> false @LINE: bad argument (number expected, got nil)
print(pcall(bit32.lshift, 1))        --> false @LINE: bad argument (number expected, got nil)
print(pcall(bit32.extract, 1, 32))   --> false @LINE: trying to access non-existent bits
print(pcall(bit32.extract, 1, -1))   --> false @LINE: bad argument #2 (field cannot be negative)
print(pcall(bit32.extract, 1, 30, 5)) --> false @LINE: trying to access non-existent bits
print(pcall(bit32.extract, 1, 0, 0)) --> false @LINE: bad argument #3 (width must be positive)
print(pcall(bit32.replace, 1, 1, 32)) --> false @LINE: trying to access non-existent bits
print(pcall(bit32.extract, 1))       --> false @LINE: bad argument (number expected, got nil)
print(bit32.band(3.7, 7), bit32.bor(-2.5, 0), bit32.band(0/0, 7), bit32.band(2^53 + 2, 255)) --> 3 4294967294 0 2
