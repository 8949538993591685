-- Messages of the compiler: §1.6 "Syntax errors".

local function try(source) print(select(2, load(source, "=c"))) end

try("=")                             --> c:1: unexpected symbol near '='
try("x")                             --> c:1: syntax error near <eof>
try("x =")                           --> c:1: unexpected symbol near <eof>
try("x = =")                         --> c:1: unexpected symbol near '='
try("x y")                           --> c:1: syntax error near 'y'
try("x.y")                           --> c:1: syntax error near <eof>
try("f() = 1")                       --> c:1: syntax error near '='
try("(f)")                           --> c:1: syntax error near <eof>
try("a, b")                          --> c:1: '=' expected near <eof>
try("a, f() = 1, 2")                 --> c:1: syntax error near '='
try("local")                         --> c:1: <name> expected near <eof>
try("local 1")                       --> c:1: <name> expected near '1'
try("local function")                --> c:1: <name> expected near <eof>
try("local function f")              --> c:1: '(' expected near <eof>
try("function")                      --> c:1: <name> expected near <eof>
try("function f")                    --> c:1: '(' expected near <eof>
try("function f(")                   --> c:1: <name> or '...' expected near <eof>
try("function f(a")                  --> c:1: ')' expected near <eof>
try("function f(a,)")                --> c:1: <name> or '...' expected near ')'
try("function f(..., a)")            --> c:1: ')' expected near ','
try("function f.a:b.c() end")        --> c:1: '(' expected near '.'
try("if")                            --> c:1: unexpected symbol near <eof>
try("if x")                          --> c:1: 'then' expected near <eof>
try("if x then")                     --> c:1: 'end' expected near <eof>
try("if x then else")                --> c:1: 'end' expected near <eof>
try("if x then elseif")              --> c:1: unexpected symbol near <eof>
try("while x")                       --> c:1: 'do' expected near <eof>
try("while x do")                    --> c:1: 'end' expected near <eof>
try("for")                           --> c:1: <name> expected near <eof>
try("for x")                         --> c:1: '=' or 'in' expected near <eof>
try("for x = 1")                     --> c:1: ',' expected near <eof>
try("for x = 1, 2")                  --> c:1: 'do' expected near <eof>
try("for x = 1, 2, 3, 4 do end")     --> c:1: 'do' expected near ','
try("for x in")                      --> c:1: unexpected symbol near <eof>
try("for x, 1")                      --> c:1: <name> expected near '1'
try("for x.y in z do end")           --> c:1: '=' or 'in' expected near '.'
try("repeat")                        --> c:1: 'until' expected near <eof>
try("repeat until")                  --> c:1: unexpected symbol near <eof>
try("do")                            --> c:1: 'end' expected near <eof>
try("end")                           --> c:1: <eof> expected near 'end'
try("return return")                 --> c:1: unexpected symbol near 'return'
try("return 1,")                     --> c:1: unexpected symbol near <eof>
try("return 1 2")                    --> c:1: <eof> expected near '2'
try("do return end print()")         -->
try("return; print()")               --> c:1: <eof> expected near 'print'
try("x = {")                         --> c:1: unexpected symbol near <eof>
try("x = {1 2}")                     --> c:1: '}' expected near '2'
try("x = {[1]}")                     --> c:1: '=' expected near '}'
try("x = {[1 = 2}")                  --> c:1: ']' expected near '='
try("x = (1")                        --> c:1: ')' expected near <eof>
try("x = f(1")                       --> c:1: ')' expected near <eof>
try("x = f(1,")                      --> c:1: unexpected symbol near <eof>
try("x = a[1")                       --> c:1: ']' expected near <eof>
try("x = a.")                        --> c:1: <name> expected near <eof>
try("x = a.1")                       --> c:1: unexpected symbol near '.1'
try("x = a:")                        --> c:1: <name> expected near <eof>
try("x = a:b")                       --> c:1: function arguments expected near <eof>
try("a:b = 1")                       --> c:1: function arguments expected near '='
try("x = 1 +")                       --> c:1: unexpected symbol near <eof>
try("x = not")                       --> c:1: unexpected symbol near <eof>
try("x = 5 5")                       --> c:1: unexpected symbol near '5'
try("x = }")                         --> c:1: unexpected symbol near '}'
try("x = and")                       --> c:1: unexpected symbol near 'and'
try("x = @")                         --> c:1: unexpected symbol near '@'
try("x = $y")                        --> c:1: unexpected symbol near '$'
try("!")                             --> c:1: unexpected symbol near '!'
try("x ! y")                         --> c:1: syntax error near '!'
try("x = a ~ b")                     --> c:1: unexpected symbol near '~'
try("local x <const> = 1")           --> c:1: unexpected symbol near '<'
try("::")                            --> c:1: <name> expected near <eof>
try("::a")                           --> c:1: '::' expected near <eof>
try("::a:")                          --> c:1: '::' expected near ':'
try("a.b:c.d()")                     --> c:1: function arguments expected near '.'
try("for i = 1, 2 do\nlocal x = 1\n") --> c:3: 'end' expected (to close 'for' at line 1) near <eof>
try("if x then\n\n\n")               --> c:4: 'end' expected (to close 'if' at line 1) near <eof>
try("x = function()\n\n")            --> c:3: 'end' expected (to close 'function' at line 1) near <eof>
try("x = (\n1\n")                    --> c:3: ')' expected (to close '(' at line 1) near <eof>
try("x = {\n1\n")                    --> c:3: '}' expected (to close '{' at line 1) near <eof>
try("f(\n1\n")                       --> c:3: ')' expected (to close '(' at line 1) near <eof>
---
-- Tokens.
local function try(source) print(select(2, load(source, "=c"))) end

