-- craftos only: the utf8 library comes from Lua 5.3 (§1.2, §1.5)
print(utf8.char(72, 228, 8364, 0x10FFFF) == "H\u{e4}\u{20ac}\u{10ffff}", utf8.char(), #utf8.char(0)) --> true  1
print(utf8.charpattern == "[\0-\x7F\xC2-\xF4][\x80-\xBF]*") --> true
print(utf8.len(""), utf8.len("abc"), utf8.len("h\u{e9}llo"), utf8.len("\u{20ac}\u{10ffff}")) --> 0 3 5 2
print(utf8.len("\xff"), utf8.len("ab\x80c")) --> nil nil 3
print(utf8.len("abc\xff"))           --> nil 4
print(utf8.len("h\u{e9}llo", 4), utf8.len("h\u{e9}llo", -2), utf8.len("abc", 4), utf8.len("abc", 2, 3), utf8.len("abc", 3, 2)) --> 3 2 0 2 0
print(utf8.len("h\u{e9}llo", 3))     --> nil 3
print(utf8.codepoint("h\u{e9}"), (utf8.codepoint("\u{20ac}"))) --> 104 8364
print(utf8.codepoint("h\u{e9}llo", 1, -1)) --> 104 233 108 108 111
print(utf8.codepoint("abc", 2), utf8.codepoint("abc", -1), select("#", utf8.codepoint("abc", 3, 2))) --> 98 99 0
print(utf8.offset("h\u{e9}llo", 3), utf8.offset("h\u{e9}llo", 1), utf8.offset("h\u{e9}llo", -1), utf8.offset("h\u{e9}llo", 6), utf8.offset("h\u{e9}llo", 7)) --> 4 1 6 7 nil
print(utf8.offset("h\u{e9}llo", 0, 3), utf8.offset("abc", 5), utf8.offset("abc", -4)) --> 2 nil nil
for p, c in utf8.codes("a\u{e9}\u{20ac}") do print(p, c) end
--> 1 97
--> 2 233
--> 4 8364
for p, c in utf8.codes("") do print("never") end
for c in ("a\u{e9}b"):gmatch(utf8.charpattern) do print(#c) end
--> 1
--> 2
--> 1
---
-- craftos only: message texts
print(pcall(utf8.char, -1))          --> false @LINE: bad argument #1 (value out of range)
print(pcall(utf8.char, 0x110000))    --> false @LINE: bad argument #1 (value out of range)
print(pcall(utf8.char, "x"))         --> false @LINE: bad argument (number expected, got string)
print(pcall(utf8.codepoint, "\xff")) --> false @LINE: invalid UTF-8 code
print(pcall(utf8.codepoint, "\xe2\x82")) --> false @LINE: invalid UTF-8 code
print(pcall(utf8.codepoint, "abc", 10)) --> false @LINE: bad argument #3 (out of bounds)
print(pcall(utf8.codepoint, "abc", 0)) --> false @LINE: bad argument #2 (out of bounds)
print(pcall(utf8.codepoint, "abc", 1, 4)) --> false @LINE: bad argument #3 (out of bounds)
print(pcall(utf8.len, "abc", 5))     --> false @LINE: bad argument #2 (initial position out of string)
print(pcall(utf8.len, "abc", 1, 4))  --> false @LINE: bad argument #3 (final position out of string)
print(pcall(utf8.len))               --> false @LINE: bad argument (string expected, got nil)
print(pcall(utf8.offset, "h\u{e9}", 1, 3)) --> false @LINE: initial position is a continuation byte
print(pcall(utf8.offset, "abc", 1, 5)) --> false @LINE: bad argument #3 (position out of bounds)
print(pcall(utf8.offset, "abc"))     --> false @LINE: bad argument (number expected, got nil)
print(pcall(function() for _ in utf8.codes("a\xff") do end end)) --> false @LINE: invalid UTF-8 code
print(utf8.len("\xed\xa0\x80"))      --> 1
print(utf8.len("\xc0\x80"))          --> nil 1
print(utf8.len("\xf4\x90\x80\x80"))  --> nil 1
