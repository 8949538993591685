-- Runs coroutines in time slices: the module luart.task.

return require "luart.task"
