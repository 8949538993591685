-- Waits for files to be dropped on the computer's window, and stores them in the current folder.

local import = require "cc.internal.import"

print("Drop the files to import on this window, or hold Ctrl+T to stop.")
local _, transfer = os.pullEvent("file_transfer")
import(transfer.getFiles(), shell.dir())
