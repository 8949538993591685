// Package control is the control plane: the manager of plugins and the facades over it, all of it in Lua.
//
// Nothing enters; files leave. The runtime mounts them at /rom/control of the computer of luart serve (runtime.WithControl), and
// luart new takes its templates from them.
package control

import "embed"

// Files is what that computer sees at /rom/control. main.lua there is its program.
//
//go:embed *.lua facades http manager packages templates tools
var Files embed.FS
