// Package rom is the Lua part of CraftOS that comes with the binary, all of it our own: the bios, which the runtime runs
// first, and the folder that computers see as /rom.
//
// Nothing enters; source text leaves. The runtime uses it, and tests do.
package rom

import "embed"

// Bios is the source of bios.lua. It finds what the runtime has for it in the global _LUART, see package runtime.
//
//go:embed bios.lua
var Bios string

// Files is what computers see at /rom. Some folders are there for programs that list them, and hold nothing but a .keep.
//
//go:embed all:apis all:autorun all:help all:modules all:programs motd.txt startup.lua
var Files embed.FS

// Autorun is the source of a program that runs the computer's program on a system that isn't ours.
//
//go:embed autorun.lua
var Autorun string
