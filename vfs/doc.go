// Package vfs is the file system of one computer: CraftOS's paths, rules and messages over a table of mounts.
//
// What enters: mounts, each an afero.Fs with a place in the computer (Folder for a folder of the host, Memory and Tree for
// the other kinds), then paths as programs write them. What leaves: calls of those file systems, with clean relative paths; and errors whose
// texts are CraftOS's, so that the API can hand them on as they are. The runtime makes an FS for each boot, and
// package stdlib/fs puts it before Lua.
//
// # Concurrency
//
// An FS and its files belong to one goroutine, that of the computer: disk I/O happens there, and a slow disk holds up this
// computer but no other. Only File.Abandon may be called from others. Several FS, in one process or in many, may use one folder.
//
// # Replacing files
//
// A file that is opened to be written anew is written beside the old one, under a name that computers don't see; Close
// syncs it and renames it over the old one. Whatever happens before, a crash or a power cut included, the old file is untouched. Flush does the same in
// the middle: what has been written so far takes the old file's place at once, and the rest is added to it. A file that
// leaves another process's hands by a crash is removed when its folder is next listed or written to.
//
// Two kinds of files are overwritten where they are: symbolic links, which go on to lead to the file that they led to, and
// files in folders in which the host lets nobody make new ones.
//
// # Space
//
// A mount with a capacity counts each file and folder with its size, but with 500 bytes at least (CraftOS). A file that is being replaced
// counts with the larger of the two versions, so a mount never holds more than its capacity once all files are closed, and twice that at most
// meanwhile.
package vfs
