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

// Files is what computers see at /rom. Files that begin with a dot or an underscore are left out.
//
//go:embed apis modules programs
var Files embed.FS
