-- craftos only: string.pack, string.unpack and string.packsize come from Lua 5.3 (§1.2, §1.5)
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

-- Integers of all sizes, little endian unless said otherwise.
print(hex(string.pack("b", -1)), hex(string.pack("B", 255)), hex(string.pack("h", 1)), hex(string.pack("H", 65535))) --> ff ff 0100 ffff
print(hex(string.pack("i", 1)), hex(string.pack("I", 2^32 - 1)), hex(string.pack("l", 1)), hex(string.pack("L", 1))) --> 01000000 ffffffff 0100000000000000 0100000000000000
print(hex(string.pack("j", -1)), hex(string.pack("J", 1)), hex(string.pack("T", 5))) --> ffffffffffffffff 0100000000000000 0500000000000000
print(hex(string.pack("<i4", 1)), hex(string.pack(">i4", 1)), hex(string.pack("=i4", 1))) --> 01000000 00000001 01000000
print(hex(string.pack("i3", -2)), hex(string.pack(">i3", 66051)), hex(string.pack("i16", 1))) --> feffff 010203 01000000000000000000000000000000
print(hex(string.pack(">I2I2", 1, 2)), hex(string.pack("<I2 >I2", 1, 2))) --> 00010002 01000002
print(hex(string.pack("i16", -1)))   --> ffffffffffffffffffffffffffffffff
---
-- craftos only: doubles, floats
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
print(hex(string.pack("d", 1.5)), hex(string.pack("f", 1.5)), hex(string.pack("n", -2))) --> 000000000000f83f 0000c03f 00000000000000c0
print(hex(string.pack(">d", 1.5)), hex(string.pack(">f", 0.1))) --> 3ff8000000000000 3dcccccd
print(string.unpack("d", string.pack("d", math.pi)) == math.pi, string.unpack("<f", string.pack("<f", 0.5))) --> true 0.5 5
print(string.unpack("d", string.pack("d", 1/0)), (string.unpack("d", string.pack("d", 0/0)))) --> inf nan
---
-- craftos only: strings
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
print(hex(string.pack("z", "ab")), hex(string.pack("s1", "ab")), hex(string.pack("s2", "ab")), hex(string.pack(">s4", "ab"))) --> 616200 026162 02006162 000000026162
print(hex(string.pack("s", "ab")), hex(string.pack("c5", "ab")), hex(string.pack("c2", "ab"))) --> 02000000000000006162 6162000000 6162
print(string.unpack("z", "ab\0cd"))  --> ab 4
print(string.unpack("s1", "\3abcd")) --> abc 5
print(string.unpack("c3", "abcd"))   --> abc 4
print(string.unpack("zBz", "x\0\7y\0")) --> x 7 y 6
print(string.unpack("s1s2", string.pack("s1s2", "one", "two"))) --> one two 10
---
-- craftos only: alignment and padding
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
print(hex(string.pack("bxb", 1, 2)), hex(string.pack("!4 b i4", 1, 2)), hex(string.pack("! b d", 1, 1))) --> 010002 0100000002000000 0100000000000000000000000000f03f
print(hex(string.pack("!4 b Xi4 b", 1, 2)), hex(string.pack("!2 b i8", 1, 2))) --> 0100000002 01000200000000000000
print(string.packsize("b"), string.packsize("i4i8"), string.packsize("!8 b i8"), string.packsize("!4bi4bi2"), string.packsize("")) --> 1 12 16 12 0
print(string.packsize("<!4 b i4 h x c10 d")) --> 32
---
-- craftos only: unpack
print(string.unpack("b", "\255"), (string.unpack("B", "\255"))) --> -1 255
print(string.unpack("<i4", "\1\2\3\4")) --> 67305985 5
print(string.unpack(">i4", "\255\255\255\254")) --> -2 5
print(string.unpack("<I3i3", "\1\0\0\255\255\255")) --> 1 -1 7
print(string.unpack("<i4", "xx\1\0\0\0", 3)) --> 1 7
print(string.unpack("B", "abc", -1)) --> 99 4
print(string.unpack("", "abc"))      --> 1
print(string.unpack("<j", ("\255"):rep(8))) --> -1 9
print(string.unpack("<J", "\0\0\0\0\0\0\32\0")) --> 9007199254740992 9
print(string.unpack("i16", string.pack("i16", -5))) --> -5 17
---
-- craftos only: what can't be packed
print(pcall(string.pack, "y", 1))    --> false @LINE: invalid format option 'y'
print(pcall(string.pack, "i17", 1))  --> false @LINE: integral size (17) out of limits [1,16]
print(pcall(string.pack, "i0", 1))   --> false @LINE: integral size (0) out of limits [1,16]
print(pcall(string.pack, "b", 128))  --> false @LINE: bad argument #2 (integer overflow)
print(pcall(string.pack, "b", -129)) --> false @LINE: bad argument #2 (integer overflow)
print(pcall(string.pack, "B", 256))  --> false @LINE: bad argument #2 (integer overflow)
print(pcall(string.pack, "B", -1))   --> false @LINE: bad argument #2 (integer overflow)
print(pcall(string.pack, "i2", 40000)) --> false @LINE: bad argument #2 (integer overflow)
print(pcall(string.pack, "i4"))      --> false @LINE: bad argument (number expected, got nil)
print(pcall(string.pack, "i4", "x")) --> false @LINE: bad argument (number expected, got string)
print(pcall(string.pack, "z", "a\0b")) --> false @LINE: bad argument #2 (string contains zeros)
print(pcall(string.pack, "s1", ("x"):rep(300))) --> false @LINE: bad argument #2 (string length does not fit in given size)
print(pcall(string.pack, "c", "x"))  --> false @LINE: missing size for format option 'c'
print(pcall(string.pack, "c1", "xx")) --> false @LINE: bad argument #2 (string longer than given size)
print(pcall(string.pack, "!17"))     --> false @LINE: integral size (17) out of limits [1,16]
print(pcall(string.pack, "X"))       --> false @LINE: invalid next option for option 'X'
print(pcall(string.pack, "Xz", "a")) --> false @LINE: invalid next option for option 'X'
print(pcall(string.pack))            --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.packsize, "s"))   --> false @LINE: bad argument #1 (variable-length format)
print(pcall(string.packsize, "z"))   --> false @LINE: bad argument #1 (variable-length format)
print(pcall(string.unpack, "i4", "abc")) --> false @LINE: bad argument #2 (data string too short)
print(pcall(string.unpack, "s1", "\5ab")) --> false @LINE: bad argument #2 (data string too short)
print(pcall(string.unpack, "c4", "abc")) --> false @LINE: bad argument #2 (data string too short)
print(pcall(string.unpack, "i4", "abcd", 2)) --> false @LINE: bad argument #2 (data string too short)
print(pcall(string.unpack, "b", "abc", 10)) --> false @LINE: bad argument #3 (initial position out of string)
print(pcall(string.unpack, "b", "abc", -10)) --> false @LINE: bad argument #3 (initial position out of string)
print(pcall(string.unpack, "i16", ("\1"):rep(16))) --> false @LINE: 16-byte integer does not fit into Lua Integer
print(pcall(string.unpack, "b"))     --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.pack, "i4", 2.5)) --> true \x02\x00\x00\x00