try("x = 'abc")                      --> c:1: unfinished string near <eof>
try("x = \"abc")                     --> c:1: unfinished string near <eof>
try("x = 'abc\n'")                   --> c:1: unfinished string near ''abc'
try("x = 'abc\\")                    --> c:1: unfinished string near <eof>
try("x = [=abc")                     --> c:1: invalid long string delimiter near '[='
try("x = 1..2")                      --> c:1: malformed number near '1..2'
try("x = 1.2.3")                     --> c:1: malformed number near '1.2.3'
try("x = 0x")                        --> c:1: malformed number near '0x'
try("x = 0xg")                       --> c:1: malformed number near '0x'
try("x = 1e")                        --> c:1: malformed number near '1e'
try("x = 1e+")                       --> c:1: malformed number near '1e+'
try("x = 3x")                        --> c:1: syntax error near <eof>
try("x = 3and")                      --> c:1: malformed number near '3a'
try("x = 0x1p")                      --> c:1: malformed number near '0x1p'
try("x = 1_000")                     --> c:1: syntax error near <eof>
try("x = '\\z")                      --> c:1: unfinished string near <eof>
---
-- craftos only: PUC Lua 5.2 says it otherwise
local function try(source) print(select(2, load(source, "=c"))) end
try("x = [[abc")                     --> c:1: unfinished long string (started at line 1) near <eof>
try("x = [==[abc]]")                 --> c:1: unfinished long string (started at line 1) near <eof>
try("\n\n--[[abc\n\n")               --> c:5: unfinished long comment (started at line 3) near <eof>
try("x = '\\300'")                   --> c:1: escape sequence too large near ''\300''
try("x = '\\256'")                   --> c:1: escape sequence too large near ''\256''
try("x = '\\999abc'")                --> c:1: escape sequence too large near ''\999a'
try("x = '\\x'")                     --> c:1: hexadecimal digit expected near ''\x''
try("x = '\\xg0'")                   --> c:1: hexadecimal digit expected near ''\xg'
try("x = '\\x1'")                    --> c:1: hexadecimal digit expected near ''\x1''
try("x = '\\u'")                     --> c:1: missing '{' near ''\u''
try("x = '\\u{'")                    --> c:1: hexadecimal digit expected near ''\u{''
try("x = '\\u{}'")                   --> c:1: hexadecimal digit expected near ''\u{}'
try("x = '\\u{12'")                  --> c:1: missing '}' near ''\u{12''
try("x = '\\u{110000000}'")          --> c:1: UTF-8 value too large near ''\u{110000'
try("x = '\\u{zz}'")                 --> c:1: hexadecimal digit expected near ''\u{z'
---
-- Blocks, labels, varargs.
local function try(source) print(select(2, load(source, "=c"))) end

try("goto x")                        --> c:1: no visible label 'x' for <goto> at line 1
try("\n\ngoto x")                    --> c:3: no visible label 'x' for <goto> at line 3
try("do ::x:: end goto x")           --> c:1: no visible label 'x' for <goto> at line 1
try("goto x; do ::x:: end")          --> c:1: no visible label 'x' for <goto> at line 1
try("::a:: ::a::")                   --> c:1: label 'a' already defined on line 1
try("::a::\n::a::")                  --> c:2: label 'a' already defined on line 1
try("goto x; local y; ::x:: print(y)") --> c:1: <goto x> at line 1 jumps into the scope of local 'y'
try("do goto x; local y; ::x:: print(y) end") --> c:1: <goto x> at line 1 jumps into the scope of local 'y'
try("repeat goto c; local y; ::c:: until y") --> c:1: <goto c> at line 1 jumps into the scope of local 'y'
try("local function f() goto x end ::x::") --> c:1: no visible label 'x' for <goto> at line 1
try("function f() return ... end")   --> c:1: cannot use '...' outside a vararg function near '...'
try("function f(a) local x = {...} end") --> c:1: cannot use '...' outside a vararg function near '...'
---
-- craftos only: PUC Lua 5.2 says it otherwise
local function try(source) print(select(2, load(source, "=c"))) end
try("break")                         --> c:1: break outside loop at line 1
try("do break end")                  --> c:1: break outside loop at line 1
try("\nif x then\nbreak end")        --> c:3: break outside loop at line 3
try("function f() break end")        --> c:1: break outside loop at line 1
try("while true do local function f() break end end") --> c:1: break outside loop at line 1
try("::a:: do ::a:: end")            --> c:1: label 'a' already defined on line 1
---
-- A near token is cut short? It is shown in whole, and only the chunk name is cut.
local function try(source, name) print(select(2, load(source, name))) end
try("x = = 1")                       --> [string "x = = 1"]:1: unexpected symbol near '='
try("x = = 1", "@file.lua")          --> file.lua:1: unexpected symbol near '='
try("x = = 1", "=name")              --> name:1: unexpected symbol near '='
try("x = = 1", "a chunk\nof two lines") --> [string "a chunk..."]:1: unexpected symbol near '='
try("x = = 1", "short")              --> [string "short"]:1: unexpected symbol near '='
try("x = = 1\ny")                    --> [string "x = = 1..."]:1: unexpected symbol near '='
try("x = 'a string of some length' 'another'", "=c") --> c:1: unexpected symbol near ''another''
try("local abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "=c") --> c:1: syntax error near <eof>
---
-- craftos only: PUC Lua 5.2 says it otherwise
local function try(source, name) print(select(2, load(source, name))) end
try("x = = 1", "@a/very/long/path/to/some/file.lua") --> .../path/to/some/file.lua:1: unexpected symbol near '='
try("x = = 1", "=a name that is longer than thirty characters") --> a name that is longer than th:1: unexpected symbol near '='
try("x = = 1", "a string that is rather long for a name") --> [string "a string that..."]:1: unexpected symbol near '='
try("print('a string of some length') x y") --> [string "print('a stri..."]:1: syntax error near 'y'
---
-- An error while compiling a chunk of this file looks the same.
local function f(
end  --! <name> or '...' expected near 'end'
---
local x = 1 + * 2  --! unexpected symbol near '*'
