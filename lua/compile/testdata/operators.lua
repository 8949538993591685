local a, b, c = ...
a = a + 1
a = 2 * b - c
a = 1 + 2 * 3 ^ 2
a = 1 - b
a = -a .. b .. "c" .. #c
a = a or 5
a = b and c or a
a = b == nil
a = not (b < c and c > 3)
a = b.x <= 4 == true
