module github.com/luart/luart

go 1.26

require github.com/yuin/gopher-lua v1.1.2

require github.com/alecthomas/kong v1.17.0
