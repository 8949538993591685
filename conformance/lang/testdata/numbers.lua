-- Numbers: §1.1 (doubles everywhere), §1.4 (formatting, tonumber, arithmetic).

-- Whole numbers print in full, others with 14 significant digits.
print(0, 1, -1, 100, 1e3, 12345678901234) --> 0 1 -1 100 1000 12345678901234
print(0.1, 0.5, -0.25, 1/3, 2/3, 10/3) --> 0.1 0.5 -0.25 0.33333333333333 0.66666666666667 3.3333333333333
print(3.14159265358979, 1e-5, 1e-4, 123456.789, 0.1 + 0.2) --> 3.1415926535898 1e-05 0.0001 123456.789 0.3
print(1e100, 1e300 * 1e10, -1e300 * 1e10, 5e-324, 1.7976931348623157e308) --> 1e+100 inf -inf 4.9406564584125e-324 1.7976931348623e+308
print(2^24, 2^31, 2^32, -2^31, 2^46)  --> 16777216 2147483648 4294967296 -2147483648 70368744177664
print(1.0, 2.50, 1e2, 3.0e0)         --> 1 2.5 100 3
print(123456789012.5, 99999999999999.5) --> 123456789012.5 1e+14
print(1.5 .. "", 2 .. "", -0.5 .. "|") --> 1.5 2 -0.5|
---
-- craftos only: whole numbers that fit 64 bits are written in full
print(1e15, 1e16, 1e18)              --> 1000000000000000 10000000000000000 1000000000000000000
print(2^53, 2^53 + 1, 2^62)          --> 9007199254740992 9007199254740992 4611686018427387904
print(2^63, -2^63, 2^64)             --> 9223372036854775807 -9223372036854775808 1.844674407371e+19
print(1e19, -1e19, 1e15 + 0.5)       --> 1e+19 -1e+19 1e+15
print(999999999999999, 123456789012345678) --> 999999999999999 123456789012345680
print(1e14 .. "", 1e15 .. "", 2^53 .. "|") --> 100000000000000 1000000000000000 9007199254740992|
print(tostring(1e15), ("%s"):format(1e15), #tostring(2^62)) --> 1000000000000000 1000000000000000 19
print(-2^53, -1e15, -1e18)           --> -9007199254740992 -1000000000000000 -1000000000000000000
print(9223372036854774784)           --> 9223372036854774784
print(9007199254740993)              --> 9007199254740992
---
-- craftos only: no sign for zero and nan
print(-0.0, 0 * -1, -(0), 0 / -5, 1 / (-1/0)) --> 0 0 0 0 0
print(0/0, -(0/0), math.huge - math.huge, 0 * math.huge) --> nan nan nan nan
print(tostring(-0.0), -0.0 .. "", ("%s"):format(-0.0)) --> 0 0 0
---
-- Both zeros are one key, and equal.
print(-0.0 == 0, 0 / -5 == 0, -0.0 < 0) --> true true false
local t = {}
t[-0.0] = "zero"
print(t[0], t[-0.0])                 --> zero zero
print(math.huge, -math.huge, 1/0, -1/0) --> inf -inf inf -inf
---
-- nan equals nothing.
local nan = 0/0
print(nan == nan, nan ~= nan, nan < nan, nan <= nan, nan > 1, nan < 1) --> false true false false false false
print(rawequal(nan, nan), not (nan < 1), not (nan >= 1)) --> false true true
---
-- Arithmetic.
print(7 + 2, 7 - 2, 7 * 2, 7 / 2, 7 % 2, 7 ^ 2, -7) --> 9 5 14 3.5 1 49 -7
print(7 % 3, -7 % 3, 7 % -3, -7 % -3) --> 1 2 -2 -1
print(5.5 % 2, -5.5 % 2, 5.5 % -2, -5.5 % -2) --> 1.5 0.5 -0.5 -1.5
print(1 / 0, -1 / 0, 2^0.5, 8^(1/3), (-8)^2) --> inf -inf 1.4142135623731 2 64
print(0 % 5, -0.5 % 1, 1e15 % 7)     --> 0 0.5 6
print(2^1023 * 2, 2^-1074, 2^-1075)  --> inf 4.9406564584125e-324 0
print(1e308 + 1e308, 1 - 0.9)        --> inf 0.1
print(100000000000000 * 3 + 1 - 300000000000000) --> 1
local a, b = 7, -3
print(a + b, a - b, a * b, a / b, a % b, a ^ b, -b) --> 4 10 -21 -2.3333333333333 -2 0.0029154518950437 3
---
-- craftos only: modulo with infinities and by zero
print(1 % 0, -1 % 0, 0 % 0)          --> nan nan nan
print(7 % math.huge, 7 % -math.huge) --> 7 -inf
print(-7 % math.huge, -7 % -math.huge) --> inf -7
print(math.huge % 7, -math.huge % 7) --> nan nan
print(5 % (0/0), (0/0) % 5)          --> nan nan
local a, z, inf = 7, 0, math.huge
print(a % z, a % inf, -a % inf, a % -inf) --> nan 7 inf -inf
---
-- Integer overflow doesn't happen: what doesn't fit goes on as a double.
print(2147483647 + 1, -2147483648 - 1, 2147483647 * 2147483647 == 2^62 - 2^32 + 1) --> 2147483648 -2147483649 true
print(65536 * 65536, 46341 * 46341, -65536 * 32768 * 2) --> 4294967296 2147488281 -4294967296
local m = 2147483647
print(m + m, m * 3, -m - m, m + 1 == 2^31) --> 4294967294 6442450941 -4294967294 true
local n = 1
for i = 1, 40 do n = n * 2 end
print(n, n + 1)                      --> 1099511627776 1099511627777
print(2^53 == 2^53 + 1, 2^53 - 1 == 2^53) --> true false
---
-- Strings that read as numbers take part in arithmetic, never in comparison.
print("10" + 5, "3" * "4", 10 - "2.5", "2" ^ 3, -"3", "0x10" + 0, " 7 " % 4) --> 15 12 7.5 8 -3 16 3
print("1e2" * 1, "0x1p4" + 0, ".5" + 0, "5." + 0, "\t8\n" + 0) --> 100 16 0.5 5 8
print(10 == "10", "10" == 10, 0 == false, nil == false) --> false false false false
print(pcall(function() return 1 < "2" end)) --> false @LINE: attempt to compare number with string
print(pcall(function() return "1" < 2 end)) --> false @LINE: attempt to compare string with number
print(pcall(function() return "abc" + 1 end)) --> false @LINE: attempt to perform arithmetic on a string value
print(pcall(function() return {} + 1 end)) --> false @LINE: attempt to perform arithmetic on a table value
print(pcall(function() return 1 + nil end)) --> false @LINE: attempt to perform arithmetic on a nil value
print(pcall(function() return -{} end)) --> false @LINE: attempt to perform arithmetic on a table value
print(pcall(function() return "" + 1 end)) --> false @LINE: attempt to perform arithmetic on a string value
print(pcall(function() return "1x" + 1 end)) --> false @LINE: attempt to perform arithmetic on a string value
print(pcall(function() return "0x" + 1 end)) --> false @LINE: attempt to perform arithmetic on a string value
print(1 .. 2 == "12", 1.5 .. "|" .. -3) --> true 1.5|-3
---
-- Comparison.
print(1 < 2, 2 <= 2, 3 > 4, 3 >= 3, 1 == 1.0, 1 ~= 2) --> true true false true true true
print("a" < "b", "a" < "B", "" < "a", "a" < "aa", "Z" < "a", "10" < "9") --> true false true true true true
print("a\0b" < "a\0c", "a\0b" == "a\0b", "a\0" > "a") --> true true true
print("\255" > "\1", "\127" < "\128") --> true true
---
-- tonumber.
print(tonumber("10"), tonumber("  10  "), tonumber("\t\n10\r\v\f"), tonumber("-7"), tonumber("+5")) --> 10 10 10 -7 5
print(tonumber("0x10"), tonumber("0X1F"), tonumber("-0x10"), tonumber("0x.8"), tonumber("0x1p4"), tonumber("0xA.8p-1")) --> 16 31 -16 0.5 16 5.25
print(tonumber("1e3"), tonumber("1E-2"), tonumber(".5"), tonumber("5."), tonumber("1e+2"), tonumber("-.5")) --> 1000 0.01 0.5 5 100 -0.5
print(tonumber(""), tonumber(" "), tonumber("abc"), tonumber("1x"), tonumber("1 2")) --> nil nil nil nil nil
print(tonumber("0x"), tonumber("1e"), tonumber("1e+"), tonumber("."), tonumber("0x.")) --> nil nil nil nil nil
print(tonumber("inf"), tonumber("nan"), tonumber("-inf"), tonumber("infinity"), tonumber("NaN")) --> nil nil nil nil nil
print(tonumber("1e400"), tonumber("-1e400"), tonumber("1e-400")) --> inf -inf 0
print(tonumber("1_000"), tonumber("1,5"), tonumber("10\0"), tonumber("0b1"), tonumber("1f")) --> nil nil nil nil nil
print(tonumber(5), tonumber(5.5), tonumber(nil), tonumber(true), tonumber({}), tonumber(print)) --> 5 5.5 nil nil nil nil
print(tonumber("00012"), tonumber("0.1e1")) --> 12 1
print(tonumber("123456789012"), tonumber("0xffffffff"), tonumber("9007199254740993") == 2^53) --> 123456789012 4294967295 true
print(0.1 + 0.7 == tonumber("0.7999999999999999"), tonumber("0.1") == 0.1) --> true true
print(tonumber("2.2250738585072014e-308") == 2^-1022, tonumber("4.9e-324") > 0) --> true true
---
-- tonumber with a base.
print(tonumber("10", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("Zz", 36)) --> 2 255 255 1295 1295
print(tonumber("777", 8), tonumber("-101", 2), tonumber("  11  ", 2), tonumber("7", 8)) --> 511 -5 3 7
print(tonumber("8", 8), tonumber("2", 2), tonumber("", 10), tonumber("g", 16)) --> nil nil nil nil
print(tonumber("1e1", 16), tonumber("1 1", 2)) --> 481 nil
print(tonumber("7fffffff", 16), tonumber("ffffffff", 16), tonumber("1000000000", 16)) --> 2147483647 4294967295 68719476736
---
-- craftos only: a number is written and read again, and the messages name no function
print(tonumber("1.5", 10), tonumber("1e1", 10), tonumber("0x10", 16)) --> 1.5 10 16
print(tonumber(10, 16), tonumber(11, 2), tonumber(77, 8)) --> 16 3 63
print(pcall(tonumber))               --> false @LINE: bad argument #1 (value expected)
print(pcall(tonumber, "1", 1))       --> false @LINE: bad argument #2 (base out of range)
print(pcall(tonumber, "1", 37))      --> false @LINE: bad argument #2 (base out of range)
print(pcall(tonumber, "1", "x"))     --> false @LINE: bad argument (number expected, got string)
print(pcall(tonumber, {}, 10))       --> true nil
print(pcall(tonumber, nil, 10))      --> true nil
print(tonumber("10", 16.9), tonumber("1", nil)) --> 16 1
---
-- Numbers as keys.
local t = {}
t[1] = "a"; t[1.0] = "b"; t[2^53] = "c"; t["1"] = "d"; t[1.5] = "e"
print(t[1], t["1"], t[2^53], t[1.5], #t) --> b d c e 1
t[-1] = "neg"; t[0] = "zero"; t[1e300] = "big"; t[math.huge] = "inf"
print(t[-1], t[0], t[1e300], t[1/0], t[-1/0]) --> neg zero big inf nil
print(t[0/0])                        --> nil
print(pcall(function() t[0/0] = 1 end)) --~ false numbers.lua:\d+: (table index is NaN|index is NaN)
print(pcall(function() t[nil] = 1 end)) --~ false numbers.lua:\d+: (table index is nil|index is nil)
---
-- craftos only: integer arguments are truncated and wrapped to 32 bits
print(("x"):rep(2.9), ("x"):rep(-1), #("x"):rep(2^32 + 3), ("x"):rep(2^31)) --> xx  3
print(("abc"):sub(1.9, 2.9), ("abc"):sub(-1.5), ("abc"):sub(2^32 + 2)) --> ab c bc
print(("abc"):byte(1.7), ("abc"):byte("2"), select(2.9, "a", "b", "c")) --> 97 98 b c
print(string.char(65.9, "66"))       --> AB
---
-- craftos only: digits that are cut off at their half round up
print(1234567890123.25, 1234567890123.75, 12345678901234.5, 0.5 + 2^40 * 8) --> 1234567890123.3 1234567890123.8 12345678901235 8796093022208.5
print(("%.3g %.3g %.2e %.0f"):format(2.345, 1.125, 1.125, 2.5), -1234567890123.25) --> 2.35 1.13 1.13e+00 3 -1234567890123.3
