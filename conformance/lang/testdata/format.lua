-- string.format: §1.4.

local f = string.format
print(f("%d %d %d", 3, -3, 0), f("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42)) --> 3 -3 0    42|42   |00042|+42| 42
print(f("%i %u", 42, 42), f("%.3d", 5), f("%+5d", 3), f("%5.2d|", 3)) --> 42 42 005    +3    03|
print(f("%x %X %#x %o %#o", 255, 255, 255, 8, 8)) --> ff FF 0xff 10 010
print(f("%08x %-8X|", 48879, 48879)) --> 0000beef BEEF    |
print(f("%c%c%c", 76, 117, 97), f("%5c|%-5c|", 65, 66)) --> Lua     A|B    |
print(f("%s %s %s %s", "a", 1, true, nil), f("%5s|%-5s|%.2s|%5.1s|", "abc", "abc", "abc", "abc")) --> a 1 true nil   abc|abc  |ab|    a|
print(f("%%"), f(""), f("%d%%", 50), f("100%% of %s", "it")) --> %  50% 100% of it
print(f("%d", "10"), f("%s", 12.5), f("%x", "0x10"), f("%.2f", "2.25")) --> 10 12.5 10 2.25
---
-- Floating point.
local f = string.format
print(f("%f %.2f %.0f %5.1f|%-8.2f|%08.3f|%+.1f", 1.5, 1/3, 7.7, 2.3, 2.25, -3.14159, 2)) --> 1.500000 0.33 8   2.3|2.25    |-003.142|+2.0
print(f("%e %.2e %E %.0e", 12345.678, 12345.678, 0.00012, 5)) --> 1.234568e+04 1.23e+04 1.200000E-04 5e+00
print(f("%g %g %g %g %g %g", 1, 0.1, 1e20, 1e-10, 123456789, 100000)) --> 1 0.1 1e+20 1e-10 1.23457e+08 100000
print(f("%.3g %.10g %G %#g %#.0f", 1234.5, 1234.5, 1e-10, 1, 1)) --> 1.23e+03 1234.5 1E-10 1.00000 1.
print(f("%.14g %.17g %.20f", 0.1, 0.1, 0.5)) --> 0.1 0.10000000000000001 0.50000000000000000000
print(f("%5.3s|%.0s|%.10s|", "abcdef", "abc", "abc")) -->   abc||abc|
print(f("%.3f %.1f %.2f", 2.0005, 0.26, 1.005)) --> 2.001 0.3 1.00
print(f("%f %f", 1e15, 123456789.125)) --> 1000000000000000.000000 123456789.125000
print(f("%10.4f|%-10.4f|", math.pi, math.pi)) -->     3.1416|3.1416    |
print(f("%f %g %e", 1/0, -1/0, 1/0), f("%5.1f|%-6f|", 1/0, -1/0)) --> inf -inf inf   inf|-inf  |
print(f("%.99f", 1/3):sub(1, 30), #f("%.99f", 1/3)) --> 0.3333333333333333148296162562 101
---
-- Hexadecimal floating point.
local f = string.format
print(f("%a %A %a %a", 1, 10.5, 0.5, -2)) --> 0x1p+0 0X1.5P+3 0x1p-1 -0x1p+1
print(f("%a %a", 1/3, 1e100))        --> 0x1.5555555555555p-2 0x1.249ad2594c37dp+332
---
-- craftos only: conversions take any double
local f = string.format
print(f("%d %d %d %d", 3.5, -3.5, 3.99, -0.5)) --> 3 -3 3 0
print(f("%x %X %o", -1, -1, -1))     --> ffffffffffffffff FFFFFFFFFFFFFFFF 1777777777777777777777
print(f("%x %d", 255.9, 2^53), f("%d", -2^63), f("%d", 2^62)) --> ff 9007199254740992 -9223372036854775808 4611686018427387904
print(f("%u", -1), f("%i", -7.9))    --> 18446744073709551615 -7
print(f("%c", 256 + 65), f("%c", -191), f("%c", 65.9)) --> A A A
print(f("%.0f %.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5, -0.5)) --> 1 2 3 4 -1
print(f("%.1f %.1f %.2f %.1f %.1f %.3f", 0.05, 0.15, 0.125, 0.25, 2.25, 0.0625)) --> 0.1 0.1 0.13 0.3 2.3 0.063
print(f("%.2f %.2f %.1f", 2.675, 1.005, 0.45)) --> 2.67 1.00 0.5
print(f("%f %g %e", 0/0, 0/0, -(0/0)), f("%5.1f|", 0/0)) --> nan nan nan   nan|
print(f("%f %d %g", -0.0, -0.0, -0.0)) --> 0.000000 0 0
print(f("%5d|%-5d|%05d", 3.7, 3.7, -3.7)) -->     3|3    |-0003
print(f("%+f % f %+g", 1.5, 1.5, 2)) --> +1.500000  1.500000 +2
print(f("%#x %#o %#X", 0, 0, 255))   --> 0 0 0XFF
print(f("%a %a %a", 0, 1/0, 0/0))    --> 0x0p+0 inf nan
print(f("%.3a %10a|", 1/3, 1))       --> 0x1.555p-2     0x1p+0|
---
-- craftos only: what is missing and what doesn't fit
local f = string.format
print(f("%s"))                       --> nil
print(f("%s %s", 1))                 --> 1 nil
print(pcall(f, "%d"))                --> false @LINE: bad argument (number expected, got nil)
print(pcall(f, "%d", "x"))           --> false @LINE: bad argument (number expected, got string)
print(pcall(f, "%d", nil))           --> false @LINE: bad argument (number expected, got nil)
print(pcall(f, "%d", {}))            --> false @LINE: bad argument (number expected, got table)
print(pcall(f, "%f", {}))            --> false @LINE: bad argument (number expected, got table)
print(pcall(f, "%d", 2^63))          --> true 9223372036854775807
print(pcall(f, "%d", 2^64))          --> false @LINE: bad argument #2 (not a number in proper range)
print(pcall(f, "%d", 1/0))           --> false @LINE: bad argument #2 (not a number in proper range)
print(pcall(f, "%x", 0/0))           --> false @LINE: bad argument #2 (not a number in proper range)
print(pcall(f, "%d %d", 1, 1e300))   --> false @LINE: bad argument #3 (not a number in proper range)
print(pcall(f, "%c", {}))            --> false @LINE: bad argument (number expected, got table)
print(pcall(f, "%q"))                --> true nil
print(pcall(f))                      --> false @LINE: bad argument (string expected, got nil)
print(pcall(f, {}))                  --> false @LINE: bad argument (string expected, got table)
print(pcall(f, "%"))                 --> false @LINE: invalid conversion '%' to 'format'
print(pcall(f, "abc%"))              --> false @LINE: invalid conversion '%' to 'format'
print(pcall(f, "%y", 1))             --> false @LINE: invalid conversion '%y' to 'format'
print(pcall(f, "%p", {}))            --> false @LINE: invalid conversion '%p' to 'format'
print(pcall(f, "%5", 1))             --> false @LINE: invalid conversion '%5' to 'format'
print(pcall(f, "%100d", 1))          --> false @LINE: invalid format (width or precision too long)
print(pcall(f, "%.100d", 1))         --> false @LINE: invalid format (width or precision too long)
print(pcall(f, "%--------d", 1))     --> false @LINE: invalid format (repeated flags)
print(pcall(f, "%123s", "x"))        --> false @LINE: invalid format (width or precision too long)
print(pcall(f, "%0-+ #d", 1))        --> false @LINE: invalid conversion specification: '%0-+ #d'
print(pcall(f, "%n", 1))             --> false @LINE: invalid conversion '%n' to 'format'
print(pcall(f, "%ld", 1))            --> false @LINE: invalid conversion '%l' to 'format'
print(pcall(f, "%S", 1))             --> false @LINE: invalid conversion '%S' to 'format'
print(f(5))                          --> 5
print(f("%99d", 1) == (" "):rep(98) .. "1") --> true
---
-- craftos only: %q writes what reads back
local f = string.format
print(f("%q", "hello"))              --> "hello"
print(f("%q", 'say "hi" \\'))        --> "say \"hi\" \\"
print(f("%q", "a\nb"))
--> "a\
--> b"
print(f("%q", "\0"))                 --> "\000"
print(f("%q", "\0001"))              --> "\0001"
print(f("%q", "\r\t\127\200\27"))    --> "\r\x09\x7f\xc8\x1b"
print(f("%q", 1), f("%q", -5), f("%q", 2^53)) --> 1 -5 9007199254740992
print(f("%q", 1.5), f("%q", 0.1))    --> 0x1.8p+0 0x1.999999999999ap-4
print(f("%q", 1/0), f("%q", -1/0), f("%q", 0/0)) --> 1e9999 -1e9999 (0/0)
print(f("%q", nil), f("%q", true), f("%q", false)) --> nil true false
print(pcall(f, "%q", {}))            --> false @LINE: bad argument #2 (value has no literal form)
print(pcall(f, "%q", print))         --> false @LINE: bad argument #2 (value has no literal form)
print(pcall(f, "%5q", "x"))          --> false @LINE: specifier '%q' cannot have modifiers
print(pcall(f, "%.3q", "x"))         --> false @LINE: specifier '%q' cannot have modifiers
print(pcall(f, "%-q", "x"))          --> false @LINE: specifier '%q' cannot have modifiers
for _, v in ipairs {"plain", "quo\"te", "new\nline", "\0\1\2\r\t\255", "", 1, -7, 0.1, 1/3, 1e300, true} do
  if load("return " .. f("%q", v))() ~= v then print("doesn't read back:", v) end
end
---
-- %s and __tostring.
local t = setmetatable({}, {__tostring = function() return "T!" end})
print(("%s|%5s|%-5s|%.1s"):format(t, t, t, t)) --> T!|   T!|T!   |T
print(("%s %s"):format(nil, false))  --> nil false
print(("%s"):format({}))             --~ table: (0x)?[0-9a-f]+
---
-- craftos only: message texts
local t = setmetatable({}, {__tostring = function() return 5 end})
print(pcall(string.format, "%s", t)) --> true 5
print(pcall(string.format, "%d", setmetatable({}, {__name = "My.Type"}))) --> false @LINE: bad argument (number expected, got My.Type)
print(string.format("%s", setmetatable({}, {__name = "My.Type"}))) --~ My.Type: [0-9a-f]+
print(pcall(string.format, "%s", setmetatable({}, {__tostring = function() error("oops", 0) end}))) --> false oops
---
-- Long strings and many arguments.
local big = ("x"):rep(2000)
print(#("%s%s"):format(big, big), #("%-99s"):format("x"), ("%.5s"):format(big)) --> 4000 99 xxxxx
print(("%d%d%d%d%d%d%d%d%d%d"):format(1, 2, 3, 4, 5, 6, 7, 8, 9, 0)) --> 1234567890
